import { knownYear, type LedRecord, shownDate } from '../record.ts';
import { levelReason, rangeOfDegree, rangeOfIsced1997, rangeOfIsced2011, rangeOfVks } from './level.ts';
import { type RecordReason, recordReasons } from './reasons.ts';
import type { CompiledRuleSet } from './rule-set.ts';

/** What can be odd in the data that LED delivered: the labels of the metric `led_data_quality_total`. */
export const qualityKinds = [
  'otherHolder',
  'outOfScope',
  'subjectFieldMismatch',
  'levelConflict',
  'unknownValue',
  'unknownYear',
] as const;
export type QualityKind = (typeof qualityKinds)[number];

/** Why a record is dropped unseen: it has a subject outside the rule set, or it belongs to another INSZ. */
export type Drop = 'outOfScope' | 'otherHolder';

/** What the rules say about one record. Reasons keep the order of the rules; `quality` names each kind at most once. */
export type Judgement = { readonly quality: readonly QualityKind[] } & (
  | { readonly verdict: 'dropped'; readonly reason: Drop }
  | { readonly verdict: 'rejected'; readonly reasons: readonly RecordReason[] }
  | { readonly verdict: 'match' | 'review'; readonly reasons: readonly RecordReason[]; readonly domain: string }
);

/**
 * Checks whether a record may be judged. Its Onderwerp must be a subject of the rule set: the protocol allows no other
 * to be seen (art. 3). Its holder must be the person with this INSZ. Returns the rule set's entry for the subject, or
 * every cause to drop the record.
 */
export const admit = (
  subjectCode: string,
  holder: string | undefined,
  { subjects }: Pick<CompiledRuleSet, 'subjects'>,
  insz: string,
):
  | { readonly subject: { readonly domain: string; readonly review: boolean } }
  | { readonly drops: readonly [Drop, ...Drop[]] } => {
  const subject = subjects.get(subjectCode);
  if (subject === undefined) return { drops: holder === insz ? ['outOfScope'] : ['outOfScope', 'otherHolder'] };
  return holder === insz ? { subject } : { drops: ['otherHolder'] };
};

/**
 * Judges one record for the person with this INSZ (11 digits). `today`: in Brussels, `yyyy-mm-dd`. Never throws. Based on the BVR of 18 November 2022,
 * art. 46, 2°, and on the protocol with AHOVOKS of 4 October 2023: art. 3 (which subjects may be seen) and art. 7
 * (records that LED should not have sent are counted).
 */
export const judge = (record: LedRecord, ruleSet: CompiledRuleSet, insz: string, today: string): Judgement => {
  const subjectCode = record.attributes.onderwerp?.code ?? '';
  const admitted = admit(subjectCode, record.holder, ruleSet, insz);
  if ('drops' in admitted) return { verdict: 'dropped', reason: admitted.drops[0], quality: admitted.drops };

  const { domain, review } = admitted.subject;
  const year = knownYear(record.year);
  const found = reasonsOf(record, { year, subjectCode, review, today }, ruleSet);
  const quality = qualityOf(found, year);
  const rejections = found.filter((reason) => recordReasons[reason].weight === 'reject');
  if (rejections.length > 0) return { verdict: 'rejected', reasons: rejections, quality };
  const reviews = found.filter((reason) => recordReasons[reason].weight === 'review');
  if (reviews.length > 0) return { verdict: 'review', reasons: reviews, domain, quality };
  return { verdict: 'match', reasons: found, domain, quality };
};

/** Whether a text in lower case is one of LED's placeholders for a missing value. */
export const isPlaceholder = (lowered: string): boolean =>
  lowered === 'nbs' || lowered === 'nvt' || lowered === 'niet beschikbaar' || lowered === 'niet van toepassing';

/** Returns a cleaned value in lower case, to compare it with names; empty if it is missing or a placeholder. */
const comparable = (value = ''): string => {
  const lowered = value.toLowerCase();
  return isPlaceholder(lowered) ? '' : lowered;
};

/** The rows of the rules in their order, with at most one reason from each. `README.md` in this folder lists them. */
const reasonsOf = (
  record: LedRecord,
  {
    year,
    subjectCode,
    review,
    today,
  }: {
    readonly year: number | undefined;
    readonly subjectCode: string;
    readonly review: boolean;
    readonly today: string;
  },
  ruleSet: CompiledRuleSet,
): readonly RecordReason[] => {
  // Row 1: status. Nothing else counts in a cancelled record.
  if (record.status === '10') return ['cancelled'];

  const { attributes } = record;
  const proofState = comparable(attributes.staatBewijs);
  const proofType = comparable(attributes.typeBewijs);
  const category = comparable(attributes.categorie);
  const degree = comparable(attributes.graad);
  const authenticity = comparable(record.authenticity);
  const country = attributes.land;
  const field = attributes.iscedStudiegebied?.code;
  const isEquivalence = proofType === 'gelijkwaardigheid';
  const found: RecordReason[] = [];

  if (record.status !== '1') found.push('unknownStatus');

  // Row 2: state of the proof.
  if (proofState === 'tussenbewijs') found.push('intermediateProof');
  else if (proofState !== 'eindbewijs') found.push('unknownProofState');

  // Row 3: type of proof.
  if (isEquivalence) found.push('equivalenceDecision');
  else if (ruleSet.otherProofs.has(proofType)) found.push('notADiploma');
  else if (proofType !== 'diploma') found.push('unknownProofType');

  // Row 4: category. The category of an equivalence decision does not count, neither here nor for the level.
  if (!isEquivalence && !ruleSet.categories.has(category)) found.push('unknownCategory');

  // Row 5: level.
  const clauses = ruleSet.degrees.get(degree);
  const evidence = {
    vks: rangeOfVks(attributes.vksNiveauOnderwijskwalificatie?.code),
    isced2011: rangeOfIsced2011(record.iscedNiveau2011, ruleSet.insufficientDigits),
    degree: clauses && rangeOfDegree(clauses, comparable(attributes.instantie), year),
    category: isEquivalence ? undefined : ruleSet.categories.get(category),
    isced1997: rangeOfIsced1997(attributes.iscedNiveau?.code),
  };
  found.push(levelReason(evidence, ruleSet.minimumLevel));

  // Row 6: authenticity.
  if (authenticity.startsWith('eigen verklaring')) found.push('selfDeclared');
  else if (authenticity !== 'authentiek') found.push('unknownAuthenticity');

  // Row 7: country. It does not matter for an equivalence decision.
  if (!isEquivalence && country !== 'BEL') found.push(foreignReason(country, ruleSet));

  // Row 8: the ISCED field of study; it should be the first three digits of the subject.
  if (field !== subjectCode.slice(0, 3) && comparable(field) !== '') found.push('subjectFieldMismatch');

  // Row 9: a subject that the rule set marks for review.
  if (review) found.push('subjectUnderReview');

  // Row 10: a date of award after today.
  if (ruleSet.reviewsDatesInFuture && isAfter(shownDate(record), today)) found.push('awardDateInFuture');

  return found;
};

/** The reason for a proof that is not from Belgium. Codes of countries are compared exactly. */
const foreignReason = (country: string | undefined, { automaticRecognition }: CompiledRuleSet): RecordReason => {
  if (country === undefined || comparable(country) === '') return 'unknownCountry';
  return automaticRecognition.has(country) ? 'foreignLevelRecognised' : 'foreignWithoutEquivalence';
};

/** Whether a date (`yyyy`, `yyyy-mm` or `yyyy-mm-dd`) lies after this day. A year or month of today does not. */
const isAfter = (date: string | undefined, today: string): boolean =>
  date !== undefined && date > today.slice(0, date.length);

/** What is odd in a record. For a cancelled record this is empty, because its other values are not read. */
const qualityOf = (found: readonly RecordReason[], year: number | undefined): readonly QualityKind[] => {
  const kinds: QualityKind[] = [];
  if (found[0] === 'cancelled') return kinds;
  if (found.includes('subjectFieldMismatch')) kinds.push('subjectFieldMismatch');
  if (found.includes('levelConflict')) kinds.push('levelConflict');
  if (found.some((reason) => recordReasons[reason].unknownValue)) kinds.push('unknownValue');
  if (year === undefined) kinds.push('unknownYear');
  return kinds;
};

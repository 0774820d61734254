import { knownYear, type LedRecord } from '../record.ts';
import { type RecordReason, recordReasons } from './reasons.ts';
import type { CompiledClause, CompiledRuleSet, Range } from './rule-set.ts';

/** What is odd in the data that LED delivered, as counted by the metric `led_data_quality_total`. */
export const qualityKinds = [
  'otherHolder',
  'outOfScope',
  'subjectFieldMismatch',
  'levelConflict',
  'unknownValue',
  'unknownYear',
] as const;
export type QualityKind = (typeof qualityKinds)[number];

/** What the rules say of one record. Reasons keep the order of the rules; `quality` names each kind at most once. */
export type Judgement = { readonly quality: readonly QualityKind[] } & (
  | { readonly verdict: 'dropped'; readonly reason: 'outOfScope' | 'otherHolder' }
  | { readonly verdict: 'rejected'; readonly reasons: readonly RecordReason[] }
  | { readonly verdict: 'match' | 'review'; readonly reasons: readonly RecordReason[]; readonly domain: string }
);

/** Whether a text, in lower case, is one of LED's ways to say that there is none. */
export const isAbsent = (lowered: string): boolean =>
  lowered === 'nbs' || lowered === 'nvt' || lowered === 'niet beschikbaar' || lowered === 'niet van toepassing';

/** Text to compare: in lower case, empty if absent, which no name of a rule set is. Values of a record are clean by contract. */
const text = (value = ''): string => {
  const lowered = value.toLowerCase();
  return isAbsent(lowered) ? '' : lowered;
};

/** The range of the first clause that fits. The institution folded, empty if absent; the year only if it is known. */
export const rangeOf = (
  clauses: readonly CompiledClause[],
  institution: string,
  year: number | undefined,
): Range | undefined =>
  clauses.find((clause) => {
    if (clause.isOneOf !== undefined && !clause.isOneOf.has(institution)) return false;
    if (clause.containsOneOf !== undefined && !clause.containsOneOf.some((part) => institution.includes(part)))
      return false;
    if (clause.year === undefined) return true;
    return year !== undefined && year >= clause.year.atLeast && year <= clause.year.atMost;
  })?.range;

const exactly = (level: number): Range => ({ low: level, high: level });

/** What a witness says by a character of its code; nothing for any other. */
type Says = ReadonlyMap<string | undefined, Range>;
const exact = (...levels: readonly number[]) => levels.map((level) => [String(level), exactly(level)] as const);
const belowHigher = [0, 1, 2, 3, 4].map((digit) => [String(digit), { low: 0, high: 4 }] as const);
const byVks: Says = new Map(exact(1, 2, 3, 4, 5, 6, 7, 8));
const byIsced2011: Says = new Map([...belowHigher, ...exact(5, 6, 7, 8)]);
/** In ISCED 1997 level 5 is bachelor and master alike and HBO5 too. */
const byIsced1997: Says = new Map([...belowHigher, ['5', { low: 5, high: 7 }]]);

/** The 6 of ISCED 1997, alone, is research: a doctorate. */
const isced1997Says = (isced: string | undefined): Range | undefined =>
  isced === '6' ? exactly(8) : byIsced1997.get(isced?.[0]);

/** The five witnesses of the level in their order, by the reasons they give. */
const vks = { up: 'levelByVks', down: 'belowByVks' } as const;
const isced2011 = { up: 'levelByIsced2011', down: 'belowByIsced2011' } as const;
const degree = { up: 'levelByDegree', down: 'belowByDegree' } as const;
const category = { up: 'levelByCategory', down: 'belowByCategory' } as const;
const isced1997 = { up: 'levelByIsced1997', down: 'belowByIsced1997' } as const;
const witnesses = [vks, isced2011, degree, category, isced1997] as const;
/** A rejection names the category first: it is what a case handler knows a diploma by. */
const witnessesAgainst = [category, vks, isced2011, degree, isced1997] as const;

/** How a range stands against the minimum level. */
export const standOf = (range: Range, minimum: number): 'up' | 'down' | 'open' => {
  if (range.low >= minimum) return 'up';
  return range.high < minimum ? 'down' : 'open';
};

/** Row 5, from what each witness says, in their order. */
const levelReason = (says: readonly (Range | undefined)[], minimum: number): RecordReason => {
  const stands = says.map((range) => range && standOf(range, minimum));
  const standsOf = (witness: (typeof witnesses)[number]) => stands[witnesses.indexOf(witness)];
  const isUp = stands.includes('up');
  if (isUp && stands.includes('down')) return 'levelConflict';
  // Old and new titles share names: where the title leaves the level open, only the date can tell.
  if (isUp && standsOf(degree) === 'open') return 'levelOpen';
  return (
    witnesses.find((witness) => standsOf(witness) === 'up')?.up ??
    witnessesAgainst.find((witness) => standsOf(witness) === 'down')?.down ??
    (stands.includes('open') ? 'levelOpen' : 'levelUnknown')
  );
};

/** Rows 1 to 9 of the rules: at most one reason of each, in their order. The subject is one of the rule set's. */
const findings = (
  record: LedRecord,
  year: number | undefined,
  ruleSet: CompiledRuleSet,
  subject: string,
  underReview: boolean,
): readonly RecordReason[] => {
  if (record.status === '10') return ['cancelled'];

  const { attributes } = record;
  const proofState = text(attributes.staatBewijs);
  const proofType = text(attributes.typeBewijs);
  const category = text(attributes.categorie);
  const degree = text(attributes.graad);
  const authenticity = text(record.authenticity);
  const country = attributes.land;
  const field = attributes.iscedStudiegebied?.code;
  const isEquivalence = proofType === 'gelijkwaardigheid';
  const found: RecordReason[] = [];

  if (record.status !== '1') found.push('unknownStatus');

  if (proofState === 'tussenbewijs') found.push('intermediateProof');
  else if (proofState !== 'eindbewijs') found.push('unknownProofState');

  if (isEquivalence) found.push('equivalenceDecision');
  else if (ruleSet.otherProofs.has(proofType)) found.push('notADiploma');
  else if (proofType !== 'diploma') found.push('unknownProofType');

  if (!isEquivalence && !ruleSet.categories.has(category)) found.push('unknownCategory');

  const clauses = ruleSet.degrees.get(degree);
  found.push(
    levelReason(
      [
        byVks.get(attributes.vksNiveauOnderwijskwalificatie?.code),
        byIsced2011.get(record.iscedNiveau2011?.[0]),
        clauses && rangeOf(clauses, text(attributes.instantie), year),
        isEquivalence ? undefined : ruleSet.categories.get(category),
        isced1997Says(attributes.iscedNiveau?.code),
      ],
      ruleSet.minimumLevel,
    ),
  );

  if (authenticity.startsWith('eigen verklaring')) found.push('selfDeclared');
  else if (authenticity !== 'authentiek') found.push('unknownAuthenticity');

  if (!isEquivalence && country !== 'BEL') {
    found.push(text(country) === '' ? 'unknownCountry' : 'foreignWithoutEquivalence');
  }

  if (field !== subject.slice(0, 3) && text(field) !== '') found.push('subjectFieldMismatch');

  if (underReview) found.push('subjectUnderReview');

  return found;
};

/** A cancelled record shows no oddity: its content no longer stands. */
const qualityOf = (found: readonly RecordReason[], year: number | undefined): readonly QualityKind[] => {
  const kinds: QualityKind[] = [];
  if (found[0] === 'cancelled') return kinds;
  if (found.includes('subjectFieldMismatch')) kinds.push('subjectFieldMismatch');
  if (found.includes('levelConflict')) kinds.push('levelConflict');
  if (found.some((reason) => recordReasons[reason].unknownValue)) kinds.push('unknownValue');
  if (year === undefined) kinds.push('unknownYear');
  return kinds;
};

type Drop = 'outOfScope' | 'otherHolder';
type Subject = { readonly domain: string; readonly review: boolean };

/**
 * Whether a record with this Onderwerp and this holder may be judged at all: its subject must be one of the rule set's
 * (the protocol lets no other be seen), and it must belong to the person with this INSZ. Returns the rule set's entry
 * of the subject, or everything that keeps the record out.
 */
export const admit = (
  subjectCode: string,
  holder: string | undefined,
  { subjects }: Pick<CompiledRuleSet, 'subjects'>,
  insz: string,
): { readonly subject: Subject } | { readonly drops: readonly [Drop, ...Drop[]] } => {
  const subject = subjects.get(subjectCode);
  if (subject === undefined) return { drops: holder === insz ? ['outOfScope'] : ['outOfScope', 'otherHolder'] };
  return holder === insz ? { subject } : { drops: ['otherHolder'] };
};

/**
 * What the rules say of one record about the person with this INSZ (11 digits): dropped unseen, rejected, for review,
 * or a match. Never fails, whatever the values. Rests on the BVR of 18 November 2022, art. 46, 2°, and the protocol of
 * 04/10/2023, art. 3 (subjects) and 7 (over-delivery is counted).
 */
export const judge = (record: LedRecord, ruleSet: CompiledRuleSet, insz: string): Judgement => {
  const subjectCode = record.attributes.onderwerp?.code ?? '';
  const admitted = admit(subjectCode, record.holder, ruleSet, insz);
  if ('drops' in admitted) return { verdict: 'dropped', reason: admitted.drops[0], quality: admitted.drops };

  const { domain, review } = admitted.subject;
  const year = knownYear(record.year);
  const found = findings(record, year, ruleSet, subjectCode, review);
  const quality = qualityOf(found, year);
  const rejections = found.filter((reason) => recordReasons[reason].weight === 'reject');
  if (rejections.length > 0) return { verdict: 'rejected', reasons: rejections, quality };
  const reviews = found.filter((reason) => recordReasons[reason].weight === 'review');
  if (reviews.length > 0) return { verdict: 'review', reasons: reviews, domain, quality };
  return { verdict: 'match', reasons: found, domain, quality };
};

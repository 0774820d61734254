import { knownYear, type LedRecord } from '../record.ts';
import { type RecordReason, recordReasons } from './reasons.ts';
import { engine, findings } from './rows.ts';
import type { CompiledRuleSet } from './rule-set.ts';
import { valuesOf } from './values.ts';

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
 * Returns the filter for LED's records: whether this rule set judges a record with this subject and holder. The reader of
 * the answer skips all other records.
 */
export const wantedBy =
  (ruleSet: Pick<CompiledRuleSet, 'subjects'>, insz: string) =>
  (subjectCode: string, holder: string): boolean =>
    'subject' in admit(subjectCode, holder, ruleSet, insz);

/**
 * Judges one record for the person with this INSZ (11 digits). `today`: in Brussels, `yyyy-mm-dd`. Never throws. Based on
 * the BVR of 18 November 2022, art. 46, 2°, and on the protocol with AHOVOKS of 4 October 2023: art. 3 (which subjects may
 * be seen) and art. 7 (records that LED should not have sent are counted).
 */
export const judge = (record: LedRecord, ruleSet: CompiledRuleSet, insz: string, today: string): Judgement => {
  const admitted = admit(record.attributes.onderwerp?.code ?? '', record.holder, ruleSet, insz);
  if ('drops' in admitted) return { verdict: 'dropped', reason: admitted.drops[0], quality: admitted.drops };

  const values = valuesOf(record);
  const found = findings(values, ruleSet, today);
  const quality = qualityOf(found, knownYear(values.year));
  const { verdict, reasons } = engine.weigh(found);
  return verdict === 'rejected'
    ? { verdict, reasons, quality }
    : { verdict, reasons, domain: admitted.subject.domain, quality };
};

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

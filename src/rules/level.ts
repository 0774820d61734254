import type { RecordReason } from './reasons.ts';
import type { CompiledClause, Range } from './rule-set.ts';

/** The five things in a record that can say something about its level. */
type EvidenceKind = 'vks' | 'isced2011' | 'degree' | 'category' | 'isced1997';

/**
 * What a range of VKS levels says about the minimum. `enough`: every level of the range is high enough. `tooLow`: none
 * is. `open`: some are.
 */
export type Standing = 'enough' | 'tooLow' | 'open';

/** If the level is high enough, the reason is that of the first piece of evidence in this list that proves it. */
const evidenceFor = [
  { kind: 'vks', reason: 'levelByVks' },
  { kind: 'isced2011', reason: 'levelByIsced2011' },
  { kind: 'degree', reason: 'levelByDegree' },
  { kind: 'category', reason: 'levelByCategory' },
  { kind: 'isced1997', reason: 'levelByIsced1997' },
] as const;

/** The same if the level is too low. The category comes first, because case handlers recognise a diploma by it. */
const evidenceAgainst = [
  { kind: 'category', reason: 'belowByCategory' },
  { kind: 'vks', reason: 'belowByVks' },
  { kind: 'isced2011', reason: 'belowByIsced2011' },
  { kind: 'degree', reason: 'belowByDegree' },
  { kind: 'isced1997', reason: 'belowByIsced1997' },
] as const;

/** Returns what a range says about this minimum level (VKS). */
export const compareToMinimum = (range: Range, minimum: number): Standing => {
  if (range.low >= minimum) return 'enough';
  return range.high < minimum ? 'tooLow' : 'open';
};

/** Returns the reason that follows from all evidence together. `undefined`: this evidence says nothing. */
export const levelReason = (evidence: Readonly<Record<EvidenceKind, Standing | undefined>>): RecordReason => {
  const enough = evidenceFor.find(({ kind }) => evidence[kind] === 'enough');
  const tooLow = evidenceAgainst.find(({ kind }) => evidence[kind] === 'tooLow');
  if (enough && tooLow) return 'levelConflict';
  // Old and new degrees share names. If the degree leaves the level open, a person has to look at the date.
  if (enough) return evidence.degree === 'open' ? 'levelOpen' : enough.reason;
  if (tooLow) return tooLow.reason;
  return evidenceFor.some(({ kind }) => evidence[kind] === 'open') ? 'levelOpen' : 'levelUnknown';
};

const exactly = (level: number): Range => ({ low: level, high: level });
const exactLevels = (...levels: readonly number[]) => levels.map((level) => [String(level), exactly(level)] as const);
const belowHigherEducation = [0, 1, 2, 3, 4].map((digit) => [String(digit), { low: 0, high: 4 }] as const);

type RangeByDigit = ReadonlyMap<string, Range>;
const vksRanges: RangeByDigit = new Map(exactLevels(1, 2, 3, 4, 5, 6, 7, 8));
const isced2011Ranges: RangeByDigit = new Map([...belowHigherEducation, ...exactLevels(5, 6, 7, 8)]);
/** Level 5 of ISCED 1997 contains HBO5, bachelor and master. */
const isced1997Ranges: RangeByDigit = new Map([...belowHigherEducation, ['5', { low: 5, high: 7 }]]);

/** The range of a VKS level: one digit, 1 to 8. */
export const rangeOfVks = (code: string): Range | undefined => vksRanges.get(code);

/**
 * The range of an ISCED 2011 level, by its first digit. A code of three digits whose last is one of `insufficient` says
 * nothing: the programme does not complete its level.
 */
export const rangeOfIsced2011 = (code: string, insufficient: ReadonlySet<string>): Range | undefined =>
  /^[0-9]{3}$/.test(code) && insufficient.has(code.charAt(2)) ? undefined : isced2011Ranges.get(code.charAt(0));

/** The range of an ISCED 1997 level: exactly `6` is a doctorate; for other codes the first digit counts. */
export const rangeOfIsced1997 = (code: string): Range | undefined =>
  code === '6' ? exactly(8) : isced1997Ranges.get(code.charAt(0));

/**
 * The range of a degree: that of its first clause that fits. `institution` is folded (see `folded`), and empty if it is
 * missing. `year` is undefined if it is not known.
 */
export const rangeOfDegree = (
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

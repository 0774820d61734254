import { knownYear, type LedRecord } from '../record.ts';
import { judge } from './judge.ts';
import type { FollowUp, RecordReason } from './reasons.ts';
import type { CompiledRuleSet } from './rule-set.ts';

/** What a person can bring that makes a proof count: a confirmed copy, a decision on equivalence, the date. */
export type Help = Extract<FollowUp, 'confirmAuthenticity' | 'equivalenceDecision' | 'confirmDate'>;

/** All of them, in the order of the rules. */
export const helpSteps: readonly Help[] = ['confirmAuthenticity', 'equivalenceDecision', 'confirmDate'];

/**
 * Returns what would make a record count that has these reasons under this rule set. Undefined if nothing that a person
 * can bring is enough: another reason would remain. `today`: in Brussels, `yyyy-mm-dd`.
 */
export const helpFor = (
  record: LedRecord,
  reasons: readonly RecordReason[],
  ruleSet: CompiledRuleSet,
  today: string,
): Help | undefined => {
  // What is brought takes one reason away. So a record with two reasons keeps one.
  if (reasons.length !== 1) return undefined;
  switch (reasons[0]) {
    case 'selfDeclared':
    case 'unknownAuthenticity':
      return 'confirmAuthenticity';
    case 'foreignWithoutEquivalence':
      return 'equivalenceDecision';
    case 'awardDateInFuture':
      return 'confirmDate';
    case 'levelOpen':
      return matchesInSomeYear(record, ruleSet, today) ? 'confirmDate' : undefined;
    default:
      return undefined;
  }
};

/**
 * Whether a record without a known year would be a match if it were of some year until today. The verdict changes only
 * where a condition on the year begins or ends, so these years are enough.
 */
const matchesInSomeYear = (record: LedRecord, ruleSet: CompiledRuleSet, today: string): boolean => {
  if (knownYear(record.year) !== undefined) return false;
  const clauses = ruleSet.source.degrees.flatMap(({ clauses }) => clauses);
  const bounds = clauses.flatMap(({ year }) => [year?.atLeast ?? 1900, (year?.atMost ?? 1899) + 1]);
  const { month, day, ...undated } = record;
  return bounds
    .filter((year) => year <= Number(today.slice(0, 4)))
    .some((year) => judge({ ...undated, year: String(year) }, ruleSet, record.holder ?? '', today).verdict === 'match');
};

import { type RecordReason, recordReasonsWith } from '../reasons.ts';
import type { RuleSet } from '../rule-set.ts';

/**
 * The reasons with this weight that a record can get under this rule set, in the order of the rules.
 * `subjectUnderReview` is one of them only if the rule set marks a subject for review.
 */
export const possibleReasons = (weight: 'review' | 'reject', { subjects }: RuleSet): readonly RecordReason[] =>
  recordReasonsWith(weight).filter(
    (code) => code !== 'subjectUnderReview' || subjects.some(({ review }) => review === true),
  );

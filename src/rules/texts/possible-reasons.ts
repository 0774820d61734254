import { type RecordReason, recordReasonsWith } from '../reasons.ts';
import type { RuleSet } from '../rule-set.ts';

/** Whether a record can get a reason under this rule set, for the reasons that depend on it. */
const depends: Partial<Record<RecordReason, (ruleSet: RuleSet) => boolean>> = {
  foreignLevelRecognised: ({ automaticRecognition }) => automaticRecognition !== undefined,
  subjectUnderReview: ({ subjects }) => subjects.some(({ review }) => review === true),
  awardDateInFuture: ({ datesInFuture }) => datesInFuture !== undefined,
};

/** The reasons with this weight that a record can get under this rule set, in the order of the rules. */
export const possibleReasons = (weight: 'review' | 'reject', ruleSet: RuleSet): readonly RecordReason[] =>
  recordReasonsWith(weight).filter((code) => depends[code]?.(ruleSet) ?? true);

import type { Assessment } from '../eligibility.ts';
import type { Metrics } from '../lib/metrics.ts';
import { qualityKinds } from '../rules/judge.ts';

/**
 * Counts the result of the rules for one answer of LED: dropped records, oddities, reasons, and outcomes of candidates.
 */
export const countAssessment = ({ ruling, ruleSet, shadow }: Assessment, metrics: Metrics): void => {
  const { dropped, quality } = ruling;
  for (const reason of droppedReasons) if (dropped[reason] > 0) metrics.recordsDropped.inc({ reason }, dropped[reason]);
  for (const kind of qualityKinds) if (quality[kind] > 0) metrics.dataQuality.inc({ kind }, quality[kind]);
  for (const { reasons } of [...ruling.diplomas, ...ruling.rejected]) {
    for (const code of reasons) metrics.ruleReasons.inc({ rule_set: ruleSet.source.id, code });
  }
  for (const { ruleSet: candidate, outcome } of shadow) {
    const result = outcome === ruling.outcome ? 'same' : `${ruling.outcome}>${outcome}`;
    metrics.ruleShadow.inc({ rule_set: candidate.source.id, version: candidate.source.version, result });
  }
};

const droppedReasons = ['otherHolder', 'outOfScope'] as const;

import { z } from 'zod';
import { Attributes } from './record.ts';
import type { Ruling } from './rules/decide.ts';
import { type Language, type ReasonCode, reasonText } from './rules/reasons.ts';
import type { CompiledRuleSet } from './rules/rule-set.ts';

const Reason = z.strictObject({ code: z.string(), text: z.string() }).meta({ id: 'Reason' });

export const Outcome = z.enum(['eligible', 'manualReview', 'notDemonstrated']).meta({ id: 'Outcome' });
export type Outcome = z.infer<typeof Outcome>;

export const RuleSetReference = z
  .strictObject({ id: z.string(), version: z.string(), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) })
  .meta({ id: 'RuleSetReference' });
export type RuleSetReference = z.infer<typeof RuleSetReference>;

export const Diploma = z
  .strictObject({
    verdict: z.enum(['match', 'review']),
    reasons: z.array(Reason),
    domain: z.string(),
    attributes: Attributes,
  })
  .meta({ id: 'Diploma' });
export type Diploma = z.infer<typeof Diploma>;

/** The answer of `POST /eligibility`: what was decided, by which rules, on what grounds. */
export const Decision = z
  .strictObject({
    decisionId: z.uuid(),
    decidedAt: z.iso.datetime({ precision: 3 }),
    outcome: Outcome,
    reasons: z.array(Reason),
    ruleSet: RuleSetReference,
    referenceDate: z.iso.date(),
    diplomas: z.array(Diploma),
    rejected: z.array(z.strictObject({ reasons: z.array(Reason) })),
    followUp: z.array(Reason),
  })
  .meta({ id: 'Decision', description: 'What was decided, by which rules, on what grounds' });
export type Decision = z.infer<typeof Decision>;

/** Puts a ruling into the form of the answer, with its reasons in words. `decidedAt` is RFC 3339 with milliseconds. */
export const present = (
  assessment: { readonly ruling: Ruling; readonly ruleSet: CompiledRuleSet; readonly referenceDate: string },
  { id, decidedAt, language }: { readonly id: string; readonly decidedAt: string; readonly language: Language },
): Decision => {
  const { ruling, ruleSet, referenceDate } = assessment;
  const inWords = (codes: readonly ReasonCode[]) =>
    codes.map((code) => ({ code, text: reasonText(code, language, ruleSet.minimumLevel) }));
  return {
    decisionId: id,
    decidedAt,
    outcome: ruling.outcome,
    reasons: inWords(ruling.reasons),
    ruleSet: { id: ruleSet.source.id, version: ruleSet.source.version, digest: ruleSet.digest },
    referenceDate,
    diplomas: ruling.diplomas.map(({ verdict, reasons, domain, attributes }) => ({
      verdict,
      reasons: inWords(reasons),
      domain,
      attributes,
    })),
    rejected: ruling.rejected.map(({ reasons }) => ({ reasons: inWords(reasons) })),
    followUp: inWords(ruling.followUp),
  };
};

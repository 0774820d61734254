import { z } from 'zod';
import { Attributes } from './record.ts';

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
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof Decision>;

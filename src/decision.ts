import { z } from 'zod';
import { bulletList } from './lib/markdown.ts';
import { Outcome } from './outcome.ts';
import { Attributes } from './record.ts';
import type { Ruling } from './rules/decide.ts';
import {
  answerReasons,
  followUpSteps,
  followUpText,
  gist,
  type Language,
  type ReasonCode,
  reasonText,
  recordReasonsWith,
} from './rules/reasons.ts';
import { type CompiledRuleSet, RuleSetReference, referenceOf } from './rules/rule-set.ts';

/** The minimum level that the reasons in the OpenAPI document name as an example. */
const exampleLevel = 6;

/**
 * A list of the codes, each with the first sentence of its English text. So the OpenAPI document says what answers say.
 */
const reasonList = (codes: readonly ReasonCode[]): string =>
  bulletList(codes.map((code) => [code, gist(reasonText(code, 'en', exampleLevel))]));

/** The same for the steps after a decision. */
const stepList = (): string =>
  bulletList(followUpSteps.map((step) => [step, gist(followUpText(step, 'en', exampleLevel))]));

export const Reason = z
  .strictObject({
    code: z
      .string()
      .describe(
        'For programs. A code never changes its meaning. New codes may appear: do not fail on a code that you do not know',
      ),
    text: z
      .string()
      .describe(
        'For people: what was found, what is needed and what to do, in the language of `Content-Language`. The text may change: show it, do not parse it',
      ),
  })
  .meta({ id: 'Reason', description: 'Why, for programs and for people. It contains no personal data.' });

const Diploma = z
  .strictObject({
    verdict: z
      .enum(['match', 'review'])
      .describe(
        '`match`: this diploma alone proves the condition. `review`: a case handler has to judge it; `reasons` says why',
      ),
    reasons: z
      .array(Reason)
      .describe(
        `For a match, the one value that proves the level:\n${reasonList(recordReasonsWith('pass'))}\n\nFor a review, everything that needs a look:\n${reasonList(recordReasonsWith('review'))}`,
      ),
    domain: z
      .string()
      .describe('The statutory domain of the subject, such as `sociaal`. The rule set gives each subject its domain'),
    attributes: Attributes,
  })
  .meta({
    id: 'Diploma',
    description: 'A proof in LED that counts or may count, with the attributes that may be seen',
  });

/** The answer of `POST /eligibility`: what was decided, by which rules, and why. */
export const Decision = z
  .strictObject({
    decisionId: z
      .uuid()
      .describe(
        'Identifies this decision (UUID v7), also in the audit trail. Record it with the file, whatever the outcome',
      ),
    decidedAt: z.iso
      .datetime({ precision: 3 })
      .describe('When, in UTC. A decision is about what LED contained at that moment'),
    outcome: Outcome,
    reasons: z
      .array(Reason)
      .describe(
        `Why this outcome. The first reason is what the proofs in LED show. The others are reservations: read them also when the outcome is \`eligible\`:\n${reasonList(answerReasons)}`,
      ),
    ruleSet: RuleSetReference,
    referenceDate: z.iso
      .date()
      .describe('The rules of this day were applied: the day of the request, or today in Brussels'),
    diplomas: z
      .array(Diploma)
      .describe(
        'First what counts (`match`), then what a case handler has to judge (`review`); in each group the newest first. May be empty',
      ),
    rejected: z
      .array(
        z.strictObject({
          reasons: z
            .array(Reason)
            .describe(`Everything that makes the proof insufficient:\n${reasonList(recordReasonsWith('reject'))}`),
        }),
      )
      .describe(
        'Proofs on an accepted subject that are not enough. Only the reasons: what proves nothing is not passed on',
      ),
    followUp: z
      .array(Reason)
      .describe(`What the case handler can do next; empty when the outcome is \`eligible\`:\n${stepList()}`),
  })
  .meta({ id: 'Decision', description: 'What was decided, by which rules, and why' });
export type Decision = z.infer<typeof Decision>;

/** Makes the answer from a ruling, with its reasons in words. `decidedAt` is RFC 3339 with milliseconds. */
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
    ruleSet: referenceOf(ruleSet),
    referenceDate,
    diplomas: ruling.diplomas.map(({ verdict, reasons, domain, attributes }) => ({
      verdict,
      reasons: inWords(reasons),
      domain,
      attributes,
    })),
    rejected: ruling.rejected.map(({ reasons }) => ({ reasons: inWords(reasons) })),
    followUp: ruling.followUp.map((code) => ({ code, text: followUpText(code, language, ruleSet.minimumLevel) })),
  };
};

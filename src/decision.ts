import { z } from 'zod';
import { Outcome } from './outcome.ts';
import { Attributes } from './record.ts';
import type { Ruling } from './rules/decide.ts';
import {
  answerReasons,
  followUpSteps,
  type Language,
  type ReasonCode,
  reasonText,
  recordReasons,
} from './rules/reasons.ts';
import { type CompiledRuleSet, RuleSetReference, referenceOf } from './rules/rule-set.ts';

/** Codes with the gist of their English text, as a list in Markdown: the document says what the code says. */
const listed = (codes: readonly ReasonCode[], minimumLevel = 6): string =>
  codes.map((code) => `- \`${code}\`: ${reasonText(code, 'en', minimumLevel).split(/(?<=[.?!]) /)[0]}`).join('\n');

const recordCodes = (...weights: readonly string[]) =>
  (Object.keys(recordReasons) as (keyof typeof recordReasons)[]).filter((code) =>
    weights.includes(recordReasons[code].weight),
  );

export const Reason = z
  .strictObject({
    code: z
      .string()
      .describe(
        'For programs. A code never changes its meaning; new ones may appear, so do not fail on one you do not know',
      ),
    text: z
      .string()
      .describe(
        'For people: what was found, what is needed and what to do, in the language of `Content-Language`. May change; show it, do not parse it',
      ),
  })
  .meta({ id: 'Reason', description: 'Why, for programs and for people. Holds nothing of the person.' });

export const Diploma = z
  .strictObject({
    verdict: z
      .enum(['match', 'review'])
      .describe(
        '`match`: this one alone proves the condition. `review`: a case handler has to judge it, for the `reasons` given',
      ),
    reasons: z
      .array(Reason)
      .describe(
        `Of a match the one datum that shows the level:\n${listed(recordCodes('pass'))}\n\nOf a review all that stands in the way:\n${listed(recordCodes('review'))}`,
      ),
    domain: z
      .string()
      .describe('The statutory domain that the subject belongs to, such as `sociaal`; the rule set names them'),
    attributes: Attributes,
  })
  .meta({ id: 'Diploma', description: 'A proof in LED that counts or may count, with what may be seen of it' });
export type Diploma = z.infer<typeof Diploma>;

/** The answer of `POST /eligibility`: what was decided, by which rules, on what grounds. */
export const Decision = z
  .strictObject({
    decisionId: z
      .uuid()
      .describe(
        'Identifies this decision (UUID v7) and is the id of its lines in the audit trail: keep it in the file',
      ),
    decidedAt: z.iso.datetime({ precision: 3 }).describe('When, in UTC. A decision says what LED held at that moment'),
    outcome: Outcome,
    reasons: z
      .array(Reason)
      .describe(
        `Why this outcome, the decisive one first; those after it are reservations to heed also when the outcome is \`eligible\`:\n${listed(answerReasons)}`,
      ),
    ruleSet: RuleSetReference,
    referenceDate: z.iso.date().describe('The day whose rules were applied: yours, or today in Brussels'),
    diplomas: z
      .array(Diploma)
      .describe('What counts (`match`) and then what has to be judged (`review`), each the newest first; may be empty'),
    rejected: z
      .array(
        z.strictObject({
          reasons: z.array(Reason).describe(`All that makes it insufficient:\n${listed(recordCodes('reject'))}`),
        }),
      )
      .describe(
        'Proofs on an accepted subject that are not enough: only why, for what proves nothing is not passed on',
      ),
    followUp: z
      .array(Reason)
      .describe(`What the case handler can do next; empty when the outcome is \`eligible\`:\n${listed(followUpSteps)}`),
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
    ruleSet: referenceOf(ruleSet),
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

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Reason } from '../decision.ts';
import { Fault } from '../fault.ts';
import { defined } from '../lib/defined.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import { type Language, reasonCodes, reasonText } from '../rules/reasons.ts';
import { type CompiledRuleSet, RuleSet } from '../rules/rule-set.ts';
import { languageOf } from './language.ts';

const RuleSetSummary = z
  .strictObject({
    id: z.string().describe('What to give as `ruleSet` when you ask'),
    version: z.string().describe('Which version of the rules (semantic versioning)'),
    title: z.string().describe('The recognition, in the language of `Content-Language`'),
    validFrom: z.iso.date().describe('The first reference date for which this version answers'),
    validTo: z.iso.date().optional().describe('The last day, included; open where it is left out'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .describe('`sha256:` and the SHA-256 of the whole file’s canonical JSON (RFC 8785); every decision names it'),
    candidate: z
      .boolean()
      .optional()
      .describe('True: a version on trial, evaluated beside the one in force and counted; it never answers you'),
  })
  .meta({ id: 'RuleSetSummary', description: 'One version of one rule set' });

const RuleSets = z
  .strictObject({ ruleSets: z.array(RuleSetSummary).describe('By id, then by the beginning of their period') })
  .meta({ id: 'RuleSets', description: 'Every version of every rule set' });

const { subjects, otherProofs, higherEducation, categories, degrees } = RuleSet.shape;

const RuleSetDetail = RuleSetSummary.extend({
  legalBasis: z
    .string()
    .describe('The law and the protocol on which it rests; stands on every line of the audit trail'),
  minimumLevel: z
    .int()
    .min(5)
    .max(8)
    .describe('The least VKS level that qualifies: 5 graduaat (HBO5), 6 bachelor, 7 master, 8 doctor'),
  subjects: subjects.describe(
    'The subjects (Onderwerp) that count; a diploma on another one is neither judged nor shown',
  ),
  otherProofs,
  higherEducation,
  categories,
  degrees,
  reasons: z.array(Reason).describe('Every reason code that can occur, in words'),
}).meta({ id: 'RuleSetDetail', description: 'One rule set in full: what is law and policy here, word by word' });

export const summaryOf = ({ source, digest }: CompiledRuleSet, language: Language): z.infer<typeof RuleSetSummary> => {
  const { id, version, title, validFrom, validTo, candidate } = source;
  return defined({ id, version, title: title[language], validFrom, validTo, digest, candidate });
};

/** A rule set in full, as the answer tells it. */
export const detailOf = (ruleSet: CompiledRuleSet, language: Language): z.infer<typeof RuleSetDetail> => {
  const { legalBasis, minimumLevel, subjects, otherProofs, higherEducation, categories, degrees } = ruleSet.source;
  return {
    ...summaryOf(ruleSet, language),
    legalBasis,
    minimumLevel,
    subjects,
    otherProofs,
    higherEducation,
    categories,
    degrees,
    reasons: reasonCodes.map((code) => ({ code, text: reasonText(code, language, minimumLevel) })),
  };
};

/** Says in which language the answer is, for caches too. */
export const inLanguage = (request: FastifyRequest, reply: FastifyReply): Language => {
  const language = languageOf(request.headers['accept-language']);
  reply.header('content-language', language).header('vary', 'Accept-Language');
  return language;
};

/** The rules as documents: what is in force, word by word. They are law and policy, so anyone may read them. */
export const ruleSetRoutes = async (
  app: FastifyInstance,
  { catalogue, today }: { readonly catalogue: Catalogue; readonly today: () => string },
): Promise<void> => {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    '/ruleSets',
    {
      schema: {
        operationId: 'getRuleSets',
        tags: ['ruleSets'],
        summary: 'List the rule sets, every version of each',
        description:
          'Which recognitions this installation can decide on, and the dates of each version: past, in force, to come and on trial.',
        security: [],
        inLanguages: true,
        response: { 200: RuleSets },
      },
    },
    async (request, reply) => {
      const language = inLanguage(request, reply);
      return { ruleSets: catalogue.all.map((ruleSet) => summaryOf(ruleSet, language)) };
    },
  );
  routes.get(
    '/ruleSets/:id',
    {
      schema: {
        operationId: 'getRuleSet',
        tags: ['ruleSets'],
        summary: 'Show one rule set in full',
        description: 'The version in force today; where none is, the one with the latest start.',
        security: [],
        inLanguages: true,
        params: z.strictObject({ id: z.string().describe('The rule set’s `id`, such as `begeleider-ama`') }),
        response: { 200: RuleSetDetail },
        problems: ['resourceNotFound'],
      },
    },
    async (request, reply) => {
      const found = catalogue.find(request.params.id, today());
      const ruleSet = found.ok
        ? found.ruleSet
        : catalogue.all
            .filter(({ source }) => source.id === request.params.id)
            .toSorted((a, b) => (a.source.validFrom < b.source.validFrom ? 1 : -1))[0];
      if (!ruleSet) throw new Fault('resourceNotFound', 'ruleSet');
      return detailOf(ruleSet, inLanguage(request, reply));
    },
  );
};

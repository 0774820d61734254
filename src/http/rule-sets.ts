import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { defined } from '../defined.ts';
import { Fault } from '../fault.ts';
import type { Catalogue } from '../rules/load.ts';
import { type Language, reasonCodes, reasonText } from '../rules/reasons.ts';
import { type CompiledRuleSet, RuleSet } from '../rules/rule-set.ts';
import { languageOf } from './language.ts';
import { Problem } from './problems.ts';

const RuleSetSummary = z
  .strictObject({
    id: z.string(),
    version: z.string(),
    title: z.string(),
    validFrom: z.iso.date(),
    validTo: z.iso.date().optional().describe('The last day, included; open where it is left out'),
    digest: z.string().describe('`sha256:` and the SHA-256 of the whole file’s canonical JSON (RFC 8785)'),
    candidate: z.boolean().optional().describe('Evaluated beside the version in force; never answers'),
  })
  .meta({ id: 'RuleSetSummary' });

const RuleSetDetail = RuleSetSummary.extend({
  legalBasis: z.string(),
  minimumLevel: z.int().min(5).max(8).describe('The least VKS level that qualifies'),
  ...RuleSet.pick({ subjects: true, otherProofs: true, higherEducation: true, categories: true, degrees: true }).shape,
  reasons: z
    .array(z.strictObject({ code: z.string(), text: z.string() }))
    .describe('Every reason code that can occur, in words'),
}).meta({ id: 'RuleSetDetail', description: 'One rule set in full' });

const summaryOf = ({ source, digest }: CompiledRuleSet, language: Language): z.infer<typeof RuleSetSummary> => {
  const { id, version, title, validFrom, validTo, candidate } = source;
  return defined({ id, version, title: title[language], validFrom, validTo, digest, candidate });
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
        response: {
          200: z
            .strictObject({ ruleSets: z.array(RuleSetSummary) })
            .meta({ id: 'RuleSets', description: 'Every version of every rule set' }),
          default: Problem,
        },
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
        summary: 'One rule set in full',
        description: 'The version in force today; where none is, the one with the latest start.',
        params: z.strictObject({ id: z.string() }),
        response: { 200: RuleSetDetail, default: Problem },
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
      const language = inLanguage(request, reply);
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
    },
  );
};

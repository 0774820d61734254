import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Reason } from '../decision.ts';
import { Fault, type FaultCode } from '../fault.ts';
import { defined } from '../lib/defined.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import { followUpSteps, followUpText, type Language, reasonCodes, reasonText } from '../rules/reasons.ts';
import { type CompiledRuleSet, RuleSet } from '../rules/rule-set.ts';
import { refuseUnacceptable } from './accept.ts';
import { inLanguage } from './language.ts';
import { refuseQuery } from './query.ts';

const RuleSetSummary = z
  .strictObject({
    id: z.string().describe('The value to send as `ruleSet` when you ask'),
    version: z.string().describe('The version of the rules (semantic versioning)'),
    title: z.string().describe('The recognition, in the language of `Content-Language`'),
    validFrom: z.iso.date().describe('The first reference date for which this version answers'),
    validTo: z.iso.date().optional().describe('The last day, included. Left out if there is no end yet'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .describe(
        '`sha256:` and the SHA-256 of the canonical JSON of the whole file (RFC 8785). Every decision names it',
      ),
    candidate: z
      .boolean()
      .optional()
      .describe(
        'True for a version on trial. It is evaluated and counted together with the version in force, but it never answers you',
      ),
    href: z
      .string()
      .meta({ format: 'uri-reference' })
      .describe('Where the file of this version is, relative to the URL of the request'),
  })
  .meta({ id: 'RuleSetSummary', description: 'One version of one rule set' });

const RuleSets = z
  .strictObject({
    items: z.array(RuleSetSummary).describe('By id, then by the start of their period'),
    total: z.int().min(0).max(2_147_483_647).describe('How many versions there are'),
  })
  .meta({ id: 'RuleSets', description: 'Every version of every rule set' });

const RuleSetFile = z.looseObject({}).meta({
  id: 'RuleSetFile',
  description:
    'The file of one version of a rule set, byte for byte. `digest` is over its canonical JSON (RFC 8785). The JSON schema of these files is `openapi/rule-set.schema.json` in the repository of the service',
});

const {
  replaces,
  sources,
  sourceOf,
  subjects,
  otherProofs,
  higherEducation,
  categories,
  degrees,
  automaticRecognition,
  insufficientProgrammes,
  datesInFuture,
} = RuleSet.shape;

const RuleSetDetail = RuleSetSummary.extend({
  legalBasis: z
    .string()
    .describe('The law and the protocol on which the rule set is based. The audit lines about a decision name it'),
  minimumLevel: z
    .int()
    .min(5)
    .max(8)
    .describe('The lowest VKS level that qualifies: 5 graduaat (HBO5), 6 bachelor, 7 master, 8 doctor'),
  subjects: subjects.describe(
    'The subjects (Onderwerp) that count. A diploma on another subject is neither judged nor shown',
  ),
  otherProofs,
  higherEducation,
  categories,
  degrees,
  automaticRecognition,
  insufficientProgrammes,
  datesInFuture,
  replaces,
  sources,
  sourceOf,
  reasons: z.array(Reason).describe('Every code that can occur in a decision, with its text'),
  followUp: z
    .array(Reason)
    .describe('The steps that can follow a decision. `equivalenceDecision` is also the code of a reason'),
}).meta({ id: 'RuleSetDetail', description: 'One rule set in full: law and policy, word by word' });

/** The rule set as the list of rule sets shows it. `collection` leads from the request to the list. */
export const summaryOf = (
  { source, digest }: CompiledRuleSet,
  language: Language,
  collection: string,
): z.infer<typeof RuleSetSummary> => {
  const { id, version, title, validFrom, validTo, candidate } = source;
  const href = `${collection}${id}/versions/${version}`;
  return defined({ id, version, title: title[language], validFrom, validTo, digest, candidate, href });
};

/** All rule sets, as `GET /ruleSets` lists them. */
export const listOf = (all: readonly CompiledRuleSet[], language: Language): z.infer<typeof RuleSets> => ({
  items: all.map((ruleSet) => summaryOf(ruleSet, language, 'ruleSets/')),
  total: all.length,
});

/** The rule set in full, with every reason that it can give. */
export const detailOf = (ruleSet: CompiledRuleSet, language: Language): z.infer<typeof RuleSetDetail> => {
  const { $schema, id, version, title, validFrom, validTo, candidate, ...rules } = ruleSet.source;
  const { minimumLevel } = rules;
  const reasons = reasonCodes.map((code) => ({ code, text: reasonText(code, language, minimumLevel) }));
  const followUp = followUpSteps.map((code) => ({ code, text: followUpText(code, language, minimumLevel) }));
  const ofStepsOnly = followUp.filter(({ code }) => reasons.every((reason) => reason.code !== code));
  return { ...summaryOf(ruleSet, language, ''), ...rules, reasons: [...reasons, ...ofStepsOnly], followUp };
};

export type RuleSetDeps = {
  readonly catalogue: Catalogue;
  /** Today in Brussels, `yyyy-mm-dd`. */
  readonly today: () => string;
};

/** The rules as documents. They are law and policy, so everyone may read them. */
export const ruleSetRoutes = async (app: FastifyInstance, { catalogue, today }: RuleSetDeps): Promise<void> => {
  app.addHook('onRequest', refuseUnacceptable);
  app.addHook('onRequest', refuseQuery);
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get('/ruleSets', { schema: listSchema }, async (request, reply) =>
    listOf(catalogue.all, inLanguage(request, reply)),
  );
  routes.get('/ruleSets/:ruleSetId', { schema: detailSchema }, async (request, reply) => {
    const ruleSet = inForceOrLatest(catalogue, request.params.ruleSetId, today());
    if (!ruleSet) throw notFound('ruleSet', 'ruleSetId');
    return detailOf(ruleSet, inLanguage(request, reply));
  });
  type File = { Params: { ruleSetId: string; version: string } };
  app.get<File>('/ruleSets/:ruleSetId/versions/:version', { schema: fileSchema }, async (request, reply) => {
    const { ruleSetId, version } = request.params;
    const versions = catalogue.all.filter(({ source }) => source.id === ruleSetId);
    if (versions.length === 0) throw notFound('ruleSet', 'ruleSetId');
    const ruleSet = versions.find(({ source }) => source.version === version);
    if (!ruleSet) throw notFound('version', 'version');
    return reply.type('application/json; charset=utf-8').send(Buffer.from(ruleSet.file));
  });
};

/** The Fault for a path that leads to no rule set. `name` is the part of the path that is wrong. */
const notFound = (reason: 'ruleSet' | 'version', name: string): Fault =>
  new Fault('resourceNotFound', reason, {
    issues: [{ type: 'referencedResourceNotFound', in: 'path', name, detail: 'does not exist' }],
  });

/** The version in force on that day, otherwise the version that starts last. Undefined if no version has this id. */
const inForceOrLatest = (catalogue: Catalogue, id: string, day: string): CompiledRuleSet | undefined => {
  const found = catalogue.find(id, day);
  return found.ok ? found.ruleSet : catalogue.all.findLast(({ source }) => source.id === id);
};

const ruleSetId = z.string().max(64).describe('The `id` of the rule set, such as `begeleider-ama`');

const listSchema = {
  operationId: 'getRuleSets',
  tags: ['Rule sets'],
  summary: 'List every version of every rule set',
  description:
    'Shows the recognitions that this installation can decide on, and the dates of each version: past, in force, future and on trial.',
  security: [],
  inLanguages: true,
  response: { 200: RuleSets },
  problems: ['badRequest', 'notAcceptable'] satisfies FaultCode[],
};

const detailSchema = {
  operationId: 'getRuleSet',
  tags: ['Rule sets'],
  summary: 'Show one rule set in full',
  description: 'Shows the version that is in force today. If there is none, it shows the version that starts last.',
  security: [],
  inLanguages: true,
  params: z.strictObject({ ruleSetId }),
  response: { 200: RuleSetDetail },
  problems: ['badRequest', 'resourceNotFound', 'notAcceptable'] satisfies FaultCode[],
};

const fileSchema = {
  operationId: 'getRuleSetVersion',
  tags: ['Rule sets'],
  summary: 'Get the file of one version of a rule set',
  description:
    'Returns the file byte for byte, so that anyone can compute the digest that decisions name: the SHA-256 of its canonical JSON (RFC 8785).',
  security: [],
  params: z.strictObject({
    ruleSetId,
    version: z.string().max(32).describe('The version, such as `1.0.0`'),
  }),
  response: { 200: RuleSetFile },
  problems: ['badRequest', 'resourceNotFound', 'notAcceptable'] satisfies FaultCode[],
};

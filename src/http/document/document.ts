import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { stringify } from 'yaml';
import { z } from 'zod';
import { Fault, type FaultCode } from '../../fault.ts';
import type { Catalogue } from '../../rules/catalogue.ts';
import { flowOf } from '../../rules/texts/flow-chart.ts';
import { documentedKinds, kinds, Problem } from '../problems.ts';
import { inLanguage } from '../rule-sets.ts';
import { type Example, examplesBySchema, problemExamples } from './examples.ts';

declare module 'fastify' {
  interface FastifySchema {
    /** The kinds of problem that this operation is expected to answer with; the rest stand under `default`. */
    problems?: readonly FaultCode[];
    /** Whether the answer's texts follow `Accept-Language`. */
    inLanguages?: boolean;
  }
}

const form = {
  target: 'openapi-3.0',
  unrepresentable: 'throw',
  override: ({ jsonSchema }: { jsonSchema: { format?: string; pattern?: string } }) => {
    // Formats say it all; zod's patterns for dates and UUIDs are for machines only. Unicode classes are known to few
    // languages, and stand in answers only.
    if (jsonSchema.format !== undefined || jsonSchema.pattern?.includes('\\p{')) delete jsonSchema.pattern;
  },
} as const;

const refTo = (part: 'schemas' | 'examples' | 'headers' | 'parameters', name: string) => ({
  $ref: `#/components/${part}/${name}`,
});

const nameOf = (schema: unknown): string | undefined =>
  schema instanceof z.ZodType ? z.globalRegistry.get(schema)?.id : undefined;

const descriptionOf = (schema: unknown): string =>
  (schema instanceof z.ZodType && z.globalRegistry.get(schema)?.description) || 'The answer';

/** A schema with a name becomes a reference to its component; one without stands where it is used. */
const inDocument = (schema: unknown): unknown => {
  if (!(schema instanceof z.ZodType)) return schema;
  const name = nameOf(schema);
  if (name !== undefined) return refTo('schemas', name);
  const { $schema: _, ...inline } = z.toJSONSchema(schema, form);
  return inline;
};

/** Every named schema of the service, once, under its own name. */
const schemas = () =>
  Object.fromEntries(
    Object.entries(z.toJSONSchema(z.globalRegistry, { ...form, uri: (id) => refTo('schemas', id).$ref }).schemas)
      .map(([name, { $schema: _, $id: __, id: ___, ...schema }]) => [name, schema] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

type Header = {
  readonly description: string;
  readonly schema: object;
  readonly required?: true;
  readonly example: unknown;
};

const uuid = { type: 'string', format: 'uuid' };
const aTrace = '6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506';

const headers: Readonly<Record<string, Header>> = {
  'BelGov-Trace-Id': {
    description: 'A fresh UUID of this answer, for tracing',
    required: true,
    schema: uuid,
    example: aTrace,
  },
  'BelGov-Related-Trace-Id': {
    description: 'Your own `BelGov-Trace-Id`, if it was a UUID',
    schema: uuid,
    example: aTrace,
  },
  'Content-Language': {
    description: 'The language of every `text` and `title`',
    required: true,
    schema: { type: 'string', enum: ['nl', 'en'] },
    example: 'en',
  },
  'Retry-After': {
    description: 'Seconds to wait before you ask again',
    required: true,
    schema: { type: 'integer', minimum: 0, maximum: 86_400 },
    example: 5,
  },
  'WWW-Authenticate': {
    description:
      'What kind of credentials is asked for, and what was wrong with yours (RFC 6750); a 403 for want of permission has none',
    schema: { type: 'string' },
    example: 'Bearer error="invalid_token"',
  },
  Allow: {
    description: 'With 405: the methods that this path knows',
    schema: { type: 'string' },
    example: 'POST',
  },
};

const headersOf = (...names: readonly string[]) =>
  Object.fromEntries(
    ['BelGov-Trace-Id', 'BelGov-Related-Trace-Id', ...names].map((name) => [name, refTo('headers', name)]),
  );

/** What comes with a status beside its body. */
const headersOfStatus: Readonly<Record<string, string>> = {
  401: 'WWW-Authenticate',
  403: 'WWW-Authenticate',
  429: 'Retry-After',
  503: 'Retry-After',
  default: 'Allow',
};

const parameters = {
  traceId: {
    name: 'BelGov-Trace-Id',
    in: 'header',
    required: false,
    description: 'A UUID of yours; the answer repeats it as `BelGov-Related-Trace-Id`. What is no UUID is passed over',
    schema: { type: 'string' },
    example: aTrace,
  },
  language: {
    name: 'Accept-Language',
    in: 'header',
    required: false,
    description: 'The language of the texts: Dutch (`nl`, the default) or English (`en`). Codes are the same in both',
    schema: { type: 'string', default: 'nl' },
    example: 'en',
  },
};

const namesOf = (examples: Readonly<Record<string, Example>>) =>
  Object.fromEntries(Object.keys(examples).map((name) => [name, refTo('examples', name)]));

const problemsIn = (status: string, codes: readonly FaultCode[], intro = '') => {
  const told = codes.map((code) => `- \`urn:problem-type:${kinds[code].type}\`: ${kinds[code].detail}`);
  const only = codes[0];
  return {
    description:
      intro === '' && codes.length === 1 && only
        ? `${kinds[only].title}: ${kinds[only].detail}`
        : [...(intro ? [intro, ''] : []), ...told].join('\n'),
    headers: headersOf(...(headersOfStatus[status] ? [headersOfStatus[status]] : [])),
    content: {
      'application/problem+json': {
        schema: inDocument(Problem),
        examples: namesOf(Object.assign({}, ...codes.map(problemExamples))),
      },
    },
  };
};

/** What any path can answer with, whatever its operation. */
const general: readonly FaultCode[] = [
  'badRequest',
  'resourceNotFound',
  'methodNotAllowed',
  'requestTimeout',
  'payloadTooLarge',
  'internalServerError',
];

const responsesOf = (
  { response, problems = [], inLanguages }: FastifySchema,
  examples: ReturnType<typeof examplesBySchema>,
) => {
  const successes = Object.entries(response ?? {}).map(([status, schema]) => {
    const all = examples[nameOf(schema) ?? ''] ?? {};
    const own = Object.fromEntries(Object.entries(all).filter(([name]) => (name === 'down') === (status === '503')));
    return [
      status,
      {
        description: descriptionOf(schema),
        headers: headersOf(...(inLanguages ? ['Content-Language'] : [])),
        content: { 'application/json': { schema: inDocument(schema), examples: namesOf(own) } },
      },
    ];
  });
  const byStatus = Object.entries(Object.groupBy(problems, (code) => String(kinds[code].status)));
  const rest = general.filter((code) => !problems.includes(code));
  return Object.fromEntries([
    ...successes,
    ...byStatus.map(([status, codes = []]) => [status, problemsIn(status, codes)]),
    ['default', problemsIn('default', rest, 'Any other problem; what any path can answer with:')],
  ]);
};

const introduction = `Decides from the Flemish diploma database LED whether a person’s diplomas meet the diploma condition of a recognition.

**LED can prove, never disprove.** No diploma in LED is no refusal: the outcome is then \`notDemonstrated\`, and the applicant is asked for the diploma or for proof of experience.

[How a decision is reached](/doc/decision-flow), as a picture.

### First call

\`POST /eligibility\` with the INSZ and the case handler. Then switch on \`outcome\`: \`eligible\` (record it), \`manualReview\` (a case handler judges), \`notDemonstrated\` (ask the applicant). Keep \`decisionId\` and \`ruleSet\` with the file.

### Problems

Whatever is no success is an \`application/problem+json\` whose \`type\` says which. A problem says nothing about the person’s diplomas. What to do:

| status | what to do |
|---|---|
| 400 | correct the input; \`issues\` names all that is wrong |
| 401 | get a new access token and ask again, once |
| 403 | have the scope, the rule set or the role granted |
| 429, 503 | wait the seconds of \`Retry-After\`, then ask again |
| 502 | report \`instance\`; with \`zorg:ledRegistrationMissing\` register the file with MAGDA first |
| 504 | ask again later |
| 500 | report \`instance\` |

### Security

This document is the same whatever the configuration. An installation asks for an access token (a JWT or an opaque one), for a client certificate (mutual TLS, a word that OpenAPI 3.0 lacks), for both, or, in a demo, for nothing. The rules, the health and this document are open to anyone.

### Evolution

New members, reason codes and problem types may appear in a minor version: ignore what you do not know. Nothing changes its meaning within a major version.`;

/** Collects the routes that are registered after it into the OpenAPI document; belongs before them, on the same app. */
export const collectApi = async (app: FastifyInstance, { version }: { readonly version: string }): Promise<void> => {
  const examples = examplesBySchema();
  const operations = new Map<string, FastifySchema>();
  await app.register(swagger, {
    openapi: {
      openapi: '3.0.3',
      info: {
        title: 'LED eligibility',
        version,
        description: introduction,
        license: { name: 'EUPL-1.2', url: 'https://eupl.eu/1.2/en/' },
      },
      servers: [{ url: '/', description: 'Where this document comes from' }],
      tags: [
        { name: 'eligibility', description: 'The decision about one person' },
        { name: 'ruleSets', description: 'The rules by which is decided' },
        { name: 'health', description: 'How the service is' },
      ],
      components: {
        securitySchemes: {
          accessToken: {
            type: 'http',
            scheme: 'bearer',
            description:
              'Access token of the authorisation server, a JWT or an opaque one, with the scope of this service: `led_eligibility` for every rule set, or `led_eligibility:<ruleSet>` for one. If it names the person who asks, `caseHandler` may be left out.',
          },
        },
      },
    },
    transform: ({ schema = {}, url }) => {
      if (schema.operationId !== undefined) operations.set(schema.operationId, schema);
      const { body, params, response: _, problems: __, inLanguages: ___, ...rest } = schema;
      const inputs = { ...(body ? { body: inDocument(body) } : {}), ...(params ? { params: inDocument(params) } : {}) };
      return { schema: { ...rest, ...inputs } as FastifySchema, url };
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('an OpenAPI document was asked for');
      const { openapiObject } = document;
      for (const operation of operationsOf(openapiObject.paths)) {
        const schema = operations.get(operation.operationId ?? '');
        if (schema === undefined) continue;
        complete(operation, schema, examples);
      }
      return {
        ...openapiObject,
        components: {
          ...openapiObject.components,
          parameters,
          headers,
          schemas: schemas(),
          examples: Object.assign({}, ...Object.values(examples), ...documentedKinds.map(problemExamples)),
        },
      } as typeof openapiObject;
    },
  });
};

type Operation = {
  operationId?: string;
  parameters?: object[];
  requestBody?: { content: Record<string, object> };
  responses?: object;
};

const operationsOf = (paths: object = {}): Operation[] => Object.values(paths).flatMap((path) => Object.values(path));

/** Adds to an operation what its route does not say: the headers, the answers with their examples. */
const complete = (operation: Operation, schema: FastifySchema, examples: ReturnType<typeof examplesBySchema>): void => {
  operation.parameters = [
    ...(operation.parameters ?? []),
    ...(schema.inLanguages ? [refTo('parameters', 'language')] : []),
    refTo('parameters', 'traceId'),
  ];
  const body = nameOf(schema.body);
  if (body !== undefined && operation.requestBody) {
    const content = { schema: refTo('schemas', body), examples: namesOf(examples[body] ?? {}) };
    operation.requestBody.content = { 'application/json': content };
  }
  operation.responses = responsesOf(schema, examples);
};

/** The OpenAPI document as YAML: the same bytes on disk, on the command line and over HTTP. Needs a ready app. */
export const openapiYaml = (app: FastifyInstance): string => stringify(app.swagger(), { lineWidth: 0 });

/** The API's page for a browser and the document behind it, all from this service: no outside address is fetched. */
export const documentRoutes = async (
  app: FastifyInstance,
  { catalogue, today }: { readonly catalogue: Catalogue; readonly today: () => string },
): Promise<void> => {
  let yaml: string | undefined;
  app.get('/doc/openapi.yaml', { schema: { hide: true } }, async (_, reply) => {
    yaml ??= openapiYaml(app);
    return reply.type('application/yaml').send(yaml);
  });
  app.get('/doc/openapi.json', { schema: { hide: true } }, async (_, reply) =>
    reply.type('application/json').send(JSON.stringify(app.swagger())),
  );
  app.get<{ Querystring: { ruleSet?: unknown } }>(
    '/doc/decision-flow',
    { schema: { hide: true } },
    async (request, reply) => {
      const id = request.query.ruleSet ?? catalogue.all[0]?.source.id;
      const found = catalogue.find(String(id), today());
      if (!found.ok) throw new Fault('resourceNotFound', 'ruleSet');
      return reply.type('image/svg+xml; charset=utf-8').send(flowOf(found.ruleSet, inLanguage(request, reply)));
    },
  );
  await app.register(swaggerUi, {
    routePrefix: '/doc',
    // Without the bar at the top, which offers to fetch documents from elsewhere.
    uiConfig: { layout: 'BaseLayout', deepLinking: true, displayRequestDuration: true, validatorUrl: null },
    theme: { title: 'LED eligibility' },
    staticCSP: {
      'default-src': ["'none'"],
      'base-uri': ["'self'"],
      'connect-src': ["'self'"],
      'font-src': ["'self'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
      'img-src': ["'self'", 'data:'],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      // One picture of the viewer's brings a style attribute; what it styles by script is not meant here.
      'style-src-attr': ["'unsafe-inline'"],
    },
  });
};

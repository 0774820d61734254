import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { stringify } from 'yaml';
import type { FaultCode } from '../../fault.ts';
import { documentedProblems } from '../problem-types.ts';
import { headers, parameters, refTo, securitySchemes } from './components.ts';
import { type Examples, examplesBySchema, problemExamples } from './examples.ts';
import { introduction } from './introduction.ts';
import { exampleRefs, responsesOf } from './responses.ts';
import { inDocument, nameOf, schemaComponents } from './schemas.ts';

declare module 'fastify' {
  interface FastifySchema {
    /** The problems that callers of this operation should expect. The document shows all others under `default`. */
    problems?: readonly FaultCode[];
    /** Whether the texts of the answer follow `Accept-Language`. */
    inLanguages?: boolean;
    /** Names of further headers that a success may have. */
    answerHeaders?: readonly string[];
  }
}

/** Collects the routes for the OpenAPI document: all routes that are registered on `app` after this call. */
export const collectApi = async (app: FastifyInstance, { version }: { readonly version: string }): Promise<void> => {
  const examples = examplesBySchema();
  const routes = new Map<string, FastifySchema>();
  const options: FastifyDynamicSwaggerOptions = {
    openapi: frame(version),
    transform: ({ schema = {}, url }) => {
      if (schema.operationId !== undefined) routes.set(schema.operationId, schema);
      return { schema: withoutAnswers(schema), url };
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('this is not an OpenAPI 3 document');
      const { openapiObject } = document;
      for (const operation of operationsOf(openapiObject.paths)) {
        const schema = routes.get(operation.operationId ?? '');
        if (schema !== undefined) complete(operation, schema, examples);
      }
      return { ...openapiObject, components: { ...openapiObject.components, ...components(examples) } };
    },
  };
  await app.register(swagger, options);
};

/** The OpenAPI document as YAML: the same bytes on disk, on the command line and over HTTP. `app` must be ready. */
export const openapiYaml = (app: FastifyInstance): string => stringify(app.swagger(), { lineWidth: 0 });

/** The document without its operations. */
const frame = (version: string): NonNullable<FastifyDynamicSwaggerOptions['openapi']> => ({
  openapi: '3.0.3',
  info: {
    title: 'LED eligibility',
    version,
    description: introduction,
    license: { name: 'EUPL-1.2', url: 'https://eupl.eu/1.2/en/' },
  },
  servers: [{ url: '/', description: 'The server of this document' }],
  tags: [
    { name: 'eligibility', description: 'The decision about one person' },
    { name: 'ruleSets', description: 'The rules that decide' },
    { name: 'health', description: 'The state of the service' },
  ],
  components: { securitySchemes },
});

const components = (examples: Readonly<Record<string, Examples>>): object => ({
  parameters,
  headers,
  schemas: schemaComponents(),
  examples: Object.assign({}, ...Object.values(examples), ...documentedProblems.map(problemExamples)),
});

/** The part of a route's schema that the plugin reads. `complete` adds the answers. */
const withoutAnswers = (schema: FastifySchema): FastifySchema => {
  const { body, params, response: _, problems: __, inLanguages: ___, answerHeaders: ____, ...rest } = schema;
  return {
    ...rest,
    ...(body ? { body: inDocument(body) } : {}),
    ...(params ? { params: inDocument(params) } : {}),
  };
};

type Operation = {
  operationId?: string;
  parameters?: object[];
  requestBody?: { content: Record<string, object> };
  responses?: object;
};

const operationsOf = (paths: object = {}): Operation[] => Object.values(paths).flatMap((path) => Object.values(path));

/** Adds the headers, the answers and the examples, which the plugin cannot read from the route. */
const complete = (operation: Operation, schema: FastifySchema, examples: Readonly<Record<string, Examples>>): void => {
  operation.parameters = [
    ...(operation.parameters ?? []),
    ...(schema.inLanguages ? [refTo('parameters', 'language')] : []),
    refTo('parameters', 'traceId'),
  ];
  const body = nameOf(schema.body);
  if (body !== undefined && operation.requestBody) {
    const content = { schema: refTo('schemas', body), examples: exampleRefs(examples[body]) };
    operation.requestBody.content = { 'application/json': content };
  }
  operation.responses = responsesOf(schema, examples);
};

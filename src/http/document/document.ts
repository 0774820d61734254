import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { stringify } from 'yaml';
import type { FaultCode } from '../../fault.ts';
import { headers, parameters, refTo, securitySchemes } from './components.ts';
import { type Examples, examplesBySchema } from './examples.ts';
import { introduction } from './introduction.ts';
import { responsesOf } from './responses.ts';
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

/**
 * Collects the routes for the OpenAPI document: all routes that are registered on `app` after this call. The paths of the
 * document begin after `basePath`, so that the document is the same in every installation.
 */
export const collectApi = async (
  app: FastifyInstance,
  { version, basePath }: { readonly version: string; readonly basePath: string },
): Promise<void> => {
  const routes = new Map<string, FastifySchema>();
  const options: FastifyDynamicSwaggerOptions = {
    openapi: frame(version),
    transform: ({ schema = {}, url }) => {
      if (schema.operationId !== undefined) routes.set(schema.operationId, schema);
      return { schema: withoutAnswers(schema), url: url.slice(basePath.length) };
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('this is not an OpenAPI 3 document');
      const { openapiObject } = document;
      const examples = examplesBySchema();
      for (const [path, operation] of operationsOf(openapiObject.paths)) {
        const schema = routes.get(operation.operationId ?? '');
        if (schema !== undefined) complete(operation, schema, path, examples);
      }
      return { ...openapiObject, servers, components: { ...openapiObject.components, ...components() } };
    },
  };
  await app.register(swagger, options);
};

/** The OpenAPI document as YAML: the same bytes on disk, on the command line and over HTTP. `app` must be ready. */
export const openapiYaml = (app: FastifyInstance): string =>
  stringify(app.swagger(), { lineWidth: 0, aliasDuplicateObjects: false });

/** Relative to the address of the document itself: `…/doc/openapi.yaml` describes the paths below `…/`. */
const servers = [{ url: '..', description: 'The server of this document' }];

/** The document without its operations. */
const frame = (version: string): NonNullable<FastifyDynamicSwaggerOptions['openapi']> => ({
  openapi: '3.0.3',
  info: {
    title: 'LED eligibility',
    version,
    description: introduction,
    contact: { name: 'Departement Zorg', url: 'https://www.departementzorg.be/' },
    license: { name: 'EUPL-1.2', url: 'https://eupl.eu/1.2/en/' },
  },
  // The plugin accepts no relative address. `servers` replaces this one.
  servers: [{ url: '/' }],
  externalDocs: { url: 'doc/decision-flow', description: 'How a decision is reached: a picture' },
  tags: [
    { name: 'Eligibility', description: 'The decision about one person' },
    { name: 'Rule sets', description: 'The rules that decide' },
    { name: 'Health', description: 'The state of the service' },
  ],
  components: { securitySchemes },
});

const components = (): object => ({ parameters, headers, schemas: schemaComponents() });

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

const operationsOf = (paths: object = {}): [path: string, operation: Operation][] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.values<Operation>(methods).map((operation): [string, Operation] => [path, operation]),
  );

/** Adds the headers, the answers and the examples, which the plugin cannot read from the route. */
const complete = (
  operation: Operation,
  schema: FastifySchema,
  path: string,
  examples: Readonly<Record<string, Examples>>,
): void => {
  const parameters = [
    ...(operation.parameters ?? []),
    ...(schema.inLanguages ? [refTo('parameters', 'AcceptLanguage')] : []),
  ];
  if (parameters.length > 0) operation.parameters = parameters;
  const body = nameOf(schema.body);
  if (body !== undefined && operation.requestBody) {
    const content = { schema: refTo('schemas', body), examples: examples[body] };
    operation.requestBody.content = { 'application/json': content };
  }
  operation.responses = responsesOf(schema, path, examples);
};

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { stringify } from 'yaml';
import { z } from 'zod';
import { Problem } from './problems.ts';

const form = {
  target: 'openapi-3.0',
  unrepresentable: 'throw',
  // Formats say it all; zod's patterns for dates and UUIDs are for machines only.
  override: ({ jsonSchema }: { jsonSchema: { format?: string; pattern?: string } }) => {
    if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  },
} as const;

const componentUri = (id: string): string => `#/components/schemas/${id}`;

/** A schema with a name becomes a reference to its component; one without stands where it is used. */
const inDocument = (schema: unknown): unknown => {
  if (!(schema instanceof z.ZodType)) return schema;
  const id = z.globalRegistry.get(schema)?.id;
  if (id !== undefined) return { $ref: componentUri(id) };
  const { $schema: _, ...inline } = z.toJSONSchema(schema, form);
  return inline;
};

/** Every named schema of the service, once, under its own name. */
const components = () =>
  Object.fromEntries(
    Object.entries(z.toJSONSchema(z.globalRegistry, { ...form, uri: componentUri }).schemas)
      .map(([name, { $schema: _, $id: __, id: ___, ...schema }]) => [name, schema] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

const mediaType = (schema: unknown): string => (schema === Problem ? 'application/problem+json' : 'application/json');

const answersInDocument = (answers: unknown) =>
  Object.fromEntries(
    Object.entries(answers ?? {}).map(([status, schema]) => {
      const description = (schema instanceof z.ZodType && z.globalRegistry.get(schema)?.description) || 'The answer';
      return [status, { description, content: { [mediaType(schema)]: { schema: inDocument(schema) } } }];
    }),
  );

/** Collects the routes that are registered after it into the OpenAPI document; belongs before them, on the same app. */
export const collectApi = async (app: FastifyInstance, { version }: { readonly version: string }): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.0.3',
      info: {
        title: 'LED eligibility',
        version,
        description:
          'Decides from the Flemish diploma database LED whether a person’s diplomas meet the diploma condition of a recognition. LED can prove, never disprove: no record is no refusal.',
        license: { name: 'EUPL-1.2', url: 'https://eupl.eu/1.2/en/' },
      },
      servers: [{ url: '/' }],
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
              'Access token with the scope of this service (`led_eligibility`, or `led_eligibility:<ruleSet>`)',
          },
        },
      },
    },
    transform: ({ schema, url }) => {
      const { body, params, response, ...rest } = schema ?? {};
      const inputs = { ...(body ? { body: inDocument(body) } : {}), ...(params ? { params: inDocument(params) } : {}) };
      return { schema: { ...rest, ...inputs, response: answersInDocument(response) } as typeof schema, url };
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('an OpenAPI document was asked for');
      const { openapiObject } = document;
      return {
        ...openapiObject,
        components: { ...openapiObject.components, schemas: components() },
      } as typeof openapiObject;
    },
  });
};

/** The OpenAPI document as YAML: the same bytes on disk, on the command line and over HTTP. Needs a ready app. */
export const openapiYaml = (app: FastifyInstance): string => stringify(app.swagger(), { lineWidth: 0 });

/** The API's page for a browser and the document behind it, all from this service: no outside address is fetched. */
export const documentRoutes = async (app: FastifyInstance): Promise<void> => {
  let yaml: string | undefined;
  app.get('/doc/openapi.yaml', { schema: { hide: true } }, async (_, reply) => {
    yaml ??= openapiYaml(app);
    return reply.type('application/yaml').send(yaml);
  });
  app.get('/doc/openapi.json', { schema: { hide: true } }, async (_, reply) =>
    reply.type('application/json').send(JSON.stringify(app.swagger())),
  );
  await app.register(swaggerUi, {
    routePrefix: '/doc',
    uiConfig: { deepLinking: true, displayRequestDuration: true, validatorUrl: null },
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
      // The viewer sets style attributes of its own.
      'style-src': ["'self'", "'unsafe-inline'"],
    },
  });
};

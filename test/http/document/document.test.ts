import { describe, expect, test } from 'vitest';
import { check } from '../../../openapi/lint.ts';
import { renderOpenapi } from '../../../src/cli/openapi.ts';
import { documentedProblems, problemTypes } from '../../../src/http/problem-types.ts';
import { reasonCodes } from '../../../src/rules/reasons.ts';
import { api, faultsOf, type Part, resolve, text } from '../../support/api.ts';

const operations = Object.entries<Part>(api.paths).flatMap(([path, methods]) =>
  Object.entries<Part>(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Each body of the document, with its place, its schema and its examples. */
const bodies = operations.flatMap(({ path, method, operation }) =>
  [['request', operation.requestBody], ...Object.entries<Part>(operation.responses)].flatMap(([where, holder]) =>
    Object.values<Part>(holder?.content ?? {}).map(({ schema, examples }) => ({
      name: `${method} ${path} ${where}`,
      schema,
      examples: Object.entries<Part>(examples).map(([name, example]) => [name, resolve(example)] as const),
    })),
  ),
);

test('the document in the repository is that of the sources (npm run openapi writes it)', async () => {
  expect((await renderOpenapi()) === text, 'openapi/openapi.yaml is out of date: npm run openapi').toBe(true);
});

describe('examples', () => {
  test.each(bodies.map((body) => [body.name, body] as const))('of %s validate', (_, { schema, examples }) => {
    expect(examples.length).toBeGreaterThan(0);
    for (const [name, { summary, value }] of examples) {
      expect({ name, faults: faultsOf(schema, value) }).toEqual({ name, faults: [] });
      expect(summary).toMatch(/\S/);
    }
  });

  test('of headers and parameters validate', () => {
    const all = [...Object.values<Part>(api.components.headers), ...Object.values<Part>(api.components.parameters)];
    expect(all.length).toBeGreaterThan(4);
    for (const { schema, example } of all) expect(faultsOf(schema, example)).toEqual([]);
  });

  test('a member that is not documented does not pass the strict reading of the tests, at any depth', () => {
    const spoilt = (value: Part): Part[] => {
      if (Array.isArray(value)) return value.flatMap((each, at) => spoilt(each).map((one) => value.with(at, one)));
      if (typeof value !== 'object' || value === null) return [];
      const inside = Object.entries(value).flatMap(([name, each]) =>
        spoilt(each).map((one) => ({ ...value, [name]: one })),
      );
      return [{ ...value, unheardOf: 1 }, ...inside];
    };
    const all = bodies
      .filter(({ schema }) => !schema.$ref.endsWith('/RuleSetFile'))
      .flatMap(({ schema, examples }) =>
        examples.flatMap(([, { value }]) => spoilt(value).map((one) => faultsOf(schema, one).length)),
      );
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter((faults) => faults === 0)).toEqual([]);
  });

  test('show every outcome and every problem under its status', () => {
    const values = bodies.flatMap(({ examples }) => examples.map(([, { value }]) => value));
    expect(new Set(values.flatMap(({ outcome }) => outcome ?? []))).toEqual(
      new Set(api.components.schemas.Outcome.enum),
    );
    const { responses } = api.paths['/eligibility'].post;
    for (const code of documentedProblems) {
      const { status, type } = problemTypes[code];
      const { examples } = (responses[status] ?? responses.default).content['application/problem+json'];
      const shown = Object.values<Part>(examples).map((example) => resolve(example).value);
      expect(shown).toContainEqual(expect.objectContaining({ type: `urn:problem-type:${type}`, status }));
    }
  });

  test('hold no number that could be the INSZ of a person', () => {
    const numbers = text.match(/(?<![0-9a-f-])[0-9]{11}(?![0-9a-f-])/g) ?? [];
    expect(numbers.length).toBeGreaterThan(0);
    for (const number of numbers) expect(number).toMatch(/^\d{2}(6[1-9]|7[0-2])/);
  });
});

test('the document has no YAML anchors, which break validators', () => {
  expect(text).not.toMatch(/: [&*]\w/);
});

test('optional members of the request may be null, and the others not', () => {
  const { properties, required } = api.components.schemas.EligibilityRequest;
  const { properties: ofHandler } = properties.caseHandler;
  const nullable = Object.entries<Part>({ ...properties, role: ofHandler.role, id: ofHandler.id })
    .filter(([, schema]) => schema.nullable)
    .map(([name]) => name);
  expect(nullable.sort()).toEqual(['caseHandler', 'caseReference', 'referenceDate', 'role', 'ruleSet']);
  expect(required).toEqual(['insz']);
});

test('an example of a problem refers to the page from the path of its own operation', () => {
  const examples = bodies.flatMap(({ name, examples }) => examples.map(([, { value }]) => ({ name, value })));
  const references = examples.filter(({ value }) => value.href !== undefined && value.status !== undefined);
  expect(references.length).toBeGreaterThan(20);
  for (const { name, value } of references) {
    const [, path = ''] = name.split(' ');
    expect(new URL(value.href, `http://x${path}`).pathname).toBe('/doc');
  }
});

test('the descriptions list every reason code and every problem type', () => {
  const missing = (codes: readonly string[]) => codes.filter((code) => !text.includes(`- \`${code}\`: `));
  expect(missing(reasonCodes)).toEqual([]);
  expect(missing(documentedProblems.map((code) => `urn:problem-type:${problemTypes[code].type}`))).toEqual([]);
});

describe('the rules of the Belgian REST guide', () => {
  test('are kept', async () => {
    expect(await check(api)).toEqual([]);
  });

  const post = (document: Part): Part => document.paths['/eligibility'].post;
  test.each<[string, (document: Part) => void]>([
    [
      'openapi-version',
      (d) => {
        d.openapi = '3.1.0';
      },
    ],
    [
      'info-complete',
      (d) => {
        delete d.info.license;
      },
    ],
    [
      'path-lower-camel-case',
      (d) => {
        d.paths['/rule-sets'] = d.paths['/ruleSets'];
      },
    ],
    [
      'path-lower-camel-case',
      (d) => {
        d.paths['/ruleSets/'] = d.paths['/ruleSets'];
      },
    ],
    [
      'member-lower-camel-case',
      (d) => {
        d.components.schemas.Health.properties.last_call = { type: 'string', description: 'x' };
      },
    ],
    [
      'component-upper-camel-case',
      (d) => {
        d.components.schemas.health = d.components.schemas.Health;
      },
    ],
    [
      'operation-id-verb',
      (d) => {
        post(d).operationId = 'eligibility';
      },
    ],
    [
      'operation-complete',
      (d) => {
        delete post(d).summary;
      },
    ],
    [
      'operation-complete',
      (d) => {
        delete post(d).security;
      },
    ],
    [
      'default-problem',
      (d) => {
        delete post(d).responses.default;
      },
    ],
    [
      'problem-media-type',
      (d) => {
        post(d).responses['400'].content = {
          'application/json': post(d).responses['400'].content['application/problem+json'],
        };
      },
    ],
    [
      'retry-after',
      (d) => {
        delete post(d).responses['429'].headers['Retry-After'];
      },
    ],
    [
      'body-examples',
      (d) => {
        delete post(d).requestBody.content['application/json'].examples;
      },
    ],
    [
      'requests-closed',
      (d) => {
        delete d.components.schemas.EligibilityRequest.additionalProperties;
      },
    ],
    [
      'answers-open',
      (d) => {
        d.components.schemas.Decision.additionalProperties = false;
      },
    ],
    [
      'codes-open',
      (d) => {
        d.components.schemas.Reason.properties.code.enum = ['a'];
      },
    ],
    [
      'codes-open',
      (d) => {
        d.components.schemas.Problem.properties.type.pattern = '^urn:';
      },
    ],
    [
      'schemas-named',
      (d) => {
        d.components.schemas.Decision.properties.more = { type: 'object', properties: {}, description: 'x' };
      },
    ],
    [
      'no-schema-title',
      (d) => {
        d.components.schemas.Decision.title = 'A decision';
      },
    ],
    [
      'whole-numbers-sized',
      (d) => {
        delete d.components.schemas.Problem.properties.status.format;
      },
    ],
    [
      'request-texts-bounded',
      (d) => {
        delete d.components.schemas.EligibilityRequest.properties.ruleSet.maxLength;
      },
    ],
    [
      'servers-relative',
      (d) => {
        d.servers[0].url = '/';
      },
    ],
    [
      'tag-titled',
      (d) => {
        d.tags[0].name = 'eligibility';
      },
    ],
    [
      'member-described',
      (d) => {
        delete d.components.schemas.CodeAndName.properties.code.description;
      },
    ],
    [
      'schema-described',
      (d) => {
        delete d.components.schemas.Outcome.description;
      },
    ],
    [
      'example-summary',
      (d) => {
        delete post(d).responses['200'].content['application/json'].examples.eligible.summary;
      },
    ],
    [
      'no-personal-number',
      (d) => {
        post(d).requestBody.content['application/json'].examples.bachelor.value.insz = '90020100100';
      },
    ],
    [
      'no-cookies',
      (d) => {
        post(d).parameters.push({ name: 'session', in: 'cookie', schema: { type: 'string' } });
      },
    ],
  ])('a document that breaks %s is found', async (rule, breakIt) => {
    const document = structuredClone(api);
    breakIt(document);
    expect((await check(document)).map(({ code }) => code)).toContain(rule);
  });
});

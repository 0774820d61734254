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
    expect(all.length).toBeGreaterThan(5);
    for (const { schema, example } of all) expect(faultsOf(schema, example)).toEqual([]);
  });

  test('a member that is not documented does not validate, at any depth', () => {
    const spoilt = (value: Part): Part[] => {
      if (Array.isArray(value)) return value.flatMap((each, at) => spoilt(each).map((one) => value.with(at, one)));
      if (typeof value !== 'object' || value === null) return [];
      const inside = Object.entries(value).flatMap(([name, each]) =>
        spoilt(each).map((one) => ({ ...value, [name]: one })),
      );
      return [{ ...value, unheardOf: 1 }, ...inside];
    };
    const all = bodies.flatMap(({ schema, examples }) =>
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
      'schema-upper-camel-case',
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
      'answer-traceable',
      (d) => {
        delete post(d).responses['200'].headers;
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
      'objects-closed',
      (d) => {
        delete d.components.schemas.Decision.additionalProperties;
      },
    ],
    [
      'member-described',
      (d) => {
        delete d.components.schemas.Attributes.properties.onderwerp.properties.code.description;
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
        delete d.components.examples.eligible.summary;
      },
    ],
    [
      'no-personal-number',
      (d) => {
        d.components.examples.bachelor.value.insz = '90020100100';
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

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { judge } from '../../src/rules/judge.ts';
import { compile, digestOf, RuleSet, RuleSetReference, referenceOf } from '../../src/rules/rule-set.ts';
import { ama, amaSource, amaText, applicant, bachelor, exampleText, record, today } from './support.ts';

const parsed = (text: string): RuleSet => RuleSet.parse(JSON.parse(text));

describe('the digest', () => {
  test('is SHA-256 over the canonical JSON of the whole file', () => {
    const small = { b: 'é', a: [1, { d: true, c: null }] } as unknown as RuleSet;
    const hex = createHash('sha256').update('{"a":[1,{"c":null,"d":true}],"b":"é"}').digest('hex');
    expect(digestOf(small)).toBe(`sha256:${hex}`);
    expect(ama.digest).toBe(digestOf(JSON.parse(amaText)));
    expect(ama.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('stays the same with another order of members and other white space', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, member]) => [key, reversed(member)]),
      );
    };
    const text = JSON.stringify(reversed(JSON.parse(amaText)), null, '\t\t');
    expect(text).not.toBe(amaText);
    expect(compile(parsed(text)).digest).toBe(ama.digest);
  });

  test('changes with every character of every text', () => {
    const quoted = [...amaText.matchAll(/(?<=: |^ *)"([^"\\]+)"(?!:)/gm)];
    expect(quoted.length).toBeGreaterThan(150);
    const digests = quoted.map(({ index }) => {
      const changed = `${amaText.slice(0, index + 1)}~${amaText.slice(index + 2)}`;
      return digestOf(JSON.parse(changed));
    });
    expect(new Set([...digests, ama.digest]).size).toBe(quoted.length + 1);
  });

  test('changes with the order of clauses, which has a meaning', () => {
    const source = amaSource();
    for (const group of source.degrees) group.clauses.reverse();
    expect(digestOf(source)).not.toBe(ama.digest);
  });
});

describe('names of a rule set', () => {
  test('are cleaned like the values of LED, and compared literally', () => {
    const source = amaSource();
    source.degrees = [
      { names: [' Gediplomeerde\n in de AANVULLENDE studie\u0308n '], clauses: [{ range: { low: 7, high: 7 } }] },
      {
        names: ['Graad (a|b).*'],
        clauses: [{ institution: { containsOneOf: [' ECHTE \n School'] }, range: { low: 6, high: 6 } }],
      },
    ];
    source.categories = [{ names: ['\tHOGER  onderwijs'] }];
    source.otherProofs = ['WETTELIJK\u00a0certificaat'];
    const ruleSet = compile(source);
    const shown = (over: object) => judge(record({ ...bachelor, vks: '', ...over }), ruleSet, applicant, today);
    expect(shown({ degree: 'Gediplomeerde in de aanvullende studiën' })).toMatchObject({ verdict: 'match' });
    expect(shown({ degree: 'graad (A|B).*', institution: 'Een echte school' })).toMatchObject({ verdict: 'match' });
    expect(shown({ degree: 'graad a', institution: 'Een echte school' })).toMatchObject({ reasons: ['levelOpen'] });
    expect(shown({ degree: 'graad (A|B).*', institution: 'school' })).toMatchObject({ reasons: ['levelOpen'] });
    expect(shown({ proofType: 'wettelijk certificaat' })).toMatchObject({ verdict: 'rejected' });
  });

  test('never match a member that every object has', () => {
    fc.assert(
      fc.property(fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'), (name) => {
        const over = { category: name, degree: name, proofType: name, vks: '', isced1997: '' };
        expect(judge(record({ ...bachelor, ...over }), ama, applicant, today)).toMatchObject({
          reasons: ['unknownProofType', 'unknownCategory', 'levelUnknown'],
        });
        expect(judge(record({ ...bachelor, subject: name }), ama, applicant, today)).toMatchObject({
          verdict: 'dropped',
        });
      }),
    );
  });
});

test('begeleider-ama follows the policy', () => {
  expect(ama.source).toMatchObject({
    id: 'begeleider-ama',
    version: '1.1.0',
    replaces: '1.0.0',
    minimumLevel: 6,
    validFrom: '2023-10-04',
  });
  expect(ama.source.validTo).toBeUndefined();
  expect(ama.source.candidate).toBeUndefined();
  expect(ama.source.subjects).toHaveLength(33);
  const perDomain = Object.fromEntries(
    [...Map.groupBy(ama.source.subjects, ({ domain }) => domain)].map(([domain, of]) => [domain, of.length]),
  );
  expect(perDomain).toEqual({ pedagogisch: 2, psychologisch: 1, sociaal: 6, paramedisch: 20, medisch: 4 });
  expect(ama.source.subjects.filter(({ review }) => review)).toEqual([]);
});

describe('the published JSON Schema', () => {
  const file = new URL('../../openapi/rule-set.schema.json', import.meta.url);
  const generated = `${JSON.stringify({ title: 'RuleSet', ...z.toJSONSchema(RuleSet) }, null, 2)}\n`;

  test('is generated from the sources; to update it: UPDATE_SCHEMA=1 vitest run test/rules/rule-set.test.ts', () => {
    if (process.env.UPDATE_SCHEMA === '1') writeFileSync(file, generated);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(generated));
  });

  test('accepts the two rule sets and rejects what the linter rejects for its shape', () => {
    const ajv = new Ajv.default({ strict: true });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(generated));
    expect(validate(JSON.parse(amaText))).toBe(true);
    expect(validate(JSON.parse(exampleText))).toBe(true);
    for (const change of [
      { minimumLevel: 4 },
      { id: 'A' },
      { extra: 1 },
      { validFrom: '2024-02-30' },
      { legalBasis: ' ' },
    ]) {
      expect(validate({ ...JSON.parse(exampleText), ...change })).toBe(false);
    }
  });
});

describe('the reference to a rule set', () => {
  const { id, version, digest } = { id: 'begeleider-ama', version: '1.1.0', digest: ama.digest };

  test('has its id, version and digest', () => {
    expect(referenceOf(ama)).toEqual({ id, version, digest });
  });

  test('accepts these members only, and only a digest', () => {
    const isValid = (value: object): boolean => RuleSetReference.safeParse(value).success;
    expect(isValid({ id, version, digest })).toBe(true);
    expect(isValid({ id, version, digest, title: 'x' })).toBe(false);
    expect(isValid({ id, version })).toBe(false);
    for (const wrong of [`x${digest}`, `${digest}0`, digest.slice(0, -1), digest.toUpperCase(), 'sha256:x']) {
      expect(isValid({ id, version, digest: wrong })).toBe(false);
    }
  });

  test('says in the OpenAPI document what it is', () => {
    expect(z.toJSONSchema(RuleSetReference)).toMatchInlineSnapshot(`
      {
        "$defs": {
          "RuleSetReference": {
            "additionalProperties": false,
            "description": "The rules that decided; keep all three members with the decision",
            "properties": {
              "digest": {
                "description": "Fingerprint of the whole text of the rules, the same as in \`GET /ruleSets\`: anyone can check which text decided",
                "pattern": "^sha256:[0-9a-f]{64}$",
                "type": "string",
              },
              "id": {
                "description": "Which recognition",
                "type": "string",
              },
              "version": {
                "description": "Which version of its rules (semantic versioning)",
                "type": "string",
              },
            },
            "required": [
              "id",
              "version",
              "digest",
            ],
            "type": "object",
          },
        },
        "$ref": "#/$defs/RuleSetReference",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
      }
    `);
  });
});

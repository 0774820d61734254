import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/fault.ts';
import { EligibilityRequest } from '../../src/http/eligibility-request.ts';
import { validatorCompiler } from '../../src/http/validation.ts';

type Result = { readonly value: unknown } | { readonly error: Fault };
const route = { method: 'POST', url: '/eligibility' };
const validate = (body: unknown) => validatorCompiler({ schema: EligibilityRequest, ...route })(body) as Result;

const good = { insz: '90610100155', caseHandler: { id: 'handler-1' }, caseReference: 'AMA/2026/0042' };

test('a body that fits is returned as it is', () => {
  expect(validate(good)).toEqual({ value: good });
});

describe('a body that does not fit', () => {
  test('has an issue for each member that is wrong, by its path', () => {
    const result = validate({ insz: 1, caseHandler: {}, caseReference: 'x90610100155', more: 1, 'Zz9-secret': 2 });
    expect(result).toMatchObject({ error: { code: 'badRequest', reason: 'input' } });
    if (!('error' in result)) return;
    expect(result.error.issues.map(({ type, name, detail }) => `${type} ${name}: ${detail}`)).toEqual([
      'schemaViolation insz: must be a string of exactly 11 digits',
      'schemaViolation caseHandler.id: is required',
      'invalidInput caseReference: must not hold eleven digits in a row',
      'unknownInput more: is not known: look for a typing error, or leave it out',
      'unknownInput body: has a member that the schema does not know',
    ]);
  });

  test.each(['insz', 'caseReference', 'referenceDate'])('has one issue for an empty %s', (name) => {
    const result = validate({ ...good, [name]: '' });
    expect('error' in result && result.error.issues.map((issue) => issue.name)).toEqual([name]);
  });

  test('has issues that never repeat a value or the name of an unknown member', () => {
    const secret = 'Zz9-secret';
    const withSecret = fc.jsonValue().map((value) => JSON.parse(JSON.stringify([secret, { [secret]: value }])));
    const member = fc.constantFrom('insz', 'caseHandler', 'caseReference', 'ruleSet', 'referenceDate', secret);
    fc.assert(
      fc.property(member, withSecret, (name, value) => {
        const result = validate({ ...good, [name]: value });
        expect(result).toHaveProperty('error');
        expect(JSON.stringify(result)).not.toContain(secret);
      }),
    );
  });

  test.each([
    ['naam', 'naam'],
    ['a'.repeat(32), 'a'.repeat(32)],
    ['a'.repeat(33), 'body'],
    ['90610100155', 'body'],
    ['a1', 'body'],
    ['é', 'body'],
    ['constructor', 'constructor'],
  ])('names an unknown member itself, if its name is 1 to 32 letters: %s is %s', (member, name) => {
    expect(validate({ ...good, [member]: 1 })).toMatchObject({ error: { issues: [{ type: 'unknownInput', name }] } });
  });

  test('names an unknown member inside another by its path, or by the other', () => {
    const issues = (more: object) => validate({ ...good, caseHandler: { id: 'a', ...more } });
    expect(issues({ naam: 1 })).toMatchObject({ error: { issues: [{ name: 'caseHandler.naam' }] } });
    expect(issues({ 'na am': 1 })).toMatchObject({ error: { issues: [{ name: 'caseHandler' }] } });
  });

  test('gives a bounded answer to many unknown members', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
    const many = Object.fromEntries(letters.flatMap((a) => letters.map((b) => [a + b, 1])));
    const result = validate({ ...good, ...many });
    expect('error' in result && result.error.issues.length).toBe(32);
  });
});

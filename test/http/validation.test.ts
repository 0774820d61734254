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
    const result = validate({ insz: 1, caseHandler: {}, caseReference: 'x90610100155', more: 1 });
    expect(result).toMatchObject({ error: { code: 'badRequest', reason: 'input' } });
    if (!('error' in result)) return;
    expect(result.error.issues.map(({ type, name, title }) => `${type} ${name}: ${title}`)).toEqual([
      'schemaViolation insz: must be a string of exactly 11 digits',
      'schemaViolation caseHandler.id: is required',
      'invalidInput caseReference: must not hold eleven digits in a row',
      'unknownInput body: has a member that the schema does not know',
    ]);
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
});

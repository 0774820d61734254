import { describe, expect, test } from 'vitest';
import { bodyIssue } from '../../src/fault.ts';
import { EligibilityRequest, inquiryOf } from '../../src/http/eligibility-request.ts';

const least = { insz: '90610100155' };
const accepts = (body: unknown): boolean => EligibilityRequest.safeParse(body).success;

/** For each member: values that are accepted, and values that are refused. */
const forms: Readonly<Record<string, readonly [accepted: readonly unknown[], refused: readonly unknown[]]>> = {
  // Its check digits and its date are checked later, so that the answer can say which of them is wrong.
  insz: [
    ['90610100155', '00000000000', '99999999999'],
    [
      '9061010015',
      '906101001550',
      '90.61.01-001.55',
      ' 90610100155',
      '90610100155\n',
      '９0610100155',
      90610100155,
      null,
    ],
  ],
  caseHandler: [
    [{ id: 'handler-17' }, { id: 'x', role: 'recognition' }, { id: 'x', role: null }, null],
    ['handler-17', {}, { role: 'recognition' }, { id: 'x', name: 'y' }, { id: 1 }, { id: null }],
  ],
  'caseHandler.id': [
    ['a', 'a.b_c@d:e-f', 'A1'.repeat(32)],
    ['', 'a b', 'a/b', 'é', 'a\n', 'a'.repeat(65)],
  ],
  caseReference: [
    ['AMA/2026/0042', 'a', '_./:-', '1234567890', '1234567890a1234567890', 'a'.repeat(64), null],
    ['', 'a b', 'a\n', 'é', 'a'.repeat(65), '90610100155', 'a90610100155b', '123456789012', 42],
  ],
  ruleSet: [
    ['begeleider-ama', '', 'a'.repeat(64), null],
    [1, 'a'.repeat(65)],
  ],
  referenceDate: [
    ['2026-11-23', '2024-02-29', null],
    ['2026-02-29', '2026-13-01', '2026-1-1', '20261123', '2026-11-23T00:00:00Z', 'today', '', 20261123],
  ],
};

const bodyWith = (member: string, value: unknown) =>
  member === 'caseHandler.id' ? { ...least, caseHandler: { id: value } } : { ...least, [member]: value };

describe.each(Object.entries(forms))('%s', (member, [accepted, refused]) => {
  test.each(accepted)('may be %j', (value) => {
    expect(accepts(bodyWith(member, value))).toBe(true);
  });
  test.each(refused)('may not be %j', (value) => {
    expect(accepts(bodyWith(member, value))).toBe(false);
  });
});

test('only insz is required, and there are no other members', () => {
  expect(accepts(least)).toBe(true);
  expect(accepts({})).toBe(false);
  expect(accepts({ ...least, name: 'x' })).toBe(false);
  for (const body of [null, 'x', [], [least]]) expect(accepts(body)).toBe(false);
});

test('a body is returned as it was sent: nothing is trimmed, converted or filled in', () => {
  const body = { ...least, caseHandler: { id: 'a' }, ruleSet: ' x ', referenceDate: '2026-11-23' };
  expect(EligibilityRequest.parse(body)).toEqual(body);
});

test('the pattern of caseReference in the document accepts what the check accepts', () => {
  const pattern = new RegExp(String(EligibilityRequest.shape.caseReference.meta()?.pattern));
  const texts = (forms.caseReference ?? []).flat().filter((value) => typeof value === 'string');
  for (const text of texts)
    expect([text, pattern.test(text)]).toEqual([text, accepts(bodyWith('caseReference', text))]);
});

describe('inquiryOf', () => {
  test('takes out what is null, because many generated clients write it for what is absent', () => {
    const body = {
      ...least,
      caseHandler: { id: 'a', role: null },
      caseReference: null,
      ruleSet: null,
      referenceDate: null,
    };
    expect(inquiryOf(body, [])).toEqual({ ...least, caseHandler: { id: 'a' }, issues: [] });
    expect(inquiryOf({ ...least, caseHandler: null }, [])).toEqual({ ...least, issues: [] });
  });

  test('leaves out the members that are wrong or not known', () => {
    const issues = [bodyIssue('schemaViolation', 'caseHandler.id', 'x'), bodyIssue('unknownInput', 'more', 'x')];
    const body = JSON.parse('{"insz":"90610100155","caseHandler":{"id":1},"more":1,"__proto__":{"ruleSet":"x"}}');
    expect(inquiryOf(body, issues)).toEqual({ ...least, issues });
  });
});

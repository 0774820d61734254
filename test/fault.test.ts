import { expect, test } from 'vitest';
import { bodyIssue, Fault } from '../src/fault.ts';

test('a fault has a code for the answer, a reason for logs, and the details that are given', () => {
  const cause = new Error('x');
  const issues = [bodyIssue('invalidInput', 'insz', 'is wrong', 'checksum')];
  const fault = new Fault('serviceUnavailable', 'breakerOpen', { retryAfter: 5, cause, issues });
  expect(fault).toBeInstanceOf(Error);
  expect(fault).toMatchObject({ name: 'Fault', code: 'serviceUnavailable', reason: 'breakerOpen', retryAfter: 5 });
  expect([fault.message, fault.cause, fault.issues]).toEqual(['breakerOpen', cause, issues]);
});

test('a fault without details has no issues and no cause', () => {
  const fault = new Fault('badGateway', 'ledTooLong');
  expect([fault.issues, fault.retryAfter, 'cause' in fault]).toEqual([[], undefined, false]);
});

test('an issue of the body names its member, and has a code only if one is given', () => {
  const issue = { type: 'schemaViolation', in: 'body', name: 'caseHandler.id', detail: 'is required' };
  expect(bodyIssue('schemaViolation', 'caseHandler.id', 'is required')).toStrictEqual(issue);
  expect(bodyIssue('schemaViolation', 'caseHandler.id', 'is required', 'format')).toStrictEqual({
    ...issue,
    code: 'format',
  });
});

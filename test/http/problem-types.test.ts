import { describe, expect, test } from 'vitest';
import type { FaultCode, FaultIssue } from '../../src/fault.ts';
import { documentedProblems, issueTypes, issueUrn, problemTypes, problemUrn } from '../../src/http/problem-types.ts';

const codes = Object.keys(problemTypes) as FaultCode[];

/** The status of each fault. Callers depend on it. */
const statuses: Record<FaultCode, number> = {
  badRequest: 400,
  noAccessToken: 401,
  invalidAccessToken: 401,
  expiredAccessToken: 401,
  missingScope: 403,
  missingPermission: 403,
  resourceNotFound: 404,
  methodNotAllowed: 405,
  notAcceptable: 406,
  requestTimeout: 408,
  payloadTooLarge: 413,
  unsupportedMediaType: 415,
  tooManyRequests: 429,
  callerGone: 499,
  internalServerError: 500,
  badGateway: 502,
  ledRegistrationMissing: 502,
  serviceUnavailable: 503,
  ledTimeout: 504,
};

describe('the problem of each fault', () => {
  test.each(codes)('%s: a status, a URN that ends in the code, a title and a detail', (code) => {
    const { status, title, detail, details = {}, action } = problemTypes[code];
    expect(status).toBe(statuses[code]);
    expect(problemUrn(code)).toMatch(new RegExp(`^urn:problem-type:(belgif|zorg):${code}$`));
    // The title is the code in words.
    expect(title.replaceAll(' ', '').toLowerCase()).toBe(code.toLowerCase());
    for (const text of [detail, action, ...Object.values(details)]) expect(text).toMatch(/^[A-Z`].*\.$/);
  });

  test('no two faults have the same problem type', () => {
    expect(new Set(codes.map((code) => problemTypes[code].type)).size).toBe(codes.length);
  });

  test('every fault but callerGone is documented, because callerGone is never sent', () => {
    expect(documentedProblems).toEqual(codes.filter((code) => code !== 'callerGone'));
    expect(codes).toContain('callerGone');
  });
});

describe('the type of an issue', () => {
  test.each<[FaultIssue['type'], string]>([
    ['schemaViolation', 'urn:problem-type:belgif:input-validation:schemaViolation'],
    ['invalidInput', 'urn:problem-type:belgif:input-validation:invalidInput'],
    ['unknownInput', 'urn:problem-type:belgif:input-validation:unknownInput'],
    ['referencedResourceNotFound', 'urn:problem-type:belgif:input-validation:referencedResourceNotFound'],
    ['canceledSsin', 'urn:problem-type:cbss:input-validation:canceledSsin'],
    ['replacedSsin', 'urn:problem-type:cbss:input-validation:replacedSsin'],
  ])('%s has the URN %s and a meaning', (type, urn) => {
    expect(issueUrn(type)).toBe(urn);
    expect(issueTypes[type].title).toMatch(/^[A-Z]/);
    expect(issueTypes[type].meaning).not.toBe('');
  });

  test('there are no others', () => {
    expect(Object.keys(issueTypes)).toHaveLength(6);
  });
});

import { describe, expect, test } from 'vitest';
import { Fault, type FaultCode } from '../../src/fault.ts';
import { problemTypes } from '../../src/http/problem-types.ts';
import { Problem, problemHref, problemOf } from '../../src/http/problems.ts';

const id = '019ab000-4d2a-7c3e-9f10-5b2c8d7e6f02';
const codes = Object.keys(problemTypes) as FaultCode[];

describe('problemOf', () => {
  test.each(codes)('%s: a problem as documented, with the status in its body', (code) => {
    const { status, headers, body } = problemOf(new Fault(code, 'reason'), id);
    expect(Problem.parse(body)).toEqual(body);
    expect(body.status).toBe(status);
    expect(body).not.toHaveProperty('issues');
    expect(headers).toEqual({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  });

  test('names the request by its id in the audit trail', () => {
    expect(problemOf(new Fault('ledTimeout', 'ledTimeout'), id).body.instance).toBe(`urn:uuid:${id}`);
  });

  test('says in the header and in the body how many seconds to wait', () => {
    const fault = new Fault('tooManyRequests', 'rateLimit', { retryAfter: 17, limit: 60 });
    const { headers, body } = problemOf(fault, id);
    expect(headers).toHaveProperty('retry-after', '17');
    expect(body).toMatchObject({ retryAfterSec: 17, limit: 60 });
  });

  test('names the scopes of which one is needed', () => {
    const fault = new Fault('missingScope', 'missingScope', { requiredScopes: ['led_eligibility'] });
    expect(problemOf(fault, id).body.requiredScopes).toEqual(['led_eligibility']);
  });

  test('tells the two causes of missingPermission apart', () => {
    const [ruleSet, role] = ['ruleSetNotAllowed', 'roleNotAllowed'].map(
      (reason) => problemOf(new Fault('missingPermission', reason), id).body.detail,
    );
    expect(ruleSet).toMatch(/rule set/);
    expect(role).toMatch(/role/);
    expect(role).not.toMatch(/rule set/);
  });

  test('says of a payload how many bytes it may have', () => {
    expect(problemOf(new Fault('payloadTooLarge', 'size'), id).body.limit).toBe(16_384);
  });

  test('lists every issue with the URN of its type', () => {
    const fault = new Fault('badRequest', 'input', {
      issues: [
        { type: 'invalidInput', in: 'body', name: 'insz', detail: 'is wrong', code: 'checksum' },
        { type: 'canceledSsin', in: 'body', name: 'insz', detail: 'was cancelled' },
      ],
    });
    expect(problemOf(fault, id).body.issues).toEqual([
      {
        type: 'urn:problem-type:belgif:input-validation:invalidInput',
        in: 'body',
        name: 'insz',
        title: 'Invalid input',
        detail: 'is wrong',
        code: 'checksum',
      },
      {
        type: 'urn:problem-type:cbss:input-validation:canceledSsin',
        in: 'body',
        name: 'insz',
        title: 'Canceled SSIN',
        detail: 'was cancelled',
      },
    ]);
  });

  test('holds neither the reason nor the cause of the fault', () => {
    const fault = new Fault('badGateway', 'secretReason', { cause: new Error('secret cause') });
    expect(JSON.stringify(problemOf(fault, id))).not.toMatch(/secret/);
  });
});

describe('problemHref', () => {
  test.each([
    ['/eligibility', '', '/eligibility'],
    ['/eligibility?x=a/b', '', '/eligibility'],
    ['/ruleSets/none/versions/1', '', '/ruleSets/none/versions/1'],
    ['/ruleSets/none/', '', '/ruleSets/none/'],
    ['/eligibility', '/REST/ledEligibility/v1', '/eligibility'],
    ['/REST/ledEligibility/v1/eligibility', '/REST/ledEligibility/v1', '/REST/ledEligibility/v1/eligibility'],
    ['/REST/ledEligibility/v1/a/b', '/REST/ledEligibility/v1', '/REST/ledEligibility/v1/a/b'],
    ['/', '/v1', '/'],
  ])('from %s with the prefix "%s" leads to the page', (url, basePath, path) => {
    const { pathname, hash } = new URL(problemHref('badRequest', url, basePath), `http://x${path}`);
    expect([pathname, hash]).toEqual([`${basePath}/doc`, '#problem-badRequest']);
  });

  test('is right behind a proxy that takes a prefix off', () => {
    const seenByTheCaller = 'http://x/REST/ledEligibility/v1/ruleSets/none';
    expect(new URL(problemHref('resourceNotFound', '/ruleSets/none', ''), seenByTheCaller).pathname).toBe(
      '/REST/ledEligibility/v1/doc',
    );
  });
});

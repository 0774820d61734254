import { describe, expect, test } from 'vitest';
import { Fault, type FaultCode } from '../../src/fault.ts';
import { problemTypes } from '../../src/http/problem-types.ts';
import { Problem, problemOf } from '../../src/http/problems.ts';

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

  test('says in the header how many seconds to wait', () => {
    const fault = new Fault('tooManyRequests', 'rateLimit', { retryAfter: 17 });
    expect(problemOf(fault, id).headers).toHaveProperty('retry-after', '17');
  });

  test('lists every issue with the URN of its type', () => {
    const fault = new Fault('badRequest', 'input', {
      issues: [
        { type: 'invalidInput', in: 'body', name: 'insz', title: 'is wrong', code: 'checksum' },
        { type: 'canceledSsin', in: 'body', name: 'insz', title: 'was cancelled' },
      ],
    });
    expect(problemOf(fault, id).body.issues).toEqual([
      {
        type: 'urn:problem-type:belgif:input-validation:invalidInput',
        in: 'body',
        name: 'insz',
        title: 'is wrong',
        code: 'checksum',
      },
      { type: 'urn:problem-type:cbss:input-validation:canceledSsin', in: 'body', name: 'insz', title: 'was cancelled' },
    ]);
  });

  test('holds neither the reason nor the cause of the fault', () => {
    const fault = new Fault('badGateway', 'secretReason', { cause: new Error('secret cause') });
    expect(JSON.stringify(problemOf(fault, id))).not.toMatch(/secret/);
  });
});

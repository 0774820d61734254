import { expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { toFault } from '../../src/http/answer-fault.ts';

test('a fault stays as it is', () => {
  const fault = new Fault('ledTimeout', 'ledTimeout');
  expect(toFault(fault)).toBe(fault);
});

test.each([
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupportedMediaType'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'payloadTooLarge'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'badRequest'],
  ['FST_ERR_BAD_URL', 'resourceNotFound'],
])('Fastify’s %s is the caller’s fault: %s', (code, expected) => {
  const fault = toFault(Object.assign(new Error(), { code }));
  expect([fault.code, fault.reason]).toEqual([expected, code]);
});

test.each([
  ['an error of Fastify that is not known', Object.assign(new Error(), { code: 'FST_ERR_NEW' })],
  ['any other error', new TypeError('x')],
  ['a text', 'x'],
  ['nothing', undefined],
])('%s is a failure of this service', (_, thrown) => {
  const fault = toFault(thrown);
  expect([fault.code, fault.reason, fault.cause]).toEqual(['internalServerError', 'unexpected', thrown]);
});

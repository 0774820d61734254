import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { checkResponseHead, retryAfterOf } from '../../../src/led/answer/response-head.ts';

it('reads Retry-After as seconds from 1 to 60', () => {
  const now = Date.UTC(2026, 10, 23, 10, 0, 0);
  expect(retryAfterOf('Mon, 23 Nov 2026 10:00:20 GMT', now)).toBe(20);
  expect(retryAfterOf('Mon, 23 Nov 2026 09:00:20 GMT', now)).toBe(1);
  expect(retryAfterOf('Tue, 24 Nov 2026 10:00:20 GMT', now)).toBe(60);
  expect(retryAfterOf('Mon, 99 Nov 2026 10:00:20 GMT', now)).toBe(5);
  for (const odd of [undefined, '', '-3', '1.5', '1e9', ['1', '2'], 'Infinity']) expect(retryAfterOf(odd, now)).toBe(5);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.nat().map(String),
        fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      ),
      (header) => {
        const seconds = retryAfterOf(header, now);
        expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true);
      },
    ),
  );
});

const xml = { 'content-type': 'text/xml' };
const limits = { maxBytes: 1000, now: Date.UTC(2026, 10, 23, 10, 0, 0) };
const outcomeOf = (status: number, headers: Record<string, string | string[]>): string => {
  try {
    return String(checkResponseHead(status, headers, limits));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `${error.code}:${error.reason}:${error.retryAfter ?? '-'}`;
  }
};

it.each([
  [200, {}, '200'],
  [500, {}, '500'],
  [200, { 'content-length': '1000' }, '200'],
  [200, { 'content-length': '1001' }, 'badGateway:ledTooLong:-'],
  [201, {}, 'badGateway:ledStatus:-'],
  [302, {}, 'badGateway:ledStatus:-'],
  [400, {}, 'badGateway:ledStatus:-'],
  [502, {}, 'badGateway:ledStatus:-'],
  [429, { 'retry-after': '7' }, 'serviceUnavailable:ledBusy:7'],
  [503, { 'retry-after': '600' }, 'serviceUnavailable:ledBusy:60'],
  [503, { 'content-type': 'text/html' }, 'serviceUnavailable:ledBusy:5'],
])('status %i with %j: %s', (status, headers, expected) => {
  expect(outcomeOf(status, { ...xml, ...headers })).toBe(expected);
});

it.each([
  'text/xml',
  'application/xml',
  'application/soap+xml',
  'Text/XML; Charset=UTF-8',
  'text/xml;charset="utf-8"',
  'text/xml; charset=us-ascii; action="x"',
])('accepts Content-Type %s', (type) => {
  expect(outcomeOf(200, { 'content-type': type })).toBe('200');
});

it.each([
  '',
  'text/html',
  'application/json',
  'text/xml+x',
  'multipart/related; type="text/xml"',
  'text/xml; charset=iso-8859-1',
  'text/xml; charset="utf-8',
  ['text/xml', 'text/xml'],
])('refuses Content-Type %s', (type) => {
  expect(outcomeOf(200, { 'content-type': type })).toBe('badGateway:ledContentType:-');
});

it('refuses an answer without Content-Type', () => {
  expect(outcomeOf(200, {})).toBe('badGateway:ledContentType:-');
});

it('refuses every Content-Encoding but identity', () => {
  expect(outcomeOf(200, { ...xml, 'content-encoding': ' Identity' })).toBe('200');
  for (const encoding of ['gzip', 'identity, gzip', '', ['identity', 'identity']]) {
    expect(outcomeOf(200, { ...xml, 'content-encoding': encoding })).toBe('badGateway:ledContentEncoding:-');
  }
});

import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { Environment } from '../src/environment.ts';

// What belongs together, and that no fault repeats a value, is tested in test/config.test.ts.

type Name = keyof typeof Environment.shape;
/** The value that a variable gives, or what is wrong with it. */
const read = (name: Name, text: string): unknown => {
  const schema: z.ZodType = Environment.shape[name];
  const { success, data, error } = schema.safeParse(text);
  return success ? data : error.issues.map(({ message }) => message).join();
};

describe('a whole number', () => {
  test.each<[Name, number, number]>([
    ['PORT', 0, 65_535],
    ['OPS_PORT', 0, 65_535],
    ['LED_CONNECT_TIMEOUT_MS', 50, 60_000],
    ['LED_TIMEOUT_MS', 100, 120_000],
    ['LED_MAX_IN_FLIGHT', 1, 10_000],
    ['LED_MAX_QUEUE', 0, 100_000],
    ['LED_MAX_PER_SECOND', 1, 100_000],
    ['LED_MAX_RESPONSE_BYTES', 1_024, 67_108_864],
    ['AUDIT_TIMEOUT_MS', 1, 1_000],
    ['RATE_LIMIT_PER_MINUTE', 1, 1_000_000],
    ['SHUTDOWN_DELAY_MS', 0, 120_000],
    ['SHUTDOWN_TIMEOUT_MS', 100, 600_000],
  ])('%s: from %i to %i', (name, least, most) => {
    const fault = `must be a whole number from ${least} to ${most}`;
    expect([read(name, String(least)), read(name, String(most))]).toEqual([least, most]);
    for (const text of [least - 1, most + 1, '', 'x', '1.5', '1e3', '0x10', '+1', ' 1', '1234567890']) {
      expect(read(name, String(text))).toContain(fault);
    }
  });
});

describe('a word or a text', () => {
  test.each<[Name, string, unknown]>([
    ['AUTH_MODE', 'introspection', 'introspection'],
    ['AUTH_MODE', 'JWT', 'must be one of jwt, introspection, none'],
    ['ALLOW_TEST_INSZ', 'true', true],
    ['ALLOW_TEST_INSZ', 'false', false],
    ['LED_SEND_USER', 'yes', 'must be one of true, false'],
    ['LED_SIGNATURE', 'rsa-sha1', 'rsa-sha1'],
    ['AUTH_ALLOWED_ROLES', 'a, b.c ,d', ['a', 'b.c', 'd']],
    ['AUTH_ALLOWED_ROLES', 'a,,b', 'must be a comma list of role names'],
    ['AUTH_SCOPE', 'api/led.read', 'api/led.read'],
    ['AUTH_SCOPE', 'a:b', 'must be one scope word without a colon'],
    ['AUDIT_KEY_ID', '2026-11.k_1', '2026-11.k_1'],
    ['AUDIT_KEY_ID', 'k:1', 'must be 1 to 32 letters, digits, ".", "_" or "-"'],
    ['LED_SENDER_ID', 'a'.repeat(120), 'a'.repeat(120)],
    ['LED_SENDER_ID', '', 'must not be empty'],
    ['LED_CAPACITY', 'proef & <co> é', 'proef & <co> é'],
    ['LED_CAPACITY', 'a'.repeat(25), 'must have at most 24 characters'],
    ['LED_CAPACITY', 'a\tb', 'must not hold control characters'],
    ['LED_CAPACITY', '\ud800', 'must not hold control characters'],
  ])('%s=%j: %j', (name, text, expected) => {
    expect(read(name, text)).toEqual(expected);
  });
});

describe('a URL', () => {
  const fault = 'must be a whole https URL without user or fragment (http only for loopback)';

  test.each(['https://led.example/soap?a=b', 'http://127.0.0.1:8080/', 'http://localhost/', 'http://[::1]/'])(
    'may be %s',
    (text) => {
      for (const name of ['LED_URL', 'AUTH_JWKS_URL', 'AUTH_INTROSPECTION_URL'] as const) {
        expect(read(name, text)).toEqual(new URL(text));
      }
    },
  );

  test.each([
    'led.example',
    '/soap',
    'http://led.example/',
    'ftp://127.0.0.1/',
    'https://user@led.example/',
    'https://:word@led.example/',
    'https://led.example/#part',
  ])('may not be %s', (text) => {
    expect(read('LED_URL', text)).toBe(fault);
  });
});

test('every variable has a description, which is its row in RUNBOOK.md', () => {
  for (const [name, schema] of Object.entries(Environment.shape))
    expect([name, schema.description]).toEqual([name, expect.stringMatching(/\w/)]);
});

describe('names of claims', () => {
  const { AUTH_PERSON_CLAIM: person, AUTH_ROLE_CLAIM: role } = Environment.shape;

  test('are a comma list, with spaces or without', () => {
    expect(person.parse('employee, sub')).toEqual(['employee', 'sub']);
    expect(person.parse('https://example.test/person')).toEqual(['https://example.test/person']);
    expect(role.parse('*_rol_3d,roles')).toEqual(['*_rol_3d', 'roles']);
  });

  test.each(['a,,b', 'a b', ',', '*_id', 'x'.repeat(201)])('%j is none', (value) => {
    expect(person.safeParse(value).error?.issues[0]?.message).toBe('must be a comma list of claim names');
  });
});

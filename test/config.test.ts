import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, Environment, readConfig } from '../src/config.ts';

let folder: string;
let least: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
  const key = join(folder, 'audit.key');
  writeFileSync(key, randomBytes(32).toString('base64'));
  least = {
    AUTH_MODE: 'none',
    LED_URL: 'https://led.example/soap',
    LED_CLIENT_CERT_FILE: '/secrets/tls.crt',
    LED_CLIENT_KEY_FILE: '/secrets/tls.key',
    LED_SENDER_ID: 'example.be/app',
    AUDIT_KEY_FILE: key,
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (change: Record<string, string> = {}): Config => {
  const config = readConfig({ ...least, ...change });
  if ('faults' in config) throw new Error(config.faults.join('\n'));
  return config;
};
const faults = (change: Record<string, string>): string[] => {
  const config = readConfig({ ...least, ...change });
  return 'faults' in config ? config.faults : [];
};

describe('configuration', () => {
  test('the least that is needed gives the defaults of the contract', () => {
    const { audit, led, auth, ...rest } = read();
    expect(rest).toEqual({
      http: { host: '0.0.0.0', port: 8080, opsHost: '0.0.0.0', opsPort: 8081 },
      sendUser: false,
      defaultRuleSet: 'begeleider-ama',
      allowTestInsz: false,
      shutdown: { delayMs: 3000, timeoutMs: 15_000 },
      logLevel: 'info',
    });
    expect(auth).toEqual({ mode: 'none' });
    expect(audit).toMatchObject({ keyId: 'k1', timeoutMs: 500 });
    expect(led).toMatchObject({
      signature: 'rsa-sha256',
      connectTimeoutMs: 2000,
      timeoutMs: 10_000,
      maxInFlight: 64,
      maxQueue: 256,
      maxResponseBytes: 1_048_576,
    });
    expect(led).not.toHaveProperty('maxPerSecond');
    expect(Object.isFrozen(read())).toBe(true);
  });

  test('an empty variable counts as not set', () => {
    expect(read({ PORT: '', LED_CAPACITY: '', LOG_LEVEL: '' })).toEqual(read());
  });

  test.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80 '],
    ['AUTH_MODE', 'NONE'],
    ['LED_URL', 'http://led.example/'],
    ['LED_URL', 'https://user:word@led.example/'],
    ['LED_URL', 'led.example'],
    ['LED_SENDER_ID', 'a'.repeat(121)],
    ['LED_CAPACITY', 'a'.repeat(25)],
    ['LED_SENDER_ID', 'a\u0000b'],
    ['LED_SEND_USER', 'yes'],
    ['LED_SIGNATURE', 'rsa-md5'],
    ['LED_MAX_IN_FLIGHT', '0'],
    ['AUDIT_TIMEOUT_MS', '1001'],
    ['AUDIT_KEY_ID', 'a b'],
    ['AUTH_SCOPE', 'a b'],
    ['AUTH_ALLOWED_ROLES', 'a, b c'],
    ['ALLOW_TEST_INSZ', '1'],
    ['LOG_LEVEL', 'verbose'],
  ])('%s=%j is one fault that names it and not its value', (name, value) => {
    const found = faults({ [name]: value });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${name}: `));
    if (value.length > 2) expect(found[0]).not.toContain(value);
  });

  test('plain http is for loopback alone, and then nothing needs to be signed', () => {
    const plain = { LED_CLIENT_CERT_FILE: '', LED_CLIENT_KEY_FILE: '' };
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '127.9.9.9']) {
      expect(read({ ...plain, LED_URL: `http://${host}:1/x` }).led).toMatchObject({ signature: 'none' });
    }
    for (const host of ['127.0.0.1.example', 'localhost.example', '10.0.0.1']) {
      expect(faults({ ...plain, LED_URL: `http://${host}/x` })).toHaveLength(1);
    }
    expect(faults({ ...plain, LED_URL: 'http://127.0.0.1/x', LED_SIGNATURE: 'rsa-sha1' })).toHaveLength(2);
  });

  test('a mode that lacks what it needs never becomes another mode', () => {
    const jwt = { AUTH_MODE: 'jwt', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a', AUTH_JWKS_URL: 'https://keys.example/' };
    expect(read(jwt).auth).toMatchObject({ mode: 'jwt', scope: 'led_eligibility' });
    for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL']) {
      expect(faults({ ...jwt, [name]: '' })).toEqual([expect.stringMatching(`^${name}: `)]);
    }
  });

  test('no fault ever holds a value', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(Environment.shape)),
        fc.string({ minLength: 12, maxLength: 40 }),
        (name, value) => {
          for (const fault of faults({ [name]: `${value}%%` })) expect(fault).not.toContain(`${value}%%`);
        },
      ),
    );
  });
});

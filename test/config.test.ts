import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, readConfig, ruleSetDirOf } from '../src/config.ts';
import { Environment } from '../src/environment.ts';
import { newKey } from './support/keys.ts';

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
  const reading = readConfig({ ...least, ...change });
  if (!reading.ok) throw new Error(reading.faults.join('\n'));
  return reading.config;
};
const faults = (change: Record<string, string>): readonly string[] => {
  const reading = readConfig({ ...least, ...change });
  return reading.ok ? [] : reading.faults;
};

describe('configuration', () => {
  test('the required variables alone give the defaults', () => {
    const { audit, led, auth, settings, ...rest } = read();
    expect(rest).toEqual({
      sender: { id: 'example.be/app' },
      registrations: new Map(),
      registered: [],
      http: {
        host: '0.0.0.0',
        port: 8080,
        opsHost: '0.0.0.0',
        opsPort: 8081,
        basePath: '',
        maxConnections: 1024,
        keepAliveTimeoutMs: 65_000,
      },
      sendUser: false,
      defaultRuleSet: 'begeleider-ama',
      receipts: { oldKeys: [] },
      allowTestInsz: false,
      shutdown: { delayMs: 3000, timeoutMs: 15_000 },
      worldWritable: [],
      logLevel: 'info',
      node: { trustsAnyServer: false, inspector: false },
    });
    expect(auth).toEqual({ mode: 'none' });
    expect(audit).toMatchObject({ keyId: 'k1', timeoutMs: 500 });
    expect(led).toMatchObject({
      signature: 'rsa-sha256',
      token: 'auto',
      connectTimeoutMs: 2000,
      timeoutMs: 10_000,
      maxInFlight: 64,
      maxQueue: 256,
      maxResponseBytes: 1_048_576,
    });
    expect(led).not.toHaveProperty('maxPerSecond');
    expect(Object.isFrozen(read())).toBe(true);
  });

  test.each([
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, { trustsAnyServer: true, inspector: false }],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '1', NODE_OPTIONS: '--inspect-port=1 --no-inspect' }, {}],
    [{ NODE_OPTIONS: '--inspect' }, { inspector: true }],
    [{ NODE_OPTIONS: '--max-semi-space-size=16 --inspect-brk=0.0.0.0:9229' }, { inspector: true }],
    [{ NODE_OPTIONS: '"--inspect_wait"' }, { inspector: true }],
  ])('what the environment tells Node.js is known: %j', (change, flags) => {
    expect(read(change).node).toEqual({ trustsAnyServer: false, inspector: false, ...flags });
  });

  test('receipt keys are read from their files; a file that holds no such key is a fault', () => {
    const { privatePem, publicPem, signer, key } = newKey();
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const old = mkdtempSync(join(folder, 'old-'));
    writeFileSync(join(old, '2025.pem'), publicPem);
    writeFileSync(join(old, '.hidden'), 'of the platform');
    const { receipts } = read({ RECEIPT_KEY_FILE: file('receipt.key', privatePem), RECEIPT_OLD_KEYS_DIR: old });
    expect([receipts.signer?.kid, receipts.oldKeys.map(({ kid }) => kid)]).toEqual([signer.kid, [key.kid]]);
    writeFileSync(join(old, 'wrong.pem'), privatePem);
    expect(faults({ RECEIPT_KEY_FILE: file('public.pem', publicPem), RECEIPT_OLD_KEYS_DIR: old })).toEqual([
      'RECEIPT_KEY_FILE: the file must hold an Ed25519 private key (PEM, PKCS#8) without a passphrase',
      'RECEIPT_OLD_KEYS_DIR: wrong.pem: must hold an Ed25519 public key (PEM, SPKI)',
    ]);
    expect(faults({ RECEIPT_KEY_FILE: join(folder, 'none'), RECEIPT_OLD_KEYS_DIR: join(folder, 'none') })).toEqual([
      'RECEIPT_KEY_FILE: the file cannot be read (ENOENT)',
      'RECEIPT_OLD_KEYS_DIR: the folder or a file in it cannot be read (ENOENT)',
    ]);
  });

  test('an empty variable counts as not set', () => {
    expect(ruleSetDirOf({ RULE_SET_DIR: '' })).toBeUndefined();
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
    ['LED_TOKEN', 'chain'],
    ['LED_MAX_IN_FLIGHT', '0'],
    ['AUDIT_TIMEOUT_MS', '1001'],
    ['AUDIT_KEY_ID', 'a b'],
    ['AUTH_SCOPE', 'a b'],
    ['AUTH_ALLOWED_ROLES', 'a, b c'],
    ['ALLOW_TEST_INSZ', '1'],
    ['LOG_LEVEL', 'verbose'],
  ])('%s=%j is one fault, which holds the name and not the value', (name, value) => {
    const found = faults({ [name]: value });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${name}: `));
    if (value.length > 2) expect(found[0]).not.toContain(value);
  });

  test('plain http is for loopback only, and needs no signature', () => {
    const plain = { LED_CLIENT_CERT_FILE: '', LED_CLIENT_KEY_FILE: '' };
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '127.9.9.9']) {
      expect(read({ ...plain, LED_URL: `http://${host}:1/x` }).led).toMatchObject({ signature: 'none' });
    }
    for (const host of ['127.0.0.1.example', 'localhost.example', '10.0.0.1']) {
      expect(faults({ ...plain, LED_URL: `http://${host}/x` })).toHaveLength(1);
    }
    expect(faults({ ...plain, LED_URL: 'http://127.0.0.1/x', LED_SIGNATURE: 'rsa-sha1' })).toHaveLength(2);
  });

  test('a mode of authentication without its variables is a fault, never another mode', () => {
    const jwt = { AUTH_MODE: 'jwt', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a', AUTH_JWKS_URL: 'https://keys.example/' };
    expect(read(jwt).auth).toMatchObject({ mode: 'jwt', scope: 'led_eligibility' });
    for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL']) {
      expect(faults({ ...jwt, [name]: '' })).toEqual([expect.stringMatching(`^${name}: `)]);
    }
  });

  test.each([
    ['AUTH_ALOWED_ROLES', 'AUTH_ALLOWED_ROLES'],
    ['LED_TIMEOUT', undefined],
    ['LED_TIMEOUT_M', 'LED_TIMEOUT_MS'],
    ['OPS_PROT', 'OPS_PORT'],
    ['HOME', undefined],
    ['HOSTNAME', undefined],
    ['led_url', undefined],
  ])('the unknown variable %s: is %s meant?', (name, known) => {
    expect(faults({ [name]: 'secret' })).toEqual(
      known === undefined ? [] : [`${name}: there is no such variable; is ${known} meant?`],
    );
    expect(faults({ [name]: '' })).toEqual([]);
  });

  test('the settings in force: set ones and defaults, and the path of a secret instead of its content', () => {
    const { settings } = read({ AUTH_ALLOWED_ROLES: 'a, b', LED_MAX_PER_SECOND: '2' });
    expect(settings).toMatchObject({
      AUTH_MODE: 'none',
      AUTH_ALLOWED_ROLES: 'a,b',
      LED_URL: 'https://led.example/soap',
      LED_MAX_PER_SECOND: 2,
      LED_TIMEOUT_MS: 10_000,
      LED_SIGNATURE: 'rsa-sha256',
      AUDIT_KEY_FILE: least.AUDIT_KEY_FILE,
      ALLOW_TEST_INSZ: false,
    });
    expect(settings).not.toHaveProperty('RULE_SET_DIR');
  });

  test('the registrations of rule sets, or every fault of their file beside the others', () => {
    const file = join(folder, 'registrations.json');
    writeFileSync(file, JSON.stringify({ zorghulp: { senderId: 'kbo.be/zorg' } }));
    const { registrations, registered, sender, settings } = read({ LED_REGISTRATIONS_FILE: file, LED_CAPACITY: 'x' });
    expect([...registrations]).toEqual([['zorghulp', { id: 'kbo.be/zorg' }]]);
    expect(registered).toEqual(['zorghulp']);
    expect(sender).toEqual({ id: 'example.be/app', capacity: 'x' });
    expect(settings).toMatchObject({ LED_REGISTRATIONS_FILE: file });
    writeFileSync(file, JSON.stringify({ zorghulp: { senderId: '' }, other: { capacity: 'c'.repeat(25) } }));
    expect(faults({ LED_REGISTRATIONS_FILE: file, PORT: 'x' })).toEqual([
      expect.stringMatching(/^PORT: /),
      'LED_REGISTRATIONS_FILE: zorghulp.senderId must not be empty',
      'LED_REGISTRATIONS_FILE: other.senderId is required',
      'LED_REGISTRATIONS_FILE: other.capacity must have at most 24 characters',
    ]);
    expect(faults({ LED_REGISTRATIONS_FILE: join(folder, 'none.json') })).toEqual([
      'LED_REGISTRATIONS_FILE: the file cannot be read (ENOENT)',
    ]);
  });

  test('RULE_SET_DIR can be read alone', () => {
    expect(ruleSetDirOf({ RULE_SET_DIR: '/rules' })).toBe('/rules');
    expect(ruleSetDirOf({})).toBeUndefined();
  });

  test('a faulty configuration still says which files it names, so that they can be checked too', () => {
    const files = { RULE_SET_DIR: '/rules', LED_CLIENT_KEY_PASSPHRASE_FILE: '/secrets/word', LED_CA_FILE: '/ca.pem' };
    const server = { TLS_CERT_FILE: '/tls.crt', TLS_KEY_FILE: '/tls.key' };
    const reading = readConfig({ ...least, ...files, ...server, LED_SIGNATURE: 'none', PORT: 'x' });
    expect(reading).toEqual({
      ok: false,
      faults: ['PORT: must be a whole number from 0 to 65535'],
      known: {
        ruleSetDir: '/rules',
        registered: [],
        defaultRuleSet: 'begeleider-ama',
        http: { tls: { certFile: '/tls.crt', keyFile: '/tls.key' } },
        led: {
          credentials: {
            certFile: '/secrets/tls.crt',
            keyFile: '/secrets/tls.key',
            passphraseFile: '/secrets/word',
            caFile: '/ca.pem',
          },
          signature: 'none',
        },
      },
    });
    expect(readConfig({})).toMatchObject({ ok: false, known: { led: { credentials: undefined } } });
  });

  test('a certificate without its key is a fault, and so is a key without its certificate', () => {
    const plain = { LED_URL: 'http://localhost/x' };
    expect(faults({ ...plain, LED_CLIENT_KEY_FILE: '' })).toEqual([
      'LED_CLIENT_KEY_FILE: is required beside its counterpart',
    ]);
    expect(faults({ ...plain, LED_CLIENT_CERT_FILE: '' })).toEqual([
      'LED_CLIENT_CERT_FILE: is required beside its counterpart',
    ]);
    expect(faults({ TLS_CLIENT_CA_FILE: '/ca.pem' })).toEqual([
      'TLS_CERT_FILE: is required for a listener over TLS',
      'TLS_KEY_FILE: is required for a listener over TLS',
    ]);
  });

  test('a key file that cannot be read, or holds no key, is a fault of its variable', () => {
    const short = join(folder, 'short.key');
    writeFileSync(short, 'AAAA');
    expect(faults({ AUDIT_KEY_FILE: short })).toEqual([
      'AUDIT_KEY_FILE: the file must hold the base64 of at least 32 random bytes',
    ]);
    const missing = join(folder, 'missing');
    const introspection = {
      AUTH_MODE: 'introspection',
      AUTH_INTROSPECTION_URL: 'https://a.example/',
      AUTH_CLIENT_ID: 'c',
    };
    expect(faults({ ...introspection, AUTH_CLIENT_KEY_FILE: missing, AUDIT_KEY_FILE: missing })).toEqual([
      'AUTH_CLIENT_KEY_FILE: the file cannot be read (ENOENT)',
      'AUDIT_KEY_FILE: the file cannot be read (ENOENT)',
    ]);
  });

  test('no fault holds a value', () => {
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

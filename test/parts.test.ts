import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { createMetrics } from '../src/lib/metrics.ts';
import { loadCredentials } from '../src/lib/tls-files.ts';
import { watchCredentials } from '../src/lib/tls-watch.ts';
import { type Parts, prepareParts, ServeFaults } from '../src/parts.ts';
import { exampleText } from './rules/support.ts';
import { type Certificates, createCertificates } from './support/certificates.ts';
import { environmentFor } from './support/service.ts';
import { until } from './support/until.ts';

// That `serve` prints the faults and ends with their exit code is tested in test/wire/lifecycle.test.ts.

let world: Certificates;
let least: Record<string, string>;
let broken: Record<'file' | 'key' | 'ruleSets', string>;
beforeAll(async () => {
  world = await createCertificates();
  const { folder, write } = world;
  least = environmentFor('https://led.example/soap', world.files);
  const ruleSets = dirname(write('rules/a.json', '{}}'));
  broken = { file: join(folder, 'missing.pem'), key: write('broken.key', 'no key'), ruleSets };
});
afterAll(() => world.remove());

/** The parts for these variables, and what the log of the service has written. */
const prepare = (change: Record<string, string> = {}) => {
  const stderr = new PassThrough();
  const parts = prepareParts(readConfig({ ...least, ...change }), stderr as unknown as NodeJS.WriteStream);
  return { parts, log: () => String(stderr.read() ?? '') };
};
const faultsOf = async (change: Record<string, string>): Promise<readonly string[]> => {
  const error = await prepare(change).parts.catch((thrown: unknown) => thrown);
  if (!(error instanceof ServeFaults)) throw new Error('no ServeFaults', { cause: error });
  expect(error.exitCode).toBe(78);
  return error.faults;
};
const close = ({ led, authenticator }: Parts) => Promise.all([led.close(), authenticator.close()]);

describe('a right configuration', () => {
  test('gives every part; without TLS_CERT_FILE there is no certificate of the listener', async () => {
    const parts = await prepare().parts;
    expect(parts.catalogue.all.map(({ source }) => source.id)).toContain('begeleider-ama');
    expect(await parts.authenticator.authenticate({ authorization: undefined })).toMatchObject({ ruleSets: 'all' });
    expect([parts.led.ready(), parts.led.health(), parts.led.isFull()]).toEqual([true, 'UP', false]);
    expect(parts.log.level).toBe(parts.config.logLevel);
    expect(parts.serverTls).toBeUndefined();
    await close(parts);
  });

  test('loads the certificate of the listener', async () => {
    const cert = world.write('server.crt', world.server.cert);
    const key = world.write('server.key', world.server.key);
    const parts = await prepare({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key }).parts;
    expect(parts.serverTls?.cert).toContain('BEGIN CERTIFICATE');
    await close(parts);
  });
});

describe('a wrong configuration', () => {
  test('gives the faults of variables, rule sets and files together', async () => {
    const change = { PORT: 'x', LED_TIMEOUT_MS: '1', RULE_SET_DIR: broken.ruleSets, LED_CLIENT_KEY_FILE: broken.file };
    const faults = await faultsOf(change);
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
      'LED_CLIENT_KEY_FILE',
      'LED_TIMEOUT_MS',
      'PORT',
      'RULE_SET_DIR',
    ]);
  });

  test('checks the default rule set and our key for the token service also beside a wrong variable', async () => {
    const faults = await faultsOf({
      PORT: 'x',
      DEFAULT_RULE_SET: 'unknown',
      AUTH_MODE: 'introspection',
      AUTH_INTROSPECTION_URL: 'https://tokens.example/',
      AUTH_CLIENT_ID: 'c',
      AUTH_CLIENT_KEY_FILE: broken.key,
    });
    expect(faults).toEqual([
      expect.stringMatching(/^PORT: /),
      'DEFAULT_RULE_SET: there is no such rule set',
      expect.stringMatching(/^AUTH_CLIENT_KEY_FILE: must hold a private key/),
    ]);
  });

  test('gives the faults of everything that right variables name together', async () => {
    const faults = await faultsOf({
      RULE_SET_DIR: broken.ruleSets,
      TLS_CERT_FILE: broken.file,
      TLS_KEY_FILE: broken.file,
      LED_CLIENT_CERT_FILE: broken.key,
      AUTH_MODE: 'introspection',
      AUTH_INTROSPECTION_URL: 'https://tokens.example/',
      AUTH_CLIENT_ID: 'c',
      AUTH_CLIENT_KEY_FILE: broken.key,
    });
    expect(faults).toEqual([
      expect.stringMatching(/^RULE_SET_DIR: a\.json: is not JSON/),
      'TLS_CERT_FILE: the certificate file cannot be read (ENOENT)',
      'TLS_KEY_FILE: the key file cannot be read (ENOENT)',
      expect.stringMatching(/^AUTH_CLIENT_KEY_FILE: must hold a private key/),
      'LED_CLIENT_CERT_FILE: the certificate file holds no whole PEM certificate',
    ]);
    expect(faults.join()).not.toContain(world.folder);
  });

  test('names each rule set that has a registration and is not loaded, also beside other faults', async () => {
    const file = world.write(
      'registrations.json',
      JSON.stringify({ 'begeleider-ama': { senderId: 'a' }, zorghulp: { senderId: 'b' }, other: {} }),
    );
    const fault = (what: string) => `LED_REGISTRATIONS_FILE: ${what}`;
    expect(await faultsOf({ LED_REGISTRATIONS_FILE: file })).toEqual([
      fault('other.senderId is required'),
      fault('zorghulp is not a rule set that is loaded'),
      fault('other is not a rule set that is loaded'),
    ]);
    world.write('registrations.json', JSON.stringify({ zorghulp: { senderId: 'b' } }));
    expect(await faultsOf({ LED_REGISTRATIONS_FILE: file })).toEqual([
      fault('zorghulp is not a rule set that is loaded'),
    ]);
  });

  test.each([
    ['beside a fault of a variable', { PORT: 'x' }],
    ['alone', {}],
  ])('names every file that is missing after its own variable, %s', async (_, change) => {
    const missing = {
      TLS_CERT_FILE: broken.file,
      TLS_KEY_FILE: broken.file,
      TLS_CLIENT_CA_FILE: broken.file,
      LED_CLIENT_CERT_FILE: broken.file,
      LED_CLIENT_KEY_FILE: broken.file,
      LED_CLIENT_KEY_PASSPHRASE_FILE: broken.file,
      LED_CA_FILE: broken.file,
    };
    const faults = await faultsOf({ ...missing, ...change });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([...Object.keys(change), ...Object.keys(missing)]);
  });

  test.each([
    [
      'a default rule set that does not exist',
      { DEFAULT_RULE_SET: 'x' },
      'DEFAULT_RULE_SET: there is no such rule set',
    ],
    [
      'a folder that does not exist',
      { RULE_SET_DIR: '/nowhere' },
      expect.stringMatching(/^RULE_SET_DIR: is no folder/),
    ],
  ])('%s', async (_, change, fault) => {
    expect(await faultsOf(change)).toEqual([fault]);
  });

  test('a default rule set that is only a candidate cannot decide', async () => {
    const example = JSON.parse(exampleText);
    const folder = dirname(world.write('candidates/a.json', JSON.stringify({ ...example, candidate: true })));
    const change = { RULE_SET_DIR: folder, DEFAULT_RULE_SET: example.id };
    expect(await faultsOf(change)).toEqual(['DEFAULT_RULE_SET: there is no such rule set']);
  });

  test('leaves nothing open: the LED client that was made no longer watches its files', async () => {
    const files = {
      certFile: world.write('tls.crt', world.client.cert),
      keyFile: world.write('tls.key', world.client.key),
    };
    const change = { LED_CLIENT_CERT_FILE: files.certFile, LED_CLIENT_KEY_FILE: files.keyFile, DEFAULT_RULE_SET: 'x' };
    const { parts, log } = prepare(change);
    await expect(parts).rejects.toBeInstanceOf(ServeFaults);

    // A watcher of the test sees the same event later than a watcher of the client would.
    let seen = false;
    const expectation = { use: 'test', rsa: true };
    const watcher = watchCredentials({
      files,
      expect: expectation,
      current: loadCredentials(files, expectation),
      onChange: () => {
        seen = true;
      },
      metrics: createMetrics(),
      log: pino({ level: 'silent' }),
      settleMs: 400,
      pollMs: 60_000,
    });
    const next = await world.authority.issue({ commonName: 'next', use: 'client', keyType: 'rsa' });
    world.write('tls.crt', next.cert);
    world.write('tls.key', next.key);
    await until(() => seen);
    watcher.close();
    expect(log()).toBe('');
  });
});

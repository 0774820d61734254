import { expect, test } from 'vitest';
import type { Config } from '../src/config.ts';
import { unsafeSettings } from '../src/unsafe-settings.ts';

const safe = {
  http: { host: '0.0.0.0', tls: { certFile: '/tls.crt', keyFile: '/tls.key' } },
  auth: { mode: 'jwt' },
  led: { url: new URL('https://led.example/soap'), signature: 'rsa-sha256' },
  node: { trustsAnyServer: false, inspector: false },
  allowTestInsz: false,
  logLevel: 'info',
  worldWritable: [],
} as unknown as Config;

const names = (change: object): string[] =>
  unsafeSettings({ ...safe, ...change }).map((finding) => finding.slice(0, finding.indexOf(':')));

test.each([
  [{}, []],
  [{ http: { host: '0.0.0.0' } }, ['TLS_CERT_FILE']],
  [{ http: { host: '127.0.0.1' } }, []],
  [{ http: { host: '::1' } }, []],
  [{ auth: { mode: 'none' }, allowTestInsz: true }, ['AUTH_MODE', 'ALLOW_TEST_INSZ']],
  [{ led: { url: new URL('http://127.0.0.1/'), signature: 'none' } }, ['LED_URL']],
  [{ led: { url: new URL('https://led.example/'), signature: 'none' } }, ['LED_SIGNATURE']],
  [{ led: { url: new URL('https://led.example/'), signature: 'rsa-sha1' } }, ['LED_SIGNATURE']],
  [{ node: { trustsAnyServer: true, inspector: true } }, ['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_OPTIONS']],
  [{ logLevel: 'silent' }, ['LOG_LEVEL']],
  [{ worldWritable: ['AUDIT_KEY_FILE', 'LED_CA_FILE'] }, ['AUDIT_KEY_FILE', 'LED_CA_FILE']],
])('what is unsafe in %j: %j', (change, expected) => {
  expect(names(change)).toEqual(expected);
});

import { createPrivateKey, createVerify, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pair } from '../../docker/certificates.ts';
import { loadCredentials } from '../../src/lib/tls-files.ts';
import { createWorld, type World } from '../support/hostile-led.ts';

const day = 86_400_000;
const rsa = { use: 'led', rsa: true };
let world: World;
let other: Pair;
let ec: Pair;
beforeAll(async () => {
  world = await createWorld();
  other = await world.authority.issue({ commonName: 'other', use: 'client', keyType: 'rsa' });
  ec = await world.authority.issue({ commonName: 'ec', use: 'client' });
});
afterAll(() => world.scratch.remove());

const files = (cert: string, key: string, more: { ca?: string; passphrase?: string } = {}) => ({
  certFile: world.scratch.write('tls.crt', cert),
  keyFile: world.scratch.write('tls.key', key),
  ...(more.ca === undefined ? {} : { caFile: world.scratch.write('tls.ca', more.ca) }),
  ...(more.passphrase === undefined ? {} : { passphraseFile: world.scratch.write('pass', more.passphrase) }),
});
const sealed = (passphrase: string) =>
  createPrivateKey(world.client.key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();

describe('a whole pair', () => {
  it('is returned with its leaf, its authorities and its end of validity', () => {
    const chain = world.client.cert + world.authority.cert;
    const credentials = loadCredentials(files(chain, world.client.key, { ca: world.authority.cert }), rsa);
    expect(new X509Certificate(credentials.leaf).subject).toBe('CN=us');
    expect(credentials.cert.match(/BEGIN/g)).toHaveLength(2);
    expect(credentials.ca).toContain('BEGIN CERTIFICATE');
    expect(credentials.notAfter).toEqual(new X509Certificate(world.client.cert).validToDate);
  });

  it.each([
    ['rsa-sha256', 'RSA-SHA256'],
    ['rsa-sha1', 'RSA-SHA1'],
  ] as const)('signs with %s, and its certificate verifies the signature', async (algorithm, name) => {
    const { sign, leaf } = loadCredentials(files(world.client.cert, world.client.key), rsa);
    const signature = await sign(algorithm)(Buffer.from('what is signed'));
    const verify = (text: string) =>
      createVerify(name).update(text).verify(new X509Certificate(leaf).publicKey, signature);
    expect(verify('what is signed')).toBe(true);
    expect(verify('what is sent')).toBe(false);
  });

  it.each(['secret', 'secret\n', 'secret\r\n'])('is opened with its passphrase (%j)', (passphrase) => {
    const credentials = loadCredentials(files(world.client.cert, sealed('secret'), { passphrase }), rsa);
    expect(credentials.key).toContain('BEGIN PRIVATE KEY');
  });

  it('may have an EC key where RSA is not required', () => {
    expect(loadCredentials(files(ec.cert, ec.key), { use: 'server', rsa: false }).leaf).toContain('BEGIN');
  });
});

describe('a pair that is refused, in plain words without paths, values or key material', () => {
  const refusal = (given: ReturnType<typeof files> | { certFile: string; keyFile: string }, now?: Date): string => {
    try {
      loadCredentials(given, rsa, now);
    } catch (error) {
      const text = (error as Error).stack ?? '';
      expect((error as Error).message).toMatch(/^led certificate: /);
      expect((error as Error).message).not.toContain(world.scratch.folder);
      expect((error as Error).message).not.toMatch(/BEGIN|MII|secret|wrong one/);
      expect((error as Error).cause).toBeUndefined();
      expect(text).not.toMatch(/MII/);
      return (error as Error).message;
    }
    throw new Error('it was not refused');
  };
  const { cert, key } = { cert: () => world.client.cert, key: () => world.client.key };

  it('has a file that is missing or unreadable', () => {
    const missing = join(world.scratch.folder, 'missing');
    const { certFile, keyFile } = files(cert(), key());
    expect(refusal({ certFile: missing, keyFile })).toMatch(/the certificate file cannot be read \(ENOENT\)/);
    expect(refusal({ certFile, keyFile: missing })).toMatch(/the key file cannot be read/);
    expect(refusal({ certFile: world.scratch.folder, keyFile })).toMatch(/EISDIR/);
    expect(refusal({ ...files(cert(), key()), caFile: missing })).toMatch(/the CA file cannot be read/);
    expect(refusal({ ...files(cert(), key()), passphraseFile: missing })).toMatch(/the passphrase file cannot be read/);
  });
  it('has a file that is empty or half-written', () => {
    expect(refusal(files('', key()))).toMatch(/no whole PEM certificate/);
    expect(refusal(files(cert().slice(0, 400), key()))).toMatch(/no whole PEM certificate/);
    expect(refusal(files(cert() + world.authority.cert.slice(0, 200), key()))).toMatch(/cut short/);
    expect(refusal(files(cert().replace(/\n.{20}/, '\n'), key()))).toMatch(/cannot be read/);
    expect(refusal(files(cert(), ''))).toMatch(/no whole PEM private key/);
    expect(refusal(files(cert(), key().slice(0, 600)))).toMatch(/no whole PEM private key/);
    expect(refusal(files(cert(), key(), { ca: world.authority.cert.slice(0, 100) }))).toMatch(/CA file/);
  });
  it('has expired, or is not valid yet', () => {
    expect(refusal(files(cert(), key()), new Date(Date.now() + 4000 * day))).toMatch(/has expired/);
    expect(refusal(files(cert(), key()), new Date(Date.now() - 30 * day))).toMatch(/not valid yet/);
  });
  it('does not match', () => expect(refusal(files(cert(), other.key))).toMatch(/do not belong together/));
  it('has an EC key where RSA is required', () => expect(refusal(files(ec.cert, ec.key))).toMatch(/not an RSA key/));
  it('has an encrypted key without a passphrase, or with the wrong one', () => {
    expect(refusal(files(cert(), sealed('secret')))).toMatch(/encrypted and no passphrase file/);
    expect(refusal(files(cert(), sealed('secret'), { passphrase: 'wrong one' }))).toMatch(/passphrase does not open/);
  });
});

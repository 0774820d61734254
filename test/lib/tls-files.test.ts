import { createPrivateKey, createVerify, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Authority, Pair } from '../../docker/certificates.ts';
import { CredentialFault, loadCredentials } from '../../src/lib/tls-files.ts';
import { type Certificates, createCertificates } from '../support/certificates.ts';

const day = 86_400_000;
const rsa = { use: 'led', rsa: true };
let world: Certificates;
let other: Pair;
let ec: Pair;
let upper: Authority;
let lower: Authority;
let deep: Pair;
beforeAll(async () => {
  world = await createCertificates();
  other = await world.authority.issue({ commonName: 'other', use: 'client', keyType: 'rsa' });
  ec = await world.authority.issue({ commonName: 'ec', use: 'client' });
  upper = await world.authority.createIntermediate('Upper');
  lower = await upper.createIntermediate('Lower');
  deep = await lower.issue({ commonName: 'deep', use: 'client', keyType: 'rsa' });
});
afterAll(() => world.remove());

const files = (cert: string, key: string, more: { ca?: string; passphrase?: string } = {}) => ({
  certFile: world.write('tls.crt', cert),
  keyFile: world.write('tls.key', key),
  ...(more.ca === undefined ? {} : { caFile: world.write('tls.ca', more.ca) }),
  ...(more.passphrase === undefined ? {} : { passphraseFile: world.write('pass', more.passphrase) }),
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

  it('has a chain: the leaf, then each one’s issuer', () => {
    const { chain, leaf, cert } = loadCredentials(files(deep.cert + lower.cert + upper.cert, deep.key), rsa);
    expect(chain.map((pem) => new X509Certificate(pem).subject)).toEqual(['CN=deep', 'CN=Lower', 'CN=Upper']);
    expect([chain[0], chain.join('')]).toEqual([leaf, cert]);
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
  type Given = ReturnType<typeof files> | { certFile: string; keyFile: string };
  /** The faults, each as `file: problem`. */
  const refusal = (given: Given, now?: Date): string[] => {
    try {
      loadCredentials(given, rsa, now);
    } catch (error) {
      if (!(error instanceof CredentialFault)) throw error;
      expect(error.message).toBe(`led certificate: ${error.faults.map(({ problem }) => problem).join('; ')}`);
      expect(error.message).not.toContain(world.folder);
      expect(error.message).not.toMatch(/BEGIN|MII|secret|wrong one/);
      expect(error.cause).toBeUndefined();
      expect(error.stack).not.toMatch(/MII/);
      return error.faults.map(({ file, problem }) => `${file}: ${problem}`);
    }
    throw new Error('it was not refused');
  };
  const { cert, key } = { cert: () => world.client.cert, key: () => world.client.key };

  it('has files that are missing or unreadable: each is named', () => {
    const missing = join(world.folder, 'missing');
    const folder = world.folder;
    expect(refusal({ certFile: missing, keyFile: folder, passphraseFile: missing, caFile: missing })).toEqual([
      'certFile: the certificate file cannot be read (ENOENT)',
      'keyFile: the key file cannot be read (EISDIR)',
      'passphraseFile: the passphrase file cannot be read (ENOENT)',
      'caFile: the CA file cannot be read (ENOENT)',
    ]);
    expect(refusal({ ...files(cert(), sealed('secret')), passphraseFile: missing })).toEqual([
      'passphraseFile: the passphrase file cannot be read (ENOENT)',
    ]);
  });

  it.each([
    ['certFile: the certificate file holds no whole PEM certificate', () => files('', key())],
    ['certFile: the certificate file holds no whole PEM certificate', () => files(cert().slice(0, 400), key())],
    [
      'certFile: the certificate file is cut short, or holds more than certificates',
      () => files(cert() + world.authority.cert.slice(0, 200), key()),
    ],
    [
      'certFile: the certificate file holds a certificate that cannot be read',
      () => files(cert().replace(/\n.{20}/, '\n'), key()),
    ],
    ['keyFile: the key file holds no whole PEM private key', () => files(cert(), '')],
    ['keyFile: the key file holds no whole PEM private key', () => files(cert(), key().slice(0, 600))],
    [
      'caFile: the CA file holds no whole PEM certificate',
      () => files(cert(), key(), { ca: world.authority.cert.slice(0, 100) }),
    ],
  ])('is empty or half-written: %s', (fault, given) => expect(refusal(given())).toEqual([fault]));

  it('has expired, or is not valid yet', () => {
    expect(refusal(files(cert(), key()), new Date(Date.now() + 4000 * day))).toMatchObject([/has expired/]);
    expect(refusal(files(cert(), key()), new Date(Date.now() - 30 * day))).toMatchObject([/not valid yet/]);
  });

  it('has a key of another certificate', () => {
    const fault = 'certFile: certificate and key do not belong together';
    expect(refusal(files(cert(), other.key))).toEqual([fault]);
    expect(refusal(files(deep.cert + lower.cert, other.key))).toEqual([fault]);
  });

  it.each([
    [
      'the leaf is not the first',
      () => lower.cert + deep.cert,
      'the certificates are in the wrong order: the certificate of the key must be the first',
    ],
    [
      'two issuers are interchanged',
      () => deep.cert + upper.cert + lower.cert,
      'the certificates are in the wrong order: the issuer of certificate 1 must follow it',
    ],
    [
      'an intermediate is missing',
      () => deep.cert + upper.cert,
      'an intermediate certificate is missing: certificate 2 is not the issuer of certificate 1',
    ],
    [
      'an intermediate further up is missing',
      () => deep.cert + lower.cert + world.authority.cert,
      'an intermediate certificate is missing: certificate 3 is not the issuer of certificate 2',
    ],
  ])('has a chain in which %s', (_, chain, problem) =>
    expect(refusal(files(chain(), deep.key))).toEqual([`certFile: ${problem}`]),
  );

  it('has an EC key where RSA is required', () =>
    expect(refusal(files(ec.cert, ec.key))).toEqual(['keyFile: the key is not an RSA key, as signing needs']));

  it.each([
    ['the key is encrypted and no passphrase file is given', () => files(cert(), sealed('secret'))],
    ['the passphrase does not open the key', () => files(cert(), sealed('secret'), { passphrase: 'wrong one' })],
    ['the passphrase does not open the key', () => files(cert(), sealed('secret'), { passphrase: '' })],
    [
      'the key file holds no whole PEM private key',
      () => files(cert(), sealed('secret').slice(0, 600), { passphrase: 'secret' }),
    ],
    [
      'the key file holds no whole PEM private key',
      () => files(cert(), sealed('secret').replace(/\n.{40}/, '\n'), { passphrase: 'secret' }),
    ],
    [
      'the encryption of the key is too old: encrypt it again, with AES-256',
      () => files(cert(), sealedByDes(), { passphrase: 'secret' }),
    ],
  ])('has an encrypted key: %s', (problem, given) => expect(refusal(given())).toEqual([`keyFile: ${problem}`]));
});

/** A key that is encrypted as by tools of before 2005: by DES with MD5, which OpenSSL 3 does not offer. */
const sealedByDes = (): string => {
  const der = (tag: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
    return Buffer.concat([Buffer.from([tag, ...length]), body]);
  };
  const pbeWithMd5AndDesCbc = der(0x06, Buffer.from('2a864886f70d010503', 'hex'));
  const parameters = der(0x30, der(0x04, Buffer.alloc(8, 1)), der(0x02, Buffer.from([8, 0])));
  const key = der(0x30, der(0x30, pbeWithMd5AndDesCbc, parameters), der(0x04, Buffer.alloc(1224, 2)));
  const lines = key.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${lines}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
};

import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, sign, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { XmlDocument } from 'libxml2-wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SignedXml } from 'xml-crypto';
import { createAuthority, type Pair } from '../../../docker/certificates.ts';
import { writeRequest } from '../../../src/led/request/envelope.ts';
import { createSigner, type SignatureAlgorithm } from '../../../src/led/request/signature.ts';
import { createToken, type TokenForm } from '../../../src/led/request/token.ts';
import { testInsz } from '../../support/answers.ts';
import { hasTool } from '../../support/tools.ts';

const digests = { 'rsa-sha256': 'sha256', 'rsa-sha1': 'sha1' } as const;
const forms = (['rsa-sha256', 'rsa-sha1'] as const).flatMap((algorithm) =>
  (['x509v3', 'pkipath'] as const).map((form) => [algorithm, form] as const),
);
const input = {
  insz: testInsz(1),
  referte: '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10',
  at: Date.UTC(2026, 10, 23, 9, 15, 30),
  sender: { id: 'proef & <co> é', capacity: 'begeleiders' },
};

const signAsync = promisify(sign);
let root: string;
let intermediate: string;
let client: Pair;
let other: Pair;
let folder: string;

beforeAll(async () => {
  const top = await createAuthority('Root');
  const authority = await top.createIntermediate('Issuing authority');
  root = top.cert;
  intermediate = authority.cert;
  client = await authority.issue({ commonName: 'client', use: 'client', keyType: 'rsa' });
  other = await authority.issue({ commonName: 'other', use: 'client', keyType: 'rsa' });
  folder = mkdtempSync(join(tmpdir(), 'led-signature-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const signerWith = (algorithm: SignatureAlgorithm, form: TokenForm, pair = client) =>
  createSigner({
    token: createToken([pair.cert, intermediate, root], form),
    algorithm,
    sign: (data) => signAsync(digests[algorithm], data, pair.key),
  });
const signed = async (algorithm: SignatureAlgorithm, form: TokenForm = 'x509v3'): Promise<string> =>
  (await writeRequest(input, signerWith(algorithm, form))).toString('utf8');

/** The parts that xml-crypto verified; undefined if it refuses. The key is ours, never that of the message. */
const byXmlCrypto = (xml: string, certificate = client.cert): readonly string[] | undefined => {
  const verifier = new SignedXml({ publicCert: certificate, getCertFromKeyInfo: () => null });
  verifier.loadSignature(/<ds:Signature .*<\/ds:Signature>/s.exec(xml)?.[0] ?? '');
  try {
    return verifier.checkSignature(xml) ? verifier.getSignedReferences() : undefined;
  } catch {
    return undefined;
  }
};

/** Whether xmlsec1 accepts the signature. Without a schema it needs an option to know that `wsu:Id` is an id. */
const byXmlsec = (xml: string, certificate = client.cert): boolean => {
  const file = join(folder, 'request.xml');
  const cert = join(folder, 'client.pem');
  writeFileSync(file, xml);
  writeFileSync(cert, certificate);
  const id = '--id-attr:Id';
  const body = 'http://schemas.xmlsoap.org/soap/envelope/:Body';
  return (
    spawnSync('xmlsec1', ['--verify', id, body, '--pubkey-cert-pem', cert, file], { stdio: 'ignore' }).status === 0
  );
};

/** The same message, changed in four ways: another INSZ, one letter, one space, another id. */
const forged = (xml: string): string[] => [
  xml.replace(`<INSZ>${input.insz}`, `<INSZ>${testInsz(2)}`),
  xml.replace('<Type>VRAAG', '<Type>VRAAF'),
  xml.replace('</geef:GeefBewijs>', ' </geef:GeefBewijs>'),
  xml.replace('wsu:Id="body"', 'wsu:Id="bodz"'),
];

describe.each(forms)('%s with a token %s', (algorithm, form) => {
  test('xml-crypto verifies exactly the Body that was sent', async () => {
    const xml = await signed(algorithm, form);
    const references = byXmlCrypto(xml);
    expect(references).toHaveLength(1);
    expect(xml).toContain(references?.[0] ?? 'no reference');
    expect(references?.[0]).toMatch(/^<soapenv:Body .*<\/soapenv:Body>$/);
  });

  test('xml-crypto refuses a changed Body, and another key', async () => {
    const xml = await signed(algorithm, form);
    for (const changed of forged(xml)) {
      expect(changed).not.toBe(xml);
      expect(byXmlCrypto(changed)).toBeUndefined();
    }
    expect(byXmlCrypto(xml, other.cert)).toBeUndefined();
  });

  test.skipIf(!hasTool('xmlsec1'))('xmlsec1 agrees on both (needs xmlsec1 on the machine)', async () => {
    const xml = await signed(algorithm, form);
    expect(byXmlsec(xml)).toBe(true);
    for (const changed of forged(xml)) expect(byXmlsec(changed)).toBe(false);
    expect(byXmlsec(xml, other.cert)).toBe(false);
  });

  test('the signed bytes are the sent bytes: Body and SignedInfo equal what libxml2 canonicalises them to', async () => {
    const xml = await signed(algorithm, form);
    const document = XmlDocument.fromString(xml);
    try {
      for (const name of ['Body', 'SignedInfo']) {
        const canonical = document.get(`//*[local-name()="${name}"]`)?.canonicalizeToString({ mode: 1 });
        expect(canonical).toContain(`:${name}`);
        expect(xml).toContain(canonical);
      }
    } finally {
      document.dispose();
    }
  });

  test('the signature is over SignedInfo, with the named algorithm and the key of the token', async () => {
    const xml = await signed(algorithm, form);
    const part = (pattern: RegExp): string => pattern.exec(xml)?.[1] ?? '';
    const token = Buffer.from(part(/<wsse:BinarySecurityToken [^>]*>([^<]*)</), 'base64');
    const leaf = new X509Certificate(client.cert).raw;
    expect(form === 'x509v3' ? token : token.subarray(-leaf.length)).toEqual(leaf);
    const info = Buffer.from(part(/(<ds:SignedInfo .*<\/ds:SignedInfo>)/));
    const value = Buffer.from(part(/<ds:SignatureValue>([^<]*)</), 'base64');
    expect(verify(digests[algorithm], info, createPublicKey(client.cert), value)).toBe(true);
    const names = {
      'rsa-sha256': ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2001/04/xmlenc#sha256'],
      'rsa-sha1': ['http://www.w3.org/2000/09/xmldsig#rsa-sha1', 'http://www.w3.org/2000/09/xmldsig#sha1'],
    };
    expect([part(/SignatureMethod Algorithm="([^"]*)"/), part(/DigestMethod Algorithm="([^"]*)"/)]).toEqual(
      names[algorithm],
    );
  });
});

test('the header holds the token by direct reference, one reference, no Timestamp, and no line break', async () => {
  const xml = await signed('rsa-sha256');
  const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3';
  expect(xml).toContain(`<wsse:Reference URI="#certificate" ValueType="${profile}"></wsse:Reference>`);
  expect(xml).toMatch(/<wsse:BinarySecurityToken [^>]*wsu:Id="certificate">/);
  expect(xml).toMatch(/<soapenv:Body [^>]*wsu:Id="body">/);
  expect(xml.match(/<ds:Reference /g)).toHaveLength(1);
  expect(xml).not.toContain('Timestamp');
  expect(xml).not.toContain('\n');
});

test('a request is rejected if signing fails', async () => {
  const signer = createSigner({
    token: createToken([client.cert], 'auto'),
    algorithm: 'rsa-sha256',
    sign: () => Promise.reject(new Error('key gone')),
  });
  await expect(writeRequest(input, signer)).rejects.toThrow('key gone');
});

test.skipIf(!hasTool('openssl'))(
  'openssl reads the token as the certificate that was given (needs openssl)',
  async () => {
    const token = /<wsse:BinarySecurityToken [^>]*>([^<]*)</.exec(await signed('rsa-sha256'))?.[1] ?? '';
    const file = join(folder, 'token.der');
    writeFileSync(file, Buffer.from(token, 'base64'));
    const subject = execFileSync('openssl', ['x509', '-inform', 'der', '-in', file, '-noout', '-subject']).toString();
    expect(subject).toMatch(/CN ?= ?client/);
  },
);

import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, importSPKI } from 'jose';
import { describe, expect, it } from 'vitest';
import { readPublicKeys, readSigningKey } from '../../src/audit/signing-key.ts';
import { newKey } from '../support/keys.ts';

describe('a private key', () => {
  it('is read from PKCS#8, with the thumbprint that jose computes', async () => {
    const { signer, publicPem } = newKey();
    const jwk = await exportJWK(await importSPKI(publicPem, 'EdDSA'));
    expect(signer.kid).toBe(await calculateJwkThumbprint(jwk));
    expect(signer.jwk).toEqual({ kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid: signer.kid, alg: 'EdDSA', use: 'sig' });
    expect(JSON.stringify(signer.jwk)).not.toContain('"d"');
  });

  it('of RFC 8037 has the thumbprint of RFC 8037', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    expect(readPublicKeys(JSON.stringify({ keys: [jwk] }))?.map(({ kid }) => kid)).toEqual([
      'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    ]);
  });

  it('is undefined for any other text', () => {
    const { privatePem, publicPem } = newKey();
    const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
    const others = [
      '',
      'hello',
      publicPem,
      privatePem.slice(0, -40),
      privatePem + privatePem,
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pkcs8).toString(),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pkcs8).toString(),
      generateKeyPairSync('x25519').privateKey.export(pkcs8).toString(),
      generateKeyPairSync('ed25519')
        .privateKey.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'x' })
        .toString(),
    ];
    expect(others.map(readSigningKey)).toEqual(others.map(() => undefined));
    expect(readSigningKey(`\r\n${privatePem.replaceAll('\n', '\r\n')}`)).toBeDefined();
  });
});

describe('public keys', () => {
  it('are read from one PEM, from several in a file, and from a JWK set', () => {
    const [a, b] = [newKey(), newKey()];
    const kids = (text: string) => readPublicKeys(text)?.map(({ kid }) => kid);
    expect(kids(a.publicPem)).toEqual([a.key.kid]);
    expect(kids(`${a.publicPem}\n${b.publicPem}`)).toEqual([a.key.kid, b.key.kid]);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    expect(kids(JSON.stringify({ keys: [rsa, a.key.jwk, b.key.jwk] }))).toEqual([a.key.kid, b.key.kid]);
  });

  it('are undefined for any other text, a private key among them', () => {
    const { privatePem, publicPem, key } = newKey();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const others = [
      '',
      'hello',
      privatePem,
      publicPem + privatePem,
      rsa.export({ type: 'spki', format: 'pem' }).toString(),
      '{}',
      '{"keys":[]}',
      '{"keys":1}',
      JSON.stringify({ keys: [{ ...key.jwk, x: 'short' }] }),
      JSON.stringify({ keys: [rsa.export({ format: 'jwk' })] }),
    ];
    expect(others.map(readPublicKeys)).toEqual(others.map(() => undefined));
  });
});

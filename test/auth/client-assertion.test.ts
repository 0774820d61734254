import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { createClientAssertions } from '../../src/auth/client-assertion.ts';

const now = 1_795_000_000_000;
const audience = 'https://issuer.test';

const pairs = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

it.each(Object.entries(pairs))('an assertion is signed by the algorithm of the key: %s', async (alg, generate) => {
  const { privateKey, publicKey } = generate();
  const clientKey = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const assert = createClientAssertions({ clientId: 'led-eligibility', clientKey, audience }, () => now);
  const { client_id, client_assertion } = await assert();
  expect(client_id).toBe('led-eligibility');
  const options = { audience, issuer: client_id, subject: client_id, currentDate: new Date(now + 59_000) };
  const { protectedHeader, payload } = await jwtVerify(client_assertion, publicKey, options);
  expect(protectedHeader.alg).toBe(alg);
  expect([payload.iat, payload.exp]).toEqual([now / 1000, now / 1000 + 60]);
});

it.each([
  ['no PEM', ''],
  ['a public key', String(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }))],
  [
    'a key for key agreement',
    String(generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
  ],
  [
    'a curve without an algorithm',
    String(
      generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ),
  ],
])('a key that cannot sign is refused by the name of its variable: %s', (_, clientKey) => {
  expect(() => createClientAssertions({ clientId: 'x', clientKey, audience }, () => now)).toThrow(
    /^must hold a private key/,
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { defaultClaims } from '../support/authentication.ts';
import { refusal } from '../support/refusal.ts';

const log = { warn: () => undefined };

describe('without access control', () => {
  const fingerprint256 = Array.from({ length: 32 }, () => 'A0').join(':');
  const { authenticate } = createAuthenticator({ mode: 'none' }, { log });

  it('accepts every caller as anonymous, and does not read the header', async () => {
    const expected = { client: { id: 'anonymous', madeHere: true }, ruleSets: 'all' };
    expect(await authenticate({ authorization: undefined })).toEqual(expected);
    expect(await authenticate({ authorization: 'Bearer x' })).toEqual(expected);
  });

  it.each([
    ['CN=dossier-app\nO=Agentschap\nC=BE', 'CN=dossier-app, O=Agentschap, C=BE'],
    ['CN=Test\nserialNumber=61670100123', 'CN=Test, serialNumber=61670100123'],
    [`CN=${'x'.repeat(500)}`, `CN=${'x'.repeat(500)}`],
  ])('uses the subject of the client certificate as the client: %j', async (subject, id) => {
    expect((await authenticate({ authorization: undefined, certificate: { subject, fingerprint256 } })).client).toEqual(
      {
        id,
      },
    );
  });

  it.each([undefined, '', 'CN='])('uses the fingerprint of a certificate without a subject: %j', async (subject) => {
    expect((await authenticate({ authorization: undefined, certificate: { subject, fingerprint256 } })).client).toEqual(
      {
        id: fingerprint256,
        madeHere: true,
      },
    );
  });
});

describe('the Authorization header', () => {
  const { authenticate } = createAuthenticator(
    {
      mode: 'jwt',
      issuer: 'i',
      audience: 'a',
      jwksUrl: new URL('http://127.0.0.1:1/'),
      scope: 's',
      claims: defaultClaims,
    },
    { log },
  );

  it.each([undefined, '', 'Basic dXNlcjpwYXNz', 'DPoP abc.def.ghi', 'Negotiate abc=='])(
    'without a bearer token: %j',
    async (authorization) => {
      expect(await refusal(authenticate({ authorization }))).toBe('noAccessToken:noAccessToken');
    },
  );

  it.each([
    ...['Bearer', 'Bearer ', 'Bearer a b', 'Bearer a, Bearer b', 'Basic a, Bearer b', 'Bearer a,b', 'Bearer é'],
    ...['garbage', 'Bearer\ta', 'Bearer "a"', `Bearer ${'a'.repeat(8193)}`],
  ])('with a malformed bearer token: %j', async (authorization) => {
    expect(await refusal(authenticate({ authorization }))).toBe('invalidAccessToken:tokenMalformed');
  });

  it('leads to no other error, with any value', async () => {
    const codes = ['noAccessToken', 'invalidAccessToken', 'serviceUnavailable'];
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        expect(codes).toContain((await refusal(authenticate({ authorization: `Bearer ${text}` }))).split(':')[0]);
        expect(codes).toContain((await refusal(authenticate({ authorization: text }))).split(':')[0]);
      }),
      { numRuns: 200 },
    );
  });
});

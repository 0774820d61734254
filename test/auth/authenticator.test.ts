import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { refusal } from '../support/refusal.ts';

const log = { warn: () => undefined };

describe('without access control', () => {
  const { authenticate } = createAuthenticator({ mode: 'none' }, { log });

  it('accepts every caller as anonymous, and does not read the header', async () => {
    const expected = { client: { id: 'anonymous' }, ruleSets: 'all' };
    expect(await authenticate({ authorization: undefined })).toEqual(expected);
    expect(await authenticate({ authorization: 'Bearer x' })).toEqual(expected);
  });

  it.each([
    ['CN=dossier-app\nO=Agentschap\nC=BE', 'CN=dossier-app, O=Agentschap, C=BE'],
    ['CN=Test\nserialNumber=61670100123', 'CN=Test, serialNumber=***********'],
    ['CN=3f2504e0-4f89-11d3-9a0c-123456789012', 'CN=3f2504e0-4f89-11d3-9a0c-123456789012'],
    ['CN=a\u0000b\u2028c', 'CN=a b c'],
    ['x'.repeat(500), 'x'.repeat(128)],
    [' \n ', ','],
    ['', 'anonymous'],
  ])('uses the subject of the client certificate as the client: %j', async (certificateSubject, id) => {
    expect((await authenticate({ authorization: undefined, certificateSubject })).client).toEqual({ id });
  });
});

describe('the Authorization header', () => {
  const { authenticate } = createAuthenticator(
    { mode: 'jwt', issuer: 'i', audience: 'a', jwksUrl: new URL('http://127.0.0.1:1/'), scope: 's' },
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

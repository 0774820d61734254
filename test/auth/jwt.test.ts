import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { exportSPKI, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { jwtConfig, setUpAuthentication } from '../support/authentication.ts';
import { startAuthorisationServer } from '../support/authorisation-server.ts';
import { faultOf, refusal } from '../support/refusal.ts';

const { bench, create, ask } = setUpAuthentication(jwtConfig);
const fetches = () => bench.server.requests.filter((path) => path === '/jwks').length;
const seconds = () => Math.floor(Date.now() / 1000);
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token of the authorisation server', () => {
  it('for a system: names the client and its organisation, but no person', async () => {
    const token = await bench.server.token({ extra: { vo_orgcode: 'OVO002949', vo_applicatienaam: 'Dossiers' } });
    expect(await ask(token)).toEqual({ client: { id: bench.server.clientId, org: 'OVO002949' }, ruleSets: 'all' });
  });

  it('for a person: also names the person and the role', async () => {
    const token = await bench.server.personToken('jan.peeters@example.test', { extra: { role: 'dossierbehandelaar' } });
    expect(await ask(token)).toEqual({
      client: { id: bench.server.clientId },
      user: { id: 'jan.peeters@example.test', role: 'dossierbehandelaar' },
      ruleSets: 'all',
    });
  });

  it('needs one fetch of the keys, also for many tokens at the same time', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => bench.server.token()));
    await Promise.all(tokens.map(ask));
    expect(fetches()).toBe(1);
  });

  it.each(['RS256', 'PS256', 'ES384', 'EdDSA'])('can be signed with %s', async (alg) => {
    const other = await startAuthorisationServer(alg);
    const own = create(jwtConfig(other));
    const { client } = await own.authenticate({ authorization: `bearer ${await other.token()}` });
    expect(client).toEqual({ id: other.clientId });
    await own.close();
    await other.close();
  });
});

describe('scopes', () => {
  it.each([
    ['led_eligibility', 'all'],
    ['led_eligibility led_eligibility:begeleider-ama', 'all'],
    ['led_eligibility:begeleider-ama', new Set(['begeleider-ama'])],
  ])('%j opens what it names', async (scope, ruleSets) => {
    expect((await ask(await bench.server.token({ scope }))).ruleSets).toEqual(ruleSets);
  });

  it('a scope of another service opens nothing', async () => {
    expect(await refusal(ask(await bench.server.token({ scope: 'something_else' })))).toBe('missingScope:missingScope');
  });
});

describe('an invalid token is refused', () => {
  const bad: [string, string, () => Promise<string>][] = [
    ['malformed', 'invalidAccessToken:tokenMalformed', async () => 'not-a-token'],
    [
      'cut off',
      'invalidAccessToken:tokenMalformed',
      async () => (await bench.server.token()).split('.').slice(0, 2).join('.'),
    ],
    [
      'claims that are not an object',
      'invalidAccessToken:tokenSignature',
      async () => {
        const [header, , signature] = (await bench.server.token()).split('.');
        return `${header}.${base64url([])}.${signature}`;
      },
    ],
    [
      'alg none',
      'invalidAccessToken:tokenAlgorithm',
      async () => {
        const [, claims] = (await bench.server.token()).split('.');
        return `${base64url({ alg: 'none' })}.${claims}.`;
      },
    ],
    [
      'alg none in odd case',
      'invalidAccessToken:tokenAlgorithm',
      async () => {
        const [, claims] = (await bench.server.token()).split('.');
        return `${base64url({ alg: 'nOnE', kid: 'first' })}.${claims}.`;
      },
    ],
    [
      'HS256 with the public key',
      'invalidAccessToken:tokenAlgorithm',
      async () => {
        const [, claims] = (await bench.server.token()).split('.');
        const signed = `${base64url({ alg: 'HS256', kid: 'first' })}.${claims}`;
        const key = bench.server.publicKey();
        if (!key) throw new Error('no key');
        return `${signed}.${createHmac('sha256', await exportSPKI(key))
          .update(signed)
          .digest('base64url')}`;
      },
    ],
    [
      'changed claims',
      'invalidAccessToken:tokenSignature',
      async () => {
        const [header, claims = '', signature] = (await bench.server.token()).split('.');
        const changed = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), client_id: 'another' };
        return `${header}.${base64url(changed)}.${signature}`;
      },
    ],
    [
      'another key under a known name',
      'invalidAccessToken:tokenSignature',
      async () => bench.server.sign({}, {}, (await generateKeyPair('ES256')).privateKey),
    ],
    [
      'unknown key',
      'invalidAccessToken:tokenKeyUnknown',
      async () => bench.server.sign({}, { kid: 'unknown' }, (await generateKeyPair('ES256')).privateKey),
    ],
    [
      'the key in its own header',
      'invalidAccessToken:tokenKeyUnknown',
      async () =>
        bench.server.sign(
          {},
          { kid: 'own', jku: 'http://127.0.0.1:1/jwks' },
          (await generateKeyPair('ES256')).privateKey,
        ),
    ],
    ['wrong issuer', 'invalidAccessToken:tokenIssuer', () => bench.server.sign({ iss: 'https://elsewhere.test' })],
    ['no issuer', 'invalidAccessToken:tokenIssuer', () => bench.server.sign({ iss: undefined })],
    ['wrong audience', 'invalidAccessToken:tokenAudience', () => bench.server.sign({ aud: ['another', 'service'] })],
    ['no audience', 'invalidAccessToken:tokenAudience', () => bench.server.sign({ aud: undefined })],
    ['expired', 'expiredAccessToken:tokenExpired', () => bench.server.sign({ exp: seconds() - 31 })],
    ['without expiry', 'invalidAccessToken:tokenWithoutExpiry', () => bench.server.sign({ exp: undefined })],
    ['not yet valid', 'invalidAccessToken:tokenNotYetValid', () => bench.server.sign({ nbf: seconds() + 33 })],
    [
      'expired and of another issuer',
      'invalidAccessToken:tokenIssuer',
      () => bench.server.sign({ exp: 1, iss: 'https://x.test' }),
    ],
    ['bound to a key', 'invalidAccessToken:tokenBoundToKey', () => bench.server.sign({ cnf: { jkt: 'x' } })],
    [
      'without a client',
      'invalidAccessToken:tokenWithoutClient',
      () => bench.server.sign({ client_id: undefined, sub: undefined }),
    ],
    [
      'a person whose id is not an identifier',
      'invalidAccessToken:tokenPersonUnusable',
      () => bench.server.sign({ sub: 'a|b c' }),
    ],
  ];

  it.each(bad)('%s', async (_, expected, make) => {
    const token = await make();
    const fault = await faultOf(ask(token));
    expect(`${fault.code}:${fault.reason}`).toBe(expected);
    const said = inspect(fault, { depth: 9, showHidden: true }) + JSON.stringify(bench.lines);
    for (const part of token.split('.').filter((each) => each.length > 9)) expect(said).not.toContain(part);
    expect(said).not.toContain(bench.server.clientId);
    expect(await ask(await bench.server.token())).toHaveProperty('client');
  });

  it('unless only the clocks differ, by up to 30 s', async () => {
    expect(await ask(await bench.server.sign({ exp: seconds() - 27 }))).toHaveProperty('client');
    expect(await ask(await bench.server.sign({ nbf: seconds() + 28 }))).toHaveProperty('client');
  });

  it('as soon as it has expired by the clock of this service', async () => {
    const token = await bench.server.token({ ttl: 60 });
    await ask(token);
    bench.wall = 91_000;
    expect(await refusal(ask(token))).toBe('expiredAccessToken:tokenExpired');
    bench.wall = -3_600_000;
    expect(await ask(token)).toHaveProperty('client');
  });
});

describe('a token with several roles', () => {
  it('names the first role that is allowed, otherwise the first role', async () => {
    await bench.authenticator.close();
    bench.authenticator = create(undefined, ['x', 'b']);
    const token = await bench.server.sign({ sub: 'jan', roles: ['a', 'b', 'c'] });
    expect((await ask(token)).user).toEqual({ id: 'jan', role: 'b' });
    const other = await bench.server.sign({ sub: 'jan', roles: ['a', 'c'] });
    expect((await ask(other)).user).toEqual({ id: 'jan', role: 'a' });
  });
});

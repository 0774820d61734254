import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { exportSPKI, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../docker/certificates.ts';
import { type Authenticator, createAuthenticator } from '../../src/auth/authenticator.ts';
import { type AuthorisationServer, startAuthorisationServer } from '../support/authorisation-server.ts';
import { faultOf, refusal } from '../support/refusal.ts';

let server: AuthorisationServer;
let authenticator: Authenticator;
let lines: unknown[];
/** Milliseconds by which both clocks of the service run ahead; `wall` moves the wall clock alone. */
let ahead: number;
let wall: number;

const create = (allowedRoles?: string[]): Authenticator =>
  createAuthenticator(
    {
      mode: 'jwt',
      issuer: server.issuer,
      audience: server.audience,
      jwksUrl: server.jwksUrl,
      scope: 'led_eligibility',
    },
    {
      now: () => Date.now() + ahead + wall,
      monotonic: () => performance.now() + ahead,
      log: { warn: (...line) => lines.push(line) },
      allowedRoles,
    },
  );

beforeEach(async () => {
  server = await startAuthorisationServer();
  lines = [];
  ahead = 0;
  wall = 0;
  authenticator = create();
});
afterEach(async () => {
  await authenticator.close();
  await server.close();
});

const ask = (token: string) => authenticator.authenticate({ authorization: `Bearer ${token}` });
const fetches = () => server.requests.filter((path) => path === '/jwks').length;
const seconds = () => Math.floor(Date.now() / 1000);
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token of the authorisation server', () => {
  it('for a system: the client, its organisation, no person', async () => {
    const token = await server.token({ extra: { vo_orgcode: 'OVO002949', vo_applicatienaam: 'Dossiers' } });
    expect(await ask(token)).toEqual({ client: { id: server.clientId, org: 'OVO002949' }, ruleSets: 'all' });
  });

  it('for a person: also who, and in which role', async () => {
    const token = await server.personToken('jan.peeters@example.test', { extra: { role: 'dossierbehandelaar' } });
    expect(await ask(token)).toEqual({
      client: { id: server.clientId },
      user: { id: 'jan.peeters@example.test', role: 'dossierbehandelaar' },
      ruleSets: 'all',
    });
  });

  it('fetches the keys once for many tokens at a time', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => server.token()));
    await Promise.all(tokens.map(ask));
    expect(fetches()).toBe(1);
  });

  it.each(['RS256', 'PS256', 'ES384', 'EdDSA'])('signed with %s', async (alg) => {
    const other = await startAuthorisationServer(alg);
    const { issuer, audience, jwksUrl } = other;
    const own = createAuthenticator(
      { mode: 'jwt', issuer, audience, jwksUrl, scope: 'led_eligibility' },
      { log: { warn: () => undefined } },
    );
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
  ])('%j given by the server', async (scope, ruleSets) => {
    expect((await ask(await server.token({ scope }))).ruleSets).toEqual(ruleSets);
  });

  it.each([
    [['other', 'led_eligibility:a', 'led_eligibility:b'], new Set(['a', 'b'])],
    [['led_eligibility'], 'all'],
  ])('%j as an array', async (scope, ruleSets) => {
    expect((await ask(await server.sign({ scope }))).ruleSets).toEqual(ruleSets);
  });

  it.each([
    undefined,
    '',
    'led_eligibility:',
    'led_eligibility_more',
    'LED_ELIGIBILITY',
    'x:led_eligibility',
    5,
    [],
    {},
  ])('%j opens nothing', async (scope) => {
    expect(await refusal(ask(await server.sign({ scope })))).toBe('missingScope:missingScope');
  });

  it('something else, given by the server, opens nothing', async () => {
    expect(await refusal(ask(await server.token({ scope: 'something_else' })))).toBe('missingScope:missingScope');
  });
});

describe('a bad token is refused', () => {
  const bad: [string, string, () => Promise<string>][] = [
    ['malformed', 'invalidAccessToken:tokenMalformed', async () => 'not-a-token'],
    ['cut', 'invalidAccessToken:tokenMalformed', async () => (await server.token()).split('.').slice(0, 2).join('.')],
    [
      'claims that are no object',
      'invalidAccessToken:tokenSignature',
      async () => {
        const [header, , signature] = (await server.token()).split('.');
        return `${header}.${base64url([])}.${signature}`;
      },
    ],
    [
      'alg none',
      'invalidAccessToken:tokenAlgorithm',
      async () => {
        const [, claims] = (await server.token()).split('.');
        return `${base64url({ alg: 'none' })}.${claims}.`;
      },
    ],
    [
      'alg none in odd case',
      'invalidAccessToken:tokenAlgorithm',
      async () => {
        const [, claims] = (await server.token()).split('.');
        return `${base64url({ alg: 'nOnE', kid: 'first' })}.${claims}.`;
      },
    ],
    [
      'HS256 with the public key',
      'invalidAccessToken:tokenAlgorithm',
      async () => {
        const [, claims] = (await server.token()).split('.');
        const signed = `${base64url({ alg: 'HS256', kid: 'first' })}.${claims}`;
        const key = server.publicKey();
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
        const [header, claims = '', signature] = (await server.token()).split('.');
        const changed = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), client_id: 'another' };
        return `${header}.${base64url(changed)}.${signature}`;
      },
    ],
    [
      'another key under a known name',
      'invalidAccessToken:tokenSignature',
      async () => server.sign({}, {}, (await generateKeyPair('ES256')).privateKey),
    ],
    [
      'unknown key',
      'invalidAccessToken:tokenKeyUnknown',
      async () => server.sign({}, { kid: 'unknown' }, (await generateKeyPair('ES256')).privateKey),
    ],
    [
      'the key in its own header',
      'invalidAccessToken:tokenKeyUnknown',
      async () =>
        server.sign({}, { kid: 'own', jku: 'http://127.0.0.1:1/jwks' }, (await generateKeyPair('ES256')).privateKey),
    ],
    ['wrong issuer', 'invalidAccessToken:tokenIssuer', () => server.sign({ iss: 'https://elsewhere.test' })],
    ['no issuer', 'invalidAccessToken:tokenIssuer', () => server.sign({ iss: undefined })],
    ['wrong audience', 'invalidAccessToken:tokenAudience', () => server.sign({ aud: ['another', 'service'] })],
    ['no audience', 'invalidAccessToken:tokenAudience', () => server.sign({ aud: undefined })],
    ['expired', 'expiredAccessToken:tokenExpired', () => server.sign({ exp: seconds() - 6 })],
    ['without expiry', 'invalidAccessToken:tokenWithoutExpiry', () => server.sign({ exp: undefined })],
    ['not yet valid', 'invalidAccessToken:tokenNotYetValid', () => server.sign({ nbf: seconds() + 8 })],
    [
      'expired and of another issuer',
      'invalidAccessToken:tokenIssuer',
      () => server.sign({ exp: 1, iss: 'https://x.test' }),
    ],
    ['bound to a key', 'invalidAccessToken:tokenBoundToKey', () => server.sign({ cnf: { jkt: 'x' } })],
    ['nobody’s', 'invalidAccessToken:tokenWithoutClient', () => server.sign({ client_id: undefined, sub: undefined })],
    [
      'a person who cannot be written down',
      'invalidAccessToken:tokenPersonUnusable',
      () => server.sign({ sub: 'a|b c' }),
    ],
  ];

  it.each(bad)('%s', async (_, expected, make) => {
    const token = await make();
    const fault = await faultOf(ask(token));
    expect(`${fault.code}:${fault.reason}`).toBe(expected);
    const said = inspect(fault, { depth: 9, showHidden: true }) + JSON.stringify(lines);
    for (const part of token.split('.').filter((each) => each.length > 9)) expect(said).not.toContain(part);
    expect(said).not.toContain(server.clientId);
    expect(await ask(await server.token())).toHaveProperty('client');
  });

  it('and one that differs by up to 5 s of clock is not', async () => {
    expect(await ask(await server.sign({ exp: seconds() - 2 }))).toHaveProperty('client');
    expect(await ask(await server.sign({ nbf: seconds() + 3 }))).toHaveProperty('client');
  });

  it('as soon as it has expired, by the service’s own clock', async () => {
    const token = await server.token({ ttl: 60 });
    await ask(token);
    wall = 66_000;
    expect(await refusal(ask(token))).toBe('expiredAccessToken:tokenExpired');
    wall = -3_600_000;
    expect(await ask(token)).toHaveProperty('client');
  });
});

describe('who is named by a token', () => {
  const app = { id: 'app' };
  it.each<[string, Record<string, unknown>, object]>([
    [
      'azp where there is no client_id',
      { client_id: undefined, azp: 'app', sub: 'jan' },
      { client: app, user: { id: 'jan' } },
    ],
    ['cid', { client_id: undefined, cid: 'app', sub: 'jan' }, { client: app, user: { id: 'jan' } }],
    ['a subject alone is a system', { client_id: undefined, sub: 'app' }, { client: app }],
    [
      'ACM: the lasting id of the person',
      { client_id: 'app', sub: '2102c8e2', vo_id: '4d6636e0-2252' },
      { client: app, user: { id: '4d6636e0-2252' } },
    ],
    ['ACM: a system with a subject', { client_id: 'app', sub: 'Z5O3up', vo_applicatienaam: 'x' }, { client: app }],
    ['Entra: a system', { client_id: 'app', sub: 'object', idtyp: 'app' }, { client: app }],
    ['Auth0: a system', { client_id: 'app', sub: 'app@clients' }, { client: app }],
    ['Keycloak: a system', { client_id: 'app', sub: 'x', preferred_username: 'service-account-app' }, { client: app }],
    [
      'an INSZ claim is never read',
      { client_id: 'app', sub: 'jan', rrn: '61670100123' },
      { client: app, user: { id: 'jan' } },
    ],
    [
      'the first usable role',
      { client_id: 'app', sub: 'jan', roles: ['not usable', 'a', 'b'] },
      { client: app, user: { id: 'jan', role: 'a' } },
    ],
    [
      'ACM: a role without its organisation',
      { client_id: 'app', sub: 'jan', led_rol_3d: ['Behandelaar:OVO000001'] },
      { client: app, user: { id: 'jan', role: 'Behandelaar' } },
    ],
    [
      'roles of another form',
      { client_id: 'app', sub: 'jan', role: { toString: 1 }, roles: 7, x_rol_3d: [null] },
      { client: app, user: { id: 'jan' } },
    ],
    [
      'an organisation',
      { client_id: 'app', sub: 'app', org: 'OPGROEIEN' },
      { client: { id: 'app', org: 'OPGROEIEN' } },
    ],
    ['digits that may be an INSZ', { client_id: '61670100123', sub: '61670100123' }, { client: { id: '***********' } }],
  ])('%s', async (_, claims, expected) => {
    expect(await ask(await server.sign(claims))).toEqual({ ...expected, ruleSets: 'all' });
  });

  it('of several roles the one that is allowed', async () => {
    await authenticator.close();
    authenticator = create(['x', 'b']);
    const token = await server.sign({ sub: 'jan', roles: ['a', 'b', 'c'] });
    expect((await ask(token)).user).toEqual({ id: 'jan', role: 'b' });
    const other = await server.sign({ sub: 'jan', roles: ['a', 'c'] });
    expect((await ask(other)).user).toEqual({ id: 'jan', role: 'a' });
  });
});

describe('key rotation', () => {
  it('takes a key that was published a moment ago, and drops the one that was withdrawn', async () => {
    const old = await server.token();
    await ask(old);
    await server.rotate('second');
    expect(await ask(await server.token())).toHaveProperty('client');
    expect(await refusal(ask(old))).toBe('invalidAccessToken:tokenKeyUnknown');
  });

  it('goes on with both while both are published, with and without a key id', async () => {
    const old = await server.token();
    await server.rotate('second', true);
    expect(await ask(old)).toHaveProperty('client');
    expect(await ask(await server.token())).toHaveProperty('client');
    expect(await ask(await server.sign({}, { kid: undefined }))).toHaveProperty('client');
    const forged = server.sign({}, { kid: undefined }, (await generateKeyPair('ES256')).privateKey);
    expect(await refusal(ask(await forged))).toBe('invalidAccessToken:tokenSignature');
  });

  it('notices a withdrawn key within seconds, without holding a request up', async () => {
    const old = await server.token();
    await ask(old);
    await server.rotate('second');
    ahead = 5_000;
    await ask(old);
    await expect.poll(() => refusal(ask(old)).catch(() => 'good')).toBe('invalidAccessToken:tokenKeyUnknown');
    expect(fetches()).toBeLessThanOrEqual(3);
  });

  it('does not let made-up keys hammer the key server', async () => {
    await ask(await server.token());
    const { privateKey } = await generateKeyPair('ES256');
    const tokens = await Promise.all(
      Array.from({ length: 200 }, (_, index) => server.sign({}, { kid: `made-up-${index}` }, privateKey)),
    );
    const answers = await Promise.all(tokens.map((token) => refusal(ask(token))));
    expect(new Set(answers)).toEqual(new Set(['invalidAccessToken:tokenKeyUnknown']));
    expect(fetches()).toBeLessThanOrEqual(3);
    const begin = performance.now();
    const before = fetches();
    for (const token of tokens.slice(0, 3)) await refusal(ask(token));
    expect(fetches() - before).toBeLessThanOrEqual(1 + (performance.now() - begin) / 500);
  });
});

describe('the key server', () => {
  const down = 'serviceUnavailable:tokenServiceUnavailable';

  it('down from the start: 503 for all, and good again once it is back', async () => {
    const token = await server.token();
    await server.down();
    const fault = await faultOf(ask(token));
    expect([fault.code, fault.reason, fault.retryAfter]).toEqual(['serviceUnavailable', 'tokenServiceUnavailable', 5]);
    expect(lines).toEqual([[{ failure: 'ECONNREFUSED' }, 'token service unavailable']]);
    await server.up();
    await expect.poll(() => ask(token).catch(() => undefined)).toHaveProperty('client');
  });

  it('down later: its keys serve for 30 s from when it gave them, then nothing does', async () => {
    const token = await server.token();
    await ask(token);
    await server.down();
    ahead = 29_000;
    expect(await ask(token)).toHaveProperty('client');
    ahead = 30_000;
    expect(await refusal(ask(token))).toBe(down);
    await server.up();
    await expect.poll(() => ask(token).catch(() => undefined)).toHaveProperty('client');
  });

  it('down: a token with a key not seen yet is neither taken nor called bad', async () => {
    await ask(await server.token());
    await server.rotate('second');
    const token = await server.token();
    await server.down();
    expect(await refusal(ask(token))).toBe(down);
  });

  it('down: a clock that jumps back does not make old keys young', async () => {
    const token = await server.sign({ exp: seconds() + 7_200 });
    await ask(token);
    await server.down();
    ahead = 31_000;
    wall = -3_600_000;
    expect(await refusal(ask(token))).toBe(down);
  });

  it.each<[string, string, NonNullable<AuthorisationServer['misbehaviour']['as']>]>([
    ['errors', 'status500', (_, response) => void response.writeHead(500).end('{"keys":[]}')],
    ['redirects', 'status302', (_, response) => void response.writeHead(302, { location: '/elsewhere' }).end()],
    ['answers with a page', 'SyntaxError', (_, response) => void response.end('<html>')],
    ['answers with something else', 'notAKeySet', (_, response) => void response.end('{"keys":{}}')],
    [
      'answers without end',
      'tooLarge',
      (_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(' '.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
    ],
    ['breaks off', 'UND_ERR_SOCKET', (_, response) => void response.socket?.destroy()],
  ])('%s: 503', async (_, failure, as) => {
    const token = await server.token();
    server.misbehaviour.as = as;
    expect(await refusal(ask(token))).toBe(down);
    expect(lines).toEqual([[{ failure }, 'token service unavailable']]);
    delete server.misbehaviour.as;
    await expect.poll(() => ask(token).catch(() => undefined)).toHaveProperty('client');
  });

  it('hangs, before or in its answer: 503 within some 2 s', async () => {
    const token = await server.token();
    server.misbehaviour.as = (_, response) => void response.writeHead(200).write('{"keys":');
    const begin = performance.now();
    expect(await refusal(ask(token))).toBe(down);
    expect(performance.now() - begin).toBeGreaterThan(1_900);
    expect(performance.now() - begin).toBeLessThan(2_600);
    expect(lines).toEqual([[{ failure: 'TimeoutError' }, 'token service unavailable']]);
  });

  it('shows a certificate of an unknown authority: 503, its keys are never read', async () => {
    const { cert, key } = await (await createAuthority()).issue({
      commonName: 'x',
      names: ['127.0.0.1'],
      use: 'server',
    });
    let asked = 0;
    const impostor = createServer({ cert, key }, (_, response) => {
      asked += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    const jwksUrl = new URL(`https://127.0.0.1:${(impostor.address() as AddressInfo).port}/jwks`);
    const own = createAuthenticator(
      { mode: 'jwt', issuer: server.issuer, audience: server.audience, jwksUrl, scope: 'led_eligibility' },
      { log: { warn: (...line) => lines.push(line) } },
    );
    expect(await refusal(own.authenticate({ authorization: `Bearer ${await server.token()}` }))).toBe(down);
    expect(asked).toBe(0);
    expect(lines).toEqual([[{ failure: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'token service unavailable']]);
    await own.close();
    impostor.close();
    await once(impostor, 'close');
  });

  it('closes an idle connection: the next request does not suffer', async () => {
    const token = await server.token();
    await ask(token);
    let dropped = 0;
    server.misbehaviour.as = (_, response) => {
      dropped += 1;
      response.socket?.destroy();
      delete server.misbehaviour.as;
    };
    ahead = 30_000;
    expect(await ask(token)).toHaveProperty('client');
    expect(dropped).toBe(1);
  });
});

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import type { AuthConfig } from '../../src/auth/token-check.ts';
import { defaultClaims, setUpAuthentication } from '../support/authentication.ts';
import type { AuthorisationServer } from '../support/authorisation-server.ts';
import { faultOf, refusal } from '../support/refusal.ts';

type Overrides = { issuer?: string; audience?: string; clientId?: string; clientKey?: string };
type Misbehaviour = NonNullable<AuthorisationServer['misbehaviour']['as']>;

const introspectionConfig = (server: AuthorisationServer, overrides: Overrides = {}): AuthConfig => ({
  mode: 'introspection',
  url: server.introspectionUrl,
  clientId: server.service.id,
  clientKey: server.service.key,
  scope: 'led_eligibility',
  claims: defaultClaims,
  ...overrides,
});
const { bench, create, ask } = setUpAuthentication((server) => introspectionConfig(server));

const createWith = (overrides: Overrides) => create(introspectionConfig(bench.server, overrides));
const recreate = async (overrides: Overrides): Promise<void> => {
  await bench.authenticator.close();
  bench.authenticator = createWith(overrides);
};

const introspections = () => bench.server.requests.filter((path) => path === '/token/introspection').length;
const seconds = () => Math.floor(Date.now() / 1000);
const pemOf = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }));
const down = 'serviceUnavailable:tokenServiceUnavailable';

const answer = (body: unknown): Misbehaviour => {
  return (_, response) => void response.end(JSON.stringify(body));
};

describe('a token of the authorisation server', () => {
  it('for a system: names the client and its organisation, but no person', async () => {
    const token = await bench.server.token({ format: 'opaque', extra: { vo_orgcode: 'OVO002949' } });
    expect(await ask(token)).toEqual({ client: { id: bench.server.clientId, org: 'OVO002949' }, ruleSets: 'all' });
  });

  it('for a person: also names the person and the role', async () => {
    const extra = { roles: ['dossierbehandelaar'] };
    expect(await ask(await bench.server.personToken('jan', { format: 'opaque', extra }))).toEqual({
      client: { id: bench.server.clientId },
      user: { id: 'jan', role: 'dossierbehandelaar' },
      ruleSets: 'all',
    });
  });

  it('opens the rule set of its scope, and nothing with the scope of another service', async () => {
    const one = await bench.server.token({ format: 'opaque', scope: 'led_eligibility:begeleider-ama' });
    expect((await ask(one)).ruleSets).toEqual(new Set(['begeleider-ama']));
    const other = await bench.server.token({ format: 'opaque', scope: 'something_else' });
    expect(await refusal(ask(other))).toBe('missingScope:missingScope');
  });

  it('must be for the configured audience', async () => {
    await recreate({ issuer: bench.server.issuer, audience: bench.server.audience });
    const token = await bench.server.token({ format: 'opaque' });
    expect(await ask(token)).toHaveProperty('client');
    await recreate({ issuer: bench.server.issuer, audience: 'another' });
    expect(await refusal(ask(token))).toBe('invalidAccessToken:tokenAudience');
  });
});

it.each(['rsa', 'ec', 'ed25519'])(
  'proves who asks with a short-lived assertion, a new one each time: %s',
  async (type) => {
    const pair =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : type === 'ec'
          ? generateKeyPairSync('ec', { namedCurve: 'P-384' })
          : generateKeyPairSync('ed25519');
    await recreate({ clientId: 'led-eligibility', clientKey: pemOf(pair.privateKey) });
    const bodies: URLSearchParams[] = [];
    bench.server.misbehaviour.as = (incoming, response) => {
      let body = '';
      incoming.on('data', (chunk) => {
        body += chunk;
      });
      incoming.on('end', () => {
        bodies.push(new URLSearchParams(body));
        response.end('{"active":true,"client_id":"app","scope":"led_eligibility"}');
      });
    };
    await ask('first+token=');
    await ask('second');

    expect(bodies.map((body) => body.get('token'))).toEqual(['first+token=', 'second']);
    expect(bodies[0]?.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const [first, second] = bodies.map((body) => decodeJwt(body.get('client_assertion') ?? ''));
    expect(first).toMatchObject({
      iss: 'led-eligibility',
      sub: 'led-eligibility',
      aud: bench.server.introspectionUrl.href,
    });
    expect((first?.exp ?? 0) - (first?.iat ?? 0)).toBe(60);
    expect(Math.abs((first?.iat ?? 0) - seconds())).toBeLessThan(3);
    expect(first?.jti).not.toBe(second?.jti);
    const { alg } = decodeProtectedHeader(bodies[0]?.get('client_assertion') ?? '');
    expect(alg).toBe({ rsa: 'RS256', ec: 'ES384', ed25519: 'EdDSA' }[type]);
  },
);

it.each(['', 'no key', pemOf(generateKeyPairSync('x25519').privateKey)])(
  'does not start with a key that cannot sign',
  (clientKey) => {
    expect(() => createWith({ clientKey })).toThrow(/^must hold a private key/);
  },
);

describe('an invalid token is refused', () => {
  it('unknown to the server, and no part of it is repeated', async () => {
    const token = 'Zm9yZ2VkLXRva2VuLW9mLW5vYm9keQ';
    const fault = await faultOf(ask(token));
    expect(`${fault.code}:${fault.reason}`).toBe('invalidAccessToken:tokenInactive');
    expect(inspect(fault, { depth: 9, showHidden: true }) + JSON.stringify(bench.lines)).not.toContain(token);
  });

  it('revoked before it was seen', async () => {
    const token = await bench.server.token({ format: 'opaque' });
    await bench.server.revoke(token);
    expect(await refusal(ask(token))).toBe('invalidAccessToken:tokenInactive');
  });

  it('revoked after it was seen: within 30 s', async () => {
    const token = await bench.server.token({ format: 'opaque' });
    await ask(token);
    await bench.server.revoke(token);
    bench.ahead = 29_900;
    expect(await ask(token)).toHaveProperty('client');
    bench.ahead = 30_000;
    expect(await refusal(ask(token))).toBe('invalidAccessToken:tokenInactive');
  });

  it.each<[string, string, object]>([
    [
      'inactive, although it has a scope',
      'invalidAccessToken:tokenInactive',
      { active: false, scope: 'led_eligibility' },
    ],
    ['expired', 'expiredAccessToken:tokenExpired', { exp: seconds() - 31 }],
    ['an odd expiry', 'invalidAccessToken:tokenClaims', { exp: '2099-01-01T00:00:00Z' }],
    ['not yet valid', 'invalidAccessToken:tokenNotYetValid', { nbf: seconds() + 60 }],
    ['wrong issuer', 'invalidAccessToken:tokenIssuer', { iss: 'https://elsewhere.test' }],
    ['wrong audience', 'invalidAccessToken:tokenAudience', { aud: ['elsewhere'] }],
    ['no audience', 'invalidAccessToken:tokenAudience', { aud: undefined }],
    ['bound to a key', 'invalidAccessToken:tokenBoundToKey', { cnf: { 'x5t#S256': 'x' } }],
    ['of another type', 'invalidAccessToken:tokenType', { token_type: 'DPoP' }],
    ['without a client', 'invalidAccessToken:tokenWithoutClient', { client_id: undefined }],
    ['without scope', 'missingScope:missingScope', { scope: undefined }],
    ['with nothing wrong it is not', 'good', {}],
  ])('%s', async (_, expected, claims) => {
    await recreate({ issuer: 'https://issuer.test', audience: 'led' });
    const usual = {
      active: true,
      client_id: 'app',
      scope: ['led_eligibility'],
      iss: 'https://issuer.test',
      aud: 'led',
    };
    bench.server.misbehaviour.as = answer({ ...usual, token_type: 'bearer', ...claims });
    expect(expected === 'good' ? (await ask('token')) && 'good' : await refusal(ask('token'))).toBe(expected);
  });
});

describe('the cache', () => {
  it('asks once for many requests with one token, at the same time and one after the other', async () => {
    const token = await bench.server.token({ format: 'opaque' });
    await Promise.all(Array.from({ length: 50 }, () => ask(token)));
    await ask(token);
    expect(introspections()).toBe(1);
  });

  it('asks for each token separately', async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => bench.server.token({ format: 'opaque' })));
    await Promise.all(tokens.map(ask));
    expect(introspections()).toBe(5);
  });

  it('keeps a refusal for one second', async () => {
    const refused = 'invalidAccessToken:tokenInactive';
    expect(await refusal(ask('unknown'))).toBe(refused);
    bench.ahead = 900;
    expect(await refusal(ask('unknown'))).toBe(refused);
    expect(introspections()).toBe(1);
    bench.server.misbehaviour.as = answer({ active: true, client_id: 'app', scope: 'led_eligibility' });
    bench.ahead = 1_001;
    expect(await ask('unknown')).toHaveProperty('client');
    expect(introspections()).toBe(2);
  });

  it('shares a failure with the requests that waited for it, and with no later one', async () => {
    bench.server.misbehaviour.as = (_, response) => void response.writeHead(500).end();
    const token = 'token';
    expect(await Promise.all([refusal(ask(token)), refusal(ask(token))])).toEqual([down, down]);
    expect(introspections()).toBe(1);
    bench.server.misbehaviour.as = answer({ active: true, client_id: 'app', scope: 'led_eligibility' });
    expect(await ask(token)).toHaveProperty('client');
  });

  it('does not use an answer after the expiry', async () => {
    const token = await bench.server.token({ format: 'opaque', ttl: 10 });
    await ask(token);
    bench.ahead = 8_000;
    await ask(token);
    expect(introspections()).toBe(1);
    bench.ahead = 10_000;
    await ask(token);
    expect(introspections()).toBe(2);
    bench.wall = 60_000;
    expect(await refusal(ask(token))).toBe('expiredAccessToken:tokenExpired');
  });

  it('compares the expiry with the wall clock each time', async () => {
    const token = await bench.server.token({ format: 'opaque', ttl: 20 });
    await ask(token);
    bench.wall = 21_000;
    await ask(token);
    expect(introspections()).toBe(2);
  });

  it('does not keep an answer longer when the wall clock jumps back', async () => {
    const token = await bench.server.token({ format: 'opaque' });
    await ask(token);
    await bench.server.revoke(token);
    bench.wall = -40_000;
    bench.ahead = 31_000;
    expect(await refusal(ask(token))).toBe('invalidAccessToken:tokenInactive');
  });

  it('keeps only the 1 000 newest answers', async () => {
    bench.server.misbehaviour.as = answer({ active: true, client_id: 'app', scope: 'led_eligibility' });
    for (let first = 0; first < 1_100; first += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => ask(`token-${first + index}`)));
    }
    expect(introspections()).toBe(1_100);
    await ask('token-1099');
    expect(introspections()).toBe(1_100);
    await ask('token-0');
    expect(introspections()).toBe(1_101);
  });
});

describe('the token service', () => {
  it('down: 503, but what it confirmed less than 30 s ago is still accepted', async () => {
    const token = await bench.server.token({ format: 'opaque' });
    await ask(token);
    await bench.server.down();
    bench.ahead = 29_900;
    expect(await ask(token)).toHaveProperty('client');
    const fault = await faultOf(ask('another'));
    expect([fault.code, fault.reason, fault.retryAfter]).toEqual(['serviceUnavailable', 'tokenServiceUnavailable', 5]);
    bench.ahead = 30_000;
    expect(await refusal(ask(token))).toBe(down);
    await bench.server.up();
    expect(await ask(token)).toHaveProperty('client');
  });

  it('refuses this service: 503, because the caller did nothing wrong', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await recreate({ clientKey: pemOf(privateKey) });
    expect(await refusal(ask(await bench.server.token({ format: 'opaque' })))).toBe(down);
    expect(bench.lines).toEqual([[{ failure: 'status401' }, 'token service unavailable']]);
  });

  it.each<[string, string, Misbehaviour]>([
    ['answers with an error', 'status500', (_, response) => void response.writeHead(500).end('{"active":true}')],
    ['redirects', 'status307', (_, response) => void response.writeHead(307, { location: '/elsewhere' }).end()],
    ['answers with HTML', 'SyntaxError', (_, response) => void response.end('<html>')],
    ['answers with a string', 'notAnIntrospection', answer('active')],
    ['answers with null', 'notAnIntrospection', answer(null)],
    ['answers with a list', 'notAnIntrospection', answer([{ active: true }])],
    ['does not say whether it is active', 'notAnIntrospection', answer({ scope: 'led_eligibility', client_id: 'app' })],
    [
      'says that with a string',
      'notAnIntrospection',
      answer({ active: 'true', scope: 'led_eligibility', client_id: 'app' }),
    ],
    ['answers with too many bytes', 'tooLarge', answer({ active: true, more: 'x'.repeat(20_000) })],
    [
      'answers with broken UTF-8',
      'ERR_ENCODING_INVALID_ENCODED_DATA',
      (_, response) => void response.end(Buffer.from([0x22, 0xff, 0x22])),
    ],
    ['closes the connection', 'UND_ERR_SOCKET', (_, response) => void response.socket?.destroy()],
    ['does not answer', 'TimeoutError', () => undefined],
  ])('%s: 503, and no token is accepted', async (_, failure, as) => {
    bench.server.misbehaviour.as = as;
    const begin = performance.now();
    expect(await refusal(ask('token'))).toBe(down);
    expect(performance.now() - begin).toBeLessThan(2_600);
    expect(bench.lines).toEqual([[{ failure }, 'token service unavailable']]);
  });
});

import { createHmac, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { exportSPKI, generateKeyPair } from 'jose';
import { Agent, request as undiciRequest } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority, type Pair } from '../../docker/certificates.ts';
import { Decision } from '../../src/decision.ts';
import { Problem } from '../../src/http/problems.ts';
import { type AuthorisationServer, startAuthorisationServer } from '../support/authorisation-server.ts';
import { personWith } from '../support/persons.ts';
import { createSecrets, valuesOf } from '../support/secrets.ts';
import {
  type AuditLine,
  ask,
  createWorld,
  idOf,
  json,
  type RunningService,
  runCommand,
  startService,
  type World,
} from '../support/service.ts';
import { until } from '../support/until.ts';

const insz = personWith('eligible');
const asked = { insz, caseReference: 'file/1' };
const caseHandler = { id: 'handler-1', role: 'recognition' };

let world: World;
let server: AuthorisationServer;
let ruleSetDir: string;

beforeAll(async () => {
  world = await createWorld();
  server = await startAuthorisationServer();
  const ama = readFileSync(new URL('../../src/rules/sets/begeleider-ama-1.1.0.json', import.meta.url), 'utf8');
  const other = { ...JSON.parse(ama), id: 'other-recognition', replaces: undefined };
  ruleSetDir = dirname(world.write('sets/other.json', JSON.stringify(other)));
});
afterAll(async () => {
  await server?.close();
  await world?.close();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const seconds = () => Math.floor(Date.now() / 1000);
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Asks, and checks what holds for every refusal: a problem, an audit line, and no call to LED. */
const refused = async (service: RunningService, headers: Record<string, string>, body: object = { caseHandler }) => {
  const before = world.simulator.requests.total;
  const response = await ask(service, { ...asked, ...body }, headers);
  const problem = Problem.parse(await json(response));
  const line = await service.accessOf(idOf(problem));
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(line.problem).toBe(problem.type.split(':').at(-1));
  expect(line.status).toBe(response.status);
  expect(line.result).toBe(response.status < 500 ? 'refused' : 'failed');
  expect(line).not.toHaveProperty('led');
  expect(world.simulator.requests.total).toBe(before);
  return { status: response.status, problem, line, challenge: response.headers.get('www-authenticate') };
};

const decided = async (service: RunningService, headers: Record<string, string>, body: object = { caseHandler }) => {
  const response = await ask(service, { ...asked, ...body }, headers);
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status: 200 });
  const decision = Decision.parse(JSON.parse(text));
  return { decision, line: await service.accessOf(decision.decisionId) };
};

const holdsNone = (service: RunningService, tokens: readonly string[], values: readonly string[] = []): void => {
  const streams = service.stdout() + service.stderr();
  expect(streams.length).toBeGreaterThan(5_000);
  const secrets = createSecrets();
  for (const token of tokens) secrets.addToken(token);
  for (const value of values) secrets.addValue(value);
  expect(secrets.search(streams)).toEqual([]);
};

describe('with AUTH_MODE=jwt', () => {
  let service: RunningService;
  const tokens: string[] = [];
  const values: string[] = [];
  const keep = (token: string): string => {
    tokens.push(token);
    return token;
  };

  beforeAll(async () => {
    service = await startService({
      ...world.environment,
      ...server.environment,
      RULE_SET_DIR: ruleSetDir,
    });
  });
  afterAll(() => service?.stop());

  const invalid = [
    'invalidAccessToken',
    401,
    /^Bearer realm="led-eligibility", error="invalid_token", error_description="[^"]+"$/,
  ] as const;
  const bad: [string, () => Promise<string | undefined> | string | undefined, string, number, RegExp][] = [
    ['none', () => undefined, 'noAccessToken', 401, /^Bearer realm="led-eligibility"$/],
    ['another scheme', () => 'Basic dXNlcjpwYXNz', 'noAccessToken', 401, /^Bearer realm="led-eligibility"$/],
    ['malformed', () => 'Bearer not.a.token', ...invalid],
    ['two parts', async () => `Bearer ${(await server.sign()).split('.').slice(0, 2).join('.')}`, ...invalid],
    ['too long', () => `Bearer ${'a'.repeat(9_000)}`, ...invalid],
    [
      'alg none',
      async () => `Bearer ${base64url({ alg: 'none' })}.${(await server.sign()).split('.')[1]}.`,
      ...invalid,
    ],
    [
      'HS256 with the public key',
      async () => {
        const key = server.publicKey();
        const signed = `${base64url({ alg: 'HS256', kid: 'first' })}.${(await server.sign()).split('.')[1]}`;
        const secret = key === undefined ? '' : await exportSPKI(key);
        return `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
      },
      ...invalid,
    ],
    ['a wrong issuer', async () => `Bearer ${await server.sign({ iss: 'https://elsewhere.example' })}`, ...invalid],
    ['a wrong audience', async () => `Bearer ${await server.sign({ aud: 'another-service' })}`, ...invalid],
    ['not yet valid', async () => `Bearer ${await server.sign({ nbf: seconds() + 60 })}`, ...invalid],
    ['an unknown key', async () => `Bearer ${await server.sign({}, { kid: 'never-published' })}`, ...invalid],
    [
      'the key of somebody else with our key id',
      async () => `Bearer ${await server.sign({}, {}, (await generateKeyPair('ES256')).privateKey)}`,
      ...invalid,
    ],
    ['no expiry', async () => `Bearer ${await server.sign({ exp: undefined })}`, ...invalid],
    ['changed claims', async () => `Bearer ${(await server.sign()).replace(/\.[^.]+\./, '.e30.')}`, ...invalid],
    [
      'expired',
      async () => `Bearer ${await server.sign({ exp: seconds() - 31 })}`,
      'expiredAccessToken',
      401,
      /^Bearer realm="led-eligibility", error="invalid_token", error_description="The access token has expired\."$/,
    ],
    [
      'a wrong scope',
      async () => `Bearer ${await server.token({ scope: 'something_else' })}`,
      'missingScope',
      403,
      /^Bearer realm="led-eligibility", error="insufficient_scope", error_description="[^"]+", scope="led_eligibility"$/,
    ],
  ];

  test.each(bad)('a token that is bad: %s', async (_, make, code, status, challenge) => {
    const authorization = await make();
    if (authorization !== undefined) keep(authorization.replace(/^\w+ /, ''));
    const answer = await refused(service, authorization === undefined ? {} : { authorization });
    expect(answer.problem.type).toBe(`urn:problem-type:belgif:${code}`);
    expect(answer.status).toBe(status);
    expect(answer.challenge).toMatch(challenge);
    // A caller who has not proven who they are is not named.
    for (const name of ['client', 'user', 'subject', 'why']) expect(answer.line).not.toHaveProperty(name);
  });

  test('two Authorization headers are refused', async () => {
    const token = keep(await server.token());
    const body = JSON.stringify({ ...asked, caseHandler });
    const socket = connect(service.port, '127.0.0.1');
    const header = `Authorization: Bearer ${token}\r\n`;
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.write(
      `POST /eligibility HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}${header}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).toMatch(/^HTTP\/1.1 400 .*belgif:badRequest/s);
  });

  test('a system: both audit lines have its client id and organisation, and the person as asserted', async () => {
    const token = keep(await server.token({ extra: { vo_orgcode: 'OVO002949' } }));
    const { decision, line } = await decided(service, bearer(token));
    values.push(...decision.diplomas.flatMap(({ attributes }) => valuesOf(attributes)));
    const client = { id: server.clientId, org: 'OVO002949' };
    const user = { ...caseHandler, source: 'asserted' };
    expect(line).toMatchObject({ client, user, result: 'decided', outcome: 'eligible' });
    const intent = service.audit().find(({ kind, id }) => kind === 'intent' && id === line.id);
    expect(intent).toMatchObject({ client, user });
    expect((await refused(service, bearer(token), {})).problem.issues).toMatchObject([{ name: 'caseHandler' }]);
  });

  test('a person: the token names them, so the body may leave them out, but must not contradict the token', async () => {
    const token = keep(await server.personToken('jan.peeters@example.test', { extra: { role: 'adviser' } }));
    const user = { id: 'jan.peeters@example.test', role: 'adviser', source: 'token' };
    for (const body of [{}, { caseHandler: { id: user.id } }, { caseHandler: { id: user.id, role: user.role } }]) {
      expect((await decided(service, bearer(token), body)).line).toMatchObject({ user });
    }
    const other = await refused(service, bearer(token), { caseHandler: { id: 'someone.else' } });
    expect(other.status).toBe(400);
    expect(other.problem.issues).toMatchObject([{ in: 'body', name: 'caseHandler.id' }]);
    expect(other.line).toMatchObject({ user });
    const role = await refused(service, bearer(token), { caseHandler: { id: user.id, role: 'director' } });
    expect(role.problem.issues).toMatchObject([{ in: 'body', name: 'caseHandler.role' }]);
  });

  test('a scope for one rule set allows only that rule set', async () => {
    const token = keep(await server.token({ scope: 'led_eligibility:begeleider-ama' }));
    await decided(service, bearer(token), { caseHandler, ruleSet: 'begeleider-ama' });
    const other = await refused(service, bearer(token), { caseHandler, ruleSet: 'other-recognition' });
    expect(other.problem.type).toBe('urn:problem-type:belgif:missingPermission');
    expect(other.line).toMatchObject({ client: { id: server.clientId }, why: { ruleSet: 'other-recognition' } });
    const all = keep(await server.token());
    await decided(service, bearer(all), { caseHandler, ruleSet: 'other-recognition' });
  });

  test('a token with a key that was published a moment ago is accepted', async () => {
    await server.rotate('second', true);
    await decided(service, bearer(keep(await server.token())));
  });

  test('the key server is down: known keys still work, and an unknown key gets 503', async () => {
    const token = keep(await server.token());
    await decided(service, bearer(token));
    const strange = keep(await server.sign({}, { kid: 'never-published' }));
    await server.down();
    try {
      await decided(service, bearer(token));
      const down = await refused(service, bearer(strange));
      expect(down.problem.type).toBe('urn:problem-type:belgif:serviceUnavailable');
    } finally {
      await server.up();
    }
  });

  test('neither stream holds a token, an INSZ or a value of a diploma', () => {
    expect(tokens.length).toBeGreaterThan(15);
    expect(values.length).toBeGreaterThan(5);
    holdsNone(service, tokens, values);
  });
});

describe('with a key server that never answers', () => {
  test('every answer is 503 with an audit line, in time', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const service = await startService({
      ...world.environment,
      ...server.environment,
      AUTH_JWKS_URL: `http://127.0.0.1:${port}/jwks`,
      LED_TIMEOUT_MS: '700',
    });
    try {
      const started = performance.now();
      const answer = await refused(service, bearer(await server.token()));
      expect(performance.now() - started).toBeLessThan(1_700);
      expect(answer.problem.type).toBe('urn:problem-type:belgif:serviceUnavailable');
    } finally {
      await service.stop();
      silent.close();
    }
  });
});

describe('with AUTH_ALLOWED_ROLES', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService({ ...world.environment, AUTH_ALLOWED_ROLES: 'recognition,inspection' });
  });
  afterAll(() => service?.stop());

  test.each(['recognition', 'inspection'])('%s may ask', async (role) => {
    await decided(service, {}, { caseHandler: { id: 'a', role } });
  });
  test.each([{ id: 'a' }, { id: 'a', role: 'Recognition' }, { id: 'a', role: 'other' }])('%j may not', async (who) => {
    const answer = await refused(service, {}, { caseHandler: who });
    expect([answer.status, answer.problem.type]).toEqual([403, 'urn:problem-type:belgif:missingPermission']);
    expect(answer.line.user).toEqual({ ...who, source: 'asserted' });
  });
});

describe('with AUTH_ALLOWED_ROLES and tokens', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService({
      ...world.environment,
      ...server.environment,
      AUTH_ALLOWED_ROLES: 'recognition',
      AUTH_ROLE_CLAIM: 'duty',
      AUTH_PERSON_CLAIM: 'employee',
    });
  });
  afterAll(() => service?.stop());

  test('only a role of the token counts for a person whom the token names', async () => {
    const withRole = bearer(await server.sign({ employee: 'jan', duty: ['other', 'recognition'] }));
    expect((await decided(service, withRole, {})).line.user).toEqual({
      id: 'jan',
      role: 'recognition',
      source: 'token',
    });
    const withoutRole = bearer(await server.sign({ employee: 'jan', role: 'recognition' }));
    const answer = await refused(service, withoutRole, { caseHandler: { id: 'jan', role: 'recognition' } });
    expect([answer.status, answer.problem.type]).toEqual([403, 'urn:problem-type:belgif:missingPermission']);
    expect(answer.line.user).toEqual({
      id: 'jan',
      role: 'recognition',
      source: 'token',
      roleSource: 'asserted',
    });
  });

  test('the role in the request counts where the request names the person', async () => {
    const system = bearer(await server.sign());
    expect((await decided(service, system, { caseHandler })).line.user).toEqual({ ...caseHandler, source: 'asserted' });
  });
});

describe('ids that are an INSZ', () => {
  const [one, two] = ['90610100155', '00621500310'];

  test('two clients have two identities and two rate limits, and audit subject finds what each of them did', async () => {
    const service = await startService({
      ...world.environment,
      ...server.environment,
      AUTH_PERSON_CLAIM: 'rrn',
      RATE_LIMIT_PER_MINUTE: '2',
    });
    try {
      const ids: string[] = [];
      for (const id of [one, two]) {
        const token = bearer(
          await server.sign({ client_id: id, rrn: `${id.slice(0, 6)}-${id.slice(6, 9)}.${id.slice(9)}` }),
        );
        const { line } = await decided(service, token, {});
        const { code, stdout } = await runCommand(
          ['audit', 'subject', '--key-file', world.environment.AUDIT_KEY_FILE ?? ''],
          { stdin: id },
        );
        expect(code).toBe(0);
        expect(line.client).toEqual({ id: `hmac:${stdout.trim()}` });
        expect(line.user).toEqual({ id: `hmac:${stdout.trim()}`, source: 'token' });
        ids.push(line.client.id);
        await decided(service, token, {});
        expect((await refused(service, token, {})).status).toBe(429);
      }
      expect(new Set(ids).size).toBe(2);
      for (const id of [one, two]) expect(service.stdout() + service.stderr()).not.toContain(id);
    } finally {
      await service.stop();
    }
  });

  test('a case reference with eleven digits in a row is refused, and one with separators is logged as an HMAC', async () => {
    const service = await startService(world.environment);
    try {
      const unbroken = await refused(service, {}, { caseHandler, caseReference: `file/${one}` });
      expect(unbroken.problem.issues).toMatchObject([{ name: 'caseReference' }]);
      const { line } = await decided(service, {}, { caseHandler, caseReference: 'file/90.61.01-001.55' });
      expect(line.why.caseReference).toMatch(/^hmac:[\w-]{43}$/);
      const ordinary = await decided(service, {}, { caseHandler, caseReference: 'file/90.61.01-001.56' });
      expect(ordinary.line.why.caseReference).toBe('file/90.61.01-001.56');
      for (const body of [
        { caseHandler: { id: 'a', role: 'r:90.61.01-001.55' } },
        { caseHandler, ruleSet: '90 610100155' },
      ]) {
        const { status, line: refusal } = await refused(service, {}, body);
        expect(status).toBe(400);
        expect(JSON.stringify(refusal)).not.toMatch(/90.?61/);
      }
    } finally {
      await service.stop();
    }
  });
});

describe('with AUTH_MODE=introspection', () => {
  let service: RunningService;
  const tokens: string[] = [];
  const opaque = async (wanted: Parameters<AuthorisationServer['token']>[0] = {}): Promise<string> => {
    const token = await server.token({ ...wanted, format: 'opaque' });
    tokens.push(token);
    return token;
  };
  const introspections = () => server.requests.filter((path) => path === '/token/introspection').length;

  beforeAll(async () => {
    const keyFile = world.write('introspection.key', server.service.key);
    service = await startService({
      ...world.environment,
      AUTH_MODE: 'introspection',
      AUTH_INTROSPECTION_URL: server.introspectionUrl.href,
      AUTH_CLIENT_ID: server.service.id,
      AUTH_CLIENT_KEY_FILE: keyFile,
      AUTH_ISSUER: server.issuer,
    });
  });
  afterAll(() => service?.stop());

  test('the token service is asked once about a good token, also when many requests use it at the same time', async () => {
    const token = await opaque({ extra: { vo_orgcode: 'OVO002949' } });
    const before = introspections();
    const answers = await Promise.all(Array.from({ length: 12 }, () => decided(service, bearer(token))));
    for (const { line } of answers) {
      expect(line).toMatchObject({
        client: { id: server.clientId, org: 'OVO002949' },
        user: { ...caseHandler, source: 'asserted' },
      });
    }
    expect(introspections()).toBe(before + 1);
  });

  test('a person’s token names the person', async () => {
    const token = await server.personToken('jan', { format: 'opaque' });
    tokens.push(token);
    const { line } = await decided(service, bearer(token), {});
    expect(line.user).toEqual({ id: 'jan', source: 'token' });
  });

  test.each([
    ['none', async () => undefined, 'noAccessToken', 401],
    ['malformed', async () => 'not a token', 'invalidAccessToken', 401],
    ['never given', async () => 'abcdefghijklmnopqrstuvwxyz0123456789', 'invalidAccessToken', 401],
    ['a wrong scope', () => opaque({ scope: 'something_else' }), 'missingScope', 403],
    [
      'revoked',
      async () => {
        const token = await opaque();
        await server.revoke(token);
        return token;
      },
      'invalidAccessToken',
      401,
    ],
  ])('a token that is bad: %s', async (_, make, code, status) => {
    const token = await make();
    const answer = await refused(service, token === undefined ? {} : bearer(token));
    expect([answer.status, answer.problem.type]).toEqual([status, `urn:problem-type:belgif:${code}`]);
    expect(answer.line).not.toHaveProperty('client');
  });

  test('a token is refused after it has expired', async () => {
    const token = await opaque({ ttl: 1 });
    await decided(service, bearer(token));
    await until(async () => (await ask(service, { ...asked, caseHandler }, bearer(token))).status === 401);
    expect((await refused(service, bearer(token))).status).toBe(401);
  });

  test('the token service is down: 503 with an audit line, and tokens that were checked before still work', async () => {
    const known = await opaque();
    await decided(service, bearer(known));
    const unknown = await opaque();
    await server.down();
    try {
      const down = await refused(service, bearer(unknown));
      expect([down.status, down.problem.type]).toEqual([503, 'urn:problem-type:belgif:serviceUnavailable']);
      await decided(service, bearer(known));
    } finally {
      await server.up();
    }
    await decided(service, bearer(unknown));
  });

  test('a caller who leaves while the token service works gets an audit line, and LED is not asked', async () => {
    const token = await opaque();
    const held: (() => void)[] = [];
    server.misbehaviour.as = (_, response) =>
      void held.push(() => response.end('{"active":true,"client_id":"app","scope":"led_eligibility"}'));
    const before = world.simulator.requests.total;
    const gone = () => service.accesses().filter(({ problem }) => problem === 'callerGone');
    try {
      const body = JSON.stringify({ ...asked, caseHandler });
      const socket = connect(service.port, '127.0.0.1');
      socket.write(
        `POST /eligibility HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      await until(() => held.length === 1);
      socket.destroy();
      // The service handles connections in order. After this request it has seen the other connection close.
      await fetch(`${service.url}/health`);
    } finally {
      delete server.misbehaviour.as;
      for (const release of held) release();
    }
    await until(() => gone().length === 1);
    expect(gone()[0]).toMatchObject({ status: 499, result: 'failed', client: { id: 'app' } });
    expect(world.simulator.requests.total).toBe(before);
  });

  test('neither stream holds a token', () => {
    expect(tokens.length).toBeGreaterThan(6);
    holdsNone(service, tokens);
  });
});

describe('over mutual TLS', () => {
  let service: RunningService;
  let caller: Pair;
  let files: { readonly cert: string; readonly key: string };

  beforeAll(async () => {
    caller = await world.authority.issue({ commonName: 'dossier-app', use: 'client' });
    const pair = await world.authority.issue({ commonName: 'service', names: ['127.0.0.1'], use: 'server' });
    files = { cert: world.write('listener.crt', pair.cert), key: world.write('listener.key', pair.key) };
    service = await startService({
      ...world.environment,
      TLS_CERT_FILE: files.cert,
      TLS_KEY_FILE: files.key,
      TLS_CLIENT_CA_FILE: world.environment.LED_CA_FILE ?? '',
    });
  });
  afterAll(() => service?.stop());

  /** Sends one request over a new connection. Also returns the serial number of the service's certificate. */
  const over = (pair: Partial<Pair>, body: object = { ...asked, caseHandler }) =>
    new Promise<{ status: number; body: AuditLine; serial: string }>((resolve, reject) => {
      const text = JSON.stringify(body);
      const options = {
        host: '127.0.0.1',
        port: service.port,
        path: '/eligibility',
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        agent: false as const,
        ca: world.authority.cert,
        ...pair,
      };
      const outgoing = httpsRequest(options, (response) => {
        const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber;
        let received = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          received += chunk;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(received), serial }));
        response.once('error', reject);
      });
      outgoing.once('error', reject);
      outgoing.end(text);
    });

  test('the client certificate’s subject is the client', async () => {
    const { status, body } = await over(caller);
    expect(status).toBe(200);
    expect((await service.accessOf(body.decisionId)).client).toEqual({ id: 'CN=dossier-app' });
  });

  test('a resumed session has the same client', async () => {
    const dispatcher = new Agent({
      connections: 1,
      pipelining: 0,
      connect: { ca: world.authority.cert, ...caller, maxCachedSessions: 1 },
    });
    const ids: string[] = [];
    for (const _ of [1, 2]) {
      const { body } = await undiciRequest(`https://127.0.0.1:${service.port}/eligibility`, {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...asked, caseHandler }),
        reset: true,
      });
      ids.push(((await body.json()) as AuditLine).decisionId);
    }
    for (const id of ids) expect((await service.accessOf(id)).client).toEqual({ id: 'CN=dossier-app' });
    await dispatcher.close();
  });

  test('a certificate without a subject is its fingerprint', async () => {
    const pair = await world.authority.issue({ commonName: '', use: 'client' });
    const { body } = await over(pair);
    expect((await service.accessOf(body.decisionId)).client).toEqual({
      id: new X509Certificate(pair.cert).fingerprint256,
    });
  });

  test.each([
    ['none', async () => ({})],
    ['of another authority', async () => (await createAuthority()).issue({ commonName: 'x', use: 'client' })],
    ['for a server', () => world.authority.issue({ commonName: 'x', names: ['x'], use: 'server' })],
    [
      'expired',
      () => world.authority.issue({ commonName: 'x', use: 'client', notAfter: new Date(Date.now() - 60_000) }),
    ],
  ])('a client certificate that is bad: %s', async (_, make) => {
    const before = service.accesses().length;
    const total = world.simulator.requests.total;
    await expect(over(await make())).rejects.toThrow();
    expect(service.accesses()).toHaveLength(before);
    expect(world.simulator.requests.total).toBe(total);
  });

  test('plain HTTP and TLS 1.1 get no answer', async () => {
    await expect(fetch(`http://127.0.0.1:${service.port}/health`)).rejects.toThrow();
    const old = connectTls({
      host: '127.0.0.1',
      port: service.port,
      ca: world.authority.cert,
      ...caller,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const error = await new Promise<Error>((resolve) => old.once('error', resolve));
    expect(error.message).toMatch(/alert|protocol|ECONNRESET/i);
  });

  test('certificate files are replaced under load, with half a file in between, and no request fails', async () => {
    const first = (await over(caller)).serial;
    const next = await world.authority.issue({ commonName: 'service', names: ['127.0.0.1'], use: 'server' });
    const serials: string[] = [];
    const statuses = new Set<number>();
    let going = true;
    const traffic = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (going) {
          const { status, serial } = await over(caller);
          statuses.add(status);
          serials.push(serial);
        }
      }),
    );
    const counted = async (result: string): Promise<boolean> => {
      const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
      return new RegExp(`^certificate_reloads_total\\{use="server",result="${result}"\\} [1-9]`, 'm').test(metrics);
    };
    writeFileSync(files.cert, next.cert.slice(0, 300));
    await until(() => counted('failed'));
    writeFileSync(files.cert, next.cert);
    writeFileSync(files.key, next.key);
    await until(() => counted('ok'));
    await until(() => serials.at(-1) !== first);
    going = false;
    await traffic;
    expect([...statuses]).toEqual([200]);
    expect(new Set(serials).size).toBe(2);
    expect((await over(caller)).serial).not.toBe(first);
    // With the new certificate, the service still requires a client certificate.
    await expect(over({})).rejects.toThrow();
  });
});

describe('with RATE_LIMIT_PER_MINUTE', () => {
  const limits = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'ratelimit', 'ratelimit-policy'];

  test('each address has its own count where callers do not authenticate', async () => {
    const service = await startService({ ...world.environment, RATE_LIMIT_PER_MINUTE: '3' });
    try {
      for (const _ of [1, 2, 3]) {
        const response = await ask(service, { ...asked, caseHandler });
        expect(response.status).toBe(200);
        expect(limits.filter((name) => response.headers.has(name))).toEqual([]);
      }
      const before = world.simulator.requests.total;
      const responses = await Promise.all([1, 2, 3].map(() => ask(service, { ...asked, caseHandler })));
      for (const response of responses) {
        expect(response.status).toBe(429);
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
        expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(60);
        expect(limits.filter((name) => response.headers.has(name))).toEqual([]);
        const problem = Problem.parse(await json(response));
        expect(problem.type).toBe('urn:problem-type:belgif:tooManyRequests');
        expect(await service.accessOf(idOf(problem))).toMatchObject({
          result: 'refused',
          problem: 'tooManyRequests',
          status: 429,
          client: { id: 'anonymous' },
        });
      }
      expect(world.simulator.requests.total).toBe(before);
      expect(service.accesses()).toHaveLength(6);
      expect((await fetch(`${service.url}/ruleSets`)).status).toBe(200);
      expect((await fetch(`${service.url}/health`)).status).toBe(200);
      const elsewhere = new Agent({ localAddress: '127.0.0.2' });
      const other = await undiciRequest(`${service.url}/eligibility`, {
        dispatcher: elsewhere,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...asked, caseHandler }),
      });
      expect(other.statusCode).toBe(200);
      await other.body.dump();
      await elsewhere.close();
    } finally {
      await service.stop();
    }
  });

  test('each client has its own count where tokens name it, and a forged token counts for its address alone', async () => {
    const service = await startService({
      ...world.environment,
      ...server.environment,
      RATE_LIMIT_PER_MINUTE: '2',
    });
    try {
      const one = bearer(await server.sign({ client_id: 'one', sub: 'one' }));
      const two = bearer(await server.sign({ client_id: 'two', sub: 'two' }));
      const forged = bearer(
        await server.sign({ client_id: 'two', sub: 'two' }, {}, (await generateKeyPair('ES256')).privateKey),
      );
      for (const status of [401, 401, 429]) expect((await refused(service, forged)).status).toBe(status);
      await decided(service, one);
      await decided(service, one);
      const answer = await refused(service, one);
      expect([answer.status, answer.line.client]).toEqual([429, { id: 'one' }]);
      await decided(service, two);
    } finally {
      await service.stop();
    }
  });
});

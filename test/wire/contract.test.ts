import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Expectation, persons } from '../../docker/simulator/persons.ts';
import { buildApp } from '../../src/app.ts';
import { documentedProblems, problemTypes } from '../../src/http/problem-types.ts';
import { createLog } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { builtInFolder, loadRuleSets } from '../../src/rules/load.ts';
import { api, call, type Part, resolve, text, undocumented } from '../support/api.ts';
import { type AuthorisationServer, startAuthorisationServer } from '../support/authorisation-server.ts';
import { personWho, personWith } from '../support/persons.ts';
import { createWorld, type RunningService, startService, type World } from '../support/service.ts';

let world: World;
let service: RunningService;

beforeAll(async () => {
  world = await createWorld();
  service = await startService({ ...world.environment, LED_TIMEOUT_MS: '2000' });
});
afterAll(async () => {
  await service?.stop();
  await world?.close();
});

const asJson = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** Sends a request, and fails if the answer is not as documented. */
const checked = async (url: string, path: string, init: RequestInit = {}) => {
  const answer = await call(url, path, init);
  const faults = undocumented({ method: init.method ?? 'GET', path }, answer);
  expect({ path, status: answer.status, faults }).toEqual({ path, status: answer.status, faults: [] });
  return answer;
};

test('the service serves the document of the repository', async () => {
  expect((await call(service.url, '/doc/openapi.yaml')).body).toBe(text);
  expect(JSON.parse((await call(service.url, '/doc/openapi.json')).body)).toEqual(api);
});

test('the check of answers finds what is not documented', () => {
  const request = { method: 'GET', path: '/health' };
  const headers = new Headers({
    'content-type': 'application/json; charset=utf-8',
    'belgov-trace-id': '6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506',
  });
  const body = '{"status":"UP"}';
  expect(undocumented(request, { status: 200, headers, body })).toEqual([]);
  expect(undocumented(request, { status: 201, headers, body })).not.toEqual([]);
  expect(
    undocumented(request, { status: 200, headers: new Headers(headers), body: '{"status":"UP","x":1}' }),
  ).not.toEqual([]);
  expect(
    undocumented(request, { status: 200, headers: new Headers({ 'content-type': 'text/html' }), body }),
  ).not.toEqual([]);
  expect(
    undocumented(request, { status: 200, headers: new Headers({ 'content-type': 'application/json' }), body }),
  ).not.toEqual([]);
});

describe('requests made from the document', () => {
  /** Persons whose answer comes without delay. */
  const quick = [...persons.values()].filter(
    ({ latencyMs, failure }) => latencyMs === undefined && failure === undefined,
  );

  /** Random values for a schema of the document. */
  const valuesOf = (part: Part): fc.Arbitrary<unknown> => {
    const schema = resolve(part);
    if (schema.nullable) return fc.option(valuesOf({ ...schema, nullable: false }), { freq: 5 });
    if (schema.format === 'date')
      return fc
        .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10));
    // The generator cannot read a lookahead. The pattern without it is enough here.
    if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern.replace(/\(\?!.*?\)(?=\[)/, '')));
    if (schema.type === 'string') return fc.oneof(fc.string(), fc.constant('begeleider-ama'));
    if (schema.type !== 'object') throw new Error(`no values for ${schema.type}`);
    const members = Object.fromEntries(
      Object.entries<Part>(schema.properties).map(([name, each]) => [name, valuesOf(each)]),
    );
    return fc.record(members, { requiredKeys: schema.required ?? [] });
  };
  const bodySchema = api.paths['/eligibility'].post.requestBody.content['application/json'].schema;
  const ofTheDocument = valuesOf(bodySchema) as fc.Arbitrary<Record<string, unknown>>;

  /** Bodies that match the schema, most of them about persons of the simulator. */
  const good = fc
    .tuple(ofTheDocument, fc.option(fc.constantFrom(...quick), { freq: 4 }), fc.boolean())
    .map(([body, person, plain]) => ({
      ...body,
      ...(person && { insz: person.insz, caseHandler: { id: 'handler-1' } }),
      ...(plain && { ruleSet: 'begeleider-ama', referenceDate: '2024-02-01' }),
    }));

  /** The same with one error. */
  const spoilt = fc
    .tuple(
      good,
      fc.jsonValue(),
      fc.constantFrom('insz', 'caseHandler', 'ruleSet', 'referenceDate', 'caseReference', 'x'),
    )
    .map(([body, value, name]) => ({ ...body, [name]: value }));

  const sentAs = fc.oneof(
    { weight: 6, arbitrary: fc.constant('application/json') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'text/plain',
        'application/xml',
        'application/json; charset=utf-8',
        'application/problem+json',
      ),
    },
  );

  const expectations = new Map<unknown, Expectation>(quick.map(({ insz, expects }) => [insz, expects]));

  test('get only documented answers, and a 5xx only because of LED', async () => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          { weight: 2, arbitrary: good },
          { weight: 1, arbitrary: spoilt },
          { weight: 1, arbitrary: fc.jsonValue() },
        ),
        sentAs,
        async (body, type) => {
          const { status } = await checked(service.url, '/eligibility', asJson(body, { 'content-type': type }));
          seen.add(status);
          if (status < 500) return;
          const insz = typeof body === 'object' && body !== null && 'insz' in body ? body.insz : undefined;
          expect({ insz, status }).toEqual({ insz, status: expectations.get(insz)?.status });
        },
      ),
      { numRuns: 400 },
    );
    for (const status of [200, 400, 415, 502, 503]) expect([...seen]).toContain(status);
  });

  test('with other methods and paths get documented answers too', async () => {
    const segment = fc.oneof(fc.constantFrom(...Object.keys(api.paths)), fc.webPath());
    await fc.assert(
      fc.asyncProperty(
        segment.filter((path) => !/^\/doc(\/|$)|^$/.test(path)),
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
        fc.option(fc.string({ unit: 'binary-ascii' }).filter((value) => /^[\x20-\x7e]*$/.test(value))),
        async (path, method, language) => {
          const { status } = await checked(
            service.url,
            path.replace('{ruleSetId}', 'begeleider-ama').replace('{version}', '1.0.0'),
            {
              method,
              headers: language === null ? {} : { 'accept-language': language },
            },
          );
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** The problems that the document shows as examples. */
const problemExamples = Object.values<Part>(api.paths)
  .flatMap((methods) => Object.values<Part>(methods))
  .flatMap(({ responses }) => Object.values<Part>(responses))
  .flatMap(({ content }) => Object.values<Part>(content['application/problem+json']?.examples ?? {}))
  .map(({ value }) => value);

describe('every documented problem', () => {
  const seen = new Map<string, Part>();
  const issues = new Set<string>();
  const note = (body: string): Part => {
    const problem = JSON.parse(body);
    seen.set(problem.type, problem);
    for (const { type } of problem.issues ?? []) issues.add(type);
    return problem;
  };
  const problemOfPerson = (problem: string, issue?: string) =>
    personWho(({ expects }) => expects.status !== 200 && expects.problem === problem && expects.issue === issue).insz;
  const insz = personWith('eligible');
  const good = { insz, caseHandler: { id: 'handler-1' } };

  test.each([
    ['badGateway', undefined],
    ['ledRegistrationMissing', undefined],
    ['serviceUnavailable', undefined],
    ['badRequest', 'invalidInput'],
    ['badRequest', 'canceledSsin'],
    ['badRequest', 'replacedSsin'],
    ['badRequest', 'referencedResourceNotFound'],
  ])('%s %s, because of LED', async (problem, issue) => {
    const { body } = await checked(
      service.url,
      '/eligibility',
      asJson({ ...good, insz: problemOfPerson(problem, issue) }),
    );
    const { type, issues } = note(body);
    expect(type).toBe(`urn:problem-type:${problemTypes[problem as keyof typeof problemTypes].type}`);
    if (issue) expect(issues[0].type).toMatch(new RegExp(`:${issue}$`));
    // The examples in the document show the refusals of LED.
    if (issue && issue !== 'invalidInput') {
      const examples = problemExamples.flatMap(({ issues = [] }) => issues);
      expect(examples).toContainEqual(issues[0]);
    }
  });

  test('ledTimeout', async () => {
    const silent = personWho(({ failure }) => failure === 'silent').insz;
    const { body } = await checked(service.url, '/eligibility', asJson({ ...good, insz: silent }));
    expect(note(body).status).toBe(504);
  });

  test.each<[number, string, RequestInit]>([
    [400, '/eligibility', asJson({ insz: 1, caseHandler: {}, more: 1 })],
    [400, '/eligibility', asJson({ ...good, ruleSet: 'none' })],
    [400, '/eligibility', asJson({ ...good, referenceDate: '2999-01-01' })],
    [400, '/eligibility?x=1', asJson(good)],
    [404, '/nothing', {}],
    [404, '/ruleSets/none', {}],
    [404, '/doc/decision-flow?ruleSet=none', {}],
    [405, '/eligibility', {}],
    [405, '/health', { method: 'DELETE' }],
    [406, '/eligibility', asJson(good, { accept: 'text/html' })],
    [413, '/eligibility', asJson({ ...good, caseReference: 'x'.repeat(20_000) })],
    [415, '/eligibility', asJson(good, { 'content-type': 'text/plain' })],
  ])('%i on %s', async (status, path, init) => {
    const answer = await checked(service.url, path, init);
    expect(answer.status).toBe(status);
    note(answer.body);
  });

  test('requestTimeout, for a request that stops halfway', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(service.port, '127.0.0.1', () =>
        socket.write('POST /eligibility HTTP/1.1\r\nHost: x\r\n'),
      );
      let received = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        received += chunk;
      });
      socket.once('close', () => resolve(received)).once('error', reject);
    });
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const headers = new Headers(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(': ') as [string, string]),
    );
    expect(undocumented({ method: 'POST', path: '/eligibility' }, { status: 408, headers, body })).toEqual([]);
    note(body);
  });

  describe('of access', () => {
    let server: AuthorisationServer;
    let guarded: RunningService;
    beforeAll(async () => {
      server = await startAuthorisationServer();
      guarded = await startService({
        ...world.environment,
        ...server.environment,
        AUTH_ALLOWED_ROLES: 'recognition',
        RATE_LIMIT_PER_MINUTE: '5',
      });
    });
    afterAll(async () => {
      await guarded?.stop();
      await server?.close();
    });
    const past = Math.floor(Date.now() / 1000) - 3600;

    test.each<[string, () => Promise<string | undefined>]>([
      ['noAccessToken', async () => undefined],
      ['invalidAccessToken', async () => 'not-a-token'],
      ['expiredAccessToken', () => server.sign({ iat: past, exp: past + 60 })],
      ['missingScope', () => server.sign({ scope: 'something_else' })],
      ['missingPermission', () => server.sign({ client_id: 'another', sub: 'another' })],
    ])('%s', async (code, token) => {
      const value = await token();
      const headers: Record<string, string> = value === undefined ? {} : { authorization: `Bearer ${value}` };
      const { body } = await checked(guarded.url, '/eligibility', asJson(good, headers));
      expect(note(body).type).toBe(`urn:problem-type:${problemTypes[code as keyof typeof problemTypes].type}`);
    });

    test('tooManyRequests', async () => {
      const headers = { authorization: `Bearer ${await server.sign()}` };
      const ask = () =>
        checked(
          guarded.url,
          '/eligibility',
          asJson({ ...good, caseHandler: { id: 'a', role: 'recognition' } }, headers),
        );
      for (let times = 0; times < 5; times += 1) expect((await ask()).status).toBe(200);
      expect(note((await ask()).body).status).toBe(429);
    });
  });

  test('internalServerError, for a defect of the service', async () => {
    const loaded = loadRuleSets();
    if ('faults' in loaded) throw new Error(`rule sets of ${builtInFolder}`);
    const app = await buildApp({
      assess: () => Promise.reject(new TypeError('a fault of ours')),
      basePath: '',
      authenticator: { authenticate: async () => ({ client: { id: 'a' }, ruleSets: 'all' }), close: async () => {} },
      audit: { write: async () => {}, close: async () => {}, state: () => 'usable' },
      auditKey: { id: 'k1', key: Buffer.alloc(32) },
      catalogue: loaded.catalogue,
      health: () => 'UP',
      log: createLog('silent', new PassThrough()),
      metrics: createMetrics(),
      now: Date.now,
      isFull: () => false,
      stopping: () => false,
      timeoutMs: 1000,
      today: () => '2026-11-23',
      version: '0.0.0',
      maxConnections: 16,
      keepAliveTimeoutMs: 1000,
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const { body } = await checked(`http://127.0.0.1:${port}`, '/eligibility', asJson(good));
    await app.close();
    expect(note(body).status).toBe(500);
    expect(body).not.toContain('a fault of ours');
  });

  test('occurred above, and each has the texts of its example', () => {
    const types = documentedProblems.map((code) => `urn:problem-type:${problemTypes[code].type}`);
    expect([...seen.keys()].sort()).toEqual(types.sort());
    const words = ({ type, title, status }: Part) => ({ type, title, status });
    const examples = problemExamples.map(words);
    for (const problem of seen.values()) expect(examples).toContainEqual(words(problem));
    const documented = api.components.schemas.InputValidationIssue.properties.type.description.match(/urn:[\w:-]+/g);
    expect([...issues].sort()).toEqual([...documented].sort());
  });
});

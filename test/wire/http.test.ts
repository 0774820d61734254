import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Decision } from '../../src/decision.ts';
import { Problem } from '../../src/http/problems.ts';
import { personWith } from '../support/persons.ts';
import { ask, createWorld, idOf, json, type RunningService, startService, type World } from '../support/service.ts';
import { until } from '../support/until.ts';

const insz = personWith('eligible');
const caseHandler = { id: 'handler-1' };
const good = { insz, caseHandler };
const secret = 'Zz9-secret';

let world: World;
let service: RunningService;

beforeAll(async () => {
  world = await createWorld();
  service = await startService(world.environment);
});
afterAll(async () => {
  await service?.stop();
  await world?.close();
});

/** Sends these bytes unchanged, and returns everything that the service sends until it closes the connection. */
const raw = (bytes: string | Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(service.port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.once('close', () => resolve(text));
    socket.once('error', reject);
  });

const post = (body: string | Buffer, type = 'application/json'): Promise<string> =>
  raw(
    Buffer.concat([
      Buffer.from(
        `POST /eligibility HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
      ),
      Buffer.from(body),
    ]),
  );

describe('input that is wrong', () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const j = JSON.stringify;
  const schema = 'schemaViolation';
  const cases: [string, string | Buffer, number, Record<string, string>[]?][] = [
    ['no JSON', `{"insz":"${secret}"`, 400, [{ type: schema, name: 'body' }]],
    ['an empty body', '', 400, [{ type: schema, name: 'body' }]],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, [{ type: schema, name: 'body' }]],
    ['a JSON string', j(secret), 400, [{ type: schema, name: 'body' }]],
    ['null', 'null', 400, [{ type: schema, name: 'body' }]],
    ['a list', '[]', 400, [{ type: schema, name: 'body' }]],
    ['no member', '{}', 400, [{ type: schema, name: 'insz', code: 'format' }]],
    [
      'a number as INSZ',
      `{"insz":${insz},"caseHandler":{"id":"a"}}`,
      400,
      [{ type: schema, name: 'insz', code: 'format' }],
    ],
    ['twelve digits', j({ ...good, insz: `${insz}0` }), 400, [{ type: schema, name: 'insz', code: 'format' }]],
    [
      'full-width digits',
      j({ ...good, insz: insz.replace(/./, '\uff19') }),
      400,
      [{ type: schema, name: 'insz', code: 'format' }],
    ],
    [
      'a wrong checksum',
      j({ ...good, insz: insz.replace(/.$/, (d) => String((Number(d) + 1) % 10)) }),
      400,
      [{ type: 'invalidInput', name: 'insz', code: 'checksum' }],
    ],
    [
      'an impossible month',
      j({ ...good, insz: '90991500155' }),
      400,
      [{ type: 'invalidInput', name: 'insz', code: 'month' }],
    ],
    [
      'a member named twice',
      `{"insz":"${insz}","insz":"${secret}","caseHandler":{"id":"a"}}`,
      400,
      [{ type: schema, name: 'body' }],
    ],
    [
      'a member named twice, once with an escape',
      `{"insz":"${insz}","\\u0069nsz":"${secret}","caseHandler":{"id":"a"}}`,
      400,
      [{ type: schema, name: 'body' }],
    ],
    ['an unknown member', j({ ...good, [secret]: 1 }), 400, [{ type: 'unknownInput', name: 'body' }]],
    [
      'an unknown member of the case handler',
      j({ insz, caseHandler: { id: 'a', [secret]: 1 } }),
      400,
      [{ type: 'unknownInput', name: 'caseHandler' }],
    ],
    [
      '__proto__',
      `{"insz":"${insz}","caseHandler":{"id":"a"},"__proto__":{"role":"x"}}`,
      400,
      [{ type: 'unknownInput', name: 'body' }],
    ],
    [
      'constructor',
      `{"insz":"${insz}","caseHandler":{"id":"a"},"constructor":{"prototype":{}}}`,
      400,
      [{ type: 'unknownInput', name: 'constructor' }],
    ],
    ['no case handler', j({ insz }), 400, [{ type: schema, name: 'caseHandler' }]],
    ['a case handler without an id', j({ insz, caseHandler: {} }), 400, [{ type: schema, name: 'caseHandler.id' }]],
    [
      'a case handler with a space',
      j({ insz, caseHandler: { id: `a ${secret}` } }),
      400,
      [{ type: schema, name: 'caseHandler.id' }],
    ],
    [
      'a role of 65 characters',
      j({ insz, caseHandler: { id: 'a', role: 'r'.repeat(65) } }),
      400,
      [{ type: schema, name: 'caseHandler.role' }],
    ],
    [
      'an INSZ as file number',
      j({ ...good, caseReference: `x${insz}` }),
      400,
      [{ type: 'invalidInput', name: 'caseReference' }],
    ],
    [
      'a file number with a space',
      j({ ...good, caseReference: 'a b' }),
      400,
      [{ type: schema, name: 'caseReference' }],
    ],
    [
      'an unknown rule set',
      j({ ...good, ruleSet: secret }),
      400,
      [{ type: 'referencedResourceNotFound', name: 'ruleSet' }],
    ],
    ['a rule set that is no string', j({ ...good, ruleSet: 1 }), 400, [{ type: schema, name: 'ruleSet' }]],
    [
      'a reference date before the rule set',
      j({ ...good, referenceDate: '2023-10-03' }),
      400,
      [{ type: 'invalidInput', name: 'referenceDate' }],
    ],
    [
      'a reference date in the future',
      j({ ...good, referenceDate: '2999-01-01' }),
      400,
      [{ type: 'invalidInput', name: 'referenceDate' }],
    ],
    [
      'a reference date that does not exist',
      j({ ...good, referenceDate: '2024-02-30' }),
      400,
      [{ type: schema, name: 'referenceDate' }],
    ],
    [
      'several faults',
      j({ ...good, insz: '90991500155', ruleSet: secret, referenceDate: '2999-01-01' }),
      400,
      [
        { type: 'invalidInput', name: 'insz' },
        { type: 'invalidInput', name: 'referenceDate' },
        { type: 'referencedResourceNotFound', name: 'ruleSet' },
      ],
    ],
    ['a depth of 10 000', nested(2_500), 400, [{ type: schema }, { type: 'unknownInput', name: 'a' }]],
    [
      'a misspelt member, and the one that is missing for it',
      j({ insz, casehandler: caseHandler }),
      400,
      [
        { type: 'unknownInput', name: 'casehandler' },
        { type: schema, name: 'caseHandler' },
      ],
    ],
    [
      'faults of form and of value together',
      j({ insz: '90991500155', caseHandler: { id: 'a b' }, ruleSet: secret, referenceDate: 'today' }),
      400,
      [
        { type: 'invalidInput', name: 'insz', code: 'month' },
        { type: schema, name: 'caseHandler.id' },
        { type: schema, name: 'referenceDate' },
        { type: 'referencedResourceNotFound', name: 'ruleSet' },
      ],
    ],
    ['a deeper body', '['.repeat(10_000), 400, [{ type: schema, name: 'body' }]],
    ['16 KiB and one byte', ' '.repeat(16_385), 413],
    ['1 MB', `{"insz":"${'9'.repeat(1_000_000)}"}`, 413],
  ];

  test.each(cases)('%s', async (_, body, status, issues) => {
    const lines = service.accesses().length;
    const asked = world.simulator.requests.total;
    const answer = await post(body);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const [head = '', text = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^content-type: application\/problem\+json$/im);
    expect(head).toMatch(/^cache-control: no-store$/im);
    const problem = Problem.parse(JSON.parse(text));
    expect(problem.status).toBe(status);
    for (const issue of issues ?? []) {
      expect(problem.issues).toContainEqual(
        expect.objectContaining({
          ...issue,
          in: 'body',
          type: `urn:problem-type:belgif:input-validation:${issue.type}`,
        }),
      );
    }
    expect(answer).not.toContain(secret);
    expect(answer).not.toContain(insz.slice(1, 9));
    expect(world.simulator.requests.total).toBe(asked);
    await until(() => service.accesses().length > lines);
    expect(service.accesses()).toHaveLength(lines + 1);
    expect(service.accesses().at(-1)).toMatchObject({ result: 'refused', status, id: idOf(problem) });
    expect(service.accesses().at(-1)).not.toHaveProperty('subject');
  });

  test.each([
    ['text/plain', 415, 'zorg:unsupportedMediaType'],
    ['application/xml', 415, 'zorg:unsupportedMediaType'],
    ['application/json; charset=utf-8', 200, ''],
  ])('a body as %s: %i', async (type, status, problem) => {
    const answer = await post(JSON.stringify(good), type);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(problem);
  });
});

describe('a request', () => {
  test('with null in every optional member is answered as one without them', async () => {
    const body = {
      insz,
      caseHandler: { ...caseHandler, role: null },
      caseReference: null,
      ruleSet: null,
      referenceDate: null,
    };
    const answer = await post(JSON.stringify(body));
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(await post(JSON.stringify({ insz: null, caseHandler }))).toMatch(/^HTTP\/1.1 400 [\s\S]*"name":"insz"/);
    expect(await post(JSON.stringify({ insz, caseHandler: null }))).toMatch(
      /^HTTP\/1.1 400 [\s\S]*"name":"caseHandler"/,
    );
  });

  test.each([
    [JSON.stringify(good), ['query lang']],
    [JSON.stringify({ ...good, insz: '90991500155' }), ['query lang', 'body insz']],
    ['{', ['body body', 'query lang']],
    ['[]', ['body body', 'query lang']],
  ])('with a query parameter is refused, together with what is wrong in %s', async (body, expected) => {
    const lines = service.accesses().length;
    const response = await fetch(`${service.url}/eligibility?lang=en`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    const { issues } = Problem.parse(await response.json());
    expect(issues?.map((issue) => `${issue.in} ${issue.name}`).sort()).toEqual([...expected].sort());
    await until(() => service.accesses().length > lines);
  });

  test('that accepts no JSON gets 406, with its audit line and without a call to LED', async () => {
    const lines = service.accesses().length;
    const asked = world.simulator.requests.total;
    const response = await ask(service, good, { accept: 'application/xml, text/*' });
    expect(response.status).toBe(406);
    expect(Problem.parse(await response.json())).toMatchObject({
      type: 'urn:problem-type:zorg:notAcceptable',
      href: 'doc#problem-notAcceptable',
    });
    await until(() => service.accesses().length > lines);
    expect(world.simulator.requests.total).toBe(asked);
  });

  test.each(['/health?x=1', '/doc?x=1', '/doc/openapi.yaml?x=1'])('for %s may have a query', async (path) => {
    expect((await fetch(`${service.url}${path}`)).status).toBe(200);
  });
});

describe('paths and methods', () => {
  test.each([
    ['GET', '/eligibility', 405, 'zorg:methodNotAllowed', 'POST'],
    ['PUT', '/eligibility', 405, 'zorg:methodNotAllowed', 'POST'],
    ['OPTIONS', '/eligibility', 405, 'zorg:methodNotAllowed', 'POST'],
    ['DELETE', '/ruleSets/begeleider-ama?x=1', 405, 'zorg:methodNotAllowed', 'GET, HEAD'],
    ['POST', '/health', 405, 'zorg:methodNotAllowed', 'GET, HEAD'],
    ['PROPFIND', '/eligibility', 405, 'zorg:methodNotAllowed', 'POST'],
    ['GET', '/', 404, 'belgif:resourceNotFound', undefined],
    ['GET', '/eligibility/1', 404, 'belgif:resourceNotFound', undefined],
    ['GET', '/ruleSets/nothing', 404, 'belgif:resourceNotFound', undefined],
    ['GET', '/%zz', 404, 'belgif:resourceNotFound', undefined],
    ['GET', '/metrics', 404, 'belgif:resourceNotFound', undefined],
    ['GET', '/livez', 404, 'belgif:resourceNotFound', undefined],
  ])('%s %s is %i', async (method, path, status, type, allow) => {
    const answer = await raw(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`urn:problem-type:${type}`);
    expect(answer.match(/^allow: (.*)\r$/im)?.[1]).toBe(allow);
    expect(answer).toMatch(/^belgov-trace-id: [0-9a-f-]{36}\r$/im);
    expect(answer).not.toContain('access-control');
  });

  test('a request that is not HTTP gets a problem too', async () => {
    expect(await raw('HELLO\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json.*belgif:badRequest/s);
  });

  test('headers over 16 KiB get a problem', async () => {
    const answer = await raw(`GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 413 .*belgif:payloadTooLarge.*The headers are larger/s);
    const head = 'POST /eligibility HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n';
    const body = ' '.repeat(16_385);
    expect(await raw(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)).toMatch(
      /^HTTP\/1.1 413 .*belgif:payloadTooLarge.*The body is larger/s,
    );
  });

  test('a connection with a body that never ends is closed within 10 s, without an audit line', async () => {
    const lines = service.accesses().length;
    const started = performance.now();
    const answer = await raw(
      'POST /eligibility HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"insz":',
    );
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(answer).toMatch(/^$|^HTTP\/1.1 408 /);
    expect((await ask(service, good)).status).toBe(200);
    expect(service.accesses()).toHaveLength(lines + 1);
  });
});

describe('every answer', () => {
  test.each([
    ['b3d0a2f45c1e4f0a9d2b1a2b3c4d5e6f', true],
    ['90610100155aaaaaaaaaaaaaaaaaaaaa', true],
    ['90610100-1557-4f0a-9d2b-1a2b3c4d5e6f', true],
    ['call-17', true],
    ['a'.repeat(36), true],
    ['a'.repeat(37), false],
    ['90610100155', false],
    ['x-906101-001-55', false],
    ['a.b', false],
  ])('repeats the caller’s trace id %s: %s', async (value, repeated) => {
    const response = await fetch(`${service.url}/health`, { headers: { 'BelGov-Trace-Id': value } });
    expect(response.headers.get('belgov-related-trace-id')).toBe(repeated ? value : null);
  });

  test('has its own trace id, and that of the caller', async () => {
    const mine = 'b3d0a2f4-5c1e-4f0a-9d2b-1a2b3c4d5e6f';
    const [first, second, odd] = await Promise.all([
      ask(service, good, { 'BelGov-Trace-Id': mine }),
      ask(service, good),
      ask(service, good, { 'BelGov-Trace-Id': `${secret}!` }),
    ]);
    expect(first.headers.get('belgov-related-trace-id')).toBe(mine);
    expect(second.headers.has('belgov-related-trace-id')).toBe(false);
    expect(odd.headers.has('belgov-related-trace-id')).toBe(false);
    expect(first.headers.get('belgov-trace-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(first.headers.get('belgov-trace-id')).not.toBe(second.headers.get('belgov-trace-id'));
  });

  test('with a decision has exactly these headers', async () => {
    const response = await ask(service, good);
    expect(Object.fromEntries([...response.headers].filter(([name]) => name !== 'date'))).toEqual({
      'belgov-trace-id': expect.any(String),
      'cache-control': 'no-store',
      connection: 'keep-alive',
      'content-language': 'nl',
      'content-length': expect.any(String),
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'application/json; charset=utf-8',
      'keep-alive': expect.any(String),
      'referrer-policy': 'no-referrer',
      vary: 'Accept-Language',
      'x-content-type-options': 'nosniff',
    });
  });

  test.each([
    ['nl', 'nl'],
    ['en', 'en'],
    ['en-GB,en;q=0.9', 'en'],
    ['fr, en;q=0.5, nl;q=0.8', 'nl'],
    ['de', 'nl'],
    ['*', 'nl'],
    ['en;q=0', 'nl'],
  ])('to Accept-Language %s is in %s', async (accept, language) => {
    const response = await ask(service, good, { 'accept-language': accept });
    expect(response.headers.get('content-language')).toBe(language);
    const decision = Decision.parse(await response.json());
    expect(decision.reasons[0]?.text).toMatch(language === 'en' ? /diploma with an/ : /diploma met een/);
  });
});

describe('behind a path prefix (BASE_PATH)', () => {
  const basePath = '/REST/ledEligibility/v1';
  let prefixed: RunningService;
  beforeAll(async () => {
    prefixed = await startService({ ...world.environment, BASE_PATH: basePath });
  });
  afterAll(() => prefixed?.stop());

  test('every path of the business listener is below it, and none outside', async () => {
    const url = `${prefixed.url}${basePath}`;
    expect((await ask({ url }, good)).status).toBe(200);
    expect((await ask(prefixed, good)).status).toBe(404);
    for (const path of ['/ruleSets', '/health', '/doc', '/doc/openapi.yaml', '/doc/decision-flow']) {
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
      expect([path, (await fetch(`${prefixed.url}${path}`)).status]).toEqual([path, 404]);
    }
    expect((await fetch(`${prefixed.opsUrl}/livez`)).status).toBe(200);
  });

  test('links lead to paths below it, also those of problems', async () => {
    const list = `${prefixed.url}${basePath}/ruleSets`;
    const { items } = await json(await fetch(list));
    expect((await fetch(new URL(items[0].href, list))).status).toBe(200);
    for (const path of ['/', '/else/where', `${basePath}/none`, `${basePath}/ruleSets/none`]) {
      const problem = await json(await fetch(`${prefixed.url}${path}`));
      expect(new URL(problem.href, `${prefixed.url}${path}`).pathname).toBe(`${basePath}/doc`);
    }
    const method = await fetch(`${prefixed.url}${basePath}/eligibility`);
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('the document is the same as without it, because its server is relative', async () => {
    const [here, there] = await Promise.all(
      [`${prefixed.url}${basePath}`, service.url].map(async (url) => (await fetch(`${url}/doc/openapi.yaml`)).text()),
    );
    expect(here).toBe(there);
    expect(here).toContain('servers:\n  - url: ..\n');
  });
});

describe('documents and operations', () => {
  test('the rule sets are listed and shown in full', async () => {
    const list = await json(await fetch(`${service.url}/ruleSets`));
    expect(list.items).toContainEqual(
      expect.objectContaining({ id: 'begeleider-ama', version: '1.1.0', validFrom: '2023-10-04' }),
    );
    const one = await json(await fetch(`${service.url}/ruleSets/begeleider-ama`));
    expect(one.subjects).toHaveLength(33);
    expect(one.minimumLevel).toBe(6);
    expect(list.total).toBe(list.items.length);
    const listed = list.items.find(({ version }: { version: string }) => version === one.version);
    expect(one.digest).toBe(listed.digest);
    expect(one.reasons.map(({ code }: { code: string }) => code)).toContain('careExperience');
  });

  test('the API page and its document load nothing from outside the service', async () => {
    const page = await fetch(`${service.url}/doc`);
    expect(page.status).toBe(200);
    expect(await page.text()).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const yaml = await fetch(`${service.url}/doc/openapi.yaml`);
    expect(await yaml.text()).toMatch(/^openapi: 3\.0\.\d/);
    expect((await json(await fetch(`${service.url}/doc/openapi.json`))).paths).toHaveProperty('/eligibility');
  });

  test.each(['/doc/json', '/doc/yaml', '/doc/static/index.html', '/doc/static/swagger-initializer.js'])(
    'there is no second page or document at %s',
    async (path) => {
      expect((await fetch(`${service.url}${path}`)).status).toBe(404);
    },
  );

  test('probes, health and metrics answer', async () => {
    expect(await (await fetch(`${service.url}/health`)).json()).toEqual({ status: 'UP' });
    expect((await fetch(`${service.opsUrl}/livez`)).status).toBe(200);
    expect((await fetch(`${service.opsUrl}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
    expect(metrics).toMatch(/^eligibility_requests_total\{outcome="eligible",status="200"\} \d+$/m);
    expect(metrics).toMatch(/^audit_lines_total\{kind="access"\} \d+$/m);
    expect(metrics).toMatch(/^rule_set_info\{id="begeleider-ama",version="1.1.0",digest="sha256:[0-9a-f]{64}"\} 1$/m);
    expect(metrics).toMatch(/^certificate_expiry_timestamp_seconds\{use="led"\} \d+$/m);
  });
});

import fc from 'fast-check';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerXml, bachelorRecord, faultXml, testInsz } from '../support/answers.ts';
import { type AuthorisationServer, startAuthorisationServer } from '../support/authorisation-server.ts';
import { anyInsz, dressed, plainlyDressed } from '../support/dress.ts';
import { goodXml, type HostileLed, respond, startHostileLed } from '../support/hostile-led.ts';
import { createWorld, idOf, type RunningService, startService, type World } from '../support/service.ts';

let world: World;
let server: AuthorisationServer;
let led: HostileLed;
/** Reads tokens. */
let byToken: RunningService;
/** Reads client certificates. */
let byCertificate: RunningService;

beforeAll(async () => {
  world = await createWorld();
  server = await startAuthorisationServer();
  led = await startHostileLed();
  const pair = await world.authority.issue({ commonName: 'service', names: ['127.0.0.1'], use: 'server' });
  const environment = { ...world.environment, LED_URL: led.url.href, LED_SIGNATURE: 'none' };
  byToken = await startService({ ...environment, ...server.environment });
  byCertificate = await startService({
    ...environment,
    TLS_CERT_FILE: world.write('listener.crt', pair.cert),
    TLS_KEY_FILE: world.write('listener.key', pair.key),
    TLS_CLIENT_CA_FILE: world.write('callers.pem', world.authority.cert),
  });
});
afterAll(async () => {
  await Promise.all([byToken?.stop(), byCertificate?.stop()]);
  await led?.close();
  await server?.close();
  await world?.close();
});

/**
 * Finds a number in a text as a person or a program could read it: its digits of any script, with anything but letters
 * and other digits between them. It shares no code with the service.
 */
const readsOut = (text: string, insz: string): boolean => {
  const between = String.raw`(?:[%\\][0-9a-f]{2}|\\u[0-9a-f]{4}|[^\p{L}\p{Nd}])*`;
  const zeros = [0x30, 0x660, 0x6f0, 0x966, 0xe50, 0xff10, 0x1d7ce, 0x1e950];
  const digit = (value: string): string =>
    `[${zeros.map((zero) => String.fromCodePoint(zero + Number(value))).join('')}]`;
  const pattern = new RegExp([...insz].map(digit).join(between), 'iu');
  const decoded = text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
  return pattern.test(text) || pattern.test(decoded);
};

test('the reader of this test reads an INSZ in any dress', () => {
  fc.assert(
    fc.property(
      anyInsz.chain((insz) => fc.tuple(fc.constant(insz), dressed(insz))),
      ([insz, text]) => {
        expect(readsOut(`{"x":"a ${text} b"}`, insz)).toBe(true);
      },
    ),
  );
});

/** Where the number can be read: in the answer, in the metrics, or in what a stream wrote since `from`. */
const leaks = async (
  service: RunningService,
  insz: string,
  {
    text: answer,
    from,
  }: { readonly text: string; readonly from: { readonly stdout: number; readonly stderr: number } },
): Promise<string[]> => {
  used.add(insz);
  const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
  const stdout = service.stdout().slice(from.stdout);
  const stderr = service.stderr().slice(from.stderr);
  return Object.entries({ answer, metrics, stdout, stderr }).flatMap(([name, text]) =>
    readsOut(text, insz) ? [name] : [],
  );
};

/** Every number that was put in. */
const used = new Set<string>();

type Question = {
  readonly service: RunningService;
  readonly dispatcher?: Agent;
  readonly headers: Record<string, string>;
  readonly query?: string;
  readonly body: object;
};

/** Asks, waits for the access line, and returns the answer with its headers as one text. */
const ask = async ({ service, dispatcher, headers, query = '', body }: Question) => {
  const from = { stdout: service.stdout().length, stderr: service.stderr().length };
  const scheme = dispatcher === undefined ? 'http' : 'https';
  const answer = await request(`${scheme}://127.0.0.1:${service.port}/eligibility${query}`, {
    ...(dispatcher && { dispatcher }),
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  const id = idOf(JSON.parse(text));
  await service.accessOf(id);
  return { status: answer.statusCode, text: `${JSON.stringify(answer.headers)}\n${text}`, from };
};

/** Puts the number into some of the places, each in a dress of its own. */
const places = (insz: string) => {
  const inId = plainlyDressed(insz, ['.', '-', '_', ':', '@']);
  const sometimes = <T>(text: fc.Arbitrary<T>) => fc.option(text, { nil: undefined });
  const around = (text: fc.Arbitrary<string>) =>
    fc.tuple(fc.constantFrom('', 'x', 'CN=', '7'), text, fc.constantFrom('', 'y', ' 7')).map((parts) => parts.join(''));
  return fc.record({
    insz: fc.constant(insz),
    token: fc.record({
      client_id: sometimes(around(dressed(insz))),
      vo_orgcode: sometimes(around(dressed(insz))),
      vo_id: sometimes(inId),
      role: sometimes(inId),
      jti: sometimes(dressed(insz)),
    }),
    caseHandler: sometimes(fc.record({ id: inId, role: sometimes(inId) })),
    caseReference: sometimes(plainlyDressed(insz, ['.', '-', '_', ':', '/'])),
    ruleSet: sometimes(dressed(insz)),
    unknown: sometimes(dressed(insz)),
    query: sometimes(dressed(insz)),
    traceId: sometimes(plainlyDressed(insz, ['-', '--'])),
    certificate: plainlyDressed(insz, ['.', '-', '_', ':', '/']),
    led: fc.constantFrom('good', 'exception', 'fault'),
    word: around(dressed(insz)),
    code: plainlyDressed(insz, ['_', '.', '-']),
  });
};

const anyPlaces = anyInsz.chain(places);
type Places = typeof anyPlaces extends fc.Arbitrary<infer T> ? T : never;

const answerAs = ({ led: kind, word, code }: Places): void => {
  led.respond = (call) => {
    const { referte } = call;
    if (kind === 'good') return respond(call, goodXml(referte));
    if (kind === 'fault') return respond(call, faultXml(`ERR_${code} ${word}`), {}, '500 Error');
    const exceptions = [
      { identificatie: word, oorsprong: word, type: word, diagnose: word },
      { identificatie: `ERR_${code}`, oorsprong: code, type: 'WAARSCHUWING', diagnose: code },
    ];
    return respond(call, answerXml({ referte, exceptions, records: [bachelorRecord(testInsz())] }));
  };
};

const bodyOf = ({ caseHandler, caseReference, ruleSet, unknown }: Places, full: boolean): object => ({
  insz: testInsz(),
  caseHandler: caseHandler ?? { id: 'handler-1' },
  ...(caseReference && { caseReference }),
  ...(full && ruleSet && { ruleSet }),
  ...(full && unknown && { [unknown]: 1 }),
});

const traceHeader = ({ traceId }: Places): Record<string, string> =>
  traceId === undefined ? {} : { 'belgov-trace-id': traceId };

test('an INSZ in any dress, in any text of request, token and LED, cannot be read out of streams, metrics or answers', async () => {
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(anyPlaces, fc.boolean(), async (given, full) => {
      answerAs(given);
      const claims = Object.fromEntries(Object.entries(given.token).filter(([, value]) => value !== undefined));
      const { vo_id: person } = given.token;
      const body = { ...bodyOf(given, full), ...(person && !full && { caseHandler: { id: person } }) };
      const answer = await ask({
        service: byToken,
        headers: { authorization: `Bearer ${await server.sign(claims)}`, ...traceHeader(given) },
        ...(full && given.query && { query: `?q=${encodeURIComponent(given.query)}` }),
        body,
      });
      statuses.add(answer.status);
      expect(await leaks(byToken, given.insz, answer)).toEqual([]);
    }),
    { numRuns: 100 },
  );
  // The property reached LED, and was refused before.
  expect([...statuses].sort()).toEqual(expect.arrayContaining([200, 400, 502]));
}, 120_000);

test('the same for a client certificate', async () => {
  await fc.assert(
    fc.asyncProperty(anyPlaces, async (given) => {
      answerAs({ ...given, led: 'good' });
      const caller = await world.authority.issue({ commonName: given.certificate, use: 'client' });
      const dispatcher = new Agent({ connect: { ca: world.authority.cert, ...caller } });
      const headers = traceHeader(given);
      const answer = await ask({ service: byCertificate, dispatcher, headers, body: bodyOf(given, false) });
      await dispatcher.destroy();
      expect(await leaks(byCertificate, given.insz, answer)).toEqual([]);
    }),
    { numRuns: 30 },
  );
}, 120_000);

test('at the end neither stream shows a number that was put in', async () => {
  for (const service of [byToken, byCertificate]) {
    await service.stop();
    expect(service.audit().length).toBeGreaterThan(30);
    expect(service.log().length).toBeGreaterThan(30);
    const streams = service.stdout() + service.stderr();
    expect([...used].filter((insz) => readsOut(streams, insz))).toEqual([]);
  }
});

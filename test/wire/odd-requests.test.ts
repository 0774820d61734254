import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { personWith } from '../support/persons.ts';
import { ask, createWorld, idOf, json, type RunningService, startService, type World } from '../support/service.ts';
import { until } from '../support/until.ts';

const insz = personWith('eligible');
const body = JSON.stringify({ insz, caseHandler: { id: 'handler-1' } });
const size = body.length.toString(16);

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
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(service.port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    // A connection that closes before all bytes are read ends with a reset.
    socket.on('error', () => {});
    socket.once('close', () => resolve(text));
  });

const statusesIn = (answers: string): number[] =>
  [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((m) => Number(m[1]));

/** The bytes of a request, of which each part can be replaced. By default the connection closes after it. */
const post = ({
  line = 'POST /eligibility HTTP/1.1',
  host = 'Host: x\r\n',
  connection = 'Connection: close\r\n',
  type = 'Content-Type: application/json\r\n',
  length = `Content-Length: ${body.length}\r\n`,
  more = '',
  content = body,
}: Partial<Record<'line' | 'host' | 'connection' | 'type' | 'length' | 'more' | 'content', string>> = {}): string =>
  `${line}\r\n${host}${connection}${type}${length}${more}\r\n${content}`;

const chunked = (content: string) => post({ length: 'Transfer-Encoding: chunked\r\n', content });

describe('a request in an unusual form', () => {
  test.each([
    ['Expect: 100-continue', post({ more: 'Expect: 100-continue\r\n' }), [100, 200], [200]],
    ['an unknown expectation', post({ more: 'Expect: tea\r\n' }), [200], [200]],
    ['HTTP/1.0, without a host', post({ line: 'POST /eligibility HTTP/1.0', host: '' }), [200], [200]],
    ['a whole URL', post({ line: 'POST http://elsewhere.example/eligibility HTTP/1.1' }), [200], [200]],
    ['a query', post({ line: 'POST /eligibility?a=b HTTP/1.1' }), [400], [400]],
    ['an encoded path', post({ line: 'POST /%65ligibility HTTP/1.1' }), [200], [200]],
    [
      'an upgrade',
      post({ connection: 'Connection: upgrade, close\r\n', more: 'Upgrade: websocket\r\n' }),
      [200],
      [200],
    ],
    [
      'an upgrade to HTTP/2',
      post({
        connection: 'Connection: upgrade, http2-settings, close\r\n',
        more: 'Upgrade: h2c\r\nHTTP2-Settings: AAA\r\n',
      }),
      [200],
      [200],
    ],
    ['chunks', chunked(`${size}\r\n${body}\r\n0\r\n\r\n`), [200], [200]],
    [
      'three requests on one connection, sent without waiting for answers',
      post({ connection: '' }) + post({ connection: '', length: 'Content-Length: 2\r\n', content: '{}' }) + post(),
      [200, 400, 200],
      [200, 200, 400],
    ],
    ['chunks over 16 KiB', chunked(`${`1000\r\n${' '.repeat(4_096)}\r\n`.repeat(5)}0\r\n\r\n`), [413], [413]],
    ['no host', post({ host: '' }), [400], [400]],
    ['no body', post({ length: '', content: '' }), [400], [400]],
    ['no body and no type', post({ type: '', length: '', content: '' }), [400], [400]],
    ['no type', post({ type: '' }), [415], [415]],
    ['an invalid type', post({ type: 'Content-Type: ;;;\r\n' }), [415], [415]],
    ['utf-8 by name', post({ type: 'Content-Type: application/json; charset="UTF-8"\r\n' }), [200], [200]],
    ['another charset', post({ type: 'Content-Type: application/json; charset=utf-16\r\n' }), [415], [415]],
    [
      'a second charset',
      post({ type: 'Content-Type: application/json;charset=utf-8;charset=latin1\r\n' }),
      [415],
      [415],
    ],
    ['a compressed body', post({ more: 'Content-Encoding: gzip\r\n' }), [415], [415]],
    ['the encoding identity', post({ more: 'Content-Encoding: identity\r\n' }), [200], [200]],
    ['two hosts', post({ more: 'Host: y\r\n' }), [400], [400]],
    ['two types', post({ more: 'content-type: text/plain\r\n' }), [400], [400]],
    ['two Authorization headers', post({ more: 'Authorization: Bearer a\r\nauthorization: b\r\n' }), [400], [400]],
    [
      'a transfer encoding that is not chunked alone',
      post({ length: 'Transfer-Encoding: gzip, chunked\r\n', content: `${size}\r\n${body}\r\n0\r\n\r\n` }),
      [400],
      [400],
    ],
    ['99 headers', post({ more: 'a: b\r\n'.repeat(95) }), [200], [200]],
    ['100 headers', post({ more: 'a: b\r\n'.repeat(96) }), [400], [400]],
    ['chunks of one byte', chunked(`${[...body].map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`), [200], [200]],
  ])('%s: answered, with an audit line for each answer', async (_, bytes, statuses, lines) => {
    const before = service.accesses().length;
    const answer = await raw(bytes);
    expect(statusesIn(answer)).toEqual(statuses);
    expect(answer.split('application/problem+json').length - 1).toBe(statuses.filter((status) => status >= 400).length);
    await until(() => service.accesses().length >= before + lines.length);
    expect(
      service
        .accesses()
        .slice(before)
        .map(({ status }) => status)
        .sort(),
    ).toEqual(lines);
  });

  test.each([
    ['two lengths', post({ more: `Content-Length: ${body.length}\r\n` }), 400],
    ['a length and chunks', post({ more: 'Transfer-Encoding: chunked\r\n', content: '0\r\n\r\n' }), 400],
    ['a negative length', post({ length: 'Content-Length: -1\r\n' }), 400],
    ['a space before the colon', post({ more: 'X : a\r\n' }), 400],
    ['a folded header', post({ more: 'X: a\r\n b\r\n' }), 400],
    ['bare line feeds', post().replaceAll('\r\n', '\n'), 400],
    ['HTTP/2 without negotiation', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['2 000 headers', post({ more: 'a: 0123456789\r\n'.repeat(2_000) }), 413],
    [
      'a method in another header',
      post({ line: 'GET /eligibility HTTP/1.1', more: 'X-HTTP-Method-Override: POST\r\n' }),
      405,
    ],
    ['HEAD', post({ line: 'HEAD /eligibility HTTP/1.1', length: '', content: '' }), 405],
    ['a path with a slash at the end', post({ line: 'POST /eligibility/ HTTP/1.1' }), 404],
    ['a path with two slashes', post({ line: 'POST //eligibility HTTP/1.1' }), 404],
    ['CONNECT', 'CONNECT /eligibility HTTP/1.1\r\nHost: x\r\n\r\n', undefined],
  ])('%s: refused before it is a question, without an audit line', async (_, bytes, status) => {
    const before = service.accesses().length;
    const asked = world.simulator.requests.total;
    expect(statusesIn(await raw(bytes))).toEqual(status === undefined ? [] : [status]);
    expect((await ask(service, body)).status).toBe(200);
    expect(service.accesses()).toHaveLength(before + 1);
    expect(world.simulator.requests.total).toBe(asked + 1);
  });

  test.each([
    ['a transfer encoding without an end', post({ length: 'Transfer-Encoding: identity\r\n' })],
    ['a chunk without a size', chunked('zz\r\n')],
    ['a chunk with a long extension', chunked(`${size};a=${'b'.repeat(20_000)}\r\n${body}\r\n0\r\n\r\n`)],
    ['long trailers', chunked(`${size}\r\n${body}\r\n0\r\nX: ${'b'.repeat(20_000)}\r\n\r\n`)],
  ])('%s: the body breaks, so there is no answer and no audit line', async (_, bytes) => {
    const before = service.accesses().length;
    expect(await raw(bytes)).toBe('');
    expect((await ask(service, body)).status).toBe(200);
    expect(service.accesses()).toHaveLength(before + 1);
  });

  test('an invalid request behind a question does not replace the answer to the question', async () => {
    const before = service.accesses().length;
    expect(statusesIn(await raw(`${post({ connection: '' })}HELLO\r\n\r\n`))).not.toContain(400);
    await until(() => service.accesses().length > before);
    expect(service.accesses()).toHaveLength(before + 1);
  });
});

describe('a request that Node refuses by itself', () => {
  test.each([
    ['headersTooLarge', post({ more: 'a: 0123456789\r\n'.repeat(2_000) })],
    ['contentLength', post({ more: `Content-Length: ${body.length}\r\n` })],
    ['transferEncoding', post({ more: 'Transfer-Encoding: chunked\r\n' })],
    ['header', post({ more: 'X: a\r\n b\r\n' })],
    ['requestLine', post().replaceAll('\r\n', '\n')],
    ['chunk', chunked('zz\r\n')],
  ])('is counted as %s, and its problem has no instance', async (kind, bytes) => {
    const count = async (): Promise<number> => {
      const text = await (await fetch(`${service.opsUrl}/metrics`)).text();
      return Number(new RegExp(`^broken_requests_total{kind="${kind}"} (\\d+)$`, 'm').exec(text)?.[1]);
    };
    const before = await count();
    const answer = await raw(bytes);
    expect(answer).not.toContain('instance');
    expect(await count()).toBe(before + 1);
  });
});

describe('a request for the page of the API', () => {
  const get = (path: string, more = '') => raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`);
  const css = '/doc/static/swagger-ui.css';

  test.each([
    ['/doc/static/%00', '', 404],
    ['/doc/static/../../package.json', '', 404],
    ['/doc/static/%2e%2e/index.html', '', 404],
    ['/doc/static/..%5c..%5cpackage.json', '', 404],
    ['/doc/static/.hidden', '', 404],
    ['/doc/static/no-such-file', '', 404],
    ['/doc/openapi-yaml', '', 404],
    [css, 'Range: bytes=9999999-\r\n', 400],
    [css, 'Range: bytes=5-2\r\n', 400],
    [css, 'If-Match: "x"\r\n', 400],
    [css, 'If-Unmodified-Since: Mon, 01 Jan 1990 00:00:00 GMT\r\n', 400],
    [css, 'Range: tea\r\n', 200],
    [css, 'If-Range: tea\r\n', 200],
    [css, 'If-None-Match: *\r\n', 304],
  ])('%s %j: %i, a problem where it is a refusal, and no error in the log', async (path, more, status) => {
    const before = service.stderr().length;
    const answer = await get(path, more);
    expect(statusesIn(answer)).toEqual([status]);
    expect(answer.includes('content-type: application/problem+json')).toBe(status >= 400);
    if (status >= 400) expect(answer).not.toContain('no-such-file');
    await until(() => service.stderr().includes('"answered"', before));
    expect(service.stderr().slice(before)).not.toContain('"level":50');
  });

  test('by another method, at a path that differs in a dot: 404, not 405', async () => {
    const post = (path: string) => raw(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(statusesIn(await post('/doc/openapi-yaml'))).toEqual([404]);
    expect(statusesIn(await post('/doc/openapi.yaml'))).toEqual([405]);
  });
});

describe('a caller who leaves', () => {
  test('before the body is complete gets no audit line', async () => {
    const before = service.accesses().length;
    const socket = connect(service.port, '127.0.0.1');
    socket.write(post({ content: body.slice(0, 20) }));
    await fetch(`${service.url}/health`);
    socket.destroy();
    expect((await ask(service, body)).status).toBe(200);
    expect(service.accesses()).toHaveLength(before + 1);
    expect(service.accesses().at(-1)?.status).toBe(200);
  });
});

describe('connections', () => {
  test('that send nothing are closed within 10 s', async () => {
    const started = performance.now();
    await Promise.all(Array.from({ length: 50 }, () => raw('')));
    expect(performance.now() - started).toBeLessThan(10_000);
    expect((await ask(service, body)).status).toBe(200);
  });
});

describe('many callers at once', () => {
  test('every answer has exactly one line, refusals included', async () => {
    const before = service.accesses().length;
    const bodies = [body, '{', '[]', body.replace(insz, '90991500155'), ' '.repeat(17_000)];
    const statuses = [200, 400, 400, 400, 413];
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const response = await ask(service, bodies[index % bodies.length] ?? '');
        // On a busy machine some get 503.
        expect([statuses[index % statuses.length], 503]).toContain(response.status);
        return `${idOf(await json(response))} ${response.status}`;
      }),
    );
    expect(new Set(answers).size).toBe(300);
    await until(() => service.accesses().length >= before + 300);
    const lines = service
      .accesses()
      .slice(before)
      .map(({ id, status }) => `${id} ${status}`);
    expect(lines.sort()).toEqual(answers.sort());
  });
});

describe('an event loop that is late', () => {
  test('makes the service refuse questions with an audit line, and still answer probes and documents', async () => {
    // These bodies are so deep that reading one takes far longer than sending it. They are not valid questions.
    const content = `{"a":${'['.repeat(8_000)}${']'.repeat(8_000)}}`;
    const flood = post({ connection: '', length: `Content-Length: ${content.length}\r\n`, content }).repeat(4);
    // All connect before the flood begins: the event loop accepts one connection a turn, and the turns will be long.
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = connect(service.port, '127.0.0.1');
        socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
        await once(socket, 'data');
        return socket;
      }),
    );
    const before = service.stderr().length;
    // Each sends more only after an answer: with more at the same time, the loop would never get to other work.
    for (const socket of sockets) {
      let unanswered = 0;
      const send = (): void => {
        unanswered += 4;
        socket.write(flood);
      };
      socket.on('error', () => {});
      socket.setEncoding('latin1').on('data', (text: string) => {
        unanswered -= text.split('HTTP/1.1 ').length - 1;
        if (unanswered <= 0) send();
      });
      send();
    }
    const calm = await Promise.all(
      [`${service.opsUrl}/livez`, `${service.url}/ruleSets`].map(async (url) => (await fetch(url)).status),
    );
    await until(() => service.stderr().includes('eventLoopDelay', before));
    for (const socket of sockets) socket.destroy();
    expect(calm).toEqual([200, 200]);
    const shed = /"id":"([^"]+)"[^\n]*"reason":"eventLoopDelay"/.exec(service.stderr().slice(before))?.[1] ?? '';
    await until(() => service.stdout().includes(shed));
    expect(service.accesses().find(({ id }) => id === shed)).toMatchObject({
      result: 'failed',
      problem: 'serviceUnavailable',
      status: 503,
    });
    await until(async () => (await ask(service, body)).status === 200);
  });
});

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { personWith } from '../support/persons.ts';
import {
  ask,
  createWorld,
  idOf,
  json,
  type RunningService,
  startService,
  until,
  type World,
} from '../support/service.ts';

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

const accessLines = () => service.audit().filter(({ kind }) => kind === 'access');

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
  ])('%s: answered, with an audit line for each answer', async (_, bytes, statuses, lines) => {
    const before = accessLines().length;
    const answer = await raw(bytes);
    expect(statusesIn(answer)).toEqual(statuses);
    expect(answer.split('application/problem+json').length - 1).toBe(statuses.filter((status) => status >= 400).length);
    await until(() => accessLines().length >= before + lines.length);
    expect(
      accessLines()
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
    const before = accessLines().length;
    const asked = world.simulator.requests.total;
    expect(statusesIn(await raw(bytes))).toEqual(status === undefined ? [] : [status]);
    expect((await ask(service, body)).status).toBe(200);
    expect(accessLines()).toHaveLength(before + 1);
    expect(world.simulator.requests.total).toBe(asked + 1);
  });

  test.each([
    ['a transfer encoding without an end', post({ length: 'Transfer-Encoding: identity\r\n' })],
    ['a chunk without a size', chunked('zz\r\n')],
    ['a chunk with a long extension', chunked(`${size};a=${'b'.repeat(20_000)}\r\n${body}\r\n0\r\n\r\n`)],
    ['long trailers', chunked(`${size}\r\n${body}\r\n0\r\nX: ${'b'.repeat(20_000)}\r\n\r\n`)],
  ])('%s: the body breaks, so there is no answer and no audit line', async (_, bytes) => {
    const before = accessLines().length;
    expect(await raw(bytes)).toBe('');
    expect((await ask(service, body)).status).toBe(200);
    expect(accessLines()).toHaveLength(before + 1);
  });

  test('an invalid request behind a question does not replace the answer to the question', async () => {
    const before = accessLines().length;
    expect(statusesIn(await raw(`${post({ connection: '' })}HELLO\r\n\r\n`))).not.toContain(400);
    await until(() => accessLines().length > before);
    expect(accessLines()).toHaveLength(before + 1);
  });
});

describe('a caller who leaves', () => {
  test('before the body is complete gets no audit line', async () => {
    const before = accessLines().length;
    const socket = connect(service.port, '127.0.0.1');
    socket.write(post({ content: body.slice(0, 20) }));
    await fetch(`${service.url}/health`);
    socket.destroy();
    expect((await ask(service, body)).status).toBe(200);
    expect(accessLines()).toHaveLength(before + 1);
    expect(accessLines().at(-1)?.status).toBe(200);
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
    const before = accessLines().length;
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
    await until(() => accessLines().length >= before + 300);
    const lines = accessLines()
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
    expect(accessLines().find(({ id }) => id === shed)).toMatchObject({
      result: 'failed',
      problem: 'serviceUnavailable',
      status: 503,
    });
    await until(async () => (await ask(service, body)).status === 200);
  });
});

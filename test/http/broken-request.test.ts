import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { answerBrokenRequest } from '../../src/http/broken-request.ts';

/** Starts a server that calls `answerBrokenRequest`, and returns how to send bytes to it. */
const start = async (handler: RequestListener = (_, response) => response.end('answer'), timeoutMs = 8000) => {
  const timeouts = { headersTimeout: timeoutMs, requestTimeout: timeoutMs, connectionsCheckingInterval: 20 };
  const limits = { ...timeouts, maxHeaderSize: 1024 };
  const server = createServer(limits, handler);
  server.on('clientError', (error, socket) => answerBrokenRequest(error, socket as Socket));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  /** Sends each part after the answer to the part before, and resolves with all answers when the server closes. */
  return (...parts: string[]): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      const sendNext = () => void socket.write(parts.shift() ?? '');
      let text = '';
      socket.once('connect', sendNext);
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (parts.length > 0) sendNext();
      });
      socket.on('error', () => {});
      socket.once('close', () => resolve(text));
    });
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test('the answer is a whole problem without an instance, with the headers of every answer; the connection is closed', async () => {
  const send = await start();
  const [head = '', body = ''] = (await send('HELLO\r\n\r\n')).split('\r\n\r\n');
  const [statusLine, ...lines] = head.split('\r\n');
  expect(statusLine).toBe('HTTP/1.1 400 Bad Request');
  expect(Object.fromEntries(lines.map((line) => line.split(': ')))).toEqual({
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'belgov-trace-id': expect.stringMatching(uuid),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  });
  expect(JSON.parse(body)).toEqual({
    type: 'urn:problem-type:belgif:badRequest',
    title: 'Bad Request',
    status: 400,
    detail: expect.any(String),
  });
});

const whole = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

test.each([
  ['400 Bad Request', 'bytes that are not HTTP', 'HELLO\r\n\r\n'],
  ['400 Bad Request', 'a header line without a colon', 'GET / HTTP/1.1\r\nHost x\r\n\r\n'],
  ['400 Bad Request', 'two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ['413 Payload Too Large', 'headers that are too long', `GET / HTTP/1.1\r\nX: ${'a'.repeat(2000)}\r\n\r\n`],
])('%s: %s', async (status, _, bytes) => {
  const send = await start();
  expect((await send(bytes)).split('\r\n')[0]).toBe(`HTTP/1.1 ${status}`);
});

test('a broken request gets its own answer if the request before it has been answered', async () => {
  const send = await start();
  expect(await send(whole, 'HELLO\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 200 OK\r\n[\s\S]*answerHTTP\/1\.1 400 Bad Request\r\n/,
  );
});

test('a broken request gets no answer if the request before it waits for its own, which it would seem to be', async () => {
  const send = await start(() => {});
  expect(await send(`${whole}HELLO\r\n\r\n`)).toBe('');
});

test('headers that do not arrive in time: 408', async () => {
  const send = await start(undefined, 200);
  expect(await send('GET / HTTP/1.1\r\nHost: x\r\n')).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});

const halfBody = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf';

test('a body that does not arrive in time: the request that waits for it gets the 408', async () => {
  const send = await start(() => {}, 200);
  expect(await send(halfBody)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test('a body that does not arrive in time although the answer has begun: no second answer', async () => {
  const send = await start((_, response) => void response.write('begun'), 200);
  expect((await send(halfBody)).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
});

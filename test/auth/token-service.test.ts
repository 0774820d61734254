import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createTokenService, type TokenService } from '../../src/auth/token-service.ts';
import { refusal } from '../support/refusal.ts';

// How both checks of tokens react to a service that fails is tested in key-set.test.ts and introspection.test.ts.

const unavailable = 'serviceUnavailable:tokenServiceUnavailable';
let service: TokenService;
let lines: unknown[];
let closeServer: () => Promise<unknown>;

/** Connects to a server that answers like this. */
const connectTo = async (answer: RequestListener, maxBytes = 100): Promise<void> => {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeServer = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  lines = [];
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`);
  service = createTokenService(url, maxBytes, { warn: (...line) => lines.push(line) });
};
afterEach(async () => {
  await service.close();
  await closeServer();
});

const get = async () => ({ method: 'GET' as const, headers: {} });

it('resolves with the JSON of a 200', async () => {
  await connectTo((_, response) => void response.end('{"keys":[]}'));
  expect(await service.ask(get)).toEqual({ keys: [] });
  expect(lines).toEqual([]);
});

it('reads an answer of at most the given size', async () => {
  let size = 100;
  await connectTo((_, response) => void response.end(`"${'x'.repeat(size - 2)}"`), 100);
  expect(await service.ask(get)).toHaveLength(98);
  size = 101;
  expect(await refusal(service.ask(get))).toBe(unavailable);
  expect(lines).toEqual([[{ failure: 'tooLarge' }, 'token service unavailable']]);
});

describe('a connection that is lost', () => {
  it('is retried once, with a new request', async () => {
    const received: unknown[] = [];
    await connectTo((incoming, response) => {
      received.push(incoming.headers['x-number']);
      if (received.length === 1) response.socket?.destroy();
      else response.end('"answer"');
    });
    let made = 0;
    const answer = await service.ask(async () => {
      made += 1;
      return { method: 'GET', headers: { 'x-number': String(made) } };
    });
    expect(answer).toBe('answer');
    expect(received).toEqual(['1', '2']);
    expect(lines).toEqual([]);
  });

  it('and lost again is a failure', async () => {
    let received = 0;
    await connectTo((_, response) => {
      received += 1;
      response.socket?.destroy();
    });
    expect(await refusal(service.ask(get))).toBe(unavailable);
    expect(received).toBe(2);
    expect(lines).toEqual([[{ failure: 'UND_ERR_SOCKET' }, 'token service unavailable']]);
  });
});

it('rejects any other status, with any body, and does not retry', async () => {
  let received = 0;
  await connectTo((_, response) => {
    received += 1;
    response.writeHead(201).end('{"keys":[]}');
  });
  expect(await refusal(service.ask(get))).toBe(unavailable);
  expect(received).toBe(1);
  expect(lines).toEqual([[{ failure: 'status201' }, 'token service unavailable']]);
});

it('logs neither what was sent nor what was received', async () => {
  await connectTo((_, response) => void response.end('secret'));
  const request = async () => ({ method: 'POST' as const, headers: {}, body: 'token=secret' });
  expect(await refusal(service.ask(request))).toBe(unavailable);
  expect(lines).toEqual([[{ failure: 'SyntaxError' }, 'token service unavailable']]);
});

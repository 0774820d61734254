import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { type Connection, openConnection } from '../../src/led/connection.ts';
import type { ResponseHandler } from '../../src/led/pooled-connection.ts';
import { type Call, good, goodXml, type HostileLed, respond, startHostileLed } from '../support/hostile-led.ts';
import { until } from '../support/until.ts';

// Over plain HTTP; test/wire/led-connection.test.ts has TLS and all ways to fail.
let led: HostileLed;
let connection: Connection;
beforeEach(async () => {
  led = await startHostileLed();
  connection = openConnection({ url: led.url, connectTimeoutMs: 500, timeoutMs: 3000 });
});
afterEach(async () => {
  await connection.close();
  await led.close();
});

const ignored: ResponseHandler = { head: () => {}, data: () => {} };
const post = (handler = ignored, signal = new AbortController().signal) =>
  connection.post(Buffer.from('<Referte>r</Referte>'), signal, handler);

/** Answers to `count` calls are held back until the returned function is called. */
const hold = (count: number): (() => Promise<void>) => {
  const held: Call[] = [];
  led.respond = (call) => void held.push(call);
  return async () => {
    await until(() => held.length === count);
    for (const call of held) good(call);
    led.respond = good;
  };
};

/** Sooner than any timeout would close them. */
const allClosed = () => until(() => led.open() === 0, 1000);

describe('the pool of connections', () => {
  it('passes on the head and the bytes of an answer', async () => {
    const heads: unknown[] = [];
    const chunks: Uint8Array[] = [];
    led.respond = (call) => respond(call, 'answer', { 'X-Name': 'value' }, '500 Oops');
    const head: ResponseHandler['head'] = (status, headers) => heads.push([status, headers['x-name']]);
    await post({ head, data: (chunk) => chunks.push(Buffer.from(chunk)) });
    expect(heads).toEqual([[500, 'value']]);
    expect(Buffer.concat(chunks).toString()).toBe('answer');
  });

  it('uses one connection for calls one after the other, and one for each call at the same time', async () => {
    for (let i = 0; i < 3; i += 1) await post();
    expect(led.accepted()).toBe(1);
    const release = hold(3);
    const all = [post(), post(), post()];
    await release();
    await Promise.all(all);
    expect(led.accepted()).toBe(3);
  });

  it('uses the connection that was used last', async () => {
    const release = hold(2);
    const all = [post(), post()];
    await release();
    await Promise.all(all);
    await post();
    await post();
    const ports = led.calls.map(({ tcp }) => tcp.remotePort);
    expect(ports[2]).toBe(ports[3]);
  });

  it('closes the connection of a refused answer, and rejects with a Fault of the handler as it is', async () => {
    const no = new Fault('badGateway', 'ledContentType');
    const refuse = () => {
      throw no;
    };
    await expect(post({ head: refuse, data: () => {} })).rejects.toBe(no);
    await allClosed();
  });

  it('does not connect for a signal that has fired, and closes the connection when it fires', async () => {
    const gone = new Error('gone');
    await expect(post(ignored, AbortSignal.abort(gone))).rejects.toBe(gone);
    expect(led.accepted()).toBe(0);
    led.respond = () => {};
    const leaving = new AbortController();
    const left = post(ignored, leaving.signal);
    await until(() => led.calls.length === 1);
    leaving.abort(gone);
    await expect(left).rejects.toBe(gone);
    await allClosed();
  });

  it('ignores interim answers', async () => {
    const statuses: number[] = [];
    led.respond = (call) => {
      call.stream.write('HTTP/1.1 102 Processing\r\n\r\n');
      respond(call, goodXml(call.referte));
    };
    await post({ head: (status) => statuses.push(status), data: () => {} });
    expect(statuses).toEqual([200]);
  });

  it('closes idle connections on close, and the others after their call', async () => {
    const release = hold(2);
    const first = post();
    const second = post();
    let closed = false;
    await until(() => led.calls.length === 2);
    const closing = connection.close().then(() => {
      closed = true;
    });
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    await release();
    await Promise.all([first, second, closing]);
    await allClosed();
  });
});

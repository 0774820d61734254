import { constants } from 'node:crypto';
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openConnection } from '../../src/led/connection.ts';
import { loadCredentials } from '../../src/lib/tls-files.ts';
import { type Certificates, createCertificates, mutualTls } from '../support/certificates.ts';
import {
  type Asked,
  askOnce,
  type Call,
  connect,
  good,
  goodXml,
  type HostileLed,
  metricValue,
  offersSession,
  type Respond,
  refuseHello,
  respond,
  startHostileLed,
  type TestClient,
} from '../support/hostile-led.ts';
import { until } from '../support/until.ts';

/* What networks do to kept connections and to TLS tickets, over mutual TLS. */

let world: Certificates;
const open: { close: () => Promise<void> }[] = [];
beforeAll(async () => {
  world = await createCertificates();
});
afterAll(() => world.remove());
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const start = async (more: Parameters<typeof mutualTls>[1] = {}): Promise<HostileLed> => {
  const led = await startHostileLed(mutualTls(world, more));
  open.push(led);
  return led;
};
/** A patient client: on a busy machine many handshakes at the same time may be slow. */
const client = (led: HostileLed): TestClient => {
  const made = connect(led, world, { connectTimeoutMs: 5000, timeoutMs: 9000 });
  open.push(made);
  return made;
};
const together = (asker: TestClient, count: number): Promise<Asked[]> =>
  Promise.all(Array.from({ length: count }, () => askOnce(asker, { timeoutMs: 9000 })));
const oneAfterAnother = async (asker: TestClient, count: number): Promise<Asked[]> => {
  const all: Asked[] = [];
  for (let i = 0; i < count; i += 1) all.push(await askOnce(asker, { timeoutMs: 9000 }));
  return all;
};
const reasonsOf = (asked: Asked[]): string[] => asked.map(({ fault }) => fault?.reason ?? 'answered');
const allAnswered = (asked: Asked[]) => expect(new Set(reasonsOf(asked))).toEqual(new Set(['answered']));
const alarms = ({ logs }: TestClient) => logs.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50);

/** Makes LED answer over `count` connections at once, which then stay open. */
const keep = async (led: HostileLed, asker: TestClient, count: number): Promise<void> => {
  const held: Call[] = [];
  led.respond = (call) => {
    held.push(call);
    if (held.length === count) for (const each of held) good(each);
  };
  allAnswered(await together(asker, count));
  expect(led.open()).toBe(count);
};

/** After this, calls on the connections that are open get a reset, and calls on others get an answer. */
const failOver = (led: HostileLed, way: 'reset' | 'end' = 'reset'): void => {
  const old = new Set(led.calls.map(({ tcp }) => tcp));
  led.respond = (call) => {
    if (!old.has(call.tcp)) good(call);
    else if (way === 'reset') call.tcp.resetAndDestroy();
    else call.stream.end();
  };
};

describe('a load balancer fails over: every kept connection is dead, and new ones work', () => {
  const cases = [2, 20].flatMap((kept) =>
    (['reset', 'end'] as const).flatMap((way) => [
      { kept, way, how: 'one after another', ask: oneAfterAnother, asked: 22 },
      { kept, way, how: 'together', ask: together, asked: 12 },
      { kept, way, how: 'together', ask: together, asked: 20 },
      { kept, way, how: 'together', ask: together, asked: 40 },
    ]),
  );
  it.each(cases)('$kept kept, $way, $asked asked $how: all are answered', async ({ kept, way, ask, asked }) => {
    const led = await start();
    const asker = client(led);
    await keep(led, asker, kept);
    failOver(led, way);
    allAnswered(await ask(asker, asked));
    expect(await metricValue(asker.metrics, 'led_breaker_state')).toBe(0);
    expect(alarms(asker)).toEqual([]);
  });

  it('the first dead connection takes the idle ones with it, and the retry goes over a new one', async () => {
    const led = await start();
    const asker = client(led);
    await keep(led, asker, 5);
    failOver(led);
    const before = led.accepted();
    const { intents } = await askOnce(asker);
    expect(new Set(intents).size).toBe(2);
    expect(led.accepted()).toBe(before + 1);
    await until(() => led.open() === 1, 1000);
  });

  it('with a retry budget of which other failures have spent a part', async () => {
    const led = await start();
    const asker = client(led);
    const unreachable = (count: number) => oneAfterAnother(asker, count);
    led.onTcp = (tcp) => {
      tcp.resetAndDestroy();
      return true;
    };
    await unreachable(4);
    led.onTcp = () => false;
    await keep(led, asker, 20);
    failOver(led);
    allAnswered(await together(asker, 20));
  });
});

describe('the retry budget, 10 and a tenth of the calls, where it is no fail-over', () => {
  const retriesOf = (asker: TestClient) => metricValue(asker.metrics, 'led_retries_total');

  it.each([
    ['new connections are reset', true],
    ['new connections are closed unanswered', false],
  ])('LED is gone with 30 calls under way: %s', async (_, resetsNew) => {
    const led = await start();
    const asker = client(led);
    await keep(led, asker, 30);
    led.respond = ({ tcp }) => void tcp.resetAndDestroy();
    led.onTcp = (tcp) => {
      if (resetsNew) tcp.resetAndDestroy();
      return resetsNew;
    };
    const asked = await together(asker, 30);
    expect(new Set(asked.map(({ fault }) => fault?.code))).toEqual(new Set(['serviceUnavailable']));
    expect(await retriesOf(asker)).toBeLessThanOrEqual(10 + 60 / 10);
    expect(Math.max(...asked.map(({ ms }) => ms)), 'no call waits for nothing').toBeLessThan(4000);
  });

  it('half of the kept connections die at random', async () => {
    // Without tickets: a burst of dead ones, once in five minutes, may be repeated beyond the budget.
    const led = await start({ maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET });
    const asker = client(led);
    let made = 0;
    await keep(led, asker, 16);
    led.respond = (call) => {
      made += 1;
      if (made % 2 === 0) call.tcp.resetAndDestroy();
      else setTimeout(() => good(call), 20);
    };
    let asked = 16;
    const workers = Array.from({ length: 16 }, async () => {
      for (let i = 0; i < 30; i += 1) {
        asked += 1;
        await askOnce(asker);
      }
    });
    await Promise.all(workers);
    expect(await retriesOf(asker)).toBeLessThanOrEqual(10 + asked / 10);
  });
});

describe.each(['TLSv1.3', 'TLSv1.2'] as const)('a TLS ticket that LED no longer takes, under %s', (version) => {
  /** Refuses each connection that resumes a session, after the handshake. */
  const afterHandshake = (led: HostileLed, way: 'reset' | 'end'): { resumed: () => number } => {
    let resumed = 0;
    led.onSecure = (stream, tcp) => {
      if (!stream.isSessionReused()) return false;
      resumed += 1;
      if (way === 'reset') tcp.resetAndDestroy();
      else stream.end();
      return true;
    };
    return { resumed: () => resumed };
  };
  /** Refuses each ClientHello that offers a session: with a reset, or with the alert handshake_failure. */
  const inHandshake = (led: HostileLed, way: 'reset' | 'alert'): { resumed: () => number } => {
    let resumed = 0;
    led.onHello = (hello, tcp) => {
      if (!offersSession(hello)) return false;
      resumed += 1;
      refuseHello(tcp, way);
      return true;
    };
    return { resumed: () => resumed };
  };
  const ways = [
    ['a reset in the handshake', (led: HostileLed) => inHandshake(led, 'reset')],
    ['an alert in the handshake', (led: HostileLed) => inHandshake(led, 'alert')],
    ['a reset after the handshake', (led: HostileLed) => afterHandshake(led, 'reset')],
    ['an end after the handshake', (led: HostileLed) => afterHandshake(led, 'end')],
  ] as const;

  it.each(ways.flatMap(([way, refuse]) => [1, 20].map((count) => [way, count, refuse] as const)))(
    '%s, %i asked together: all are answered, by full handshakes, without an alarm',
    async (_, count, refuse) => {
      const led = await start({ minVersion: version, maxVersion: version });
      const asker = client(led);
      await askOnce(asker);
      led.calls[0]?.stream.end();
      await until(() => led.open() === 0);
      const { resumed } = refuse(led);
      const reused: boolean[] = [];
      led.respond = (call) => {
        reused.push((call.stream as TLSSocket).isSessionReused());
        good(call);
      };
      allAnswered(await together(asker, count));
      expect(resumed()).toBeGreaterThan(0);
      expect(alarms(asker)).toEqual([]);
      expect(await metricValue(asker.metrics, 'led_breaker_state')).toBe(0);
      // The ticket is dropped: later connections offer none.
      const offered = resumed();
      for (const { stream } of led.calls) stream.end();
      await until(() => led.open() === 0);
      allAnswered(await oneAfterAnother(asker, 1));
      expect(resumed()).toBe(offered);
      expect(new Set(reused)).toEqual(new Set([false]));
    },
  );

  it('a good ticket is used', async () => {
    const led = await start({ minVersion: version, maxVersion: version });
    const asker = client(led);
    const reused: boolean[] = [];
    led.respond = (call) => {
      reused.push((call.stream as TLSSocket).isSessionReused());
      good(call);
    };
    await askOnce(asker);
    led.calls[0]?.stream.end();
    await until(() => led.open() === 0);
    await askOnce(asker);
    expect(reused).toEqual([false, true]);
  });

  it('a fail-over to servers that do not know the ticket: all are answered', async () => {
    const led = await start({ minVersion: version, maxVersion: version });
    const asker = client(led);
    await keep(led, asker, 20);
    failOver(led);
    afterHandshake(led, 'reset');
    allAnswered(await together(asker, 20));
    expect(alarms(asker)).toEqual([]);
  });
});

describe('connections live for a limited time', () => {
  const post = (connection: ReturnType<typeof openConnection>) =>
    connection.post(Buffer.from('<Referte>r</Referte>'), new AbortController().signal, {
      head: () => {},
      data: () => {},
    });
  const way = (led: HostileLed, more: { maxAgeMs: number; lookup?: LookupFunction }) => {
    const credentials = loadCredentials(world.files, { use: 'led', rsa: true });
    const url = new URL(`https://localhost:${led.port}/`);
    const connection = openConnection({ url, credentials, connectTimeoutMs: 5000, timeoutMs: 5000, ...more });
    open.push(connection);
    return connection;
  };

  it('so a new address of LED is in use within it, under steady traffic', async () => {
    const old = await start();
    // The same port on another address of this machine.
    const moved = await startHostileLed(mutualTls(world), { host: '127.0.0.2', port: old.port });
    open.push(moved);
    let address = '127.0.0.1';
    const changing: LookupFunction = (_, options, callback) => lookup(address, options, callback);
    const maxAgeMs = 500;
    const connection = way(old, { maxAgeMs, lookup: changing });
    await post(connection);
    await post(connection);
    expect(old.accepted()).toBe(1);
    address = '127.0.0.2';
    const changed = performance.now();
    while (moved.calls.length === 0) await post(connection);
    expect(performance.now() - changed).toBeLessThan(maxAgeMs + 1000);
    await until(() => old.open() === 0, 1000);
  });

  it('a call under way ends before its connection is closed', async () => {
    const led = await start();
    const connection = way(led, { maxAgeMs: 100 });
    const held: Call[] = [];
    led.respond = (call) => void held.push(call);
    const asked = post(connection);
    await until(() => held.length === 1);
    const old = performance.now() + 200;
    await until(() => performance.now() > old);
    for (const call of held) good(call);
    await asked;
    await until(() => led.open() === 0, 1000);
    expect(led.accepted()).toBe(1);
  });

  it('an idle one is closed too', async () => {
    const led = await start();
    await post(way(led, { maxAgeMs: 300 }));
    await until(() => led.open() === 0, 1500);
  });
});

describe('bytes that nobody asked for', () => {
  const twice: Respond = (call) => {
    // Otherwise the second write waits until the client acknowledges the first, with its next request.
    call.tcp.setNoDelay(true);
    good(call);
    setImmediate(() => respond(call, goodXml(call.referte)));
  };
  const beginning: Respond = (call) => {
    good(call);
    setImmediate(() => call.stream.write('HTTP/1.1 200 OK\r\nX-Begun: '));
  };
  it.each([
    ['a second answer', twice],
    ['the beginning of one', beginning],
  ])('%s on a kept connection closes it; the next question gets its own answer', async (_, unasked) => {
    const led = await start();
    const asker = client(led);
    led.respond = unasked;
    for (let i = 0; i < 5; i += 1) {
      allAnswered([await askOnce(asker)]);
      await until(() => led.open() === 0, 1000);
    }
    expect(led.accepted()).toBe(5);
    expect(alarms(asker)).toEqual([]);
    expect(await metricValue(asker.metrics, 'led_retries_total')).toBe(0);
  });
});

describe('LED_CA_FILE with the issuing authority alone', () => {
  it('is enough to trust LED, whose chain may or may not hold the intermediate', async () => {
    const issuing = await world.authority.createIntermediate('Issuing');
    const server = await issuing.issue({ commonName: 'LED', names: ['127.0.0.1'], use: 'server' });
    for (const cert of [server.cert, server.cert + issuing.cert]) {
      const led = await start({ cert, key: server.key });
      const caFile = world.write('issuing.crt', issuing.cert);
      const asker = connect(led, world, { credentials: { ...world.files, caFile } });
      open.push(asker);
      allAnswered([await askOnce(asker)]);
    }
  });

  it('does not trust what another authority under the same root issued', async () => {
    const issuing = await world.authority.createIntermediate('Issuing');
    const other = await world.authority.createIntermediate('Other');
    const server = await other.issue({ commonName: 'LED', names: ['127.0.0.1'], use: 'server' });
    const led = await start({ cert: server.cert + other.cert + world.authority.cert, key: server.key });
    const caFile = world.write('issuing.crt', issuing.cert);
    const asker = connect(led, world, { credentials: { ...world.files, caFile } });
    open.push(asker);
    expect(reasonsOf([await askOnce(asker)])).toEqual(['ledUntrusted']);
    expect(led.calls).toEqual([]);
  });
});

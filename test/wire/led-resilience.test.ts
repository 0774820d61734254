import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { faultXml } from '../support/answers.ts';
import { type Certificates, createCertificates, mutualTls } from '../support/certificates.ts';
import {
  type Asked,
  askOnce,
  type Call,
  connect,
  good,
  type HostileLed,
  metricValue,
  respond,
  startHostileLed,
  type TestClient,
} from '../support/hostile-led.ts';
import { until } from '../support/until.ts';

let world: Certificates;
let led: HostileLed;
let client: TestClient;
beforeAll(async () => {
  world = await createCertificates();
});
afterAll(() => world.remove());
beforeEach(async () => {
  led = await startHostileLed(mutualTls(world));
});
afterEach(async () => {
  led.respond = good;
  await client.close();
  await until(() => led.open() === 0, 3000);
  expect(await metricValue(client.metrics, 'led_in_flight')).toBe(0);
  await led.close();
});

const slowly =
  (ms: number) =>
  (call: Call): void =>
    void setTimeout(() => good(call), ms);

/** Starts a call every `everyMs` for `forMs`, without waiting for earlier ones, and returns all results. */
const openLoop = async (everyMs: number, forMs: number, timeoutMs = 3000): Promise<Asked[]> => {
  const all: Promise<Asked>[] = [];
  const started = performance.now();
  while (performance.now() - started < forMs) {
    const due = Math.floor((performance.now() - started) / everyMs);
    while (all.length <= due) all.push(askOnce(client, { timeoutMs }));
    await pause(1);
  }
  return Promise.all(all);
};

describe('overload, open loop', () => {
  it('ten times the capacity: the rest refused immediately, good answers at 90 % of the best, breaker closed', async () => {
    // 4 calls at the same time, of 100 ms each: 40 a second. So the load itself stays small.
    // A long connect timeout, because a slow handshake on a busy machine would add a call.
    client = connect(led, world, { maxInFlight: 4, maxQueue: 256, connectTimeoutMs: 3000 });
    let most = 0;
    let now = 0;
    led.respond = (call) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        good(call);
      }, 100);
    };
    // The best rate on this machine: four callers who each ask again after every answer.
    const best = async (): Promise<number> => {
      const began = performance.now();
      const four = Array.from({ length: 4 }, async () => {
        for (let i = 0; i < 10; i += 1) await askOnce(client);
      });
      await Promise.all(four);
      return 40_000 / (performance.now() - began);
    };
    const bestBefore = await best();

    const before = process.memoryUsage().heapUsed;
    const started = performance.now();
    const asked = await openLoop(2.5, 3000);
    const seconds = (performance.now() - started) / 1000;
    const answers = asked.filter(({ answer }) => answer !== undefined);
    const excess = asked.filter(({ fault }) => fault !== undefined).sort((a, b) => a.ms - b.ms);
    expect(asked.length).toBeGreaterThan(1000);
    expect(most).toBeLessThanOrEqual(4);
    expect(led.accepted()).toBeLessThanOrEqual(4);
    expect(new Set(excess.map(({ fault }) => `${fault?.code} ${fault?.reason} ${fault?.retryAfter}`))).toEqual(
      new Set(['serviceUnavailable overload 1']),
    );
    expect(excess[Math.floor(excess.length / 2)]?.ms).toBeLessThan(50);
    expect(Math.max(...asked.map(({ ms }) => ms))).toBeLessThan(1500);
    // Measured before and after, because the speed of the machine may change.
    expect(answers.length / seconds).toBeGreaterThan(0.9 * Math.min(bestBefore, await best()));
    expect(client.health()).toBe('UP');
    expect(await metricValue(client.metrics, 'led_breaker_state')).toBe(0);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });

  it('a full queue: 503 immediately', async () => {
    client = connect(led, world, { maxInFlight: 1, maxQueue: 2 });
    led.respond = slowly(200);
    const asked = await Promise.all([1, 2, 3, 4].map(() => askOnce(client)));
    expect(asked.map(({ answer }) => answer !== undefined)).toEqual([true, true, true, false]);
    expect(asked[3]?.fault).toMatchObject({ code: 'serviceUnavailable', reason: 'overload', retryAfter: 1 });
    expect(asked[3]?.ms, 'before any other').toBeLessThan(Math.min(...asked.slice(0, 3).map(({ ms }) => ms)));
    expect(asked[3]?.intents).toEqual([]);
  });

  it('a call that waits in the queue: 503 after 1 s, and immediately removed when its caller leaves', async () => {
    client = connect(led, world, { maxInFlight: 1, maxQueue: 2 });
    led.respond = slowly(1500);
    const first = askOnce(client);
    await until(() => led.calls.length === 1);
    const leave = new AbortController();
    const waits = askOnce(client);
    const leaves = askOnce(client, { leave: leave.signal });
    leave.abort();
    expect((await leaves).fault?.code).toBe('callerGone');
    const { fault, ms, intents } = await waits;
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'overload', retryAfter: 1 });
    expect(ms).toBeGreaterThan(990);
    expect(ms).toBeLessThan(1500);
    expect(intents).toEqual([]);
    expect((await first).answer).toBeDefined();
    expect(led.calls).toHaveLength(1);
  });
});

describe('rate', () => {
  it('a burst is spread over time by the rate, also over more than 1 s, and all calls are answered', async () => {
    client = connect(led, world, { maxPerSecond: 20 });
    const asked = await Promise.all(Array.from({ length: 30 }, () => askOnce(client, { timeoutMs: 6000 })));
    expect(asked.filter(({ answer }) => answer !== undefined)).toHaveLength(30);
    // The times at which calls leave: on a busy machine some of them reach the server late.
    const times = asked.flatMap(({ intendedAt }) => intendedAt).sort((one, other) => one - other);
    for (const from of times) {
      // One more than the rate, because a call leaves a moment after its turn. test/led/behaviours.test.ts tests how
      // evenly the turns come.
      expect(times.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(21);
    }
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(4000);
  });

  it('a call that cannot have its turn before the deadline is refused immediately', async () => {
    client = connect(led, world, { maxPerSecond: 10 });
    const asked = await Promise.all(Array.from({ length: 20 }, () => askOnce(client, { timeoutMs: 600 })));
    const refused = asked.filter(({ fault }) => fault?.reason === 'overload');
    expect(refused.length).toBeGreaterThanOrEqual(13);
    for (const { ms, intents } of refused) {
      expect(ms, 'before the first answers by the rate').toBeLessThan(550);
      expect(intents).toEqual([]);
    }
    expect(asked.filter(({ answer }) => answer !== undefined).length).toBeGreaterThanOrEqual(5);
  });
});

describe('breaker and retry budget', () => {
  it('LED is gone: the breaker opens, calls get 503 immediately, and work again within 5 s of its return', async () => {
    client = connect(led, world, { connectTimeoutMs: 200 });
    led.onTcp = (tcp) => {
      tcp.resetAndDestroy();
      return true;
    };
    const down = await openLoop(10, 1000);
    const retries = await metricValue(client.metrics, 'led_retries_total');
    expect(down.every(({ fault }) => fault?.code === 'serviceUnavailable')).toBe(true);
    expect(down.some(({ fault }) => fault?.reason === 'breakerOpen')).toBe(true);
    expect(retries).toBeLessThanOrEqual(10 + down.length / 10);
    expect(await metricValue(client.metrics, 'led_breaker_state')).toBe(2);
    expect(client.health()).toBe('DEGRADED');
    for (const { intents } of down.filter(({ fault }) => fault?.reason === 'breakerOpen')) {
      expect(intents.length, 'at most the first of two').toBeLessThanOrEqual(1);
    }

    led.onTcp = () => false;
    const back = performance.now();
    for (;;) {
      if ((await askOnce(client)).answer !== undefined) break;
      await pause(20);
    }
    expect(performance.now() - back).toBeLessThan(5000);
    expect(await metricValue(client.metrics, 'led_breaker_state')).toBe(0);
    for (let i = 0; i < 20; i += 1) expect((await askOnce(client)).answer).toBeDefined();
  });

  it('a slow LED opens the breaker; bad answers never do', async () => {
    client = connect(led, world, { timeoutMs: 300 });
    led.respond = (call) => respond(call, '<html/>', { 'Content-Type': 'text/html' });
    for (let i = 0; i < 25; i += 1) expect((await askOnce(client)).fault?.code).toBe('badGateway');
    expect(await metricValue(client.metrics, 'led_breaker_state')).toBe(0);
    led.respond = () => {};
    await Promise.all(Array.from({ length: 30 }, () => askOnce(client, { timeoutMs: 300 })));
    expect(await metricValue(client.metrics, 'led_breaker_state')).toBe(2);
    expect((await askOnce(client)).fault).toMatchObject({ reason: 'breakerOpen', retryAfter: 5 });
  });

  it('half of all calls fail in changing ways: right answers, retries within the budget, recovery', async () => {
    client = connect(led, world, { timeoutMs: 1000, connectTimeoutMs: 400 });
    const ways: ((call: Call) => void)[] = [
      (call) => void call.tcp.resetAndDestroy(),
      (call) => void call.stream.end(),
      (call) => respond(call, faultXml('99995 - Te veel'), {}, '500 Oops'),
      (call) => respond(call, 'x', {}, '503 Busy'),
      (call) => respond(call, '<html/>', { 'Content-Type': 'text/html' }),
      () => {},
    ];
    led.respond = (call) => {
      if (call.number % 2 === 0) good(call);
      else ways[Math.floor(call.number / 2) % ways.length]?.(call);
    };
    const asked = await openLoop(20, 4000, 1000);
    const retries = await metricValue(client.metrics, 'led_retries_total');
    for (const { answer, fault, ms } of asked) {
      if (answer !== undefined) expect(answer.records).toHaveLength(1);
      else expect(fault?.code).toMatch(/^(badGateway|serviceUnavailable|ledTimeout)$/);
      expect(ms).toBeLessThan(2000);
    }
    expect(asked.filter(({ answer }) => answer !== undefined).length).toBeGreaterThan(0);
    expect(retries).toBeLessThanOrEqual(10 + asked.length / 10);
    expect(client.health()).toBe('DEGRADED');
    led.respond = good;
    const recovered = performance.now();
    await until(() => performance.now() - recovered > 2100);
    for (let i = 0; i < 20; i += 1) expect((await askOnce(client)).answer).toBeDefined();
  });
});

describe('certificates replaced under load', () => {
  /** A folder like the one that Kubernetes makes for a secret: links into `..data`, which links to a dated folder. */
  const secret = async () => {
    const name = `secret-${performance.now()}`;
    const folder = join(world.folder, name);
    let edition = 0;
    const publish = async (cert: string, key: string) => {
      edition += 1;
      world.write(`${name}/..edition_${edition}/tls.crt`, cert);
      world.write(`${name}/..edition_${edition}/tls.key`, key);
      symlinkSync(`..edition_${edition}`, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await publish(world.client.cert, world.client.key);
    symlinkSync(join('..data', 'tls.crt'), join(folder, 'tls.crt'));
    symlinkSync(join('..data', 'tls.key'), join(folder, 'tls.key'));
    const files = { ...world.files, certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
    return { files, publish };
  };

  it('no request fails; half a file and a pair that does not match are counted and not used', async () => {
    const { files, publish } = await secret();
    const next = await world.authority.issue({ commonName: 'next', use: 'client', keyType: 'rsa' });
    // A long connect timeout: on a busy machine eight handshakes at the same time may be slow.
    client = connect(led, world, { credentials: files, connectTimeoutMs: 3000 });
    const seen: { peer: string; token: string }[] = [];
    led.respond = (call) => {
      seen.push({
        peer: (call.stream as TLSSocket).getPeerX509Certificate()?.raw.toString('base64') ?? '',
        token: /<wsse:BinarySecurityToken[^>]*>([^<]+)</.exec(call.body)?.[1] ?? '',
      });
      setTimeout(() => good(call), 10);
    };
    const tokenOf = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '');
    let running = true;
    const all: Asked[] = [];
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (running) all.push(await askOnce(client));
      }),
    );
    const reloads = (result: string) =>
      metricValue(client.metrics, 'certificate_reloads_total', { use: 'led', result });
    const counted = async (result: string, times: number) => {
      let value = 0;
      const end = performance.now() + 5000;
      while (value < times && performance.now() < end) {
        await pause(20);
        value = await reloads(result);
      }
      expect(value).toBe(times);
    };
    await until(() => all.length > 20);
    await publish(next.cert.slice(0, 300), next.key);
    await counted('failed', 1);
    await publish(next.cert, world.client.key);
    await counted('failed', 2);
    const before = seen.length;
    expect(new Set(seen.map(({ token }) => token))).toEqual(new Set([tokenOf(world.client.cert)]));
    await publish(next.cert, next.key);
    await counted('ok', 1);
    await until(() => seen.at(-1)?.token === tokenOf(next.cert));
    await pause(100);
    running = false;
    await load;
    expect(all.filter(({ answer }) => answer === undefined)).toEqual([]);
    expect(seen.length).toBeGreaterThan(before);
    // Connection and signature change together: no call is signed with one certificate and sent with another.
    for (const { peer, token } of seen) expect(token).toBe(peer);
    expect(led.open()).toBeLessThanOrEqual(8);
    expect(await metricValue(client.metrics, 'led_retries_total')).toBe(0);
    expect(client.ready()).toBe(true);
  });
});

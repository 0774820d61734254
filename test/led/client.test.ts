import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LedConfig } from '../../src/led/client.ts';
import {
  askOnce,
  type Call,
  connect,
  good,
  type HostileLed,
  metricValue,
  startHostileLed,
  type TestClient,
} from '../support/hostile-led.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

// Over plain HTTP, so nothing is signed. Each behaviour has a test of its own in test/led/behaviours.
let led: HostileLed;
let client: TestClient;
beforeEach(async () => {
  led = await startHostileLed();
});
afterEach(async () => {
  await client?.close();
  await led.close();
});

const open = (config: Partial<LedConfig> = {}): void => {
  client = connect(led, undefined, { signature: 'none', ...config });
};
/** A port at which no server listens. A call that finds no server is repeated once. */
const nowhere = async () => new URL(`http://127.0.0.1:${await freePort()}/`);
/** LED holds its answers back until the returned function is called with the number of calls. */
const holdAnswers = () => {
  const held: Call[] = [];
  led.respond = (call) => void held.push(call);
  return async (count: number): Promise<void> => {
    await until(() => held.length === count);
    for (const call of held.splice(0)) good(call);
  };
};
const observedCalls = () => metricValue(client.metrics, 'led_request_duration_seconds_count');

describe('the order of the behaviours', () => {
  it('observes each call, so a question with a retry counts as two', async () => {
    open({ url: await nowhere() });
    const { fault, calls, intents } = await askOnce(client);
    expect(fault?.reason).toBe('ledUnreachable');
    expect([calls.made, new Set(intents).size]).toEqual([2, 2]);
    expect(await observedCalls()).toBe(2);
    expect(await metricValue(client.metrics, 'led_retries_total')).toBe(1);
  });

  it('makes a retry wait for its turn in the rate like any other call', async () => {
    open({ url: await nowhere(), maxPerSecond: 5 });
    const { calls, ms } = await askOnce(client);
    expect(calls.made).toBe(2);
    expect(ms).toBeGreaterThanOrEqual(200);
  });

  it('takes no place in flight while a call waits for its turn in the rate', async () => {
    open({ maxPerSecond: 2, maxInFlight: 1, maxQueue: 1 });
    await askOnce(client);
    const [waits, refused] = await Promise.all([askOnce(client), askOnce(client)]);
    expect(waits.answer).toBeDefined();
    // If the call that waits held the place in flight, this one would wait for the place.
    expect(refused.fault).toMatchObject({ reason: 'overload', retryAfter: 1 });
  });

  it('asks the breaker when a call leaves the queue, not when it enters', async () => {
    open({ url: await nowhere(), maxInFlight: 1 });
    const asked = await Promise.all(Array.from({ length: 40 }, () => askOnce(client)));
    // 20 failed calls open the breaker. All others were in the queue at that moment.
    expect(asked.reduce((sum, { calls }) => sum + calls.made, 0)).toBe(20);
    expect(asked.at(-1)).toMatchObject({ fault: { reason: 'breakerOpen', retryAfter: 5 }, calls: { made: 0 } });
    expect(await metricValue(client.metrics, 'led_breaker_state')).toBe(2);
    expect(client.logs.filter((line) => line.includes('LED does not answer: breaker open'))).toHaveLength(1);
    expect(client.health()).toBe('DEGRADED');
  });
});

describe('the client', () => {
  it('asks LED and returns its answer', async () => {
    open();
    const { answer, calls } = await askOnce(client);
    expect(answer?.records).toHaveLength(1);
    expect(calls.references).toEqual(led.calls.map(({ referte }) => referte));
    expect([client.health(), client.ready(), client.isFull()]).toEqual(['UP', true, false]);
  });

  it('is full when every place in flight and in the queue is taken', async () => {
    open({ maxInFlight: 2, maxQueue: 1 });
    const answerAll = holdAnswers();
    const asked = [];
    for (const full of [false, false, true]) {
      asked.push(askOnce(client));
      expect(client.isFull()).toBe(full);
    }
    await answerAll(2);
    await answerAll(1);
    for (const { answer } of await Promise.all(asked)) expect(answer).toBeDefined();
    expect(client.isFull()).toBe(false);
  });

  it('waits on close for the calls under way, and closes its connections', async () => {
    open();
    const answerAll = holdAnswers();
    const ends: string[] = [];
    const asked = askOnce(client).then(({ answer }) => ends.push(answer ? 'answer' : 'fault'));
    await until(() => led.calls.length === 1);
    const closing = client.close().then(() => ends.push('close'));
    await new Promise(setImmediate);
    expect(ends).toEqual([]);
    await answerAll(1);
    await Promise.all([asked, closing]);
    expect(ends.toSorted()).toEqual(['answer', 'close']);
    await until(() => led.open() === 0);
  });

  it('is not created with certificate files that cannot be used', () => {
    const credentials = { certFile: '/nowhere/tls.crt', keyFile: '/nowhere/tls.key' };
    expect(() => connect(led, undefined, { credentials })).toThrow(/^led certificate: /);
  });
});

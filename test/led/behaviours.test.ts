import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { type Ask, type LedException, noLedCalls, type Question } from '../../src/led/ask.ts';
import { type BreakerState, breaker } from '../../src/led/behaviours/breaker.ts';
import { inFlightLimit, rateLimit } from '../../src/led/behaviours/limits.ts';
import { createObserver } from '../../src/led/behaviours/observe.ts';
import { retry } from '../../src/led/behaviours/retry.ts';
import { createWindow } from '../../src/led/behaviours/window.ts';
import { retryAfterOf } from '../../src/led/exchange.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { unlessAborted } from '../../src/lib/promises.ts';
import { metricValue } from '../support/hostile-led.ts';

const unreachable = () => new Fault('serviceUnavailable', 'ledUnreachable', { retryAfter: 5 });
const tooSlow = () => new Fault('ledTimeout', 'ledTimeout');
const answer = { records: [], warning: false, exceptions: [] };
const question = (more: Partial<Question> = {}): Question => ({
  insz: '',
  signal: new AbortController().signal,
  deadline: performance.now() + 10_000,
  intent: () => Promise.resolve(),
  calls: noLedCalls(),
  ...more,
});
/** An `Ask` that makes its call (so says the calls) and then does what `outcome` says. */
const asking =
  (outcome: () => Fault | undefined): Ask =>
  async ({ calls }) => {
    calls.made += 1;
    calls.references.push('r');
    const fault = outcome();
    if (fault !== undefined) throw fault;
    return answer;
  };
const reasonOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error instanceof Fault ? error.reason : `not a fault: ${error}`),
  );

describe('retry', () => {
  it('asks again once where nothing was reached', async () => {
    let calls = 0;
    let retries = 0;
    const ask = retry(() => {
      retries += 1;
    })(
      asking(() => {
        calls += 1;
        return calls === 1 ? unreachable() : undefined;
      }),
    );
    expect(await reasonOf(ask(question()))).toBe('ok');
    expect([calls, retries]).toEqual([2, 1]);
  });

  it.each([
    'ledClosed',
    'ledUntrusted',
    'ledCertificateRefused',
    'ledBusy',
    'ledCutOff',
    'overload',
    'breakerOpen',
    'ledTimeout',
  ])('never after %s', async (reason) => {
    let calls = 0;
    const ask = retry(() => {})(
      asking(() => {
        calls += 1;
        return new Fault('serviceUnavailable', reason);
      }),
    );
    expect(await reasonOf(ask(question()))).toBe(reason);
    expect(calls).toBe(1);
  });

  it('not for a caller who has left', async () => {
    const gone = AbortSignal.abort(new Fault('callerGone', 'callerGone'));
    expect(await reasonOf(retry(() => {})(asking(unreachable))(question({ signal: gone })))).toBe('callerGone');
  });

  it('at most 10 and a tenth of the calls, whatever the order of failures', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 400 }), async (failing) => {
        let retries = 0;
        let calls = 0;
        const ask = retry(() => {
          retries += 1;
        })(asking(() => (failing[calls] ? unreachable() : undefined)));
        for (; calls < failing.length; calls += 1) {
          await reasonOf(ask(question()));
          expect(retries).toBeLessThanOrEqual(10 + (calls + 1) / 10);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('counts calls that were made: none that the breaker turned down, be it the first or the second', async () => {
    let open = false;
    let asked = 0;
    let retries = 0;
    const ask = retry(() => {
      retries += 1;
    })(async ({ calls }) => {
      asked += 1;
      if (open) throw new Fault('serviceUnavailable', 'breakerOpen');
      calls.made += 1;
      calls.references.push('r');
      throw unreachable();
    });
    while (retries < 10) await reasonOf(ask(question()));
    await reasonOf(ask(question()));
    const spent = retries;
    open = true;
    for (let i = 0; i < 100; i += 1) await reasonOf(ask(question()));
    open = false;
    asked = 0;
    await reasonOf(ask(question()));
    expect([asked, retries]).toEqual([1, spent]);

    // The breaker opens by the first of two calls.
    let first = true;
    const opening = retry(() => {
      retries += 1;
    })(async ({ calls }) => {
      if (!first) throw new Fault('serviceUnavailable', 'breakerOpen');
      first = false;
      calls.made += 1;
      calls.references.push('r');
      throw unreachable();
    });
    expect(await reasonOf(opening(question()))).toBe('breakerOpen');
    expect(retries).toBe(spent);
  });

  it('has a budget that comes back by ten calls', async () => {
    let failing = true;
    let retries = 0;
    const ask = retry(() => {
      retries += 1;
    })(asking(() => (failing ? unreachable() : undefined)));
    for (let i = 0; i < 30; i += 1) await reasonOf(ask(question()));
    const spent = retries;
    failing = false;
    for (let i = 0; i < 10; i += 1) await reasonOf(ask(question()));
    failing = true;
    await reasonOf(ask(question()));
    expect(retries).toBe(spent + 1);
  });
});

describe('breaker', () => {
  const setUp = () => {
    const state = {
      time: 0,
      outcome: undefined as Fault | undefined,
      takes: 0,
      calls: 0,
      states: [] as BreakerState[],
    };
    const ask = breaker({ slowMs: 1000, onState: (next) => state.states.push(next), now: () => state.time })(
      asking(() => {
        state.calls += 1;
        state.time += state.takes;
        return state.outcome;
      }),
    );
    const times = async (count: number, outcome?: Fault) => {
      state.outcome = outcome;
      const reasons: string[] = [];
      for (let i = 0; i < count; i += 1) reasons.push(await reasonOf(ask(question())));
      return reasons;
    };
    return { state, ask, times };
  };

  it('opens at half of at least 20 calls, not before', async () => {
    const { state, times } = setUp();
    await times(19, unreachable());
    expect(state.states).toEqual([]);
    await times(1, unreachable());
    expect(state.states).toEqual(['open']);
    expect(await times(3)).toEqual(['breakerOpen', 'breakerOpen', 'breakerOpen']);
    expect(state.calls).toBe(20);
  });

  it('stays closed below half, and forgets after 10 s', async () => {
    const { state, times } = setUp();
    await times(11);
    await times(10, unreachable());
    expect(state.states).toEqual([]);
    state.time += 11_000;
    await times(19, unreachable());
    expect(state.states).toEqual([]);
  });

  it('after 2 s one call tries; its answer closes, its failure opens for 2 s more', async () => {
    const { state, times } = setUp();
    await times(20, unreachable());
    state.time += 1999;
    expect(await times(1)).toEqual(['breakerOpen']);
    state.time += 1;
    expect(await times(2, unreachable())).toEqual(['ledUnreachable', 'breakerOpen']);
    state.time += 2000;
    expect(await times(2, new Fault('badGateway', 'ledInvalidXml'))).toEqual(['ledInvalidXml', 'ledInvalidXml']);
    expect(state.states).toEqual(['open', 'halfOpen', 'open', 'halfOpen', 'closed']);
  });

  it('lets another try after 2 s if a try hangs, and one at a time', async () => {
    const { state, ask, times } = setUp();
    await times(20, unreachable());
    state.time += 2000;
    const hanging: (() => void)[] = [];
    const slow = breaker({ slowMs: 1000, onState: () => {}, now: () => state.time })(async ({ calls }) => {
      calls.made += 1;
      calls.references.push('r');
      await new Promise<void>((resolve) => hanging.push(resolve));
      throw unreachable();
    });
    const all = Array.from({ length: 20 }, () => reasonOf(slow(question())));
    for (const release of hanging.splice(0)) release();
    await Promise.all(all);
    state.time += 2000;
    const first = reasonOf(slow(question()));
    expect(await reasonOf(slow(question()))).toBe('breakerOpen');
    state.time += 2000;
    const second = reasonOf(slow(question()));
    expect(hanging).toHaveLength(2);
    for (const release of hanging) release();
    expect(await Promise.all([first, second])).toEqual(['ledUnreachable', 'ledUnreachable']);
    expect(await reasonOf(ask(question()))).toBe('ledUnreachable');
  });

  it('counts too slow only if LED had its time, and nothing that LED answered, nobody asked or the caller left', async () => {
    const { state, times } = setUp();
    await times(30, tooSlow());
    await times(30, new Fault('serviceUnavailable', 'ledBusy'));
    await times(30, new Fault('badGateway', 'ledCutOff'));
    await times(30, new Fault('callerGone', 'callerGone'));
    expect(state.states).toEqual([]);
    state.time += 11_000;
    state.takes = 400;
    const unasked = breaker({ slowMs: 0, onState: (next) => state.states.push(next) })(async () => {
      throw unreachable();
    });
    for (let i = 0; i < 30; i += 1) await reasonOf(unasked(question()));
    expect(state.states).toEqual([]);
    const { state: late, times: again } = setUp();
    late.takes = 1000;
    await again(9, tooSlow());
    expect(late.states).toEqual([]);
    const { state: crowd, times: once } = setUp();
    await once(10);
    crowd.takes = 1000;
    // Ten answers at 0 s, and failures until the tenth: the answers are still within 10 s.
    await once(9, tooSlow());
    expect(crowd.states).toEqual([]);
    await once(1, tooSlow());
    expect(crowd.states.length).toBeLessThanOrEqual(1);
  });

  it('a call begun before it opened does not judge the time after', async () => {
    const states: BreakerState[] = [];
    let time = 0;
    const releases: (() => void)[] = [];
    let hang = true;
    const ask = breaker({ slowMs: 0, onState: (next) => states.push(next), now: () => time })(async ({ calls }) => {
      calls.made += 1;
      calls.references.push('r');
      if (!hang) return answer;
      await new Promise<void>((resolve) => releases.push(resolve));
      throw unreachable();
    });
    const begun = Array.from({ length: 60 }, () => reasonOf(ask(question())));
    for (const release of releases.splice(0, 20)) release();
    await Promise.all(begun.slice(0, 20));
    expect(states).toEqual(['open']);
    hang = false;
    time = 2000;
    expect(await reasonOf(ask(question()))).toBe('ok');
    for (const release of releases) release();
    await Promise.all(begun);
    expect(states).toEqual(['open', 'halfOpen', 'closed']);
  });
});

describe('limits', () => {
  const gate = () => {
    const waiting: (() => void)[] = [];
    const order: string[] = [];
    const ask: Ask = async ({ insz }) => {
      order.push(insz);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return answer;
    };
    return { ask, order, next: () => waiting.shift()?.() };
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('first come, first served; a place is free again after a failure too', async () => {
    const { ask, order, next } = gate();
    const limited = inFlightLimit({ maxInFlight: 1, maxQueue: 5 })(async (one) => {
      await ask(one);
      if (one.insz === 'b') throw unreachable();
      return answer;
    });
    const all = ['a', 'b', 'c'].map((insz) => reasonOf(limited(question({ insz }))));
    for (let i = 0; i < 3; i += 1) {
      await settled();
      next();
    }
    expect(await Promise.all(all)).toEqual(['ok', 'ledUnreachable', 'ok']);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('never more than allowed at a time, nobody lost, whatever the order of ends and departures', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.constantFrom('ask', 'end', 'leave'), { maxLength: 60 }),
        async (maxInFlight, steps) => {
          let now = 0;
          const running: (() => void)[] = [];
          const limited = inFlightLimit({ maxInFlight, maxQueue: 1000, maxWaitMs: 60_000 })(async () => {
            now += 1;
            expect(now).toBeLessThanOrEqual(maxInFlight);
            await new Promise<void>((resolve) => running.push(resolve));
            now -= 1;
            return answer;
          });
          const asked: Promise<string>[] = [];
          const leavers: AbortController[] = [];
          for (const step of steps) {
            if (step === 'ask') {
              const controller = new AbortController();
              leavers.push(controller);
              asked.push(reasonOf(limited(question({ signal: controller.signal }))));
            } else if (step === 'end') running.shift()?.();
            else leavers.pop()?.abort(new Fault('callerGone', 'callerGone'));
            await settled();
          }
          for (let i = 0; i <= asked.length; i += 1) {
            for (const end of running.splice(0)) end();
            await settled();
          }
          const ends = await Promise.all(asked);
          expect(ends.every((end) => end === 'ok' || end === 'callerGone')).toBe(true);
          expect(now).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses at once what would wait in vain by the pace of late', async () => {
    const limited = inFlightLimit({ maxInFlight: 1, maxQueue: 1000, maxWaitMs: 100 })(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return answer;
    });
    for (let i = 0; i < 15; i += 1) await limited(question());
    const started = performance.now();
    const ends = await Promise.all(
      Array.from(
        { length: 20 },
        async () => [await reasonOf(limited(question())), performance.now() - started] as const,
      ),
    );
    expect(ends.filter(([end, ms]) => end === 'overload' && ms < 20).length).toBeGreaterThanOrEqual(17);
    expect(ends.filter(([end]) => end === 'ok').length).toBeGreaterThanOrEqual(2);
  });

  it('the rate spaces evenly, and a place that its caller left is taken by the next', async () => {
    const at: number[] = [];
    const ask = rateLimit({ maxPerSecond: 50, maxQueue: 100 })(async () => {
      at.push(performance.now());
      return answer;
    });
    const leave = new AbortController();
    const all = Array.from({ length: 100 }, (_, i) =>
      reasonOf(ask(question(i % 20 === 0 ? {} : { signal: leave.signal }))),
    );
    leave.abort(new Fault('callerGone', 'callerGone'));
    expect((await Promise.all(all)).filter((end) => end === 'ok')).toHaveLength(5);
    for (let i = 1; i < at.length; i += 1) expect((at[i] ?? 0) - (at[i - 1] ?? 0)).toBeGreaterThanOrEqual(19);
    // With the places of those who left it would be 1.6 s.
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeLessThan(1000);
  });

  it('the row is bounded too', async () => {
    const ask = rateLimit({ maxPerSecond: 100, maxQueue: 2 })(async () => answer);
    const ends = await Promise.all(Array.from({ length: 5 }, () => reasonOf(ask(question()))));
    expect(ends).toEqual(['ok', 'ok', 'ok', 'overload', 'overload']);
  });

  it('who has left before is not let in', async () => {
    const signal = AbortSignal.abort(new Fault('callerGone', 'callerGone'));
    for (const behaviour of [
      inFlightLimit({ maxInFlight: 1, maxQueue: 1 }),
      rateLimit({ maxPerSecond: 1, maxQueue: 1 }),
    ]) {
      expect(await reasonOf(behaviour(asking(() => undefined))(question({ signal })))).toBe('callerGone');
    }
  });
});

describe('observe', () => {
  const setUp = () => {
    const metrics = createMetrics();
    const logs: Record<string, unknown>[] = [];
    const state = { time: 0, takes: 10 };
    const observer = createObserver({
      metrics,
      log: pino({}, { write: (line: string) => void logs.push(JSON.parse(line)) }),
      timeoutMs: 1000,
      now: () => state.time,
    });
    const call = (fault?: Fault, exceptions: LedException[] = []) =>
      reasonOf(
        observer.behaviour(async ({ calls }) => {
          calls.made += 1;
          calls.references.push('the-referte');
          calls.exceptions.push(...exceptions);
          state.time += state.takes;
          if (fault !== undefined) throw fault;
          return answer;
        })(question()),
      );
    return { metrics, logs, state, call, health: observer.health };
  };

  it('bounds what LED may put into labels', async () => {
    const { metrics, call } = setUp();
    await call(undefined, [
      { id: '40000', origin: 'LED', type: 'FOUT' },
      { id: '12345', origin: 'Nowhere', type: 'FOUT' },
      { id: 'ERR_025', origin: '', type: 'FOUT' },
      { id: '', origin: '', type: 'FOUT' },
    ]);
    const count = (id: string, origin: string) => metricValue(metrics, 'led_exceptions_total', { id, origin });
    expect(await count('40000', 'LED')).toBe(1);
    expect(await count('other', 'other')).toBe(1);
    expect(await count('ERR_025', '')).toBe(1);
    expect(await count('other', '')).toBe(1);
    expect(await metrics.registry.metrics()).not.toMatch(/12345|Nowhere/);
  });

  it('health: a fifth of five or more failed, or the median over half of the timeout, within the last minute', async () => {
    const failing = setUp();
    for (let i = 0; i < 3; i += 1) await failing.call();
    await failing.call(unreachable());
    expect(failing.health()).toBe('UP');
    await failing.call();
    expect(failing.health()).toBe('DEGRADED');
    await failing.call();
    expect(failing.health()).toBe('UP');
    await failing.call(tooSlow());
    expect(failing.health()).toBe('DEGRADED');
    failing.state.time += 61_000;
    expect(failing.health()).toBe('UP');

    const slow = setUp();
    slow.state.takes = 501;
    for (let i = 0; i < 4; i += 1) await slow.call();
    expect(slow.health()).toBe('UP');
    await slow.call();
    expect(slow.health()).toBe('DEGRADED');
    slow.state.takes = 100;
    for (let i = 0; i < 5; i += 1) await slow.call();
    expect(slow.health()).toBe('UP');
  });

  it('what concerns the person or the caller is no failure of LED', async () => {
    const { call, health, logs } = setUp();
    for (let i = 0; i < 5; i += 1) {
      await call(new Fault('badRequest', 'ledInszUnknown'));
      await call(new Fault('ledRegistrationMissing', 'ledRegistrationMissing'));
      await call(new Fault('callerGone', 'callerGone'));
    }
    expect(health()).toBe('UP');
    expect(logs).toEqual([]);

    const few = setUp();
    for (let i = 0; i < 4; i += 1) await few.call(tooSlow());
    for (let i = 0; i < 4; i += 1) await few.call(new Fault('callerGone', 'callerGone'));
    expect(few.health(), 'four calls are too few to judge by').toBe('UP');
  });

  it('one line for a failed call: result, Referte, time and codes, never a message', async () => {
    const { call, logs } = setUp();
    const cause = Object.assign(new Error('holds 85610500158'), { code: 'ECONNREFUSED', data: 'a body' });
    await call(new Fault('serviceUnavailable', 'ledUnreachable', { cause }), [
      { id: '99995', origin: 'MAGDA', type: 'FOUT' },
    ]);
    const odd = Object.assign(new Error('x'), { code: 'holds <body>' });
    await call(new Fault('badGateway', 'ledRefused', { cause: odd }));
    const plain = logs.map(({ time, pid, hostname, ...rest }) => rest);
    expect(plain).toEqual([
      {
        level: 40,
        result: 'ledUnreachable',
        referte: 'the-referte',
        durationMs: 10,
        cause: 'ECONNREFUSED',
        exceptions: [{ id: '99995', origin: 'MAGDA', type: 'FOUT' }],
        msg: 'call to LED failed',
      },
      {
        level: 50,
        result: 'ledRefused',
        referte: 'the-referte',
        durationMs: 10,
        exceptions: [],
        msg: 'LED refuses us: certificate, signature or authorisation',
      },
    ]);
  });
});

describe('small parts', () => {
  it('a window forgets by the second and keeps no more slots than seconds', () => {
    let time = 500;
    const window = createWindow(3, () => time);
    for (let second = 0; second < 10; second += 1) {
      window.add({ failed: second % 2 === 0, slow: false });
      time += 1000;
    }
    expect(window.totals()).toEqual({ calls: 2, failed: 1, slow: 0 });
    time += 5000;
    expect(window.totals()).toEqual({ calls: 0, failed: 0, slow: 0 });
  });

  it('Retry-After is always from 1 to 60', () => {
    const now = Date.UTC(2026, 10, 23, 10, 0, 0);
    expect(retryAfterOf('Mon, 23 Nov 2026 10:00:20 GMT', now)).toBe(20);
    expect(retryAfterOf('Mon, 23 Nov 2026 09:00:20 GMT', now)).toBe(1);
    expect(retryAfterOf('Tue, 24 Nov 2026 10:00:20 GMT', now)).toBe(60);
    expect(retryAfterOf('Mon, 99 Nov 2026 10:00:20 GMT', now)).toBe(5);
    for (const odd of [undefined, '', '-3', '1.5', '1e9', ['1', '2'], 'Infinity'])
      expect(retryAfterOf(odd, now)).toBe(5);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat().map(String),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (header) => {
          const seconds = retryAfterOf(header, now);
          expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true);
        },
      ),
    );
  });

  it('unlessAborted rejects at once, and hears of a late failure without a word', async () => {
    const controller = new AbortController();
    const fault = new Fault('callerGone', 'callerGone');
    const late = unlessAborted(
      controller.signal,
      new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 5)),
    );
    controller.abort(fault);
    await expect(late).rejects.toBe(fault);
    await expect(unlessAborted(controller.signal, Promise.resolve(1))).rejects.toBe(fault);
    await expect(unlessAborted(new AbortController().signal, Promise.resolve(1))).resolves.toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import type { LedException } from '../../../src/led/ask.ts';
import { createObserver } from '../../../src/led/behaviours/observe.ts';
import { createMetrics } from '../../../src/lib/metrics.ts';
import { answer, callerGone, noteCall, question, reasonOf, tooSlow, unreachable } from '../../support/asking.ts';
import { metricValue } from '../../support/hostile-led.ts';

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
    const call = (fault?: Fault, exceptions: LedException[] = [], status?: number) =>
      reasonOf(
        observer.behaviour(async (asked) => {
          noteCall(asked, 'the-referte');
          asked.calls.exceptions.push(...exceptions);
          asked.calls.status = status;
          state.time += state.takes;
          if (fault !== undefined) throw fault;
          return answer;
        })(question()),
      );
    return { metrics, logs, state, call, health: observer.health };
  };

  it('puts only known words of LED into labels', async () => {
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

  it('is DEGRADED when a fifth of five or more calls failed, or most took over half the timeout, in the last minute', async () => {
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

  it('does not count faults about the person or the caller as failures of LED', async () => {
    const { call, health, logs } = setUp();
    for (let i = 0; i < 5; i += 1) {
      await call(new Fault('badRequest', 'ledInszUnknown'));
      await call(new Fault('ledRegistrationMissing', 'ledRegistrationMissing'));
      await call(callerGone());
    }
    expect(health()).toBe('UP');
    expect(logs).toEqual([]);

    const few = setUp();
    for (let i = 0; i < 4; i += 1) await few.call(tooSlow());
    for (let i = 0; i < 4; i += 1) await few.call(callerGone());
    expect(few.health(), 'four calls are too few').toBe('UP');
  });

  it.each([
    [404, 404],
    [503, 503],
    [200, undefined],
    [500, undefined],
    [undefined, undefined],
  ])('logs the status of an answer whose body is not read: %s', async (status, logged) => {
    const { call, logs } = setUp();
    await call(new Fault('badGateway', 'ledStatus'), [], status);
    expect(logs[0]?.ledStatus).toBe(logged);
  });

  it('logs a failed call with id, reason, Referte, duration and codes, and never a message', async () => {
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
        id: 'the-request',
        reason: 'ledUnreachable',
        referte: 'the-referte',
        durationMs: 10,
        cause: 'ECONNREFUSED',
        exceptions: [{ id: '99995', origin: 'MAGDA', type: 'FOUT' }],
        msg: 'call to LED failed',
      },
      {
        level: 50,
        id: 'the-request',
        reason: 'ledRefused',
        referte: 'the-referte',
        durationMs: 10,
        exceptions: [],
        msg: 'LED refuses us: certificate, signature or authorisation',
      },
    ]);
  });
});

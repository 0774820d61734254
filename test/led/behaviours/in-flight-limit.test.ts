import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ask } from '../../../src/led/ask.ts';
import { inFlightLimit } from '../../../src/led/behaviours/in-flight-limit.ts';
import { answer, asking, callerGone, question, reasonOf, unreachable } from '../../support/asking.ts';

describe('the limit of calls in flight', () => {
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

  it('lets calls run in the order of arrival, also after one that fails', async () => {
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

  it('never exceeds its limit and never loses a call, in any order of ends and aborts', async () => {
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
            else leavers.pop()?.abort(callerGone());
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

  it('refuses a call at once if recent calls took so long that its turn would come too late', async () => {
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

  it('refuses a call whose caller has left already', async () => {
    const signal = AbortSignal.abort(callerGone());
    const limited = inFlightLimit({ maxInFlight: 1, maxQueue: 1 })(asking(() => undefined));
    expect(await reasonOf(limited(question({ signal })))).toBe('callerGone');
  });
});

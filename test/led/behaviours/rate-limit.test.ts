import { describe, expect, it } from 'vitest';
import { rateLimit } from '../../../src/led/behaviours/rate-limit.ts';
import { answer, asking, callerGone, question, reasonOf } from '../../support/asking.ts';

describe('the limit of calls a second', () => {
  it('spaces calls evenly, and skips calls that were aborted', async () => {
    const at: number[] = [];
    const ask = rateLimit({ maxPerSecond: 50, maxQueue: 100 })(async () => {
      at.push(performance.now());
      return answer;
    });
    const leave = new AbortController();
    const all = Array.from({ length: 100 }, (_, i) =>
      reasonOf(ask(question(i % 20 === 0 ? {} : { signal: leave.signal }))),
    );
    leave.abort(callerGone());
    expect((await Promise.all(all)).filter((end) => end === 'ok')).toHaveLength(5);
    for (let i = 1; i < at.length; i += 1) expect((at[i] ?? 0) - (at[i - 1] ?? 0)).toBeGreaterThanOrEqual(19);
    // If the aborted calls kept their places, it would be 1.6 s.
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeLessThan(1000);
  });

  it('refuses calls beyond the queue', async () => {
    const ask = rateLimit({ maxPerSecond: 100, maxQueue: 2 })(async () => answer);
    const ends = await Promise.all(Array.from({ length: 5 }, () => reasonOf(ask(question()))));
    expect(ends).toEqual(['ok', 'ok', 'ok', 'overload', 'overload']);
  });

  it('refuses a call whose caller has left already', async () => {
    const signal = AbortSignal.abort(callerGone());
    const limited = rateLimit({ maxPerSecond: 1, maxQueue: 1 })(asking(() => undefined));
    expect(await reasonOf(limited(question({ signal })))).toBe('callerGone');
  });
});

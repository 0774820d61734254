import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { retry } from '../../../src/led/behaviours/retry.ts';
import {
  answer,
  asking,
  callerGone,
  deadConnection,
  noteCall,
  question,
  reasonOf,
  unreachable,
} from '../../support/asking.ts';

describe('retry', () => {
  it('asks again once when no server was reached', async () => {
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

  it('asks again after a dead connection, with an empty budget only if all others were dead too', async () => {
    let failing: Fault | undefined;
    const ask = retry(() => {})(async (asked) => {
      noteCall(asked);
      // The retry succeeds.
      if (asked.calls.made === 1 && failing !== undefined) throw failing;
      return answer;
    });
    failing = deadConnection('ledStale');
    for (let i = 0; i < 11; i += 1) expect(await reasonOf(ask(question()))).toBe('ok');
    expect(await reasonOf(ask(question()))).toBe('ledStale');
    failing = deadConnection('ledFailedOver');
    for (let i = 0; i < 30; i += 1) expect(await reasonOf(ask(question()))).toBe('ok');
    // Each of them took what was left of the budget.
    failing = unreachable();
    expect(await reasonOf(ask(question()))).toBe('ledUnreachable');
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
  ])('does not ask again after %s', async (reason) => {
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

  it('does not ask again for a caller who has left', async () => {
    const gone = AbortSignal.abort(callerGone());
    expect(await reasonOf(retry(() => {})(asking(unreachable))(question({ signal: gone })))).toBe('callerGone');
  });

  it('retries at most 10 times plus a tenth of the calls, in any order of failures', async () => {
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

  it('does not count a call that the breaker refused, neither a first one nor a retry', async () => {
    let open = false;
    let reached = 0;
    let retries = 0;
    const ask = retry(() => {
      retries += 1;
    })(async (asked) => {
      reached += 1;
      if (open) throw new Fault('serviceUnavailable', 'breakerOpen');
      noteCall(asked);
      throw unreachable();
    });
    while (retries < 10) await reasonOf(ask(question()));
    await reasonOf(ask(question()));
    const spent = retries;
    open = true;
    for (let i = 0; i < 100; i += 1) await reasonOf(ask(question()));
    open = false;
    reached = 0;
    await reasonOf(ask(question()));
    expect([reached, retries]).toEqual([1, spent]);

    // The first call opens the breaker, so the retry is refused.
    let first = true;
    const opening = retry(() => {
      retries += 1;
    })(async (asked) => {
      if (!first) throw new Fault('serviceUnavailable', 'breakerOpen');
      first = false;
      noteCall(asked);
      throw unreachable();
    });
    expect(await reasonOf(opening(question()))).toBe('breakerOpen');
    expect(retries).toBe(spent);
  });

  it('earns a retry back with ten calls', async () => {
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

import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { type BreakerState, breaker } from '../../../src/led/behaviours/breaker.ts';
import {
  answer,
  asking,
  callerGone,
  deadConnection,
  noteCall,
  question,
  reasonOf,
  tooSlow,
  unreachable,
} from '../../support/asking.ts';

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

  it('opens when half of at least 20 calls failed, and not before', async () => {
    const { state, times } = setUp();
    await times(19, unreachable());
    expect(state.states).toEqual([]);
    await times(1, unreachable());
    expect(state.states).toEqual(['open']);
    expect(await times(3)).toEqual(['breakerOpen', 'breakerOpen', 'breakerOpen']);
    expect(state.calls).toBe(20);
  });

  it('stays closed below half, and forgets calls after 10 s', async () => {
    const { state, times } = setUp();
    await times(11);
    await times(10, unreachable());
    expect(state.states).toEqual([]);
    state.time += 11_000;
    await times(19, unreachable());
    expect(state.states).toEqual([]);
  });

  it('does not count dead connections; the retry of a trial that met one is the trial', async () => {
    const { state, times } = setUp();
    await times(30, deadConnection('ledStale'));
    await times(30, deadConnection('ledFailedOver'));
    expect(state.states).toEqual([]);
    await times(60, unreachable());
    expect(state.states).toEqual(['open']);
    state.time += 2000;
    expect(await times(1, deadConnection('ledStale'))).toEqual(['ledStale']);
    expect(await times(1)).toEqual(['ok']);
    expect(state.states).toEqual(['open', 'halfOpen', 'halfOpen', 'closed']);
  });

  it('lets one trial through after 2 s: an answer closes it, a failure keeps it open for 2 s more', async () => {
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

  it('lets another trial through 2 s after one that hangs', async () => {
    const { state, ask, times } = setUp();
    await times(20, unreachable());
    state.time += 2000;
    const hanging: (() => void)[] = [];
    const slow = breaker({ slowMs: 1000, onState: () => {}, now: () => state.time })(async (asked) => {
      noteCall(asked);
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

  it('counts a timeout only if LED had time enough, and ignores answers, callers who left and calls that were not made', async () => {
    const { state, times } = setUp();
    await times(30, tooSlow());
    await times(30, new Fault('serviceUnavailable', 'ledBusy'));
    await times(30, new Fault('badGateway', 'ledCutOff'));
    await times(30, callerGone());
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
    // Ten answers at second 0, then one failure a second: the answers are still within the 10 s.
    await once(9, tooSlow());
    expect(crowd.states).toEqual([]);
    await once(1, tooSlow());
    expect(crowd.states.length).toBeLessThanOrEqual(1);
  });

  it('ignores the end of a call that began before it opened', async () => {
    const states: BreakerState[] = [];
    let time = 0;
    const releases: (() => void)[] = [];
    let hang = true;
    const ask = breaker({ slowMs: 0, onState: (next) => states.push(next), now: () => time })(async (asked) => {
      noteCall(asked);
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

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGenerations, type Generation } from '../../src/led/generations.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A pool whose kept connections begin to die: `others` calls are under way over them when the first one dies. */
const dying = (others: number) => {
  const generations = createGenerations();
  const old = generations.join();
  for (let i = 0; i <= others; i += 1) generations.takeKept(old);
  expect(generations.end(old, true, 'dead'), 'the first').toBeUndefined();
  generations.giveBack(old);
  /** The next connection of before dies. Returns what becomes known of it. */
  const dies = () => {
    const known: { failedOver?: boolean } = {};
    const verdict = generations.end(old, true, 'dead');
    generations.giveBack(old);
    verdict?.then((failedOver) => {
      known.failedOver = failedOver;
    });
    return known;
  };
  const answers = (generation: Generation, kept = false) => generations.end(generation, kept, 'answered');
  return { generations, old, dies, answers };
};
const settled = () => vi.advanceTimersByTimeAsync(0);

describe('a connection that is found dead after another one', () => {
  it('was in a fail-over if a new connection answers', async () => {
    const { generations, dies, answers } = dying(2);
    const [second, third] = [dies(), dies()];
    await settled();
    expect([second, third]).toEqual([{}, {}]);
    answers(generations.join());
    await settled();
    expect([second, third]).toEqual([{ failedOver: true }, { failedOver: true }]);
  });

  it('was in one too if it is found dead only after that answer', async () => {
    const { generations, dies, answers } = dying(1);
    answers(generations.join());
    const late = dies();
    await settled();
    expect(late).toEqual({ failedOver: true });
  });

  it('waits for the other calls over kept connections, at most 1 s', async () => {
    const { generations, dies, answers } = dying(2);
    const second = dies();
    answers(generations.join());
    await settled();
    expect(second).toEqual({});
    await vi.advanceTimersByTimeAsync(1000);
    expect(second).toEqual({ failedOver: true });
  });

  it('was not in one if a kept connection of before answers', async () => {
    const { generations, old, dies, answers } = dying(2);
    const second = dies();
    answers(generations.join());
    answers(old, true);
    generations.giveBack(old);
    await settled();
    expect(second).toEqual({ failedOver: false });
  });

  it('was in one though a connection that was just made before the first death answers', async () => {
    const { generations, old, dies, answers } = dying(1);
    const second = dies();
    answers(old);
    await settled();
    expect(second).toEqual({});
    answers(generations.join());
    await settled();
    expect(second).toEqual({ failedOver: true });
  });

  it('was not in one if a new connection fails', async () => {
    const { generations, dies } = dying(1);
    const second = dies();
    generations.end(generations.join(), false, 'failed');
    await settled();
    expect(second).toEqual({ failedOver: false });
  });

  it('waits on if a new connection is dead too, because of its TLS ticket', async () => {
    const { generations, dies, answers } = dying(1);
    const second = dies();
    expect(generations.end(generations.join(), false, 'dead')).toBeUndefined();
    await settled();
    expect(second).toEqual({});
    answers(generations.join());
    await settled();
    expect(second).toEqual({ failedOver: true });
  });

  it('was not in one if no new connection is opened within 0.5 s', async () => {
    const { dies } = dying(1);
    const second = dies();
    await vi.advanceTimersByTimeAsync(499);
    expect(second).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(second).toEqual({ failedOver: false });
  });
});

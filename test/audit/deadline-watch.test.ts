import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDeadlineWatch } from '../../src/audit/deadline-watch.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets that many milliseconds pass, and then the turn of the event loop in which the watch looks. */
const pass = async (ms: number): Promise<void> => {
  vi.advanceTimersByTime(ms);
  await turn();
};

/** A watch of half a second over lines that wait since these moments. */
const watching = () => {
  const waiting: number[] = [];
  const late: number[] = [];
  const start = performance.now();
  const watch = createDeadlineWatch(
    500,
    () => waiting[0],
    () => late.push(performance.now() - start),
  );
  return {
    watch,
    /** How many ms after the start the deadline was reported. */
    late,
    add: () => {
      waiting.push(performance.now());
      watch.start();
    },
    take: () => void waiting.shift(),
  };
};

describe('the deadline of the oldest line', () => {
  it('is reported when that line has waited until its deadline', async () => {
    const { add, late, watch } = watching();
    add();
    await pass(499);
    expect([late, watch.isLate()]).toEqual([[], false]);
    await pass(1);
    expect([late, watch.isLate()]).toEqual([[500], true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is that of the next line when the oldest was taken', async () => {
    const { add, take, late } = watching();
    add();
    await pass(300);
    add();
    add();
    expect(vi.getTimerCount()).toBe(1);
    take();
    await pass(499);
    expect(late).toEqual([]);
    await pass(1);
    expect(late).toEqual([800]);
  });

  it('is over when no line waits, until the watch is started again', async () => {
    const { add, take, late, watch } = watching();
    add();
    take();
    expect(watch.isLate()).toBe(false);
    await pass(5000);
    expect([late, vi.getTimerCount()]).toEqual([[], 0]);
    add();
    await pass(500);
    expect(late).toEqual([5500]);
  });

  it('lets the event loop first see what was taken while the process was held up', async () => {
    const { add, take, late } = watching();
    add();
    await pass(499);
    // Due in the same turn as the deadline, and after it.
    setTimeout(take, 1);
    await pass(1);
    await pass(5000);
    expect(late).toEqual([]);
  });

  it('is not reported when the watch is stopped', async () => {
    const { add, late, watch } = watching();
    add();
    watch.stop();
    await pass(5000);
    expect([late, vi.getTimerCount()]).toEqual([[], 0]);
  });
});

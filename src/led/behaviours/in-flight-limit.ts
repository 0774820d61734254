import type { Behaviour } from '../ask.ts';
import { createQueue, overload } from './queue.ts';

type InFlightLimit = Behaviour & {
  /** Whether a new call would be refused at once. */
  readonly isFull: () => boolean;
};

/**
 * Lets at most `maxInFlight` calls run at a time. Up to `maxQueue` others wait, each at most `maxWaitMs`. Refuses a
 * call at once, with the Fault `overload`, if the queue is full, or if it would wait too long, judged by how long
 * recent calls took.
 */
export const inFlightLimit = (options: {
  readonly maxInFlight: number;
  readonly maxQueue: number;
  readonly maxWaitMs?: number;
}): InFlightLimit => {
  const { maxInFlight, maxQueue, maxWaitMs = 1000 } = options;
  const queue = createQueue();
  let inFlight = 0;
  /** Moving average: each call counts for a tenth. */
  let averageMs = 0;

  const isFull = (): boolean => {
    if (inFlight < maxInFlight) return false;
    const expectedWaitMs = ((queue.size() + 1) * averageMs) / maxInFlight;
    return queue.size() >= maxQueue || expectedWaitMs > maxWaitMs;
  };
  const release = (tookMs: number): void => {
    averageMs += (tookMs - averageMs) / 10;
    // The next call takes over this place, so the count stays the same.
    if (!queue.next()) inFlight -= 1;
  };
  const behaviour: Behaviour = (next) => async (question) => {
    question.signal.throwIfAborted();
    if (isFull()) throw overload();
    if (inFlight < maxInFlight) inFlight += 1;
    else await queue.wait(question.signal, maxWaitMs);
    const started = performance.now();
    try {
      return await next(question);
    } finally {
      release(performance.now() - started);
    }
  };
  return Object.assign(behaviour, { isFull });
};

import { Fault } from '../../fault.ts';
import type { Behaviour, Question } from '../ask.ts';

/** Those who wait, first come first served; who gives up is gone at once. */
const createQueue = () => {
  const waiting = new Set<() => void>();
  return {
    size: () => waiting.size,
    /** Resolves when it is called up; rejects with the signal's reason, or with overload after `waitMs`. */
    wait: ({ signal }: Question, waitMs?: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const leave = () => {
          waiting.delete(proceed);
          clearTimeout(timer);
          signal.removeEventListener('abort', gone);
        };
        const proceed = () => {
          leave();
          resolve();
        };
        const gone = () => {
          leave();
          reject(signal.reason);
        };
        const timer =
          waitMs === undefined
            ? undefined
            : setTimeout(() => {
                leave();
                reject(overload());
              }, waitMs);
        signal.addEventListener('abort', gone, { once: true });
        waiting.add(proceed);
      }),
    callUp: (): boolean => {
      for (const proceed of waiting) {
        proceed();
        return true;
      }
      return false;
    },
  };
};

const overload = () => new Fault('serviceUnavailable', 'overload', { retryAfter: 1 });

/**
 * Lets at most `maxInFlight` calls run at a time; up to `maxQueue` others wait their turn, each at most `maxWaitMs`.
 * A call that finds the queue full, or so long that its turn would not come in time by the pace of late, gets a Fault
 * `serviceUnavailable`, `overload` at once rather than after waiting in vain; `isFull` says so beforehand.
 */
export const inFlightLimit = (options: {
  maxInFlight: number;
  maxQueue: number;
  maxWaitMs?: number;
}): Behaviour & { readonly isFull: () => boolean } => {
  const { maxInFlight, maxQueue, maxWaitMs = 1000 } = options;
  const queue = createQueue();
  let inFlight = 0;
  let averageMs = 0;
  const release = (tookMs: number) => {
    averageMs += (tookMs - averageMs) / 10;
    // Whoever is called up takes over the place.
    if (!queue.callUp()) inFlight -= 1;
  };
  const isFull = (): boolean => {
    if (inFlight < maxInFlight) return false;
    const expectedMs = ((queue.size() + 1) * averageMs) / maxInFlight;
    return queue.size() >= maxQueue || expectedMs > maxWaitMs;
  };
  const behaviour: Behaviour = (next) => async (question) => {
    question.signal.throwIfAborted();
    if (isFull()) throw overload();
    if (inFlight < maxInFlight) inFlight += 1;
    else await queue.wait(question, maxWaitMs);
    const started = performance.now();
    try {
      return await next(question);
    } finally {
      release(performance.now() - started);
    }
  };
  return Object.assign(behaviour, { isFull });
};

/**
 * Spaces calls evenly, `maxPerSecond` of them a second: a burst becomes a row instead of a refusal. A call whose place
 * in the row lies past its deadline, or beyond `maxQueue` others, gets a Fault `serviceUnavailable`, `overload` at once.
 */
export const rateLimit = (options: { maxPerSecond: number; maxQueue: number }): Behaviour => {
  const { maxQueue } = options;
  const spacingMs = 1000 / options.maxPerSecond;
  const queue = createQueue();
  let freeAt = 0;
  let timed = false;
  const serveAt = (at: number) => {
    timed = true;
    setTimeout(serve, Math.max(1, Math.ceil(at - performance.now())));
  };
  const serve = () => {
    timed = false;
    const now = performance.now();
    // Lateness is not made up for: LED counts calls in a window of its own, and refuses one too many.
    if (now >= freeAt && queue.callUp()) freeAt = now + spacingMs;
    if (queue.size() > 0) serveAt(freeAt);
  };
  return (next) => async (question) => {
    question.signal.throwIfAborted();
    const now = performance.now();
    if (queue.size() === 0 && now >= freeAt) freeAt = now + spacingMs;
    else {
      const turnAt = Math.max(now, freeAt) + queue.size() * spacingMs;
      if (queue.size() >= maxQueue || turnAt >= question.deadline) throw overload();
      const turn = queue.wait(question);
      if (!timed) serveAt(freeAt);
      await turn;
    }
    return next(question);
  };
};

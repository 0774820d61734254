import type { Behaviour } from '../ask.ts';
import { createQueue, overload } from './queue.ts';

/**
 * Spaces calls evenly, `maxPerSecond` in a second: calls of a burst wait instead of being refused. Refuses a call at
 * once, with the Fault `overload`, if its turn comes after its deadline or if `maxQueue` others already wait.
 */
export const rateLimit = (options: { readonly maxPerSecond: number; readonly maxQueue: number }): Behaviour => {
  const { maxPerSecond, maxQueue } = options;
  const spacingMs = 1000 / maxPerSecond;
  const queue = createQueue();
  /** The moment from which the next call may start; monotonic clock, ms. */
  let freeAt = 0;
  let timerIsSet = false;

  const serveAt = (at: number) => {
    timerIsSet = true;
    setTimeout(serve, Math.max(1, Math.ceil(at - performance.now())));
  };
  const serve = () => {
    timerIsSet = false;
    const now = performance.now();
    // A late call does not let later calls catch up: LED counts calls in its own window and refuses extra ones.
    if (now >= freeAt && queue.next()) freeAt = now + spacingMs;
    if (queue.size() > 0) serveAt(freeAt);
  };
  return (next) => async (question) => {
    question.signal.throwIfAborted();
    const now = performance.now();
    if (queue.size() === 0 && now >= freeAt) freeAt = now + spacingMs;
    else {
      const turnAt = Math.max(now, freeAt) + queue.size() * spacingMs;
      if (queue.size() >= maxQueue || turnAt >= question.deadline) throw overload();
      const turn = queue.wait(question.signal);
      if (!timerIsSet) serveAt(freeAt);
      await turn;
    }
    return next(question);
  };
};

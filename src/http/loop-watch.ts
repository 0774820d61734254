import { performance } from 'node:perf_hooks';

const TICK_MS = 10;
const LATE_MS = 100;
const SUSTAINED_MS = 1_000;

/**
 * Watches how late the event loop is. `late` says whether its present turn has lasted over 100 ms, and no turn of the
 * last second was shorter: then work arrives faster than it is done. It is true in the middle of a turn, for the work
 * beyond its first 100 ms. One long turn, as at a first burst of requests, does not make it true. (Node's histogram of
 * delays knows a turn only when it is over, and after a reset not even the first.)
 */
export const createLoopWatch = (): { readonly late: () => boolean; readonly close: () => void } => {
  let ticked = performance.now();
  let calm = ticked;
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - ticked < LATE_MS) calm = now;
    ticked = now;
  }, TICK_MS).unref();
  return {
    late: () => {
      const now = performance.now();
      return now - ticked > LATE_MS && now - calm > SUSTAINED_MS;
    },
    close: () => clearInterval(timer),
  };
};

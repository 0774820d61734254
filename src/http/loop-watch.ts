import { performance } from 'node:perf_hooks';

const TICK_MS = 10;
const LATE_MS = 100;
const SUSTAINED_MS = 1_000;

/**
 * Watches how late the event loop is. `late` returns true if the current turn has lasted more than 100 ms and every
 * turn of the last second was at least that long: then more work arrives than gets done. It can become true in the
 * middle of a turn, after its first 100 ms. One long turn, for example at a first burst of requests, does not make it
 * true. `close` stops the watch. `now` is the monotonic clock (ms).
 *
 * Node's `monitorEventLoopDelay` counts a turn only after its end, and drops the first one after a reset.
 */
export const createLoopWatch = (
  now = () => performance.now(),
): { readonly late: () => boolean; readonly close: () => void } => {
  let lastTick = now();
  let lastCalmTick = lastTick;
  const timer = setInterval(() => {
    const tick = now();
    if (tick - lastTick < LATE_MS) lastCalmTick = tick;
    lastTick = tick;
  }, TICK_MS).unref();
  return {
    late: () => now() - lastTick > LATE_MS && now() - lastCalmTick > SUSTAINED_MS,
    close: () => clearInterval(timer),
  };
};

import { Fault } from '../../fault.ts';

/** The Fault of a request that is refused because too many others wait for LED: 503, retry after 1 s. */
export const overload = (): Fault => new Fault('serviceUnavailable', 'overload', { retryAfter: 1 });

/** A first-in, first-out queue of waiting calls. A call that is aborted leaves the queue immediately. */
type Queue = {
  readonly size: () => number;
  /** Resolves on its turn; rejects with the signal's reason, or with the Fault `overload` after `maxWaitMs`. */
  readonly wait: (signal: AbortSignal, maxWaitMs?: number) => Promise<void>;
  /** Lets the first call go; returns false if no call waits. */
  readonly next: () => boolean;
};

export const createQueue = (): Queue => {
  // A set keeps the order of insertion, and deletes from its middle in constant time.
  const waiting = new Set<() => void>();
  return {
    size: () => waiting.size,
    wait: (signal, maxWaitMs) =>
      new Promise((resolve, reject) => {
        const leave = (settle: () => void) => {
          waiting.delete(proceed);
          clearTimeout(timer);
          signal.removeEventListener('abort', abort);
          settle();
        };
        const proceed = () => leave(resolve);
        const abort = () => leave(() => reject(signal.reason));
        const tooLong = () => leave(() => reject(overload()));
        const timer = maxWaitMs === undefined ? undefined : setTimeout(tooLong, maxWaitMs);
        signal.addEventListener('abort', abort, { once: true });
        waiting.add(proceed);
      }),
    next: () => {
      const [first] = waiting;
      first?.();
      return first !== undefined;
    },
  };
};

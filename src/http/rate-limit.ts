import { performance } from 'node:perf_hooks';
import { Fault } from '../fault.ts';

const MINUTE_MS = 60_000;
/** How many clients are remembered. If there are more, the client with the oldest minute is forgotten. */
const MOST_CLIENTS = 10_000;

/**
 * Creates a function that counts a request of a client, or of an address. The minute of a client begins with its first
 * request. The function throws the Fault `tooManyRequests` for every request over `perMinute`, with the seconds until
 * the minute ends. `now` is a clock (ms) that never jumps. Libraries for rate limits use the wall clock: if that is set
 * back by an hour, it can lock clients out for an hour.
 */
export const createRateLimit = (perMinute: number, now = () => performance.now()): ((client: string) => void) => {
  const minutes = new Map<string, { readonly startedAt: number; count: number }>();
  return (client) => {
    let minute = minutes.get(client);
    if (minute === undefined || now() - minute.startedAt >= MINUTE_MS) {
      // The entry is deleted and set again, so that the map stays in order of `startedAt`.
      minutes.delete(client);
      const [oldest] = minutes.keys();
      if (minutes.size >= MOST_CLIENTS && oldest !== undefined) minutes.delete(oldest);
      minute = { startedAt: now(), count: 0 };
      minutes.set(client, minute);
    }
    minute.count += 1;
    if (minute.count <= perMinute) return;
    const left = minute.startedAt + MINUTE_MS - now();
    throw new Fault('tooManyRequests', 'rateLimit', {
      retryAfter: Math.max(1, Math.ceil(left / 1000)),
      limit: perMinute,
    });
  };
};

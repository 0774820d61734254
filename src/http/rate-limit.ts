import { performance } from 'node:perf_hooks';
import { Fault } from '../fault.ts';

const MINUTE_MS = 60_000;
/** Clients remembered at a time; beyond them the one whose minute began first is forgotten. */
const MOST_CLIENTS = 10_000;

/**
 * Counts requests per client in minutes that begin with the client's first. The function takes a client's name and
 * throws the Fault `tooManyRequests`, with the seconds until its minute ends, for each one beyond `perMinute`. It runs
 * on a clock that never jumps: libraries measure on the wall's, and one set back would shut clients out for as long.
 */
export const createRateLimit = (perMinute: number, now = () => performance.now()): ((client: string) => void) => {
  const minutes = new Map<string, { readonly begun: number; count: number }>();
  return (client) => {
    let minute = minutes.get(client);
    if (minute === undefined || now() - minute.begun >= MINUTE_MS) {
      // Taken out and put in again: the map's order stays that of the beginnings.
      minutes.delete(client);
      const [oldest] = minutes.keys();
      if (minutes.size >= MOST_CLIENTS && oldest !== undefined) minutes.delete(oldest);
      minute = { begun: now(), count: 0 };
      minutes.set(client, minute);
    }
    minute.count += 1;
    if (minute.count <= perMinute) return;
    const left = minute.begun + MINUTE_MS - now();
    throw new Fault('tooManyRequests', 'rateLimit', { retryAfter: Math.max(1, Math.ceil(left / 1000)) });
  };
};

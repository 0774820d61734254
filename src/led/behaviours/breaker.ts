import { Fault } from '../../fault.ts';
import { type Behaviour, watchCalls } from '../ask.ts';
import { createWindow } from './window.ts';

const WINDOW_SECONDS = 10;
const LEAST_CALLS = 20;
const OPEN_MS = 2000;

export type BreakerState = 'closed' | 'halfOpen' | 'open';

export type BreakerOptions = {
  /** A call that the deadline cut short counts as too slow only if LED had this long, in ms: what waited for its turn is no failure of LED. */
  readonly slowMs: number;
  readonly onState: (state: BreakerState) => void;
  /** Monotonic clock, ms. */
  readonly now?: () => number;
};

/** Silence of LED. What LED answered, whatever it said, is a sign of life. */
const silent = new Set(['ledUnreachable', 'ledClosed', 'ledTimeout']);

/**
 * Stops asking an LED that does not answer: open once half of at least 20 calls in 10 s were unreachable or too slow.
 * Then one call every 2 s tries, and the first that LED answers closes it; the others get a Fault `serviceUnavailable`,
 * `breakerOpen`. A try that hangs does not keep the next one from being made.
 */
export const breaker = ({ slowMs, onState, now = () => performance.now() }: BreakerOptions): Behaviour => {
  const window = createWindow(WINDOW_SECONDS, now);
  let nextTry: number | undefined;
  // Each opening and closing begins a new era; what was begun in an earlier one says nothing about this one.
  let era = 0;

  const open = () => {
    if (nextTry === undefined) era += 1;
    nextTry = now() + OPEN_MS;
    onState('open');
  };
  const close = () => {
    era += 1;
    nextTry = undefined;
    window.clear();
    onState('closed');
  };
  const judge = (begun: number, failed: boolean) => {
    if (begun !== era) return;
    if (nextTry !== undefined) {
      if (failed) open();
      else close();
      return;
    }
    window.add({ failed, slow: false });
    const { calls, failed: failures } = window.totals();
    if (calls >= LEAST_CALLS && failures * 2 >= calls) open();
  };
  /** Whether the failed call was LED's silence, LED's answer, or (undefined) neither. */
  const silence = (error: unknown, started: number): boolean | undefined => {
    if (!(error instanceof Fault)) return undefined;
    if (error.code === 'callerGone' || error.code === 'internalServerError') return undefined;
    if (error.reason === 'ledTimeout' && now() - started < slowMs) return undefined;
    return silent.has(error.reason);
  };

  return (next) => async (question) => {
    if (nextTry !== undefined) {
      if (now() < nextTry) throw new Fault('serviceUnavailable', 'breakerOpen', { retryAfter: 5 });
      nextTry = now() + OPEN_MS;
      onState('halfOpen');
    }
    const begun = era;
    const started = now();
    const wasAsked = watchCalls(question);
    try {
      const answer = await next(question);
      judge(begun, false);
      return answer;
    } catch (error) {
      const failed = wasAsked() ? silence(error, started) : undefined;
      if (failed !== undefined) judge(begun, failed);
      throw error;
    }
  };
};

import { Fault } from '../../fault.ts';
import type { Behaviour } from '../ask.ts';
import { createWindow } from './window.ts';

const WINDOW_SECONDS = 10;
const MIN_CALLS = 20;
const OPEN_MS = 2000;

export type BreakerState = 'closed' | 'halfOpen' | 'open';

type BreakerOptions = {
  /**
   * A call that reached its deadline counts as a failure only if LED had at least this many ms. Otherwise the call had
   * spent its time waiting on our side.
   */
  readonly slowMs: number;
  readonly onState: (state: BreakerState) => void;
  /** Monotonic clock, ms. */
  readonly now?: () => number;
};

/** The reasons that mean that LED did not answer. Any answer, an error included, shows that LED is alive. */
const NO_ANSWER: ReadonlySet<string> = new Set(['ledUnreachable', 'ledClosed', 'ledTimeout']);

/** Whether a call met a dead connection. This says nothing about LED; the retry over a new connection does. */
const isDeadConnection = (error: unknown): boolean =>
  error instanceof Fault && (error.reason === 'ledStale' || error.reason === 'ledFailedOver');

/**
 * Stops asking an LED that does not answer. It opens when at least half of 20 or more calls in 10 s got no answer. Then
 * one call every 2 s is a trial; the first trial that LED answers closes the breaker. All other calls are refused with
 * the Fault `serviceUnavailable`, `breakerOpen`. A trial that hangs does not hold back the next one.
 */
export const breaker = ({ slowMs, onState, now = () => performance.now() }: BreakerOptions): Behaviour => {
  const window = createWindow(WINDOW_SECONDS, now);
  /** When the next trial may start; undefined while the breaker is closed. */
  let nextTrialAt: number | undefined;
  // Counts openings and closings. A call that began before the last one says nothing about the time since.
  let era = 0;

  const open = () => {
    if (nextTrialAt === undefined) era += 1;
    nextTrialAt = now() + OPEN_MS;
    onState('open');
  };
  const close = () => {
    era += 1;
    nextTrialAt = undefined;
    window.clear();
    onState('closed');
  };
  const record = (eraOfCall: number, failed: boolean) => {
    if (eraOfCall !== era) return;
    if (nextTrialAt !== undefined) {
      if (failed) open();
      else close();
      return;
    }
    window.add({ failed, slow: false });
    const { calls, failed: failures } = window.totals();
    if (calls >= MIN_CALLS && failures * 2 >= calls) open();
  };
  /** Whether LED gave no answer; undefined if the error says nothing about LED. */
  const failedBy = (error: unknown, startedAt: number): boolean | undefined => {
    if (!(error instanceof Fault)) return undefined;
    if (isDeadConnection(error) || error.code === 'callerGone' || error.code === 'internalServerError')
      return undefined;
    if (error.reason === 'ledTimeout' && now() - startedAt < slowMs) return undefined;
    return NO_ANSWER.has(error.reason);
  };

  return (next) => async (question) => {
    if (nextTrialAt !== undefined) {
      if (now() < nextTrialAt) throw new Fault('serviceUnavailable', 'breakerOpen', { retryAfter: 5 });
      nextTrialAt = now() + OPEN_MS;
      onState('halfOpen');
    }
    const eraOfCall = era;
    const startedAt = now();
    const madeBefore = question.calls.made;
    try {
      const answer = await next(question);
      record(eraOfCall, false);
      return answer;
    } catch (error) {
      const failed = question.calls.made > madeBefore ? failedBy(error, startedAt) : undefined;
      if (failed !== undefined) record(eraOfCall, failed);
      // The trial met a dead connection, so the retry is the trial.
      if (nextTrialAt !== undefined && eraOfCall === era && isDeadConnection(error)) nextTrialAt = now();
      throw error;
    }
  };
};

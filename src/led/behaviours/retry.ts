import { Fault } from '../../fault.ts';
import type { Behaviour } from '../ask.ts';

// The budget is in tenths of a retry, so that a call refills it by 1.
const FULL_BUDGET = 100;
const RETRY_COST = 10;

/** Only `ledUnreachable` is repeated: no server was reached, or a kept connection was already closed. */
const isRepeatable = (error: unknown): boolean => error instanceof Fault && error.reason === 'ledUnreachable';

/**
 * Asks a second time, once, when the first call most likely did not reach LED. A budget of 10 retries, which each call
 * refills by a tenth, keeps an LED that is down from being asked twice as often. `onRetry` is called after each retry.
 * A question that did not become a call (breaker open, queue full) neither refills the budget nor counts as a retry.
 */
export const retry = (onRetry: () => void): Behaviour => {
  let budget = FULL_BUDGET;
  return (next) => async (question) => {
    const { signal, calls } = question;
    const madeBefore = calls.made;
    try {
      return await next(question);
    } catch (error) {
      if (!isRepeatable(error) || budget < RETRY_COST) throw error;
      signal.throwIfAborted();
      budget -= RETRY_COST;
      const madeBeforeRetry = calls.made;
      try {
        return await next(question);
      } finally {
        if (calls.made > madeBeforeRetry) onRetry();
        else budget += RETRY_COST;
      }
    } finally {
      if (calls.made > madeBefore) budget = Math.min(FULL_BUDGET, budget + 1);
    }
  };
};

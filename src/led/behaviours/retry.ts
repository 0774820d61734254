import { Fault } from '../../fault.ts';
import type { Behaviour } from '../ask.ts';

// The budget is in tenths of a retry, so that a call refills it by 1.
const FULL_BUDGET = 100;
const RETRY_COST = 10;

/**
 * The least budget for a retry, by the reason of the first Fault; nothing else is repeated. `ledUnreachable`: no server
 * was reached. `ledStale`: the connection was dead. `ledFailedOver`: it died with all others, and new ones work, so the
 * retry is no burden on an LED that is down; it takes what is left of the budget and needs none.
 */
const NEEDED: ReadonlyMap<string, number> = new Map([
  ['ledUnreachable', RETRY_COST],
  ['ledStale', RETRY_COST],
  ['ledFailedOver', 0],
]);
const neededFor = (error: unknown): number =>
  (error instanceof Fault ? NEEDED.get(error.reason) : undefined) ?? Number.POSITIVE_INFINITY;

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
      if (budget < neededFor(error)) throw error;
      signal.throwIfAborted();
      const cost = Math.min(budget, RETRY_COST);
      budget -= cost;
      const madeBeforeRetry = calls.made;
      try {
        return await next(question);
      } finally {
        if (calls.made > madeBeforeRetry) onRetry();
        else budget += cost;
      }
    } finally {
      if (calls.made > madeBefore) budget = Math.min(FULL_BUDGET, budget + 1);
    }
  };
};

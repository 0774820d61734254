import { Fault } from '../../fault.ts';
import { type Behaviour, watchCalls } from '../ask.ts';

/** Nothing of LED was reached, or an idle connection had died unseen: only then is it safe to ask again. */
const safe = (error: unknown): boolean => error instanceof Fault && error.reason === 'ledUnreachable';

/**
 * Asks a second time, once, where LED cannot have worked on the first. Retries come out of a budget of 10, which each
 * call refills by a tenth: an LED that is down is not asked twice as often. `onRetry` is called after each. What never
 * became a call (the breaker is open, the queue full) neither refills the budget nor counts as a retry.
 */
export const retry = (onRetry: () => void): Behaviour => {
  // In tenths, so that ten calls are worth a whole retry.
  let budget = 100;
  return (next) => async (question) => {
    const wasAsked = watchCalls(question);
    try {
      return await next(question);
    } catch (error) {
      if (!safe(error) || budget < 10) throw error;
      question.signal.throwIfAborted();
      budget -= 10;
      const wasAskedAgain = watchCalls(question);
      try {
        return await next(question);
      } finally {
        if (wasAskedAgain()) onRetry();
        else budget += 10;
      }
    } finally {
      if (wasAsked()) budget = Math.min(100, budget + 1);
    }
  };
};

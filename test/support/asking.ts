import { Fault } from '../../src/fault.ts';
import { type Ask, noLedCalls, type Question } from '../../src/led/ask.ts';

/** Helpers for tests of behaviours: an `Ask` to wrap, questions to ask it, and the outcome as one word. */

export const unreachable = () => new Fault('serviceUnavailable', 'ledUnreachable', { retryAfter: 5 });
export const deadConnection = (reason: 'ledStale' | 'ledFailedOver') =>
  new Fault('serviceUnavailable', reason, { retryAfter: 5 });
export const tooSlow = () => new Fault('ledTimeout', 'ledTimeout');
export const callerGone = () => new Fault('callerGone', 'callerGone');
export const answer = { records: [], warning: false, incomplete: false, exceptions: [] };

export const question = (more: Partial<Question> = {}): Question => ({
  id: 'the-request',
  insz: '',
  sender: { id: 'us', capacity: 'role' },
  signal: new AbortController().signal,
  deadline: performance.now() + 10_000,
  intent: () => Promise.resolve(),
  calls: noLedCalls(),
  ...more,
});

/** Notes one call in the question's calls, as the exchange does. */
export const noteCall = ({ calls }: Question, referte = 'r'): void => {
  calls.made += 1;
  calls.references.push(referte);
};

/** An `Ask` that makes a call, and rejects with the Fault that `outcome` returns, or resolves if it returns none. */
export const asking =
  (outcome: () => Fault | undefined): Ask =>
  async (asked) => {
    noteCall(asked);
    const fault = outcome();
    if (fault !== undefined) throw fault;
    return answer;
  };

/** `ok`, or the reason of the Fault with which the promise rejects. */
export const reasonOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error instanceof Fault ? error.reason : `not a fault: ${error}`),
  );

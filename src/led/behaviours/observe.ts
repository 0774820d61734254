import { Fault } from '../../fault.ts';
import { errorCode } from '../../lib/error-code.ts';
import type { Log } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { knownIds } from '../answer/exceptions.ts';
import type { Behaviour, LedException, Question } from '../ask.ts';
import { createWindow } from './window.ts';

const KNOWN_ORIGINS: ReadonlySet<string> = new Set(['', 'LED', 'MAGDA', 'KSZ', 'RR']);

/** The labels of a metric. An answer of LED can hold any word, so each unknown word becomes `other`. */
const labelsOf = ({ id, origin }: LedException) => ({
  id: knownIds.has(id) ? id : 'other',
  origin: KNOWN_ORIGINS.has(origin) ? origin : 'other',
});

/** Faults that need a person: our certificate, signature or authorisation is wrong, or the server is not LED. */
const ALARMS: ReadonlyMap<string, string> = new Map([
  ['ledUntrusted', 'LED cannot be trusted: its certificate or its TLS is wrong; nothing was sent'],
  ['ledCertificateRefused', 'LED refuses our certificate, or closes new connections unanswered'],
  ['ledRefused', 'LED refuses us: certificate, signature or authorisation'],
  ['referteMismatch', 'LED answered to another Referte'],
  ['ledCallBroke', 'a call to LED failed by our own fault'],
]);

/** The codes of faults that count as a failed call. Other faults are about the person or the caller, not about LED. */
const FAILURES: ReadonlySet<string> = new Set([
  'badGateway',
  'serviceUnavailable',
  'ledTimeout',
  'internalServerError',
]);

/** The code of the error that caused the fault. Its message is not used, because it may hold what was received. */
const causeOf = ({ cause }: Fault): string | undefined => {
  const code = errorCode(cause, '');
  return /^[\w/ ]{1,64}$/.test(code) ? code : undefined;
};

/** The status of an answer whose body is not read; undefined for 200, 500, and if there was no answer. */
const unusableStatus = (status: number | undefined): number | undefined =>
  status === 200 || status === 500 ? undefined : status;

type ObserveOptions = {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly timeoutMs: number;
  /** Monotonic clock, ms. */
  readonly now?: () => number;
};

/**
 * Observes calls to LED. It keeps the metrics (duration by result, calls in flight, exceptions) and logs a line for
 * each failed call. A call that was not made because its `intent` failed is not observed.
 *
 * `health` returns `DEGRADED` if there were at least five calls in the last minute, and a fifth of them failed or more
 * than half of them took over half of `timeoutMs`. A call does not count if the caller left.
 */
export const createObserver = (options: ObserveOptions): { behaviour: Behaviour; health: () => 'UP' | 'DEGRADED' } => {
  const { metrics, log, timeoutMs, now = () => performance.now() } = options;
  const window = createWindow(60, now);

  const report = (fault: Fault, { id, calls }: Question, exceptions: readonly LedException[], durationMs: number) => {
    const alarm = ALARMS.get(fault.reason);
    const facts = {
      id,
      reason: fault.reason,
      ledStatus: unusableStatus(calls.status),
      referte: calls.references.at(-1),
      durationMs: Math.round(durationMs),
      cause: causeOf(fault),
      exceptions: exceptions.slice(0, 5),
    };
    if (alarm !== undefined) log.error(facts, alarm);
    else if (FAILURES.has(fault.code)) log.warn(facts, 'call to LED failed');
  };

  const observe = (fault: Fault | undefined, question: Question, exceptions: readonly LedException[], ms: number) => {
    metrics.ledDuration.observe({ result: fault?.reason ?? 'ok' }, ms / 1000);
    for (const exception of exceptions) metrics.ledExceptions.inc(labelsOf(exception));
    if (fault?.code !== 'callerGone') {
      window.add({ failed: fault !== undefined && FAILURES.has(fault.code), slow: ms > timeoutMs / 2 });
    }
    if (fault !== undefined) report(fault, question, exceptions, ms);
  };

  const behaviour: Behaviour = (next) => async (question) => {
    const { calls } = question;
    const madeBefore = calls.made;
    const exceptionsBefore = calls.exceptions.length;
    const startedAt = now();
    metrics.ledInFlight.inc();
    let fault: Fault | undefined;
    try {
      return await next(question);
    } catch (error) {
      if (error instanceof Fault) fault = error;
      throw error;
    } finally {
      metrics.ledInFlight.dec();
      if (calls.made > madeBefore || fault?.code === 'internalServerError') {
        observe(fault, question, calls.exceptions.slice(exceptionsBefore), now() - startedAt);
      }
    }
  };

  return {
    behaviour,
    health: () => {
      const { calls, failed, slow } = window.totals();
      return calls >= 5 && (failed * 5 >= calls || slow * 2 > calls) ? 'DEGRADED' : 'UP';
    },
  };
};

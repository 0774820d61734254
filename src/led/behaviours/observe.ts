import type { Logger } from 'pino';
import { Fault } from '../../fault.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { knownIds } from '../answer/exceptions.ts';
import { type Behaviour, type LedCalls, type LedException, watchCalls } from '../ask.ts';
import { createWindow } from './window.ts';

// An answer of LED can hold any word; what may become a label is bounded.
const KNOWN_ORIGINS = new Set(['', 'LED', 'MAGDA', 'KSZ', 'RR']);

const bounded = ({ id, origin }: LedException) => ({
  id: knownIds.has(id) ? id : 'other',
  origin: KNOWN_ORIGINS.has(origin) ? origin : 'other',
});

/** What somebody has to be called for: our certificate, signature or authorisation, or an LED that is not LED. */
const ALARMS = new Map([
  ['ledUntrusted', 'LED cannot be trusted: its certificate or its TLS is wrong; nothing was sent'],
  ['ledCertificateRefused', 'LED refuses our certificate, or closes new connections unanswered'],
  ['ledRefused', 'LED refuses us: certificate, signature or authorisation'],
  ['referteMismatch', 'LED answered to another Referte'],
  ['ledCallBroke', 'a call to LED failed by our own fault'],
]);
const FAILURES = new Set(['badGateway', 'serviceUnavailable', 'ledTimeout', 'internalServerError']);

/** The code of the error underneath: its message may hold what was received. */
const causeOf = (fault: Fault): string | undefined => {
  const code = (fault.cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[\w/ ]{1,64}$/.test(code) ? code : undefined;
};

export type ObserveOptions = {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly timeoutMs: number;
  /** Monotonic clock, ms. */
  readonly now?: () => number;
};

/**
 * Watches calls to LED: duration by result, calls in flight, exceptions; a log line for each failed call; and the last
 * minute, of which `health` tells `DEGRADED` if of five calls or more a fifth failed or the median took over half of
 * `timeoutMs`. A call that was never made (its `intent` failed) and one that its caller left say nothing about LED.
 */
export const createObserver = (options: ObserveOptions): { behaviour: Behaviour; health: () => 'UP' | 'DEGRADED' } => {
  const { metrics, log, timeoutMs, now = () => performance.now() } = options;
  const window = createWindow(60, now);

  const report = (fault: Fault, calls: LedCalls, exceptions: readonly LedException[], durationMs: number) => {
    const alarm = ALARMS.get(fault.reason);
    const facts = {
      result: fault.reason,
      referte: calls.references.at(-1),
      durationMs: Math.round(durationMs),
      cause: causeOf(fault),
      exceptions: exceptions.slice(0, 5),
    };
    if (alarm !== undefined) log.error(facts, alarm);
    else if (FAILURES.has(fault.code)) log.warn(facts, 'call to LED failed');
  };

  const behaviour: Behaviour = (next) => async (question) => {
    const { calls } = question;
    const wasAsked = watchCalls(question);
    const told = calls.exceptions.length;
    const started = now();
    metrics.ledInFlight.inc();
    let failure: unknown;
    try {
      return await next(question);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      metrics.ledInFlight.dec();
      const fault = failure instanceof Fault ? failure : undefined;
      if (wasAsked() || fault?.code === 'internalServerError') {
        const ms = now() - started;
        const exceptions = calls.exceptions.slice(told);
        metrics.ledDuration.observe({ result: fault?.reason ?? 'ok' }, ms / 1000);
        for (const exception of exceptions) metrics.ledExceptions.inc(bounded(exception));
        if (fault?.code !== 'callerGone') {
          window.add({ failed: fault !== undefined && FAILURES.has(fault.code), slow: ms > timeoutMs / 2 });
        }
        if (fault !== undefined) report(fault, calls, exceptions, ms);
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

import type { LedRecord } from '../record.ts';

/** Asks LED one question. Resolves with the answer; rejects with a `Fault` and nothing else. */
export type Ask = (question: Question) => Promise<LedAnswer>;

/**
 * Takes an `Ask` and returns an `Ask` that does something more around it, such as a retry. The innermost `Ask` makes the
 * call itself (`exchange.ts`); `client.ts` wraps the behaviours around it:
 *
 *     ask = retry(rateLimit(inFlightLimit(breaker(observe(exchange)))))
 */
export type Behaviour = (next: Ask) => Ask;

/** One question about one person. It may lead to no call to LED (breaker open, queue full), one, or two (retry). */
export type Question = {
  /** 11 digits, checked. */
  readonly insz: string;
  /** Gebruiker: the acting civil servant's INSZ, only where the authorisation allows it (LED_SEND_USER). */
  readonly user?: string;
  /**
   * Whether the caller needs the record with this Onderwerp/Code and INSZ ('' if it has none). Of any other
   * record only these two values are kept. Left out: all records are kept whole.
   */
  readonly wanted?: (subjectCode: string, holder: string) => boolean;
  /** Fires at the deadline (reason: a Fault `ledTimeout`) or when the caller is gone (reason: a Fault `callerGone`). */
  readonly signal: AbortSignal;
  /** The moment on the monotonic clock (`performance.now()`, ms) at which `signal` fires. */
  readonly deadline: number;
  /** Is called with the new Referte before each call, a retry included. The call is made only after it resolves. */
  readonly intent: (referte: string) => Promise<void>;
  /** Is updated while the question is asked. */
  readonly calls: LedCalls;
};

/** What LED answered, ready for the rules. "No data" is an answer without records. */
export type LedAnswer = {
  readonly records: readonly LedRecord[];
  /** LED sent a WAARSCHUWING that is not harmless. */
  readonly warning: boolean;
  readonly exceptions: readonly LedException[];
};

/** What may be logged of one Uitzondering. Diagnose, Annotaties and ElementReferenties may hold personal data. */
export type LedException = { readonly id: string; readonly origin: string; readonly type: string };

/**
 * What is known of the calls to LED for one request of ours. The exchange updates it; the behaviours and the `access`
 * line of the audit trail read it, also when the question ends in a fault.
 */
export type LedCalls = {
  /** How many calls were started. 0: LED was not asked. */
  made: number;
  /** The Referte of each call, in order. */
  readonly references: string[];
  /** All exceptions of all answers, in order. */
  readonly exceptions: LedException[];
  /** Monotonic clock (`performance.now()`, ms): start of the first call, end of the last. */
  startedAt?: number;
  endedAt?: number;
};

/** The calls of a request for which LED has not been asked yet. */
export const noLedCalls = (): LedCalls => ({ made: 0, references: [], exceptions: [] });

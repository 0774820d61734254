import type { LedRecord } from '../record.ts';

/** Asks LED one question. Resolves with the answer; rejects with a `Fault` and nothing else. */
export type Ask = (question: Question) => Promise<LedAnswer>;

/**
 * Takes an `Ask` and returns an `Ask` that adds something to it, such as a retry. The innermost `Ask` makes the call
 * itself (`exchange.ts`). `client.ts` wraps the behaviours around it:
 *
 *     ask = retry(rateLimit(inFlightLimit(breaker(observe(exchange)))))
 */
export type Behaviour = (next: Ask) => Ask;

/**
 * Under which registration with MAGDA a question is asked: Afzender/Identificatie (at most 120 characters), and
 * Hoedanigheid (at most 24), without which the request has no such element.
 */
export type Sender = { readonly id: string; readonly capacity?: string | undefined };

/** One question about one person. It leads to no call to LED (breaker open, queue full), to one, or to two (retry). */
export type Question = {
  /** The id of the request, which is also that of its audit lines. For the log. */
  readonly id: string;
  /** 11 digits, checked. */
  readonly insz: string;
  readonly sender: Sender;
  /** Gebruiker: the case handler's INSZ. Only if the authorisation allows it (LED_SEND_USER). */
  readonly user?: string;
  /**
   * Returns whether the caller needs the record with this Onderwerp/Code and INSZ ('' if it has none). The reader keeps
   * only these two values of any other record. Without this function it keeps all records whole.
   */
  readonly wanted?: (subjectCode: string, holder: string) => boolean;
  /** Fires at the deadline (reason: a Fault `ledTimeout`) or when the caller is gone (reason: a Fault `callerGone`). */
  readonly signal: AbortSignal;
  /** The moment on the monotonic clock (`performance.now()`, ms) at which `signal` fires. */
  readonly deadline: number;
  /** Called with the new Referte before each call, also before a retry. The call is made only after it resolves. */
  readonly intent: (referte: string) => Promise<void>;
  /** The exchange updates it while the question is asked. */
  readonly calls: LedCalls;
};

/** What LED answered, ready for the rules. "No data" is an answer without records. */
export type LedAnswer = {
  readonly records: readonly LedRecord[];
  /** LED sent a WAARSCHUWING that is neither harmless nor about what is missing. */
  readonly warning: boolean;
  /** LED says that it has more than this answer holds. */
  readonly incomplete: boolean;
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
  /** The HTTP status of the last call's answer, as soon as it has arrived. */
  status?: number | undefined;
  /** Monotonic clock (`performance.now()`, ms): start of the first call, end of the last. */
  startedAt?: number;
  endedAt?: number;
};

/** The calls of a request for which LED has not been asked yet. */
export const noLedCalls = (): LedCalls => ({ made: 0, references: [], exceptions: [] });

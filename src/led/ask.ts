import type { LedRecord } from '../record.ts';

/** One Uitzondering as it may be logged: Diagnose, Annotaties and ElementReferenties may hold personal data and stay out. */
export type LedException = { readonly id: string; readonly origin: string; readonly type: string };

/** What LED said, ready for the rules. No data is an answer without records; `warning` is a WAARSCHUWING that is not harmless. */
export type LedAnswer = {
  readonly records: readonly LedRecord[];
  readonly warning: boolean;
  readonly exceptions: readonly LedException[];
};

/**
 * What is known of the calls to LED for one request. The exchange fills it in while it asks; the behaviours and the
 * `access` line read it.
 */
export type LedCalls = {
  /** How many requests went to the connection. 0 means that LED was not asked. */
  made: number;
  /** The Referte of each call, in order. */
  readonly references: string[];
  /** What LED reported in all its answers, in order. */
  readonly exceptions: LedException[];
  /** Monotonic clock (`performance.now()`, ms): the start of the first call and the end of the last. */
  startedAt?: number;
  endedAt?: number;
};

/** The record of a request for which LED has not been asked yet. */
export const noLedCalls = (): LedCalls => ({ made: 0, references: [], exceptions: [] });

/** One question to LED about one person. */
export type Question = {
  /** 11 digits, checked. */
  readonly insz: string;
  /** Gebruiker: the acting civil servant's INSZ, only where the authorisation allows it (LED_SEND_USER). */
  readonly user?: string;
  /**
   * Whether the record with this Onderwerp/Code and INSZ, '' for what it has not, will be looked at: of any other no more
   * than these two is taken over.
   */
  readonly wanted?: (subjectCode: string, holder: string) => boolean;
  /** Fires at the deadline (reason: a Fault `ledTimeout`) or when the caller is gone (reason: a Fault `callerGone`). */
  readonly signal: AbortSignal;
  /** The moment on the monotonic clock (`performance.now()`, ms) at which `signal` fires. */
  readonly deadline: number;
  /** Called with the new Referte before each call, a retry included; the call is made only once it resolves. */
  readonly intent: (referte: string) => Promise<void>;
  readonly calls: LedCalls;
};

/** Remembers how many calls were made so far. The function that it returns says whether one was made since. */
export const watchCalls = ({ calls }: Question): (() => boolean) => {
  const before = calls.made;
  return () => calls.made > before;
};

/** Asks LED. Resolves with the answer, or rejects with a `Fault`, never with anything else. */
export type Ask = (question: Question) => Promise<LedAnswer>;

/** A behaviour wraps one `Ask` in another: deadline, limits, retry, breaker, metrics. */
export type Behaviour = (next: Ask) => Ask;

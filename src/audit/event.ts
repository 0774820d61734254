import type { FaultCode } from '../fault.ts';
import type { LedException } from '../led/ask.ts';
import type { Outcome } from '../outcome.ts';
import type { QualityKind } from '../rules/judge.ts';
import type { RuleSetReference } from '../rules/rule-set.ts';
import type { AuditReceipt } from './receipt.ts';

/** The calling system, from its token or certificate. `id` is `anonymous` if callers need not identify themselves. */
export type AuditClient = { readonly id: string; readonly org?: string | undefined };

/**
 * The case handler. `id` is a result of `auditIssuedId`. `source`: whether the token or only the request
 * names them; `probe` if the program itself asks about a test number, to try the connection. `roleSource`: where the
 * role comes from, if not from `source`.
 */
export type AuditUser = {
  readonly id: string;
  readonly role?: string | undefined;
  readonly source: 'token' | 'asserted' | 'probe';
  readonly roleSource?: 'asserted' | undefined;
};

/** Why they ask: the rule set in force, its legal basis, and the caller's own case number. */
export type AuditWhy = {
  readonly ruleSet: string;
  readonly version: string;
  readonly digest: string;
  readonly legalBasis: string;
  readonly caseReference?: string | undefined;
};

/** What is asked of LED, and under which registration: Afzender/Identificatie and Hoedanigheid, as sent. */
export type AuditWhat = {
  readonly service: string;
  readonly version: string;
  readonly operation: string;
  readonly sender: string;
  readonly capacity?: string | undefined;
};

/** The person they ask about: the id of the audit key, and the `subjectHmac` under that key. */
export type AuditSubject = { readonly key: string; readonly hmac: string };

/** What a candidate rule set would have decided. */
export type AuditShadow = {
  readonly ruleSet: string;
  readonly version: string;
  readonly digest: string;
  readonly outcome: Outcome;
};

/**
 * The first line of a process: the rule sets that it loaded, whether it accepts MAGDA's test numbers, and its keys.
 * `auditKey.check` is a result of `auditKeyCheck`. `signer` is the id of the key that signs lines, if there is one.
 */
export type StartEvent = {
  readonly kind: 'start';
  readonly ruleSets: readonly RuleSetReference[];
  readonly testInsz: boolean;
  readonly auditKey: { readonly id: string; readonly check: string };
  readonly signer?: string | undefined;
};

/**
 * What both lines of a request say: who asks, why, about whom, and which service of LED. Unknown members are left out.
 */
export type RequestFacts = {
  readonly id: string;
  /** LED's service and operation, if it was called. */
  readonly what?: AuditWhat | undefined;
  readonly client?: AuditClient | undefined;
  readonly user?: AuditUser | undefined;
  readonly why?: AuditWhy | undefined;
  readonly subject?: AuditSubject | undefined;
};

/** Written before each call to LED, also before a retry. */
export type IntentEvent = RequestFacts & {
  readonly kind: 'intent';
  readonly led: { readonly references: readonly string[] };
};

/** Written once for each answer to `POST /eligibility`. It says everything that is known at that moment. */
export type AccessEvent = RequestFacts & {
  readonly kind: 'access';
  /** Left out if LED was not called. `attempts` counts the calls; `durationMs` is in milliseconds, for all of them. */
  readonly led?:
    | {
        readonly references: readonly string[];
        readonly attempts: number;
        readonly exceptions: readonly LedException[];
        readonly durationMs: number;
      }
    | undefined;
  readonly result: 'decided' | 'refused' | 'failed';
  readonly problem?: FaultCode | undefined;
  readonly outcome?: Outcome | undefined;
  readonly shadow?: readonly AuditShadow[] | undefined;
  /** How many diplomas the answer holds, and the names of their attributes. */
  readonly disclosed?: { readonly diplomas: number; readonly attributes: readonly string[] } | undefined;
  /** How many of LED's records were dropped, by reason. */
  readonly dropped?: { readonly otherHolder: number; readonly outOfScope: number } | undefined;
  /** How many of LED's records show each oddity; only those above zero. Left out if there is none. */
  readonly quality?: Readonly<Partial<Record<QualityKind, number>>> | undefined;
  /** Left out if the service makes no receipts. */
  readonly receipt?: AuditReceipt | undefined;
  /** The HTTP status of the answer. */
  readonly status: number;
  /** Milliseconds from the arrival of the request to this line. */
  readonly durationMs: number;
};

/** Written every minute: it shows that the process and the trail are alive. */
type HeartbeatEvent = { readonly kind: 'heartbeat' };

/** How many `access` lines were lost while the reader did not read. */
type GapEvent = { readonly kind: 'gap'; readonly count: number };

/** The last line of a process that stopped in an orderly way. */
export type StopEvent = { readonly kind: 'stop' };

export type AuditEvent = StartEvent | IntentEvent | AccessEvent | HeartbeatEvent | GapEvent | StopEvent;

import type { Client } from '../caller.ts';
import type { FaultCode } from '../fault.ts';
import { type LedCalls, noLedCalls, type Sender } from '../led/ask.ts';
import { defined } from '../lib/defined.ts';
import { Attributes } from '../record.ts';
import type { Ruling } from '../rules/decide.ts';
import { qualityKinds } from '../rules/judge.ts';
import { type CompiledRuleSet, referenceOf } from '../rules/rule-set.ts';
import type {
  AccessEvent,
  AuditClient,
  AuditShadow,
  AuditSubject,
  AuditUser,
  AuditWhat,
  AuditWhy,
  IntentEvent,
} from './event.ts';
import { auditId, auditIssuedId, subjectHmac } from './identity.ts';
import type { NamedAuditKey } from './key.ts';
import { type AuditReceipt, receiptHmac } from './receipt.ts';

/**
 * Collects what the audit lines of one `POST /eligibility` will say. A request can be refused at any moment, so each
 * part of the service fills in what it knows as soon as it knows it:
 *
 * - `id`: `draftOf` in `http/audit-answer.ts`, when it starts the draft;
 * - `client`: the route in `http/eligibility.ts`, when the caller is authenticated (`noteClient`);
 * - `user`, `why`, `subject`: `eligibility.ts`, while it checks the request (`noteUser`, `noteWhy`, `noteSubject`);
 * - `sender`: `eligibility.ts`, before it asks LED (`noteSender`);
 * - `calls`: `led/exchange.ts`, while it calls LED;
 * - `decided`: `eligibility.ts`, when it has judged LED's answer (`noteRuling`);
 * - `receipt`: `http/audit-answer.ts`, when it has made the receipt of the answer.
 *
 * `intentOf` and `accessOf` make the lines from it. It never holds an INSZ: a person or a client is stored in the form
 * in which the lines show it.
 */
export type AccessDraft = {
  /** UUID v7 of the request. */
  readonly id: string;
  client?: AuditClient;
  user?: AuditUser;
  why?: AuditWhy;
  subject?: AuditSubject;
  sender?: Sender;
  /** The person as a receipt shows them: a result of `receiptHmac`. It is on no line. */
  receiptSubject?: AuditSubject;
  readonly calls: LedCalls;
  decided?: Pick<AccessEvent, 'outcome' | 'shadow' | 'disclosed' | 'dropped' | 'quality'>;
  receipt?: AuditReceipt;
};

/** What a candidate rule set would have decided about the same answer. */
export type Shadow = { readonly ruleSet: CompiledRuleSet; readonly outcome: Ruling['outcome'] };

/** Returns the draft of a request about which nothing is known yet. */
export const startDraft = (id: string): AccessDraft => ({ id, calls: noLedCalls() });

/** Notes the calling system, and returns it as the lines show it. */
export const noteClient = (draft: AccessDraft, { key }: NamedAuditKey, client: Client): AuditClient => {
  const { id, org, madeHere = false } = client;
  draft.client = defined({
    id: madeHere ? id : auditIssuedId(key, id),
    org: org === undefined ? undefined : auditIssuedId(key, org),
  });
  return draft.client;
};

export const noteUser = (draft: AccessDraft, { key }: NamedAuditKey, user: AuditUser): void => {
  draft.user = { ...user, id: auditIssuedId(key, user.id) };
};

/** `caseReference` is as received: the schema has refused one with eleven unbroken digits. */
export const noteWhy = (
  draft: AccessDraft,
  { key }: NamedAuditKey,
  ruleSet: CompiledRuleSet,
  caseReference: string | undefined,
): void => {
  const { id, version, digest } = referenceOf(ruleSet);
  const { legalBasis } = ruleSet.source;
  const reference = caseReference === undefined ? undefined : auditId(key, caseReference);
  draft.why = defined({ ruleSet: id, version, digest, legalBasis, caseReference: reference });
};

/** Notes the HMACs of the INSZ (11 digits, checked) for the lines and for the receipt, never the INSZ. */
export const noteSubject = (draft: AccessDraft, { id, key }: NamedAuditKey, insz: string): void => {
  draft.subject = { key: id, hmac: subjectHmac(key, insz) };
  draft.receiptSubject = { key: id, hmac: receiptHmac(key, draft.id, insz) };
};

/** Notes under which registration LED is asked. */
export const noteSender = (draft: AccessDraft, sender: Sender): void => {
  draft.sender = sender;
};

/** Notes the outcome, and the names of the attributes that the answer shows, never their values. */
export const noteRuling = (draft: AccessDraft, ruling: Ruling, shadow: readonly Shadow[]): void => {
  draft.decided = defined({
    outcome: ruling.outcome,
    shadow: shadow.length === 0 ? undefined : shadow.map(shadowOf),
    disclosed: { diplomas: ruling.diplomas.length, attributes: disclosedNames(ruling) },
    dropped: ruling.dropped,
    quality: qualityOf(ruling),
  });
};

const qualityOf = ({ quality }: Ruling): AccessEvent['quality'] => {
  const found = qualityKinds.filter((kind) => quality[kind] > 0).map((kind) => [kind, quality[kind]] as const);
  return found.length === 0 ? undefined : Object.fromEntries(found);
};

const shadowOf = ({ ruleSet, outcome }: Shadow): AuditShadow => {
  const { id, version, digest } = referenceOf(ruleSet);
  return { ruleSet: id, version, digest, outcome };
};

const attributeNames = (Object.keys(Attributes.shape) as (keyof Attributes)[]).sort();

const disclosedNames = ({ diplomas }: Ruling): readonly string[] =>
  attributeNames.filter((name) => diplomas.some(({ attributes }) => attributes[name] !== undefined));

/** LED.GeefBewijs on audit lines, and under which registration it is asked. */
const whatOf = ({ sender }: AccessDraft): AuditWhat | undefined =>
  sender &&
  defined({
    service: 'LED.GeefBewijs',
    version: '02.00.0000',
    operation: 'read',
    sender: sender.id,
    capacity: sender.capacity,
  });

/** Returns the line to write before the call to LED with this Referte. */
export const intentOf = (draft: AccessDraft, referte: string): IntentEvent => {
  const { id, client, user, why, subject } = draft;
  return defined({
    kind: 'intent' as const,
    id,
    what: whatOf(draft),
    client,
    user,
    why,
    subject,
    led: { references: [referte] },
  });
};

/** How a request ended. */
export type Ending = {
  /** The HTTP status of the answer; 499 if the caller left before it. */
  readonly status: number;
  /** Why there is no decision. It is ignored if the status is 200. */
  readonly problem: FaultCode | undefined;
  /** Milliseconds since the request arrived. */
  readonly durationMs: number;
  /**
   * Now, on the monotonic clock (`performance.now()`, ms). It counts as the end of a call to LED that is still open.
   */
  readonly now: number;
};

/**
 * Returns the line to write before the answer leaves. A status of 200 gives the result `decided`, and only then does
 * the line have an outcome: a decision that is not sent is not on the line. Another status below 499 is `refused` (the
 * caller's fault). From 499 on it is `failed` (the caller left, or the service or LED failed).
 */
export const accessOf = (draft: AccessDraft, { status, problem, durationMs, now }: Ending): AccessEvent => {
  const { id, client, user, why, subject, calls, decided } = draft;
  const result = resultOf(status);
  return defined({
    kind: 'access' as const,
    id,
    client,
    user,
    why,
    subject,
    ...(calls.made > 0 && { what: whatOf(draft), led: ledOf(calls, now) }),
    result,
    ...(result === 'decided' ? { ...decided, receipt: draft.receipt } : { problem }),
    status,
    durationMs: Math.round(durationMs),
  });
};

const resultOf = (status: number): AccessEvent['result'] => {
  if (status === 200) return 'decided';
  return status < 499 ? 'refused' : 'failed';
};

const ledOf = ({ references, made, exceptions, startedAt, endedAt }: LedCalls, now: number): AccessEvent['led'] => ({
  references,
  attempts: made,
  exceptions,
  durationMs: Math.round((endedAt ?? now) - (startedAt ?? now)),
});

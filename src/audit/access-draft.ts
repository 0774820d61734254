import { type LedCalls, noLedCalls } from '../led/ask.ts';
import { defined } from '../lib/defined.ts';
import { Attributes } from '../record.ts';
import type { Ruling } from '../rules/decide.ts';
import { type CompiledRuleSet, referenceOf } from '../rules/rule-set.ts';
import {
  type AccessEvent,
  type AuditClient,
  type AuditKey,
  type AuditShadow,
  type AuditSubject,
  type AuditUser,
  type AuditWhy,
  auditClientId,
  auditUserId,
  type IntentEvent,
  subjectHmac,
} from './line.ts';

/**
 * What is known of one request to `POST /eligibility`, in the form of its audit lines. A request can be refused at any
 * moment, so each part fills in what it learns as soon as it learns it:
 *
 * - `client`: the route, when the caller is authenticated (`noteClient`);
 * - `user`, `why`, `subject`: the use case, while it checks the request (`noteUser`, `noteWhy`, `noteSubject`);
 * - `calls`: the LED client, while it asks;
 * - `decided`: the use case, when LED's answer is judged (`noteRuling`).
 *
 * Whatever way the request ends, `intentOf` and `accessOf` make the lines from it.
 */
export type AccessDraft = {
  /** UUID v7 of the request. */
  readonly id: string;
  client?: AuditClient;
  user?: AuditUser;
  why?: AuditWhy;
  subject?: AuditSubject;
  readonly calls: LedCalls;
  decided?: Pick<AccessEvent, 'outcome' | 'shadow' | 'disclosed' | 'dropped'>;
};

/** The audit key in use, and the name under which lines refer to it. */
export type NamedAuditKey = { readonly id: string; readonly key: AuditKey };

/** What a candidate rule set would have decided about the same answer. */
export type Shadow = { readonly ruleSet: CompiledRuleSet; readonly outcome: Ruling['outcome'] };

export const startDraft = (id: string): AccessDraft => ({ id, calls: noLedCalls() });

export const noteClient = (draft: AccessDraft, { key }: NamedAuditKey, client: AuditClient): void => {
  const { id, org } = client;
  draft.client = defined({
    id: auditClientId(key, id),
    org: org === undefined ? undefined : auditClientId(key, org),
  });
};

export const noteUser = (draft: AccessDraft, { key }: NamedAuditKey, user: AuditUser): void => {
  draft.user = { ...user, id: auditUserId(key, user.id) };
};

export const noteWhy = (draft: AccessDraft, ruleSet: CompiledRuleSet, caseReference: string | undefined): void => {
  const { id, version, digest } = referenceOf(ruleSet);
  draft.why = defined({ ruleSet: id, version, digest, legalBasis: ruleSet.source.legalBasis, caseReference });
};

/** `insz`: 11 digits, checked. Only their HMAC is kept. */
export const noteSubject = (draft: AccessDraft, { id, key }: NamedAuditKey, insz: string): void => {
  draft.subject = { key: id, hmac: subjectHmac(key, insz) };
};

/** Keeps the outcome and the names of the attributes that go out, never a value. */
export const noteRuling = (draft: AccessDraft, ruling: Ruling, shadow: readonly Shadow[]): void => {
  draft.decided = defined({
    outcome: ruling.outcome,
    shadow: shadow.length === 0 ? undefined : shadow.map(shadowOf),
    disclosed: { diplomas: ruling.diplomas.length, attributes: disclosedNames(ruling) },
    dropped: ruling.dropped,
  });
};

const shadowOf = ({ ruleSet, outcome }: Shadow): AuditShadow => {
  const { id, version, digest } = referenceOf(ruleSet);
  return { ruleSet: id, version, digest, outcome };
};

const attributeNames = (Object.keys(Attributes.shape) as (keyof Attributes)[]).sort();

const disclosedNames = ({ diplomas }: Ruling): readonly string[] =>
  attributeNames.filter((name) => diplomas.some(({ attributes }) => attributes[name] !== undefined));

/** LED.GeefBewijs as the audit lines name it. */
const ledService = { service: 'LED.GeefBewijs', version: '02.00.0000', operation: 'read' } as const;

/** The line that is written before a call to LED with this Referte. */
export const intentOf = ({ id, client, user, why, subject }: AccessDraft, referte: string): IntentEvent =>
  defined({
    kind: 'intent' as const,
    id,
    what: ledService,
    client,
    user,
    why,
    subject,
    led: { references: [referte] },
  });

/** How a request ended: its HTTP status, the fault if it was not decided, and both times in ms. */
export type Ending = {
  readonly status: number;
  readonly problem: AccessEvent['problem'];
  readonly durationMs: number;
  /** The monotonic clock (`performance.now()`), for a call to LED that has not ended. */
  readonly now: number;
};

/** The line that is written before the answer leaves. A request that was not decided tells no outcome. */
export const accessOf = (draft: AccessDraft, { status, problem, durationMs, now }: Ending): AccessEvent => {
  const { calls, decided, ...known } = draft;
  const wasAsked = calls.made > 0;
  const isDecided = status === 200;
  return defined({
    kind: 'access' as const,
    ...known,
    what: wasAsked ? ledService : undefined,
    led: wasAsked
      ? {
          references: calls.references,
          attempts: calls.made,
          exceptions: calls.exceptions,
          durationMs: Math.round((calls.endedAt ?? now) - (calls.startedAt ?? now)),
        }
      : undefined,
    result: isDecided ? ('decided' as const) : status < 499 ? ('refused' as const) : ('failed' as const),
    problem: isDecided ? undefined : problem,
    ...(isDecided ? decided : {}),
    status,
    durationMs: Math.round(durationMs),
  });
};

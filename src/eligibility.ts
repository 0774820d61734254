import {
  type AccessDraft,
  intentOf,
  noteRuling,
  noteSubject,
  noteUser,
  noteWhy,
  type Shadow,
} from './audit/access-draft.ts';
import type { IntentEvent } from './audit/event.ts';
import type { NamedAuditKey } from './audit/key.ts';
import { type Caller, permit } from './caller.ts';
import { Fault, type FaultIssue } from './fault.ts';
import { checkInsz, inszTitles } from './insz.ts';
import type { Ask } from './led/ask.ts';
import { defined } from './lib/defined.ts';
import type { Catalogue } from './rules/catalogue.ts';
import { decide, type Ruling } from './rules/decide.ts';
import { admit } from './rules/judge.ts';
import type { CompiledRuleSet } from './rules/rule-set.ts';

/**
 * The whole service: checks the request, asks LED, judges the answer. On the way it notes in `draft` what the audit
 * lines need. Rejects with a `Fault`: `badRequest` or `missingPermission` before LED is asked, after that the faults of
 * `ask` and of `writeIntent`. A fault never becomes an outcome.
 */
export const createAssess =
  (deps: EligibilityDeps): Assess =>
  async (inquiry, caller, draft, limit) => {
    const { insz, ledUser, ruleSet, referenceDate } = examine(inquiry, caller, draft, deps);
    const candidates = deps.catalogue.candidates(ruleSet.source.id);

    const answer = await deps.ask(
      defined({
        insz,
        user: ledUser,
        wanted: wantedBy([ruleSet, ...candidates], insz),
        intent: (referte: string) => deps.writeIntent(intentOf(draft, referte)),
        calls: draft.calls,
        ...limit,
      }),
    );

    const ruling = decide(answer, ruleSet, insz);
    const shadow = candidates.map((each) => ({ ruleSet: each, outcome: decide(answer, each, insz).outcome }));
    noteRuling(draft, ruling, shadow);
    return { ruling, ruleSet, referenceDate, shadow };
  };

/** See `createAssess`. `limit` says when to stop: a signal, and the moment on the monotonic clock (ms) when it fires. */
export type Assess = (
  inquiry: Inquiry,
  caller: Caller,
  draft: AccessDraft,
  limit: { readonly signal: AbortSignal; readonly deadline: number },
) => Promise<Assessment>;

type Person = { readonly id: string; readonly role?: string | undefined };

/** The request: about whom, by whom, why. The form of each member is checked before. */
export type Inquiry = {
  /** 11 digits. */
  readonly insz: string;
  readonly caseHandler?: Person | undefined;
  readonly caseReference?: string | undefined;
  /** The id of a rule set; the default one if it is missing. */
  readonly ruleSet?: string | undefined;
  /** The day whose rules apply, `yyyy-mm-dd`; today if it is missing. */
  readonly referenceDate?: string | undefined;
};

/** The decision on one request, before it is put into words. */
export type Assessment = {
  readonly ruling: Ruling;
  readonly ruleSet: CompiledRuleSet;
  readonly referenceDate: string;
  /** What the candidates of this rule set would have decided. */
  readonly shadow: readonly Shadow[];
};

export type EligibilityDeps = {
  readonly ask: Ask;
  /** Resolves when the line is written. */
  readonly writeIntent: (event: IntentEvent) => Promise<void>;
  readonly catalogue: Catalogue;
  readonly auditKey: NamedAuditKey;
  readonly defaultRuleSet: string;
  /** If set, the case handler must have one of these roles. */
  readonly allowedRoles?: readonly string[];
  readonly allowTestInsz: boolean;
  /** Whether the INSZ of the case handler is sent to LED (Gebruiker). */
  readonly sendUser: boolean;
  /** Today in Brussels, `yyyy-mm-dd`. */
  readonly today: () => string;
};

/** A request that passed all checks. */
type Examined = {
  readonly insz: string;
  /** The case handler's INSZ, if LED may see it. */
  readonly ledUser: string | undefined;
  readonly ruleSet: CompiledRuleSet;
  readonly referenceDate: string;
};

/** Checks what the form of the request cannot show: INSZ, case handler, day, rule set, permission. Names all issues at once. */
const examine = (inquiry: Inquiry, caller: Caller, draft: AccessDraft, deps: EligibilityDeps): Examined => {
  const today = deps.today();
  const { insz, referenceDate = today } = inquiry;
  const user = personOf(inquiry, caller);
  if (user !== undefined) noteUser(draft, deps.auditKey, { ...user, source: caller.user ? 'token' : 'asserted' });
  const found = deps.catalogue.find(inquiry.ruleSet ?? deps.defaultRuleSet, referenceDate);
  if (found.ok) noteWhy(draft, found.ruleSet, inquiry.caseReference);

  const issues = [
    ...inszIssues(insz, today, deps.allowTestInsz),
    ...personIssues(inquiry, caller),
    ...(referenceDate > today ? [issue('invalidInput', 'referenceDate', 'must not be after today')] : []),
    ...(found.ok ? [] : ruleSetIssues(found.reason, referenceDate, today)),
  ];
  if (issues.length > 0 || !found.ok || user === undefined) throw new Fault('badRequest', 'input', { issues });

  noteSubject(draft, deps.auditKey, insz);
  const { ruleSet } = found;
  permit(caller, { ruleSet: ruleSet.source.id, role: user.role, allowedRoles: deps.allowedRoles });
  const isInsz = checkInsz(user.id, today, deps.allowTestInsz).ok;
  return { insz, ledUser: deps.sendUser && isInsz ? user.id : undefined, ruleSet, referenceDate };
};

/** Whether any of these rule sets looks at a record of this subject and holder. LED's other records are not read. */
const wantedBy =
  (ruleSets: readonly CompiledRuleSet[], insz: string) =>
  (subjectCode: string, holder: string): boolean =>
    ruleSets.some((each) => 'subject' in admit(subjectCode, holder, each, insz));

const issue = (type: FaultIssue['type'], name: string, title: string, code?: string): FaultIssue =>
  defined({ type, in: 'body' as const, name, title, code });

const inszIssues = (insz: string, today: string, allowTest: boolean): FaultIssue[] => {
  const check = checkInsz(insz, today, allowTest);
  return check.ok ? [] : [issue('invalidInput', 'insz', inszTitles[check.reason], check.reason)];
};

/** The case handler: the person in the access token, or else the person in the request. */
const personOf = ({ caseHandler }: Inquiry, { user }: Caller): Person | undefined => {
  const id = user?.id ?? caseHandler?.id;
  return id === undefined ? undefined : defined({ id, role: user?.role ?? caseHandler?.role });
};

const personIssues = ({ caseHandler: asserted }: Inquiry, { user: named }: Caller): FaultIssue[] => {
  if (!named && !asserted) return [issue('schemaViolation', 'caseHandler', 'is required: who asks?')];
  if (!named || !asserted) return [];
  const issues: FaultIssue[] = [];
  if (asserted.id !== named.id) {
    issues.push(issue('invalidInput', 'caseHandler.id', 'contradicts the person whom the access token names'));
  }
  if (named.role !== undefined && asserted.role !== undefined && asserted.role !== named.role) {
    issues.push(issue('invalidInput', 'caseHandler.role', 'contradicts the role that the access token gives'));
  }
  return issues;
};

const ruleSetIssues = (reason: 'unknown' | 'notInForce', referenceDate: string, today: string): FaultIssue[] => {
  if (reason === 'unknown') {
    return [issue('referencedResourceNotFound', 'ruleSet', 'there is no such rule set; GET /ruleSets lists them')];
  }
  // A day after today has its own issue already.
  if (referenceDate > today) return [];
  return [issue('invalidInput', 'referenceDate', 'no version of the rule set is in force on that day')];
};

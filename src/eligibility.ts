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
 * The whole service in one function: checks the request, asks LED, judges the answer, and notes for the audit lines
 * what it learns on the way. It rejects with a `Fault`: `badRequest` or `missingPermission` before LED is asked, the
 * faults of `Ask` and of `writeIntent` afterwards. A fault never becomes an outcome.
 */
export const createAssess =
  (deps: EligibilityDeps): Assess =>
  async (inquiry, caller, draft, limit) => {
    const { insz, user, ruleSet, referenceDate } = examine(inquiry, caller, draft, deps);
    const candidates = deps.catalogue.candidates(ruleSet.source.id);
    const judging = [ruleSet, ...candidates];

    const answer = await deps.ask(
      defined({
        insz,
        wanted: (subject: string, holder: string) =>
          judging.some((each) => 'subject' in admit(subject, holder, each, insz)),
        user: deps.sendUser && checkInsz(user.id, deps.today(), deps.allowTestInsz).ok ? user.id : undefined,
        ...limit,
        intent: (referte: string) => deps.writeIntent(intentOf(draft, referte)),
        calls: draft.calls,
      }),
    );

    const ruling = decide(answer, ruleSet, insz);
    const shadow = candidates.map((each) => ({ ruleSet: each, outcome: decide(answer, each, insz).outcome }));
    noteRuling(draft, ruling, shadow);
    return { ruling, ruleSet, referenceDate, shadow };
  };

/** See `createAssess`. `limit`: when to stop, by a signal and by the monotonic clock (ms). */
export type Assess = (
  inquiry: Inquiry,
  caller: Caller,
  draft: AccessDraft,
  limit: { readonly signal: AbortSignal; readonly deadline: number },
) => Promise<Assessment>;

type Person = { readonly id: string; readonly role?: string | undefined };

/** What a caller asks. The form of each member has been checked. */
export type Inquiry = {
  /** 11 digits. */
  readonly insz: string;
  readonly caseHandler?: Person | undefined;
  readonly caseReference?: string | undefined;
  readonly ruleSet?: string | undefined;
  /** `yyyy-mm-dd`. */
  readonly referenceDate?: string | undefined;
};

export type Assessment = {
  readonly ruling: Ruling;
  readonly ruleSet: CompiledRuleSet;
  readonly referenceDate: string;
  /** What the candidate rule sets would have decided. */
  readonly shadow: readonly Shadow[];
};

export type EligibilityDeps = {
  readonly ask: Ask;
  /** Resolves once the kernel has taken the line. */
  readonly writeIntent: (event: IntentEvent) => Promise<void>;
  readonly catalogue: Catalogue;
  readonly auditKey: NamedAuditKey;
  readonly defaultRuleSet: string;
  readonly allowedRoles?: readonly string[];
  readonly allowTestInsz: boolean;
  /** Whether the case handler's INSZ may go to LED (Gebruiker). */
  readonly sendUser: boolean;
  /** Today in Brussels, `yyyy-mm-dd`. */
  readonly today: () => string;
};

/** A request that may be asked: checked, permitted, and with the rule set that will judge the answer. */
type Examined = {
  readonly insz: string;
  readonly user: Person;
  readonly ruleSet: CompiledRuleSet;
  readonly referenceDate: string;
};

/** Checks what the form cannot tell: the INSZ, who asks, the day, the rule set, and who may use it. Names all issues at once. */
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
  return { insz, user, ruleSet, referenceDate };
};

const issue = (type: FaultIssue['type'], name: string, title: string, code?: string): FaultIssue =>
  defined({ type, in: 'body' as const, name, title, code });

const inszIssues = (insz: string, today: string, allowTest: boolean): FaultIssue[] => {
  const check = checkInsz(insz, today, allowTest);
  return check.ok ? [] : [issue('invalidInput', 'insz', inszTitles[check.reason], check.reason)];
};

/** Who asks: the person whom the access token names, otherwise the one whom the request names. */
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
  // A day after today is already an issue of its own.
  if (referenceDate > today) return [];
  return [issue('invalidInput', 'referenceDate', 'no version of the rule set is in force on that day')];
};

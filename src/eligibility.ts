import {
  type AccessDraft,
  intentOf,
  noteRuling,
  noteSender,
  noteSubject,
  noteUser,
  noteWhy,
  type Shadow,
} from './audit/access-draft.ts';
import type { AuditUser, IntentEvent } from './audit/event.ts';
import type { NamedAuditKey } from './audit/key.ts';
import { type Caller, permit } from './caller.ts';
import { bodyIssue, Fault, type FaultIssue } from './fault.ts';
import { checkInsz, inszTitles } from './insz.ts';
import type { Ask, Sender } from './led/ask.ts';
import { defined } from './lib/defined.ts';
import type { Catalogue } from './rules/catalogue.ts';
import { decide, type Ruling, withinScope } from './rules/decide.ts';
import { wantedBy } from './rules/judge.ts';
import type { CompiledRuleSet } from './rules/rule-set.ts';

/**
 * Creates the use case of the service: it checks one request, asks LED, and judges the answer by the rules. It writes
 * down in `draft`, step by step, what the audit lines will say. Rejects with a `Fault`: `badRequest` or
 * `missingPermission` before LED is asked, and later a fault of `ask` or of `writeIntent`. A fault never becomes an
 * outcome.
 */
export const createAssess =
  (deps: EligibilityDeps): Assess =>
  async (inquiry, caller, draft, limit) => {
    const { insz, ledUser, ruleSet, referenceDate, today } = examine(inquiry, caller, draft, deps);
    const candidates = deps.catalogue.candidates(ruleSet.source.id);

    const sender = deps.senderOf(ruleSet.source.id);
    noteSender(draft, sender);

    const answer = await deps.ask(
      defined({
        insz,
        sender,
        user: ledUser,
        wanted: wantedBy(ruleSet, insz),
        id: draft.id,
        intent: (referte: string) => deps.writeIntent(intentOf(draft, referte)),
        calls: draft.calls,
        ...limit,
      }),
    );

    const ruling = decide(answer, ruleSet, insz, today);
    // Candidates judge what the rule set in force may see. Only the audit line and the metrics show their outcome.
    const seen = withinScope(answer, ruleSet);
    const shadow = candidates.map((each) => ({ ruleSet: each, outcome: decide(seen, each, insz, today).outcome }));
    noteRuling(draft, ruling, shadow);
    return { ruling, ruleSet, referenceDate, shadow };
  };

/**
 * Decides about one request; see `createAssess`. `caller` is authenticated. `limit` says when to stop: `signal` fires
 * at `deadline`, a moment on the monotonic clock (ms), or earlier if the caller leaves.
 */
export type Assess = (
  inquiry: Inquiry,
  caller: Caller,
  draft: AccessDraft,
  limit: { readonly signal: AbortSignal; readonly deadline: number },
) => Promise<Assessment>;

/** The civil servant who asks. */
type CaseHandler = { readonly id: string; readonly role?: string | undefined };

/**
 * What the caller asks: about whom, by whom and why. Each member has the form that the schema requires. A member without
 * that form is left out, and `issues` says what is wrong with it.
 */
export type Inquiry = {
  readonly issues?: readonly FaultIssue[] | undefined;
  /** The person whose diplomas are judged: 11 digits, not yet checked. Only a request with issues has none. */
  readonly insz?: string | undefined;
  /** Left out if the access token names the case handler. */
  readonly caseHandler?: CaseHandler | undefined;
  /** The caller's own file number, for the audit trail. */
  readonly caseReference?: string | undefined;
  /** The id of a rule set; the default one if it is missing. */
  readonly ruleSet?: string | undefined;
  /** The day whose rules apply, `yyyy-mm-dd`; today if it is missing. */
  readonly referenceDate?: string | undefined;
};

/** The decision on one request. `present` in `decision.ts` puts it into words. */
export type Assessment = {
  readonly ruling: Ruling;
  readonly ruleSet: CompiledRuleSet;
  readonly referenceDate: string;
  /** What the candidates of this rule set would have decided. */
  readonly shadow: readonly Shadow[];
};

export type EligibilityDeps = {
  readonly ask: Ask;
  /** Resolves when the `intent` line is written. LED is called only after that. */
  readonly writeIntent: (event: IntentEvent) => Promise<void>;
  readonly catalogue: Catalogue;
  readonly auditKey: NamedAuditKey;
  readonly defaultRuleSet: string;
  /** If set, the case handler must have one of these roles. */
  readonly allowedRoles?: readonly string[];
  readonly allowTestInsz: boolean;
  /** Under which registration with MAGDA the rule set with this id asks. */
  readonly senderOf: (ruleSetId: string) => Sender;
  /** Whether the INSZ of the case handler is sent to LED (Gebruiker). */
  readonly sendUser: boolean;
  /** Today in Brussels, `yyyy-mm-dd`. */
  readonly today: () => string;
};

/** A request that passed all checks. */
type Examined = {
  readonly insz: string;
  /** The case handler's id, if it is an INSZ and may be sent to LED. */
  readonly ledUser: string | undefined;
  readonly ruleSet: CompiledRuleSet;
  readonly referenceDate: string;
  /** Today in Brussels, when the request came. */
  readonly today: string;
};

/**
 * Checks what a schema cannot: the INSZ, the case handler, the day, the rule set and the permission. Notes each of them
 * in `draft` as soon as it is known, because the audit line of a refused request names them too. Throws the Fault
 * `badRequest` with all issues at once, or `missingPermission`.
 */
const examine = (inquiry: Inquiry, caller: Caller, draft: AccessDraft, deps: EligibilityDeps): Examined => {
  const today = deps.today();
  const { insz, referenceDate = today, issues: ofForm = [] } = inquiry;
  const isUsable = (member: keyof Inquiry): boolean =>
    !ofForm.some(({ in: place, name }) => place === 'body' && name.split('.')[0] === member);
  const caseHandler = caseHandlerOf(inquiry, caller);
  if (caseHandler) noteUser(draft, deps.auditKey, caseHandler);
  const found = isUsable('ruleSet')
    ? deps.catalogue.find(inquiry.ruleSet ?? deps.defaultRuleSet, referenceDate)
    : undefined;
  if (found?.ok && isUsable('referenceDate')) noteWhy(draft, deps.auditKey, found.ruleSet, inquiry.caseReference);

  const issues = [
    ...ofForm,
    ...(insz === undefined ? [] : inszIssues(insz, today, deps.allowTestInsz)),
    ...(isUsable('caseHandler') ? caseHandlerIssues(inquiry, caller) : []),
    ...(referenceDate > today ? [bodyIssue('invalidInput', 'referenceDate', 'must not be after today')] : []),
    ...(found === undefined || found.ok
      ? []
      : ruleSetIssues(found.reason, isUsable('referenceDate') && referenceDate <= today)),
  ];
  if (issues.length > 0 || !found?.ok || !caseHandler || insz === undefined) {
    throw new Fault('badRequest', 'input', { issues });
  }

  noteSubject(draft, deps.auditKey, insz);
  const { ruleSet } = found;
  permit(caller, { ruleSet: ruleSet.source.id, role: caseHandler.role, allowedRoles: deps.allowedRoles });
  const sendUser = deps.sendUser && checkInsz(caseHandler.id, today, deps.allowTestInsz).ok;
  return { insz, ledUser: sendUser ? caseHandler.id : undefined, ruleSet, referenceDate, today };
};

const inszIssues = (insz: string, today: string, allowTest: boolean): FaultIssue[] => {
  const check = checkInsz(insz, today, allowTest);
  return check.ok ? [] : [bodyIssue('invalidInput', 'insz', inszTitles[check.reason], check.reason)];
};

/** The case handler whom the access token names, otherwise the one in the request, and what each part comes from. */
const caseHandlerOf = ({ caseHandler }: Inquiry, { user }: Caller): AuditUser | undefined => {
  if (!user) return caseHandler && { ...caseHandler, source: 'asserted' };
  const isAsserted = user.role === undefined && caseHandler?.role !== undefined;
  return defined({
    id: user.id,
    role: user.role ?? caseHandler?.role,
    source: 'token' as const,
    roleSource: isAsserted ? ('asserted' as const) : undefined,
  });
};

/** `asserted` is the case handler in the request, `named` the one in the access token. They must not contradict. */
const caseHandlerIssues = ({ caseHandler: asserted }: Inquiry, { user: named }: Caller): FaultIssue[] => {
  if (!named && !asserted) return [bodyIssue('schemaViolation', 'caseHandler', 'is required: who asks?')];
  if (!named || !asserted) return [];
  const issues: FaultIssue[] = [];
  if (asserted.id !== named.id) {
    issues.push(bodyIssue('invalidInput', 'caseHandler.id', 'contradicts the person whom the access token names'));
  }
  if (named.role !== undefined && asserted.role !== undefined && asserted.role !== named.role) {
    issues.push(bodyIssue('invalidInput', 'caseHandler.role', 'contradicts the role that the access token gives'));
  }
  return issues;
};

/** `isDayUsable`: whether the reference date has no issue of its own. */
const ruleSetIssues = (reason: 'unknown' | 'notInForce', isDayUsable: boolean): FaultIssue[] => {
  if (reason === 'unknown') {
    return [bodyIssue('referencedResourceNotFound', 'ruleSet', 'there is no such rule set; GET /ruleSets lists them')];
  }
  if (!isDayUsable) return [];
  return [bodyIssue('invalidInput', 'referenceDate', 'no version of the rule set is in force on that day')];
};

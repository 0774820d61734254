import { z } from 'zod';
import { type AccessEvent, type AuditKey, auditUserId, type IntentEvent, subjectHmac } from './audit/line.ts';
import type { AuditStream } from './audit/stream.ts';
import { defined } from './defined.ts';
import { Fault, type FaultIssue } from './fault.ts';
import { type Caller, permit } from './http/auth.ts';
import { checkInsz, type InszFault } from './insz.ts';
import type { Ask, Trail } from './led/ask.ts';
import { Attributes } from './record.ts';
import { decide, type Ruling } from './rules/decide.ts';
import type { Catalogue } from './rules/load.ts';
import type { CompiledRuleSet } from './rules/rule-set.ts';

const identifier = z.string().regex(/^[0-9A-Za-z_.@:-]{1,64}$/);

/** The body of `POST /eligibility`. */
export const EligibilityRequest = z
  .strictObject({
    insz: z
      .string()
      .regex(/^[0-9]{11}$/)
      .describe(
        'The person’s INSZ: exactly 11 digits without punctuation, a string because leading zeros count. Its check digits and date are verified before LED is asked',
      ),
    caseHandler: z
      .strictObject({
        id: identifier.describe(
          'Your own lasting identifier of the civil servant; it stands in the audit trail. No name, no personal number',
        ),
        role: identifier.optional().describe('The role in which they ask; some installations allow certain roles only'),
      })
      .optional()
      .describe(
        'Who asks (protocol, articles 4 and 6). Required unless the access token names the person; then it must not contradict it',
      ),
    caseReference: z
      .string()
      .regex(/^[0-9A-Za-z_./:-]{1,64}$/)
      .refine((value) => !/[0-9]{11}/.test(value), 'elevenDigits')
      .optional()
      .meta({
        pattern: '^(?!.*[0-9]{11})[0-9A-Za-z_./:-]{1,64}$',
        description:
          'Your file number, for the audit trail. It is logged, so it must be no INSZ: eleven digits in a row are refused',
      }),
    ruleSet: z
      .string()
      .optional()
      .describe('The rule set to decide by, see `GET /ruleSets`; left out: the one that this installation is set to'),
    referenceDate: z.iso
      .date()
      .optional()
      .describe(
        'Picks the rule set’s version in force on that day, for example the day of the application; not after today. Left out: today in Brussels. It does not turn back LED, which always tells what it holds now',
      ),
  })
  .meta({ id: 'EligibilityRequest', description: 'Whom it is about, who asks, and by which rules' });
export type EligibilityRequest = z.infer<typeof EligibilityRequest>;

/** What becomes known of an access while it runs, in the form of its audit line; read whatever way the request ends. */
export type Notes = {
  readonly id: string;
  client?: AccessEvent['client'];
  user?: NonNullable<AccessEvent['user']>;
  why?: NonNullable<AccessEvent['why']>;
  subject?: NonNullable<AccessEvent['subject']>;
  outcome?: Ruling['outcome'];
  shadow?: NonNullable<AccessEvent['shadow']>;
  disclosed?: NonNullable<AccessEvent['disclosed']>;
  dropped?: Ruling['dropped'];
  readonly trail: Trail;
};

export type EligibilityDeps = {
  readonly ask: Ask;
  readonly audit: Pick<AuditStream, 'write'>;
  readonly catalogue: Catalogue;
  readonly auditKey: { readonly id: string; readonly key: AuditKey };
  readonly defaultRuleSet: string;
  readonly allowedRoles?: readonly string[];
  readonly allowTestInsz: boolean;
  readonly sendUser: boolean;
  /** Today in Brussels, `yyyy-mm-dd`. */
  readonly today: () => string;
};

/** A question that may be asked: checked, permitted, and with the rule set that will judge it. */
type Inquiry = {
  readonly insz: string;
  readonly user: { readonly id: string; readonly role?: string };
  readonly ruleSet: CompiledRuleSet;
  readonly referenceDate: string;
};

export type Assessment = {
  readonly ruling: Ruling;
  readonly ruleSet: CompiledRuleSet;
  readonly referenceDate: string;
  readonly shadow: readonly { readonly ruleSet: CompiledRuleSet; readonly outcome: Ruling['outcome'] }[];
};

/** The whole service in one function: checks the request, asks LED, judges the answer, notes what the audit needs. */
export type Assess = (
  request: EligibilityRequest,
  caller: Caller,
  notes: Notes,
  limit: { readonly signal: AbortSignal; readonly deadline: number },
) => Promise<Assessment>;

/**
 * Builds the use case. It rejects with a `Fault`: `badRequest` or `missingPermission` before LED is asked, the faults
 * of `Ask` and of the audit stream afterwards; a fault never becomes an outcome.
 */
export const createAssess =
  (deps: EligibilityDeps): Assess =>
  async (request, caller, notes, limit) => {
    const { insz, user, ruleSet, referenceDate } = examine(request, caller, notes, deps);
    const candidates = deps.catalogue.candidates(ruleSet.source.id);
    const judging = [ruleSet, ...candidates];
    const answer = await deps.ask(
      defined({
        insz,
        wanted: (subjectCode: string, holder: string) =>
          holder === insz && judging.some(({ subjects }) => subjects.has(subjectCode)),
        user: deps.sendUser && checkInsz(user.id, deps.today(), deps.allowTestInsz).ok ? user.id : undefined,
        ...limit,
        intent: (referte: string) => deps.audit.write(intentOf(notes, referte)),
        trail: notes.trail,
      }),
    );
    const ruling = decide(answer, ruleSet, insz);
    const shadow = candidates.map((candidate) => ({
      ruleSet: candidate,
      outcome: decide(answer, candidate, insz).outcome,
    }));
    noteRuling(notes, ruling, shadow);
    return { ruling, ruleSet, referenceDate, shadow };
  };

/** Checks what the schema cannot: the INSZ, who asks, the day, the rule set and who may use it. Notes what it learns. */
const examine = (request: EligibilityRequest, caller: Caller, notes: Notes, deps: EligibilityDeps): Inquiry => {
  const today = deps.today();
  const issues: FaultIssue[] = [];
  const refuse = (type: FaultIssue['type'], name: string, title: string, code?: InszFault): void => {
    issues.push(defined({ type, in: 'body' as const, name, title, code }));
  };

  const check = checkInsz(request.insz, today, deps.allowTestInsz);
  if (!check.ok) refuse('invalidInput', 'insz', inszTitles[check.reason], check.reason);

  const named = caller.user;
  const asserted = request.caseHandler;
  if (!named && !asserted) refuse('schemaViolation', 'caseHandler', 'is required: who asks?');
  if (named && asserted && asserted.id !== named.id) {
    refuse('invalidInput', 'caseHandler.id', 'contradicts the person whom the access token names');
  }
  if (named?.role !== undefined && asserted?.role !== undefined && asserted.role !== named.role) {
    refuse('invalidInput', 'caseHandler.role', 'contradicts the role that the access token gives');
  }
  const user = defined({ id: named?.id ?? asserted?.id ?? '', role: named?.role ?? asserted?.role });
  if (user.id !== '') {
    notes.user = { ...user, id: auditUserId(deps.auditKey.key, user.id), source: named ? 'token' : 'asserted' };
  }

  const referenceDate = request.referenceDate ?? today;
  if (referenceDate > today) refuse('invalidInput', 'referenceDate', 'must not be after today');
  const found = deps.catalogue.find(request.ruleSet ?? deps.defaultRuleSet, referenceDate);
  if (found.ok) {
    const { id, version, legalBasis } = found.ruleSet.source;
    const { caseReference } = request;
    notes.why = defined({ ruleSet: id, version, digest: found.ruleSet.digest, legalBasis, caseReference });
  } else if (found.reason === 'unknown') {
    refuse('referencedResourceNotFound', 'ruleSet', 'there is no such rule set; GET /ruleSets lists them');
  } else if (referenceDate <= today) {
    refuse('invalidInput', 'referenceDate', 'no version of the rule set is in force on that day');
  }

  if (issues.length > 0 || !found.ok) throw new Fault('badRequest', 'input', { issues });
  notes.subject = { key: deps.auditKey.id, hmac: subjectHmac(deps.auditKey.key, request.insz) };

  const { ruleSet } = found;
  permit(caller, { ruleSet: ruleSet.source.id, role: user.role, allowedRoles: deps.allowedRoles });
  return { insz: request.insz, user, ruleSet, referenceDate };
};

/** What is wrong with an INSZ, in words for a developer. */
export const inszTitles: Readonly<Record<InszFault, string>> = {
  format: 'must be a string of exactly 11 digits',
  month: 'has a month that no INSZ has',
  checksum: 'has check digits that do not fit: look for a typing error',
  date: 'holds a day that does not exist',
  serial: 'has a serial number that is not given out',
  future: 'holds a birth date after today',
};

/** LED.GeefBewijs as the audit line names it. */
export const ledService = { service: 'LED.GeefBewijs', version: '02.00.0000', operation: 'read' } as const;

const intentOf = (notes: Notes, referte: string): IntentEvent => {
  const { id, client, user, why, subject } = notes;
  return defined({
    kind: 'intent' as const,
    id,
    what: ledService,
    client,
    user,
    why,
    subject,
    led: { references: [referte] },
  });
};

const attributeNames = (Object.keys(Attributes.shape) as (keyof Attributes)[]).sort();

const noteRuling = (notes: Notes, ruling: Ruling, shadow: Assessment['shadow']): void => {
  notes.outcome = ruling.outcome;
  notes.dropped = ruling.dropped;
  notes.disclosed = {
    diplomas: ruling.diplomas.length,
    attributes: attributeNames.filter((name) =>
      ruling.diplomas.some(({ attributes }) => attributes[name] !== undefined),
    ),
  };
  if (shadow.length > 0) {
    notes.shadow = shadow.map(({ ruleSet, outcome }) => ({
      ruleSet: ruleSet.source.id,
      version: ruleSet.source.version,
      digest: ruleSet.digest,
      outcome,
    }));
  }
};

import { createHmac, hash as digest, type KeyObject } from 'node:crypto';
import type { FaultCode } from '../fault.ts';
import type { LedException } from '../led/ask.ts';
import { isUuid } from '../lib/uuid.ts';
import type { Outcome } from '../outcome.ts';
import type { RuleSetReference } from '../rules/rule-set.ts';

/** The key of the HMACs. Where there are many to make, a `KeyObject`: from bytes each takes ten times as long. */
export type AuditKey = Buffer | KeyObject;

/** The calling system, from token or certificate; `{ id: 'anonymous' }` where nobody has to say who calls. */
export type AuditClient = { readonly id: string; readonly org?: string | undefined };

/** The person who asks. `id` has gone through `auditUserId`. */
export type AuditUser = {
  readonly id: string;
  readonly role?: string | undefined;
  readonly source: 'token' | 'asserted';
};

/** On what ground was asked: the rule set in force, its legal basis, the caller's own file number. */
export type AuditWhy = {
  readonly ruleSet: string;
  readonly version: string;
  readonly digest: string;
  readonly legalBasis: string;
  readonly caseReference?: string | undefined;
};

/** About whom: the id of the audit key and `subjectHmac` under it. */
export type AuditSubject = { readonly key: string; readonly hmac: string };

/** What a candidate rule set would have decided. */
export type AuditShadow = {
  readonly ruleSet: string;
  readonly version: string;
  readonly digest: string;
  readonly outcome: Outcome;
};

/** The first line of a process: which rule sets it loaded, and whether it takes MAGDA's test numbers. */
export type StartEvent = {
  readonly kind: 'start';
  readonly ruleSets: readonly RuleSetReference[];
  readonly testInsz: boolean;
};

/** Of one request: who asked, why, about whom, and what was asked of LED; what is not known yet is left out. */
type Known = {
  readonly id: string;
  /** LED's service and operation, where it was asked. */
  readonly what?: { readonly service: string; readonly version: string; readonly operation: string } | undefined;
  readonly client?: AuditClient | undefined;
  readonly user?: AuditUser | undefined;
  readonly why?: AuditWhy | undefined;
  readonly subject?: AuditSubject | undefined;
};

/** Written before each call to LED, a retry included. */
export type IntentEvent = Known & {
  readonly kind: 'intent';
  readonly led: { readonly references: readonly string[] };
};

/** Written once for every `POST /eligibility` that was answered: all that is known by then, and nothing that is not. */
export type AccessEvent = Known & {
  readonly kind: 'access';
  /** Durations are in milliseconds; `attempts` counts the calls that were made. */
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
  readonly disclosed?: { readonly diplomas: number; readonly attributes: readonly string[] } | undefined;
  readonly dropped?: { readonly otherHolder: number; readonly outOfScope: number } | undefined;
  readonly status: number;
  readonly durationMs: number;
};

export type HeartbeatEvent = { readonly kind: 'heartbeat' };

/** So many `access` lines could not be kept while the reader stood still. */
export type GapEvent = { readonly kind: 'gap'; readonly count: number };

/** The last line of a process that ended in good order. */
export type StopEvent = { readonly kind: 'stop' };

export type AuditEvent = StartEvent | IntentEvent | AccessEvent | HeartbeatEvent | GapEvent | StopEvent;

/** The build that writes the lines. */
export type AuditService = { readonly name: string; readonly version: string; readonly commit: string };

/** A line's place in the chain of its process: `seq` from 1, `prev` the hash of the line before, 64 zeros at first. */
export type Place = {
  readonly ts: string;
  readonly inst: string;
  readonly seq: number;
  readonly svc: AuditService;
  readonly prev: string;
};

/** The most bytes of one line, its line feed included: what a pipe takes whole or not at all (PIPE_BUF on Linux). */
export const MAX_LINE_BYTES = 4096;

/** `prev` of the first line of a chain. */
export const FIRST_PREV = '0'.repeat(64);

/** `,"hash":"<64 hex digits>"` and the line feed. */
const TAIL_BYTES = 9 + 64 + 1 + 1;
const ROOM = MAX_LINE_BYTES - TAIL_BYTES;
const LONGEST_ID = 200;
const SHORT = 96;

const ELEVEN_DIGITS = /\d{11}/;
const HMAC = /^hmac:[\w-]{43}$/;

const hmac = (key: AuditKey, text: string): string => createHmac('sha256', key).update(text).digest('base64url');
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** What stands for a person in audit lines: base64url HMAC-SHA-256 of `insz:` and the 11 digits under the audit key. */
export const subjectHmac = (key: AuditKey, insz: string): string => hmac(key, `insz:${insz}`);

/**
 * A case handler's id as it may stand on a line. With eleven digits in a row it becomes `hmac:` and an HMAC: of an id
 * that is exactly eleven digits the `subjectHmac`, so that `audit subject` finds what a civil servant did as well as
 * what was asked about them; of any other the HMAC of the id itself. An id of over 200 bytes, and one that pretends to
 * be such an HMAC, are treated likewise, so that two ids never look like one.
 */
export const auditUserId = (key: AuditKey, id: string): string => {
  if (/^\d{11}$/.test(id)) return `hmac:${subjectHmac(key, id)}`;
  const clear = !ELEVEN_DIGITS.test(id) && !id.startsWith('hmac:') && bytesOf(id) - 2 <= LONGEST_ID;
  return clear ? id : `hmac:${hmac(key, id)}`;
};

/**
 * The id or organisation of a calling system, guarded as `auditUserId` guards a person's (the subject of a Belgian
 * certificate can hold an INSZ); a UUID stays as it is, since it only looks like digits by chance.
 */
export const auditClientId = (key: AuditKey, id: string): string => (isUuid(id) ? id : auditUserId(key, id));

/** The last gate: whatever reaches a line from outside loses every run of eleven digits or more. */
const masked = (value: string): string =>
  !ELEVEN_DIGITS.test(value) || isUuid(value) || HMAC.test(value) ? value : value.replace(/\d{11,}/g, '***');

const maskedOptional = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : masked(value);

// Every member is named: a record that carries more than its type says cannot carry it onto a line.
const known = (event: Known) => ({
  id: event.id,
  what: event.what && { service: event.what.service, version: event.what.version, operation: event.what.operation },
  client: event.client && { id: masked(event.client.id), org: maskedOptional(event.client.org) },
  user: event.user && {
    id: masked(event.user.id),
    role: maskedOptional(event.user.role),
    source: event.user.source,
  },
  why: event.why && {
    ruleSet: event.why.ruleSet,
    version: event.why.version,
    digest: event.why.digest,
    legalBasis: event.why.legalBasis,
    caseReference: maskedOptional(event.why.caseReference),
  },
  subject: event.subject && { key: event.subject.key, hmac: event.subject.hmac },
});

const members = (event: AuditEvent) => {
  switch (event.kind) {
    case 'start':
      return {
        ruleSets: event.ruleSets.map(({ id, version, digest }) => ({ id, version, digest })),
        testInsz: event.testInsz,
      };
    case 'intent':
      return { ...known(event), led: { references: event.led.references } };
    case 'access':
      return {
        ...known(event),
        led: event.led && {
          references: event.led.references,
          attempts: event.led.attempts,
          exceptions: event.led.exceptions.map(({ id, origin, type }) => ({
            id: masked(id),
            origin: masked(origin),
            type: masked(type),
          })),
          durationMs: event.led.durationMs,
        },
        result: event.result,
        problem: event.problem,
        outcome: event.outcome,
        shadow: event.shadow?.map(({ ruleSet, version, digest, outcome }) => ({ ruleSet, version, digest, outcome })),
        disclosed: event.disclosed && {
          diplomas: event.disclosed.diplomas,
          attributes: event.disclosed.attributes,
        },
        dropped: event.dropped && {
          otherHolder: event.dropped.otherHolder,
          outOfScope: event.dropped.outOfScope,
        },
        status: event.status,
        durationMs: event.durationMs,
      };
    case 'gap':
      return { count: event.count };
    default:
      return {};
  }
};

type Body = {
  readonly led?: { readonly references: readonly string[]; readonly exceptions?: readonly LedException[] } | undefined;
  readonly shadow?: readonly AuditShadow[] | undefined;
  readonly disclosed?: { readonly diplomas: number; readonly attributes: readonly string[] } | undefined;
  readonly ruleSets?: readonly RuleSetReference[];
};

const cutText = (text: string): string => {
  if (bytesOf(text) <= SHORT) return text;
  let kept = '';
  let room = SHORT - 2 - Buffer.byteLength('…');
  for (const character of text) {
    room -= bytesOf(character) - 2;
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
};

const cutAll = (value: unknown): unknown => {
  if (typeof value === 'string') return cutText(value);
  if (Array.isArray(value)) return value.map(cutAll);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cutAll(member)]));
};

const fitting = <T>(list: readonly T[] | undefined, room: number): T[] => {
  const kept: T[] = [];
  let left = room;
  for (const item of list ?? []) {
    left -= bytesOf(item) + 1;
    if (left < 0) break;
    kept.push(item);
  }
  return kept;
};

/**
 * The record in at most ROOM bytes: it is built anew without its lists, which are then filled up from the front as far
 * as there is room, exceptions last, so that they are the first to go. Should the rest alone be too long, which no
 * input that the service takes can bring about, its texts are cut to 96 bytes each; what is left then has a fixed
 * upper bound well below the limit.
 */
const shrink = ({ prev, ...record }: Record<string, unknown> & Body): string => {
  const { led, shadow, disclosed, ruleSets } = record;
  const skeleton = {
    ...record,
    ...(led && { led: { ...led, references: led.references.slice(0, 4), ...(led.exceptions && { exceptions: [] }) } }),
    ...(shadow && { shadow: [] }),
    ...(disclosed && { disclosed: { ...disclosed, attributes: [] } }),
    ...(ruleSets && { ruleSets: [] }),
    truncated: true,
  };
  const short = bytesOf({ ...skeleton, prev }) <= ROOM ? skeleton : (cutAll(skeleton) as typeof skeleton);
  const filled: Record<string, unknown> = { ...short };
  const room = () => ROOM - bytesOf({ ...filled, prev });
  if (ruleSets) filled.ruleSets = fitting(ruleSets, room());
  if (disclosed) filled.disclosed = { ...short.disclosed, attributes: fitting(disclosed.attributes, room()) };
  if (shadow) filled.shadow = fitting(shadow, room());
  if (led?.exceptions) filled.led = { ...short.led, exceptions: fitting(led.exceptions, room()) };
  return JSON.stringify({ ...filled, prev });
};

/**
 * One audit line: its bytes with the line feed, at most 4096 of UTF-8, and its hash, the SHA-256 (hex) of the line
 * without the line feed and without its last member, `hash`. Too long a line loses exceptions from the end, then what
 * candidate rule sets said, and has `truncated: true`. Never fails, whatever the texts in `event` hold; ids of persons
 * and clients are expected to have gone through `auditUserId` and `auditClientId`.
 */
export const formatLine = (event: AuditEvent, place: Place): { bytes: Buffer; hash: string } => {
  const record = {
    v: '1',
    ts: place.ts,
    kind: event.kind,
    inst: place.inst,
    seq: place.seq,
    ...members(event),
    svc: place.svc,
    prev: place.prev,
  };
  // Encoded once, for its length, its hash and the pipe: each for itself takes as long as half of the line's making.
  const whole = Buffer.from(JSON.stringify(record));
  const bytes = whole.length <= ROOM ? whole : Buffer.from(shrink(record));
  const hash = digest('sha256', bytes);
  return { bytes: Buffer.concat([bytes.subarray(0, -1), Buffer.from(`,"hash":"${hash}"}\n`)]), hash };
};

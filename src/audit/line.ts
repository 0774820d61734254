import { hash as digest } from 'node:crypto';
import { qualityKinds } from '../rules/judge.ts';
import { isSignedKind, signLine } from './chain-signature.ts';
import type { AccessEvent, AuditEvent, RequestFacts } from './event.ts';
import { masked } from './identity.ts';
import { shrink } from './shrink.ts';
import type { SigningKey } from './signing-key.ts';

/** The build that writes the lines. */
export type AuditService = { readonly name: string; readonly version: string; readonly commit: string };

/**
 * A line's place in the chain of its process: `ts` (ISO 8601, UTC), the UUID of the process, the number of the line
 * (from 1), and the hash of the line before it (`FIRST_PREV` on the first line).
 */
export type Place = {
  readonly ts: string;
  readonly inst: string;
  readonly seq: number;
  readonly svc: AuditService;
  readonly prev: string;
};

/** The most bytes of a line, its line feed included. A pipe takes that many whole or not at all (PIPE_BUF on Linux). */
export const MAX_LINE_BYTES = 4096;

/** `prev` of the first line of a chain. */
export const FIRST_PREV = '0'.repeat(64);

/** The bytes of `,"hash":"`, 64 hex digits, `"` and the line feed. */
const TAIL_BYTES = 9 + 64 + 1 + 1;

/** The bytes of `,"sig":"`, 86 characters of base64url and `"`. */
const SIGNATURE_BYTES = 8 + 86 + 1;

/**
 * Returns one audit line: its bytes in UTF-8 with the line feed, at most 4096, and its hash. The hash is the SHA-256
 * (hex) of the line without its line feed and without `hash`, its last member. A line that is too long loses LED's
 * exceptions from the end, then what candidate rule sets decided, and gets `truncated: true` (see `shrink`). Never
 * throws: `event` may hold any text. With a `signer`, `start`, `heartbeat` and `stop` have `sig`, the member before
 * `hash`. The ids in `event` must be results of `auditId` and `auditIssuedId`.
 */
export const formatLine = (event: AuditEvent, place: Place, signer?: SigningKey): { bytes: Buffer; hash: string } => {
  const record = {
    v: '1',
    ts: place.ts,
    kind: event.kind,
    inst: place.inst,
    seq: place.seq,
    ...membersOf(event),
    svc: place.svc,
    prev: place.prev,
  };
  // The text is encoded once, for the length, the hash and the pipe. Encoding takes half as long as the rest of the
  // work.
  const whole = Buffer.from(JSON.stringify(record));
  const key = isSignedKind(event.kind) ? signer : undefined;
  const limit = MAX_LINE_BYTES - TAIL_BYTES - (key ? SIGNATURE_BYTES : 0);
  const fitting = whole.length <= limit ? whole : Buffer.from(shrink(record, limit));
  const bytes = key ? withMember(fitting, `"sig":"${signLine(place, fitting, key)}"`) : fitting;
  const hash = digest('sha256', bytes);
  return { bytes: withMember(bytes, `"hash":"${hash}"`, '\n'), hash };
};

/** Adds a last member to the text of a JSON object. */
const withMember = (object: Buffer, member: string, end = ''): Buffer =>
  Buffer.concat([object.subarray(0, -1), Buffer.from(`,${member}}${end}`)]);

/** The members of an event, copied by name. So a member that is not in the type of an event never gets on a line. */
const membersOf = (event: AuditEvent) => {
  switch (event.kind) {
    case 'start':
      return {
        ruleSets: event.ruleSets.map(({ id, version, digest }) => ({ id, version, digest })),
        testInsz: event.testInsz,
        auditKey: { id: event.auditKey.id, check: event.auditKey.check },
        signer: event.signer,
      };
    case 'intent':
      return { ...factsOf(event), led: { references: event.led.references } };
    case 'access':
      return {
        ...factsOf(event),
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
        quality: event.quality && qualityOf(event.quality),
        receipt: event.receipt && { key: event.receipt.key, commitment: event.receipt.commitment },
        status: event.status,
        durationMs: event.durationMs,
      };
    case 'gap':
      return { count: event.count };
    default:
      return {};
  }
};

const qualityOf = (counts: NonNullable<AccessEvent['quality']>) =>
  Object.fromEntries(qualityKinds.map((kind) => [kind, counts[kind]]));

const factsOf = ({ id, what, client, user, why, subject }: RequestFacts) => ({
  id,
  what: what && {
    service: what.service,
    version: what.version,
    operation: what.operation,
    sender: what.sender,
    capacity: what.capacity,
  },
  client: client && { id: masked(client.id), org: maskedOptional(client.org) },
  user: user && {
    id: masked(user.id),
    role: maskedOptional(user.role),
    source: user.source,
    roleSource: user.roleSource,
  },
  why: why && {
    ruleSet: why.ruleSet,
    version: why.version,
    digest: why.digest,
    legalBasis: why.legalBasis,
    caseReference: maskedOptional(why.caseReference),
  },
  subject: subject && { key: subject.key, hmac: subject.hmac },
});

const maskedOptional = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : masked(value);

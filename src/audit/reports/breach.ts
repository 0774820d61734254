import { instantOf } from '../../lib/clock.ts';
import type { Source } from '../verify/read-lines.ts';
import { type Access, type Intent, readAccesses } from './read-accesses.ts';

/** Which accesses a breach concerns. Times in ms since 1970; `client` and `user` are ids as they stand on lines. */
export type BreachScope = {
  readonly includes: (epochMs: number) => boolean;
  readonly client?: string | undefined;
  readonly user?: string | undefined;
};

/**
 * How many persons: exact where all lines have one audit key id. One person has another HMAC under each key, so with
 * several ids the number lies between the largest count and the sum.
 */
export type Persons = { readonly from: number; readonly to: number };

type Counts = {
  readonly persons: Persons;
  /** Answers with an outcome. */
  readonly decisions: number;
  /** Decisions whose answer held at least one diploma. */
  readonly disclosed: number;
  /** Requests that failed: no outcome and no diploma left the service. */
  readonly failed: number;
};

/** What went out to one calling system, and the numbers under which that system finds its own files. */
export type ClientBreach = Counts & {
  readonly organisation?: string;
  readonly attributes: readonly string[];
  readonly files: readonly { readonly id: string; readonly caseReference?: string }[];
};

export type Breach = Counts & {
  /** The ids of the audit keys under which persons were counted. */
  readonly keys: readonly string[];
  /** Names of the attributes that went out. */
  readonly attributes: readonly string[];
  /** LED was asked, and no line says how the request ended: an answer may have left. */
  readonly withoutAccess: readonly string[];
  readonly byClient: Readonly<Record<string, ClientBreach>>;
  /** Lines that could not be read. */
  readonly unreadable: number;
};

/**
 * Counts what left the service in a period. A person counts if an outcome about them left. Probes are about test numbers
 * and do not count. An `access` that stands in two files counts once. Rejects if a source cannot be read.
 */
export const reportBreach = async (sources: readonly Source[], scope: BreachScope): Promise<Breach> => {
  const whole = newTally();
  const clients = new Map<string, Tally>();
  const seen = new Set<string>();
  const open = new Set<string>();
  const concerns = ({ ts, client, user }: Access | Intent): boolean =>
    scope.includes(instantOf(ts)) &&
    user?.source !== 'probe' &&
    (scope.client === undefined || client?.id === scope.client) &&
    (scope.user === undefined || user?.id === scope.user);

  const unreadable = await readAccesses(sources, {
    onIntent: (intent) => {
      if (concerns(intent) && !seen.has(intent.id)) open.add(intent.id);
    },
    onAccess: (access) => {
      open.delete(access.id);
      if (!concerns(access) || seen.has(access.id)) return;
      seen.add(access.id);
      const client = access.client?.id ?? '';
      const tally = clients.get(client) ?? newTally(access.client?.org);
      clients.set(client, tally);
      for (const each of [whole, tally]) count(each, access);
    },
  });

  const concerned = [...clients].filter(([, { decisions, failed }]) => decisions + failed > 0);
  return {
    ...countsOf(whole),
    keys: [...whole.persons.keys()].sort(),
    attributes: [...whole.attributes].sort(),
    withoutAccess: [...open],
    byClient: Object.fromEntries(concerned.map(([id, tally]) => [id, clientOf(tally)])),
    unreadable,
  };
};

type Tally = {
  decisions: number;
  disclosed: number;
  failed: number;
  readonly organisation: string | undefined;
  /** The HMACs of the persons, by the id of the audit key. */
  readonly persons: Map<string, Set<string>>;
  readonly attributes: Set<string>;
  readonly files: { id: string; caseReference?: string }[];
};

const newTally = (organisation?: string): Tally => ({
  decisions: 0,
  disclosed: 0,
  failed: 0,
  organisation,
  persons: new Map(),
  attributes: new Set(),
  files: [],
});

const count = (tally: Tally, { id, result, subject, disclosed, why }: Access): void => {
  if (result === 'failed') tally.failed += 1;
  if (result !== 'decided') return;
  tally.decisions += 1;
  if (disclosed && disclosed.diplomas > 0) tally.disclosed += 1;
  for (const name of disclosed?.attributes ?? []) tally.attributes.add(name);
  if (subject) {
    const persons = tally.persons.get(subject.key) ?? new Set();
    tally.persons.set(subject.key, persons.add(subject.hmac));
  }
  tally.files.push({ id, ...(why?.caseReference !== undefined && { caseReference: why.caseReference }) });
};

const countsOf = ({ persons, decisions, disclosed, failed }: Tally): Counts => {
  const sizes = [...persons.values()].map((each) => each.size);
  return {
    persons: { from: Math.max(0, ...sizes), to: sizes.reduce((sum, size) => sum + size, 0) },
    decisions,
    disclosed,
    failed,
  };
};

const clientOf = (tally: Tally): ClientBreach => ({
  ...countsOf(tally),
  ...(tally.organisation !== undefined && { organisation: tally.organisation }),
  attributes: [...tally.attributes].sort(),
  files: tally.files,
});

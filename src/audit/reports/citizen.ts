import { brusselsDay, brusselsTime, instantOf } from '../../lib/clock.ts';
import { defined } from '../../lib/defined.ts';
import type { Outcome } from '../../outcome.ts';
import type { AuditWhy } from '../event.ts';
import type { Source } from '../verify/read-lines.ts';
import { type Access, type Intent, readAccesses } from './read-accesses.ts';

/** One access to the data of a person, as that person may see it. Day and time are those of Brussels. */
export type CitizenAccess = {
  readonly id: string;
  readonly day: string;
  readonly time: string;
  readonly client?: string | undefined;
  readonly organisation?: string | undefined;
  readonly role?: string | undefined;
  readonly purpose?: AuditWhy | undefined;
  /** `unknown`: LED was asked, and no line says how the request ended. */
  readonly result: 'decided' | 'refused' | 'failed' | 'unknown';
  readonly outcome?: Outcome | undefined;
  readonly diplomas: number;
  /** Names of the attributes that went out. */
  readonly attributes: readonly string[];
  /** The id of the case handler. Only for the officer. */
  readonly handler?: string | undefined;
};

/**
 * Returns all accesses to the data of a person, the oldest first, and how many lines could not be read. `hmacs`: the
 * person under each audit key. `includes` chooses days. Rejects if a source cannot be read.
 */
export const reportToCitizen = async (
  sources: readonly Source[],
  hmacs: ReadonlySet<string>,
  { includes, handlers }: { readonly includes: (day: string) => boolean; readonly handlers: boolean },
): Promise<{ readonly accesses: readonly CitizenAccess[]; readonly unreadable: number }> => {
  const found = new Map<string, { readonly at: number; readonly access: CitizenAccess }>();
  const note = (line: Access | Intent): void => {
    const at = instantOf(line.ts);
    if (!line.subject || !hmacs.has(line.subject.hmac) || !includes(brusselsDay(at))) return;
    // The access line of a request replaces its intent. The intent of a line that is already there says nothing more.
    if (line.kind === 'intent' && found.has(line.id)) return;
    found.set(line.id, { at, access: citizenAccess(line, at, handlers) });
  };
  const unreadable = await readAccesses(sources, { onAccess: note, onIntent: note });
  const accesses = [...found.values()].sort((a, b) => a.at - b.at).map(({ access }) => access);
  return { accesses, unreadable };
};

const citizenAccess = (line: Access | Intent, at: number, handlers: boolean): CitizenAccess => {
  const { result, outcome, disclosed }: Partial<Access> = line.kind === 'access' ? line : {};
  return defined({
    id: line.id,
    day: brusselsDay(at),
    time: brusselsTime(at),
    client: line.client?.id,
    organisation: line.client?.org,
    role: line.user?.role,
    purpose: line.why,
    result: result ?? ('unknown' as const),
    outcome,
    diplomas: disclosed?.diplomas ?? 0,
    attributes: disclosed?.attributes ?? [],
    handler: handlers ? line.user?.id : undefined,
  });
};

import { brusselsDay, instantOf } from '../../lib/clock.ts';
import { type AuditKey, auditKeyCheck } from '../key.ts';
import { readLines, type Source } from './read-lines.ts';

/** What the start line of a process says about the audit key that the process uses. */
export type KeyInUse = { readonly inst: string; readonly id: string; readonly check: string };

/** Which audit keys fit the trail. */
export type KeyCover = {
  /** For each key, the ids under which the trail uses it. Empty: the key fits no start. */
  readonly ids: readonly (readonly string[])[];
  /** Processes whose key is none of those given. */
  readonly uncovered: readonly KeyInUse[];
};

/** Compares audit keys with what the starts of a trail say about theirs. */
export const coverOf = (keys: readonly AuditKey[], inUse: readonly KeyInUse[]): KeyCover => {
  const checks = keys.map(auditKeyCheck);
  return {
    ids: checks.map((check) => [...new Set(inUse.filter((used) => used.check === check).map(({ id }) => id))]),
    uncovered: inUse.filter(({ check }) => !checks.includes(check)),
  };
};

/** Returns what a line says about the audit key of its process, if it is a start. `line` is the parsed line. */
const keyInUseOf = (line: unknown): KeyInUse | undefined => {
  const { kind, inst, auditKey } = (line ?? {}) as Readonly<Record<string, unknown>>;
  const { id, check } = (auditKey ?? {}) as Readonly<Record<string, unknown>>;
  if (kind !== 'start' || typeof inst !== 'string' || typeof id !== 'string' || typeof check !== 'string')
    return undefined;
  return { inst, id, check };
};

/** The beginning of a line: its time and its process. */
const HEAD = /^\{"v":"1","ts":"([^"]{1,40})","kind":"\w{1,16}","inst":"([^"]{1,64})"/;
/** The longest beginning that `HEAD` looks at. */
const MOST_HEAD = 180;

/**
 * Reads a trail for its starts alone. With `includes`, only the processes count that have a line on such a day in
 * Brussels. Rejects if a source cannot be read.
 */
export const readKeysInUse = async (
  sources: readonly Source[],
  includes: (day: string) => boolean = () => true,
): Promise<KeyInUse[]> => {
  const found: KeyInUse[] = [];
  const included = new Set<string>();
  const onLine = (bytes: Buffer, start: number, end: number): void => {
    const [head, ts = '', inst] = HEAD.exec(bytes.toString('latin1', start, Math.min(end, start + MOST_HEAD))) ?? [];
    // A line that was cut or damaged says nothing. `audit verify` reports it.
    if (head === undefined || inst === undefined || Number.isNaN(instantOf(ts))) return;
    if (!included.has(inst) && includes(brusselsDay(instantOf(ts)))) included.add(inst);
    if (!head.includes('"kind":"start"')) return;
    try {
      const used = keyInUseOf(JSON.parse(bytes.toString('utf8', start, end)));
      if (used) found.push(used);
    } catch {
      // As above.
    }
  };
  await readLines(sources, { onLine, isWhole: () => true });
  return found.filter(({ inst }) => included.has(inst));
};

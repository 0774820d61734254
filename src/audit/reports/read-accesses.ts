import { instantOf } from '../../lib/clock.ts';
import { Outcome } from '../../outcome.ts';
import type { AccessEvent, IntentEvent } from '../event.ts';
import { readLines, type Source } from '../verify/read-lines.ts';

/** An `access` or `intent` line as it stands in a file. Nothing guarantees its members: a file can hold anything. */
export type Access = { readonly ts: string } & Pick<AccessEvent, 'kind' | 'id'> & Partial<Omit<AccessEvent, 'kind'>>;
export type Intent = { readonly ts: string } & Pick<IntentEvent, 'kind' | 'id'> & Partial<Omit<IntentEvent, 'kind'>>;

export type AccessHandler = {
  readonly onAccess: (access: Access) => void;
  readonly onIntent?: (intent: Intent) => void;
};

/** The kind stands near the beginning of a line, before anything that comes from a request. */
const HEAD = 120;

/**
 * Reads the `access` and `intent` lines of a trail, in bounded memory. Returns how many lines could not be read: those
 * that are damaged or are no audit lines. Rejects if a source cannot be read.
 */
export const readAccesses = async (sources: readonly Source[], handler: AccessHandler): Promise<number> => {
  let unreadable = 0;
  await readLines(sources, {
    onLine: (bytes, start, end) => {
      const head = bytes.toString('latin1', start, Math.min(end, start + HEAD));
      const kind = /"kind":"(\w+)"/.exec(head)?.[1];
      if (!head.startsWith('{"v":"1"') || kind === undefined) unreadable += 1;
      else if (kind === 'access' || kind === 'intent') {
        const line = parse(bytes.toString('utf8', start, end));
        if (line?.kind === 'access') handler.onAccess(line);
        else if (line?.kind === 'intent') handler.onIntent?.(line);
        else unreadable += 1;
      }
    },
    isWhole: () => true,
  });
  return unreadable;
};

const parse = (text: string): Access | Intent | undefined => {
  try {
    const line: unknown = JSON.parse(text);
    return hasBasics(line) ? line : undefined;
  } catch {
    return undefined;
  }
};

/** Checks the members that the reports read: a file can hold anything. */
const hasBasics = (value: unknown): value is Access | Intent => {
  if (typeof value !== 'object' || value === null) return false;
  const line = value as Partial<Record<keyof Access, unknown>>;
  const { id, ts, subject, client, user, why, result, outcome, disclosed, quality, led } = line;
  return (
    typeof id === 'string' &&
    typeof ts === 'string' &&
    !Number.isNaN(instantOf(ts)) &&
    isAbsentOr(subject, ({ key, hmac }) => typeof key === 'string' && typeof hmac === 'string') &&
    isAbsentOr(client, (each) => typeof each.id === 'string' && isOptionalText(each.org)) &&
    isAbsentOr(user, (each) => typeof each.id === 'string' && isOptionalText(each.role)) &&
    isAbsentOr(why, (each) => isTexts([each.ruleSet, each.legalBasis]) && isOptionalText(each.caseReference)) &&
    (result === undefined || results.has(result)) &&
    (outcome === undefined || Outcome.safeParse(outcome).success) &&
    isAbsentOr(disclosed, ({ diplomas, attributes }) => typeof diplomas === 'number' && isTexts(attributes)) &&
    isAbsentOr(quality, (each) => Object.values(each).every((count) => typeof count === 'number')) &&
    isAbsentOr(led, ({ references }) => isTexts(references))
  );
};

const isAbsentOr = (value: unknown, check: (record: Readonly<Record<string, unknown>>) => boolean): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && check(value as Record<string, unknown>));

const results: ReadonlySet<unknown> = new Set<AccessEvent['result']>(['decided', 'refused', 'failed']);

const isOptionalText = (value: unknown): boolean => value === undefined || typeof value === 'string';

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');

import type { LedException } from '../led/ask.ts';
import type { RuleSetReference } from '../rules/rule-set.ts';
import type { AuditShadow } from './event.ts';

/** The members of a line that hold lists of any length. */
type Lists = {
  readonly led?: { readonly references: readonly string[]; readonly exceptions?: readonly LedException[] } | undefined;
  readonly shadow?: readonly AuditShadow[] | undefined;
  readonly disclosed?: { readonly diplomas: number; readonly attributes: readonly string[] } | undefined;
  readonly ruleSets?: readonly RuleSetReference[];
};

/** The most bytes of a text when every text is shortened, as JSON writes it, quotes included. */
const SHORT_TEXT_BYTES = 96;
/** More references than a line ever has: the service calls LED at most twice. */
const MOST_REFERENCES = 4;

/**
 * Returns the JSON of a record in at most `limit` bytes, with `truncated: true`. It empties the lists and fills them
 * again from the front while there is room: rule sets, attribute names, candidates, and LED's exceptions. So exceptions
 * are lost first. If the record is too long even without its lists, every text is cut to 96 bytes. No input that the
 * service accepts leads to that, but it guarantees that a record always fits.
 */
export const shrink = ({ prev, ...record }: Record<string, unknown> & Lists, limit: number): string => {
  const { led, shadow, disclosed, ruleSets } = record;
  const emptied = withoutLists(record);
  const short = sizeOf({ ...emptied, prev }) <= limit ? emptied : (cutTexts(emptied) as typeof emptied);
  const filled: Record<string, unknown> = { ...short };
  const room = (): number => limit - sizeOf({ ...filled, prev });
  if (ruleSets) filled.ruleSets = firstThatFit(ruleSets, room());
  if (disclosed) filled.disclosed = { ...short.disclosed, attributes: firstThatFit(disclosed.attributes, room()) };
  if (shadow) filled.shadow = firstThatFit(shadow, room());
  if (led?.exceptions) filled.led = { ...short.led, exceptions: firstThatFit(led.exceptions, room()) };
  return JSON.stringify({ ...filled, prev });
};

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const withoutLists = (record: Record<string, unknown> & Lists) => {
  const { led, shadow, disclosed, ruleSets } = record;
  return {
    ...record,
    ...(led && {
      led: {
        ...led,
        references: led.references.slice(0, MOST_REFERENCES),
        ...(led.exceptions && { exceptions: [] }),
      },
    }),
    ...(shadow && { shadow: [] }),
    ...(disclosed && { disclosed: { ...disclosed, attributes: [] } }),
    ...(ruleSets && { ruleSets: [] }),
    truncated: true,
  };
};

const firstThatFit = <T>(list: readonly T[], room: number): T[] => {
  const kept: T[] = [];
  let left = room;
  for (const item of list) {
    left -= sizeOf(item) + 1;
    if (left < 0) break;
    kept.push(item);
  }
  return kept;
};

/** The same value with every text in it cut, at any depth. */
const cutTexts = (value: unknown): unknown => {
  if (typeof value === 'string') return cutText(value);
  if (Array.isArray(value)) return value.map(cutTexts);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cutTexts(member)]));
};

const cutText = (text: string): string => {
  if (sizeOf(text) <= SHORT_TEXT_BYTES) return text;
  let kept = '';
  let room = SHORT_TEXT_BYTES - 2 - Buffer.byteLength('…');
  for (const character of text) {
    room -= sizeOf(character) - 2;
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
};

import { hash as digest } from 'node:crypto';

/** The members of an audit line that `verify` reads. */
export type TrailLine = {
  readonly inst: string;
  readonly seq: number;
  readonly kind: string;
  readonly id?: unknown;
  readonly count?: unknown;
  readonly prev: string;
  readonly hash: string;
};

const LONGEST_INST = 64;
const HASH_LENGTH = 64;
/** `,"hash":"`, the hash and `"`. The brace that closes the line comes after it. */
const HASH_MEMBER = 9 + HASH_LENGTH + 1;
const CLOSING_BRACE = 0x7d;

/** Reads a line from its text. Returns undefined if it is not JSON or not an audit line of this version. */
export const parseLine = (text: string): TrailLine | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const isLine = (value: unknown): value is TrailLine => {
  if (typeof value !== 'object' || value === null) return false;
  const line = value as Partial<Record<keyof TrailLine | 'v', unknown>>;
  return (
    line.v === '1' &&
    typeof line.inst === 'string' &&
    line.inst.length <= LONGEST_INST &&
    Number.isSafeInteger(line.seq) &&
    (line.seq as number) >= 1 &&
    typeof line.kind === 'string' &&
    typeof line.prev === 'string' &&
    typeof line.hash === 'string'
  );
};

/**
 * Returns the hash that a line should have: the SHA-256 (hex) of bytes [start, end) without the last member. That
 * member must be `hash`; otherwise this returns ''. `text` holds the same bytes.
 */
export const actualHash = (bytes: Buffer, start: number, end: number, text: string, { hash }: TrailLine): string => {
  if (hash.length !== HASH_LENGTH || !text.endsWith(`,"hash":"${hash}"}`)) return '';
  // This avoids a copy of the line: it writes the closing brace where the member begins, and restores that byte.
  const cut = end - 1 - HASH_MEMBER;
  const kept = bytes[cut] ?? 0;
  bytes[cut] = CLOSING_BRACE;
  const actual = digest('sha256', bytes.subarray(start, cut + 1), 'hex');
  bytes[cut] = kept;
  return actual;
};

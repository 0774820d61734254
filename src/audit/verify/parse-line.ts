import { hash as digest } from 'node:crypto';
import { namesTwice } from '../../lib/json-names.ts';

/** The members of an audit line that `verify` reads. */
export type TrailLine = {
  readonly inst: string;
  readonly seq: number;
  readonly kind: string;
  readonly ts?: unknown;
  readonly id?: unknown;
  readonly count?: unknown;
  readonly signer?: unknown;
  readonly sig?: unknown;
  readonly prev: string;
  readonly hash: string;
};

const LONGEST_INST = 64;
const HASH_LENGTH = 64;
/** `,"hash":"`, the hash and `"`. The brace that closes the line comes after it. */
const HASH_MEMBER = 9 + HASH_LENGTH + 1;
/** `,"sig":"`, the signature and `"`. */
const SIGNATURE_MEMBER = 8 + 86 + 1;
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

/** Whether the text of a line names a member twice. */
export const isDoubled = (text: string, line: TrailLine): boolean =>
  // The service writes lines with JSON.stringify. So a line that is the same again has no doubled member, and this is
  // five times as fast as counting.
  JSON.stringify(line) !== text && namesTwice(text, line);

/**
 * Returns the hash that a line should have: the SHA-256 (hex) of bytes [start, end) without the last member. That
 * member must be `hash`; otherwise this returns ''. `text` holds the same bytes.
 */
export const actualHash = (bytes: Buffer, start: number, end: number, text: string, { hash }: TrailLine): string => {
  if (hash.length !== HASH_LENGTH || !text.endsWith(`,"hash":"${hash}"}`)) return '';
  return withoutTail(bytes, start, end, HASH_MEMBER, (body) => digest('sha256', body, 'hex'));
};

/**
 * Calls `use` with the bytes of a line without its last two members, which must be `sig` and `hash`. Returns undefined
 * if they are others. `bytes` [start, end) holds the line, `text` too.
 */
export const withoutSignature = <T>(
  {
    bytes,
    start,
    end,
    text,
  }: { readonly bytes: Buffer; readonly start: number; readonly end: number; readonly text: string },
  { sig, hash }: TrailLine,
  use: (body: Buffer) => T,
): T | undefined =>
  typeof sig === 'string' && text.endsWith(`,"sig":"${sig}","hash":"${hash}"}`) && sig.length === 86
    ? withoutTail(bytes, start, end, SIGNATURE_MEMBER + HASH_MEMBER, use)
    : undefined;

/** This avoids a copy of the line: it writes the closing brace where the tail begins, and restores that byte. */
const withoutTail = <T>(bytes: Buffer, start: number, end: number, tail: number, use: (body: Buffer) => T): T => {
  const cut = end - 1 - tail;
  const kept = bytes[cut] ?? 0;
  bytes[cut] = CLOSING_BRACE;
  const result = use(bytes.subarray(start, cut + 1));
  bytes[cut] = kept;
  return result;
};

import { hash as digest } from 'node:crypto';
import { checkJws, parseJws, signJws } from './jws.ts';
import type { PublicKey, SigningKey } from './signing-key.ts';

/** `typ` of a seal. */
const SEAL_TYPE = 'audit-seal+jwt';

/** What a seal says about one chain: its first and last `seq` in the archive, the last hash, and whether it has stopped. */
export type SealedChain = {
  readonly inst: string;
  readonly first: number;
  readonly last: number;
  readonly hash: string;
  readonly ended: boolean;
};

/** What a seal says: all chains of an archive, and the digest of the seal before it. */
export type Seal = {
  /** Seconds since 1970. */
  readonly iat: number;
  readonly chains: readonly SealedChain[];
  readonly previous?: string;
};

/** A seal that was read, and the digest by which the next one names it. */
export type ReadSeal = Seal & { readonly digest: string };

/** Returns the seal as a compact JWS. */
export const makeSeal = (seal: Seal, key: SigningKey): string => signJws(SEAL_TYPE, seal, key);

/** The SHA-256 (hex) of a seal, by which the next seal names it. */
const sealDigest = (jws: string): string => digest('sha256', jws);

/**
 * Reads a seal from the text of its file and checks its signature with these keys. `notSeal`: the text is no seal.
 * `otherKey` and `forged`: see `checkJws`.
 */
export const readSeal = (text: string, keys: readonly PublicKey[]): ReadSeal | 'notSeal' | 'otherKey' | 'forged' => {
  const jws = parseJws(text.trim());
  if (jws?.typ !== SEAL_TYPE || !isSeal(jws.payload)) return 'notSeal';
  const check = checkJws(jws, keys);
  return check === 'genuine' ? { ...jws.payload, digest: sealDigest(text.trim()) } : check;
};

const isSeal = (value: Readonly<Record<string, unknown>>): value is Seal => {
  const { iat, chains, previous } = value;
  return (
    Number.isSafeInteger(iat) &&
    Array.isArray(chains) &&
    chains.every(isChain) &&
    (previous === undefined || typeof previous === 'string')
  );
};

const isChain = (value: unknown): value is SealedChain => {
  const { inst, first, last, hash, ended } = (value ?? {}) as Record<keyof SealedChain, unknown>;
  return (
    typeof inst === 'string' &&
    Number.isSafeInteger(first) &&
    Number.isSafeInteger(last) &&
    typeof hash === 'string' &&
    typeof ended === 'boolean'
  );
};

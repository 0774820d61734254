import { sign, verify } from 'node:crypto';
import type { PublicKey, SigningKey } from './signing-key.ts';

/** A compact JWS (RFC 7515), taken apart. Its signature is not checked yet. */
export type Jws = {
  readonly typ: unknown;
  /** The id of the key that signed it. */
  readonly kid: unknown;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The text that was signed. */
  readonly signed: string;
  readonly signature: Buffer;
};

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Returns the payload as a compact JWS, signed with Ed25519. `typ` says what the payload is. */
export const signJws = (typ: string, payload: object, { kid, privateKey }: SigningKey): string => {
  const signed = `${encode({ alg: 'EdDSA', typ, kid })}.${encode(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
};

/** Takes a compact JWS apart. Returns undefined if the text is none, or is not signed with Ed25519. */
export const parseJws = (text: string): Jws | undefined => {
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/.exec(text);
  if (!parts) return undefined;
  const [, head = '', body = '', signature = ''] = parts;
  const header = parseObject(head);
  const payload = parseObject(body);
  if (header?.alg !== 'EdDSA' || payload === undefined || 'crit' in header) return undefined;
  const { typ, kid } = header;
  return { typ, kid, payload, signed: `${head}.${body}`, signature: Buffer.from(signature, 'base64url') };
};

const parseObject = (part: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Checks the signature of a JWS with that one of the keys that it names. `otherKey`: none of the keys has its `kid`.
 * `forged`: the signature does not fit.
 */
export const checkJws = (
  { kid, signed, signature }: Jws,
  keys: readonly PublicKey[],
): 'genuine' | 'otherKey' | 'forged' => {
  const named = keys.find((each) => each.kid === kid);
  if (named === undefined) return 'otherKey';
  return verify(null, Buffer.from(signed), named.key, signature) ? 'genuine' : 'forged';
};

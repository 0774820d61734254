import { createHash, createHmac } from 'node:crypto';
import type { RuleSetReference } from '../rules/rule-set.ts';
import { type Jws, parseJws, signJws } from './jws.ts';
import type { AuditKey } from './key.ts';
import type { SigningKey } from './signing-key.ts';

/** `typ` of a receipt. */
const RECEIPT_TYPE = 'decision-receipt+jwt';

/** What the `access` line says of a receipt: the id of the key that signed it, and the commitment. */
export type AuditReceipt = { readonly key: string; readonly commitment: string };

/** What a receipt says about the decision. `subject.hmac` is a result of `receiptHmac`. */
export type ReceiptFacts = {
  readonly decisionId: string;
  readonly ruleSet: RuleSetReference;
  readonly subject: { readonly key: string; readonly hmac: string };
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** 16 random bytes. */
  readonly salt: Buffer;
};

/**
 * Returns the receipt of a decision (a compact JWS, for the header `Decision-Receipt`) and what its `access` line says
 * of it. `body` holds the bytes of the answer as they are sent.
 */
export const makeReceipt = (
  key: SigningKey,
  body: Uint8Array,
  { decisionId, ruleSet, subject, issuedAt, salt }: ReceiptFacts,
): { readonly jws: string; readonly line: AuditReceipt } => {
  const commitment = commitmentOf(salt, body);
  const payload = {
    iss: 'led-eligibility',
    jti: decisionId,
    iat: issuedAt,
    commitment,
    salt: salt.toString('base64url'),
    ruleSet: { id: ruleSet.id, version: ruleSet.version, digest: ruleSet.digest },
    subject: { key: subject.key, hmac: subject.hmac },
  };
  return { jws: signJws(RECEIPT_TYPE, payload, key), line: { key: key.kid, commitment } };
};

/**
 * Returns the commitment to an answer: the SHA-256 (base64url) of the salt and the bytes of the answer. Without the salt it
 * cannot be tested whether a guessed answer is the one that the commitment is about.
 */
export const commitmentOf = (salt: Uint8Array, body: Uint8Array): string =>
  createHash('sha256').update(salt).update(body).digest('base64url');

/**
 * Returns what a receipt holds instead of an INSZ (11 digits, checked). It differs from the `subjectHmac` of the lines
 * and from that of every other receipt: only with the audit key can anyone check whom a receipt is about.
 */
export const receiptHmac = (key: AuditKey, decisionId: string, insz: string): string =>
  createHmac('sha256', key).update(`receipt:${decisionId}:${insz}`).digest('base64url');

/** A receipt that was read. Its signature is not checked yet. */
export type Receipt = {
  readonly jws: Jws;
  /** The `decisionId`. */
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly commitment: string;
  readonly salt: Buffer;
  readonly ruleSet: unknown;
};

/** Reads a receipt: the value of the header `Decision-Receipt`. Returns undefined for any other text. */
export const readReceipt = (text: string): Receipt | undefined => {
  const jws = parseJws(text.trim());
  if (jws?.typ !== RECEIPT_TYPE) return undefined;
  const { jti, iat, commitment, salt, ruleSet } = jws.payload;
  if (typeof jti !== 'string' || typeof iat !== 'number') return undefined;
  if (typeof commitment !== 'string' || typeof salt !== 'string') return undefined;
  return { jws, jti, iat, commitment, salt: Buffer.from(salt, 'base64url'), ruleSet };
};

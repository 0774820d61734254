import { createHmac, type KeyObject } from 'node:crypto';

/** The key of the HMACs on audit lines. A `KeyObject` makes them ten times as fast as a `Buffer` does. */
export type AuditKey = Buffer | KeyObject;

/** The audit key in use, and the id under which audit lines refer to it (AUDIT_KEY_ID). */
export type NamedAuditKey = { readonly id: string; readonly key: AuditKey };

/** What the file of an audit key must hold, in words. */
export const auditKeyForm = 'the base64 of at least 32 random bytes';

/**
 * Reads the audit key from the text of its file: base64 (RFC 4648; line breaks allowed, padding optional) of at least
 * 32 bytes that are not all the same. Returns undefined for any other text. No error quotes the text, because it may be a
 * key of something else.
 */
export const readAuditKey = (text: string): Buffer | undefined => {
  const compact = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  const key = Buffer.from(compact, 'base64');
  const isWhole = key.toString('base64').replace(/=+$/, '') === compact.replace(/=+$/, '');
  // A key of zeros comes from a file that was never filled. Anyone could compute the HMAC of a person with it.
  const isOneByte = key.every((byte) => byte === key[0]);
  return isWhole && key.length >= 32 && !isOneByte ? key : undefined;
};

/**
 * Returns the check of an audit key, which `start` lines show: the first 8 bytes (base64url) of an HMAC-SHA-256 under the
 * key. With it, a command notices that it was given another key than that of the lines.
 */
export const auditKeyCheck = (key: AuditKey): string =>
  createHmac('sha256', key).update('led-eligibility').digest().subarray(0, 8).toString('base64url');

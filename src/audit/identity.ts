import { createHmac } from 'node:crypto';
import { elevenDigits, inszIn, withoutElevenDigits } from '../eleven-digits.ts';
import { isUuid } from '../lib/uuid.ts';
import type { AuditKey } from './key.ts';

/** In bytes, as JSON writes the text. A longer id is written as an HMAC, because a line has little room. */
const LONGEST_ID = 200;

const HMAC = /^hmac:[\w-]{43}$/;
/** The SHA-256 of a certificate as `openssl x509 -fingerprint` prints it. */
const FINGERPRINT = /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/;

/** What only this service writes as the id of a client that has none. */
const ANONYMOUS = 'anonymous';

const hmac = (key: AuditKey, text: string): string => createHmac('sha256', key).update(text).digest('base64url');

/**
 * Returns what an audit line shows instead of an INSZ (11 digits, checked): the HMAC-SHA-256 of `insz:` and the digits
 * under the audit key, in base64url (43 characters).
 */
export const subjectHmac = (key: AuditKey, insz: string): string => hmac(key, `insz:${insz}`);

/**
 * Returns an id from a request, a token or a certificate as an audit line may show it, such as the caller's own number of
 * a file. The id stays as it is, with these exceptions:
 *
 * - An id that is an INSZ in any dress becomes `hmac:` and its `subjectHmac`. With one result of `audit subject`, an
 *   auditor then finds both the questions about a civil servant and the questions that this civil servant asked.
 * - An id becomes `hmac:` and the HMAC of `id:` and the id if it holds eleven digits in a row (`elevenDigits`), a control
 *   character, or more than 200 bytes, or if it looks like what this service writes itself.
 *
 * So two different ids never look the same, unless both are the same INSZ.
 */
export const auditId = (key: AuditKey, id: string): string => {
  const insz = inszIn(id);
  if (insz !== undefined) return `hmac:${subjectHmac(key, insz)}`;
  return elevenDigits(id) === undefined && isPlain(id) ? id : `hmac:${hmac(key, `id:${id}`)}`;
};

/**
 * Returns the id of a calling system, of its organisation or of a case handler as an audit line may show it. The rules of
 * `auditId` apply, but a UUID stays as it is: systems that make such ids use UUIDs, whose digits are no INSZ.
 */
export const auditIssuedId = (key: AuditKey, id: string): string => (isUuid(id) ? id : auditId(key, id));

const isPlain = (id: string): boolean =>
  !id.startsWith('hmac:') &&
  id !== ANONYMOUS &&
  !FINGERPRINT.test(id) &&
  !/[\p{C}\p{Zl}\p{Zp}]/u.test(id) &&
  Buffer.byteLength(JSON.stringify(id)) - 2 <= LONGEST_ID;

/**
 * Replaces eleven digits in a row by `***`. A UUID, a fingerprint and an HMAC of `auditId` stay as they are. This is the
 * last check of a text from outside before it is written on a line.
 */
export const masked = (value: string): string =>
  isUuid(value) || HMAC.test(value) || FINGERPRINT.test(value) ? value : withoutElevenDigits(value);

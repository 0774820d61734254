import { createHmac } from 'node:crypto';
import { isUuid } from '../lib/uuid.ts';
import type { AuditKey } from './key.ts';

/** In bytes, as JSON writes the text. A longer id is written as an HMAC, because a line has little room. */
const LONGEST_ID = 200;

const ELEVEN_DIGITS = /\d{11}/;
const HMAC = /^hmac:[\w-]{43}$/;

const hmac = (key: AuditKey, text: string): string => createHmac('sha256', key).update(text).digest('base64url');

/**
 * Returns what an audit line shows instead of an INSZ (11 digits, checked): the HMAC-SHA-256 of `insz:` and the digits
 * under the audit key, in base64url (43 characters).
 */
export const subjectHmac = (key: AuditKey, insz: string): string => hmac(key, `insz:${insz}`);

/**
 * Returns a case handler's id as an audit line may show it. The id stays as it is, with these exceptions:
 *
 * - An id of exactly eleven digits becomes `hmac:` and its `subjectHmac`. With one result of `audit subject`, an
 *   auditor then finds both the questions about a civil servant and the questions that this civil servant asked.
 * - An id becomes `hmac:` and its own HMAC if it has eleven digits in a row, if it has more than 200 bytes, or if it
 *   starts with `hmac:`. So two different ids never look the same.
 */
export const auditUserId = (key: AuditKey, id: string): string => {
  if (/^\d{11}$/.test(id)) return `hmac:${subjectHmac(key, id)}`;
  const size = Buffer.byteLength(JSON.stringify(id)) - 2;
  const isClear = !ELEVEN_DIGITS.test(id) && !id.startsWith('hmac:') && size <= LONGEST_ID;
  return isClear ? id : `hmac:${hmac(key, id)}`;
};

/**
 * Returns the id or organisation of a calling system as an audit line may show it. The subject of a Belgian certificate
 * can hold an INSZ, so the rules of `auditUserId` apply. A UUID stays as it is: its digits are no INSZ.
 */
export const auditClientId = (key: AuditKey, id: string): string => (isUuid(id) ? id : auditUserId(key, id));

/**
 * Replaces every run of eleven or more digits by `***`. A UUID and an HMAC of `auditUserId` stay as they are. This is
 * the last check of a text from outside before it is written on a line.
 */
export const masked = (value: string): string =>
  !ELEVEN_DIGITS.test(value) || isUuid(value) || HMAC.test(value) ? value : value.replace(/\d{11,}/g, '***');

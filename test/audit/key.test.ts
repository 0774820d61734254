import { describe, expect, it } from 'vitest';
import { readAuditKey } from '../../src/audit/key.ts';

const key = Buffer.alloc(48, 251);
const text = key.toString('base64');

describe('the audit key', () => {
  it('is base64, with or without line breaks and padding', () => {
    expect(readAuditKey(text)).toEqual(key);
    expect(readAuditKey(`${text.slice(0, 30)}\r\n${text.slice(30)}\n`)).toEqual(key);
    const padded = Buffer.alloc(32, 7).toString('base64');
    expect(padded).toMatch(/=$/);
    expect(readAuditKey(padded.replace('=', ''))).toEqual(Buffer.alloc(32, 7));
  });

  it('has at least 32 bytes', () => {
    expect(readAuditKey(Buffer.alloc(32, 1).toString('base64'))).toEqual(Buffer.alloc(32, 1));
    expect(readAuditKey(Buffer.alloc(31, 1).toString('base64'))).toBeUndefined();
    expect(readAuditKey('')).toBeUndefined();
    expect(readAuditKey('k')).toBeUndefined();
  });

  it('is undefined for any other text', () => {
    expect(readAuditKey(`${text}!`)).toBeUndefined();
    expect(readAuditKey(`=${text}`)).toBeUndefined();
    expect(readAuditKey('*'.repeat(64))).toBeUndefined();
    expect(readAuditKey(text.replaceAll('+', '-').replaceAll('/', '_'))).toBeUndefined();
    // 65 characters: the last one holds no whole byte.
    expect(readAuditKey(`${text}A`)).toBeUndefined();
  });
});

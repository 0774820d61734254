import { describe, expect, it } from 'vitest';
import { readAuditKey } from '../../src/audit/key.ts';

const key = Buffer.from(Array.from({ length: 48 }, (_, index) => 251 - (index % 3)));
const bytes = (length: number): Buffer => key.subarray(0, length);
const text = key.toString('base64');

describe('the audit key', () => {
  it('is base64, with or without line breaks and padding', () => {
    expect(readAuditKey(text)).toEqual(key);
    expect(readAuditKey(`${text.slice(0, 30)}\r\n${text.slice(30)}\n`)).toEqual(key);
    const padded = bytes(32).toString('base64');
    expect(padded).toMatch(/=$/);
    expect(readAuditKey(padded.replace('=', ''))).toEqual(bytes(32));
  });

  it('has at least 32 bytes', () => {
    expect(readAuditKey(bytes(32).toString('base64'))).toEqual(bytes(32));
    expect(readAuditKey(bytes(31).toString('base64'))).toBeUndefined();
    expect(readAuditKey('')).toBeUndefined();
    expect(readAuditKey('k')).toBeUndefined();
  });

  it.each([0, 1, 255])('is not one byte, repeated: %i', (byte) => {
    expect(readAuditKey(Buffer.alloc(32, byte).toString('base64'))).toBeUndefined();
    expect(readAuditKey(Buffer.alloc(1_000, byte).toString('base64'))).toBeUndefined();
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

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkInsz } from '../src/insz.ts';
import { complete } from './support/insz.ts';

const check = (value: string): string => {
  const result = checkInsz(value, '2026-11-23', true);
  return result.ok ? 'ok' : result.reason;
};

test('of one base only the check digits of its two centuries are accepted', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 99 }),
      fc.integer({ min: 61, max: 72 }),
      fc.integer({ min: 1, max: 28 }),
      fc.integer({ min: 0, max: 999 }),
      (yy, mm, dd, serial) => {
        const two = (n: number) => String(n).padStart(2, '0');
        const base = `${two(yy)}${mm}${two(dd)}${String(serial).padStart(3, '0')}`;
        const accepted = Array.from({ length: 100 }, (_, n) => base + two(n)).filter((value) => check(value) === 'ok');
        expect(accepted.sort()).toEqual([complete(base, 1900), complete(base, 2000)].sort());
      },
    ),
  );
});

const digits = fc.stringMatching(/^[0-9]{11}$/);

test('any eleven digits have an answer', () => {
  fc.assert(
    fc.property(digits, (value) => {
      expect(['ok', 'month', 'checksum', 'date', 'serial', 'future']).toContain(check(value));
    }),
  );
});

test('any other string has the wrong format', () => {
  const tooLong = fc.tuple(digits, fc.string({ minLength: 1 })).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(fc.string(), tooLong), (value) => {
      fc.pre(!/^[0-9]{11}$/.test(value));
      expect(check(value)).toBe('format');
    }),
  );
});

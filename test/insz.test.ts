import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkInsz } from '../src/insz.ts';

const today = '2026-11-23';
const check = (value: string, allowTest = true) => {
  const result = checkInsz(value, today, allowTest);
  return result.ok ? 'ok' : result.reason;
};

/** Puts the check digits behind nine digits, for a birth in the given century. */
const complete = (nine: string, century: 1900 | 2000) => {
  const base = Number(nine) + (century === 2000 ? 2_000_000_000 : 0);
  return nine + String(97 - (base % 97)).padStart(2, '0');
};

describe('an INSZ', () => {
  test.each([
    ['a test number of 1985', complete('856707001', 1900), 'ok'],
    ['a test number of this century', complete('006101001', 2000), 'ok'],
    ['a test number without a known birth date, day as a counter', complete('906099001', 1900), 'ok'],
    ['a test number with a known month and an unknown day', complete('906100001', 1900), 'ok'],
    ['a test number with serial 000', complete('906115000', 1900), 'ok'],
    ['a test number far in the future', complete('996101001', 2000), 'ok'],
    ['ten digits', '9061150001', 'format'],
    ['twelve digits', '906115000112', 'format'],
    ['full-width digits', complete('906115001', 1900).replace('9', '\uff19'), 'format'],
    ['a line feed at the end', `${complete('906115001', 1900)}\n`, 'format'],
    ['separators', '90.61.15-001.23', 'format'],
    ['month 13', complete('901301001', 1900), 'month'],
    ['month 19', complete('901901001', 1900), 'month'],
    ['month 33', complete('903301001', 1900), 'month'],
    ['month 53', complete('905301001', 1900), 'month'],
    ['month 73', complete('907301001', 1900), 'month'],
    ['month 80', complete('908001001', 1900), 'month'],
    ['a wrong check digit', complete('906115001', 1900).replace(/.$/, (d) => String((Number(d) + 1) % 10)), 'checksum'],
    ['check digits 00 where 97 is meant', `${complete('906101022', 1900).slice(0, 9)}00`, 'checksum'],
    ['30 February', complete('906230001', 1900), 'date'],
    ['29 February of a leap year', complete('886229001', 1900), 'ok'],
    ['29 February of a common year', complete('876229001', 1900), 'date'],
    ['29 February of 2000', complete('006229001', 2000), 'ok'],
    ['29 February of 1900', complete('006229001', 1900), 'date'],
    ['31 November', complete('907131001', 1900), 'date'],
    ['day 32', complete('906732001', 1900), 'date'],
  ])('%s: %s is %s', (_, value, expected) => {
    expect(check(value)).toBe(expected);
  });

  test('a test number needs ALLOW_TEST_INSZ', () => {
    expect(check(complete('906115001', 1900), false)).toBe('month');
  });

  test.each([
    ['serial 000', '000', 'serial'],
    ['serial 999', '999', 'serial'],
  ])('a register number with %s', (_, serial, expected) => {
    expect(check(complete(`900101${serial}`, 1900))).toBe(expected);
  });

  test.each([
    ['tomorrow', '261124', 'future'],
    ['today', '261123', 'ok'],
    ['next month, day unknown', '261200', 'future'],
    ['this month, day unknown', '261100', 'ok'],
    ['next year, month unknown', '270001', 'future'],
    ['this year, month unknown', '260099', 'ok'],
    ['tomorrow as a BIS number', '265124', 'future'],
  ])('a birth date %s', (_, date, expected) => {
    expect(check(complete(`${date}001`, 2000))).toBe(expected);
  });

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
          const accepted = Array.from({ length: 100 }, (_, n) => base + two(n)).filter(
            (value) => check(value) === 'ok',
          );
          expect(accepted.sort()).toEqual([complete(base, 1900), complete(base, 2000)].sort());
        },
      ),
    );
  });

  test('any string gives an answer and no exception', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => void check(value)));
  });

  const vectors = new URL('../../shared/insz/vectors.csv', import.meta.url);
  test.skipIf(!existsSync(vectors))('the shared vectors (skipped where ../shared is not there)', () => {
    const rows: { value: string; expected: string; reason: string }[] = parse(readFileSync(vectors), { columns: true });
    expect(rows.length).toBeGreaterThan(100);
    for (const { value, expected, reason } of rows) {
      const strict = check(value, false) === 'ok';
      const lenient = check(value, true) === 'ok';
      expect([strict, lenient], `row "${reason}"`).toEqual(
        { valid: [true, true], valid_tst: [false, true], invalid: [false, false] }[expected],
      );
    }
  });
});

import { describe, expect, test } from 'vitest';
import { checkInsz, inszTitles, isTestInsz } from '../src/insz.ts';
import { complete } from './support/insz.ts';

const today = '2026-11-23';
const check = (value: string, allowTest = true) => {
  const result = checkInsz(value, today, allowTest);
  return result.ok ? 'ok' : result.reason;
};

describe('an INSZ', () => {
  test.each([
    ['a test number of 1985', complete('856707001', 1900), 'ok'],
    ['a test number of this century', complete('006101001', 2000), 'ok'],
    ['a test number without a known birth date, day as a counter', complete('906099001', 1900), 'ok'],
    ['a test number with a known month and an unknown day', complete('906100001', 1900), 'ok'],
    ['a test number with serial 000', complete('906115000', 1900), 'ok'],
    ['a test number far in the future', complete('996101001', 2000), 'ok'],
    ['check digits 97', complete('906101056', 1900), 'ok'],
    ['an empty string', '', 'format'],
    ['a letter among the digits', complete('906115001', 1900).replace('0', 'O'), 'format'],
    ['no digit at all', 'AABBCCDDDEE', 'format'],
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
    ['month 99 and day 99', complete('909999001', 1900), 'month'],
    ['a wrong check digit', complete('906115001', 1900).replace(/.$/, (d) => String((Number(d) + 1) % 10)), 'checksum'],
    ['check digits 00 in place of 97', complete('906101056', 1900).replace(/97$/, '00'), 'checksum'],
    ['check digits 98 in place of 01', complete('906101055', 1900).replace(/01$/, '98'), 'checksum'],
    ['29 February of a leap year', complete('886229001', 1900), 'ok'],
    ['29 February of a common year', complete('876229001', 1900), 'date'],
    ['29 February of 2000', complete('006229001', 2000), 'ok'],
    ['29 February of 1900', complete('006229001', 1900), 'date'],
  ])('%s: %s is %s', (_, value, expected) => {
    expect(check(value)).toBe(expected);
  });

  test('check digits: 97 and 01 are the ends of their range', () => {
    expect(complete('906101056', 1900)).toMatch(/97$/);
    expect(complete('906101055', 1900)).toMatch(/01$/);
  });

  describe.each([
    ['a register number', 0],
    ['a BIS number without a sex', 20],
    ['a BIS number', 40],
    ['a test number', 60],
  ])('%s (month + %i)', (_, series) => {
    test.each([
      ['a known birth date', 1, '15', 'ok'],
      ['the last month', 12, '31', 'ok'],
      ['day 32', 1, '32', 'date'],
      ['day 35', 7, '35', 'date'],
      ['31 November', 11, '31', 'date'],
      ['30 February', 2, '30', 'date'],
      ['29 February of a common year', 2, '29', 'date'],
      ['a known month and an unknown day', 5, '00', 'ok'],
      ['an unknown month and day', 0, '00', 'ok'],
      ['an unknown month, with the day as a counter', 0, '03', 'ok'],
      ['an unknown month, with a counter above 31', 0, '32', 'ok'],
      ['an unknown month, with the last counter', 0, '99', 'ok'],
      ['month 13', 13, '01', 'month'],
      ['month 19', 19, '01', 'month'],
    ])('%s (month %i, day %s) is %s', (_, month, day, expected) => {
      expect(check(complete(`90${String(series + month).padStart(2, '0')}${day}001`, 1900))).toBe(expected);
    });

    test('29 February is known by the century: 2000 is a leap year, 1900 is not', () => {
      const february = `00${String(series + 2).padStart(2, '0')}29001`;
      expect(check(complete(february, 2000))).toBe('ok');
      expect(check(complete(february, 1900))).toBe('date');
    });

    test('an unknown birth date in the year 00 is of either century', () => {
      const unknown = `00${String(series).padStart(2, '0')}00001`;
      expect(check(complete(unknown, 1900))).toBe('ok');
      expect(check(complete(unknown, 2000))).toBe('ok');
    });
  });

  test.each([
    ['format before month', `${complete('901301001', 1900)}0`, 'format'],
    [
      'month before check digits',
      complete('901301001', 1900).replace(/.$/, (d) => String((Number(d) + 1) % 10)),
      'month',
    ],
    [
      'check digits before date',
      complete('906132001', 1900).replace(/.$/, (d) => String((Number(d) + 1) % 10)),
      'checksum',
    ],
    ['date before serial', complete('900132999', 1900), 'date'],
    ['serial before future, with an unknown date', complete('990000999', 2000), 'serial'],
  ])('names the first rule that fails: %s', (_, value, expected) => {
    expect(check(value)).toBe(expected);
  });

  test.each([
    ['January', '61', 31],
    ['February', '62', 28],
    ['March', '63', 31],
    ['April', '64', 30],
    ['May', '65', 31],
    ['June', '66', 30],
    ['July', '67', 31],
    ['August', '68', 31],
    ['September', '69', 30],
    ['October', '70', 31],
    ['November', '71', 30],
    ['December', '72', 31],
  ])('%s ends with its last day', (_, month, last) => {
    expect(check(complete(`90${month}${last}001`, 1900))).toBe('ok');
    expect(check(complete(`90${month}${last + 1}001`, 1900))).toBe('date');
  });

  test('a test number needs ALLOW_TEST_INSZ', () => {
    expect(check(complete('906115001', 1900), false)).toBe('month');
  });

  test.each([
    ['a register number', '000', '260000000', 'serial'],
    ['a register number that is all zeros', '000', '000000000', 'serial'],
    ['a register number', '001', '260000001', 'ok'],
    ['a register number', '997', '260000997', 'ok'],
    ['a register number', '998', '260000998', 'ok'],
    ['a register number', '999', '260000999', 'serial'],
    ['a BIS number without a sex', '000', '262000000', 'ok'],
    ['a BIS number without a sex', '999', '262000999', 'ok'],
    ['a BIS number', '000', '264000000', 'ok'],
    ['a BIS number', '999', '264000999', 'ok'],
  ])('%s with serial %s: %s is %s', (_, _serial, nine, expected) => {
    expect(check(complete(nine, 2000))).toBe(expected);
  });

  test.each([
    ['tomorrow', '261124', 'future'],
    ['today', '261123', 'ok'],
    ['next month, day unknown', '261200', 'future'],
    ['this month, day unknown', '261100', 'ok'],
    ['next year, month unknown', '270001', 'future'],
    ['this year, month unknown', '260099', 'ok'],
    ['73 years from now', '990101', 'future'],
    ['tomorrow as a BIS number', '265124', 'future'],
    ['today as a BIS number', '265123', 'ok'],
    ['tomorrow as a BIS number without a sex', '263124', 'future'],
  ])('a birth date %s', (_, date, expected) => {
    expect(check(complete(`${date}001`, 2000))).toBe(expected);
  });
});

test.each([
  ['month 61', complete('906115001', 1900), true],
  ['month 72', complete('907215001', 1900), true],
  ['month 60, unknown', complete('906000001', 1900), false],
  ['month 73', complete('907315001', 1900), false],
  ['a register number', complete('900161001', 1900), false],
  ['a BIS number', complete('264123001', 2000), false],
  ['wrong check digits', complete('906115001', 1900).replace(/.$/, (d) => String((Number(d) + 1) % 10)), false],
  ['no number', '', false],
])('a test number of MAGDA: %s', (_, value, expected) => {
  expect(isTestInsz(value, today)).toBe(expected);
});

test('says what is wrong in words', () => {
  expect(inszTitles).toEqual({
    format: 'must be a string of exactly 11 digits',
    month: 'has a month that no INSZ has',
    checksum: 'has check digits that do not fit: look for a typing error',
    date: 'holds a day that does not exist',
    serial: 'has a serial number that is not given out',
    future: 'holds a birth date after today',
  });
});

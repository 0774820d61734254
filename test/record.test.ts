import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clean, knownYear, shownDate } from '../src/record.ts';

describe('clean', () => {
  test.each([
    ['text that is clean already', 'Hoger onderwijs', 'Hoger onderwijs'],
    ['white space at both ends', '\n  Diploma\t', 'Diploma'],
    ['a run of white space', 'Master \r\n\t na  master', 'Master na master'],
    ['one white space character that is not a space', 'Bachelor\u00a0na\u2003bachelor', 'Bachelor na bachelor'],
    ['a byte order mark', '\ufeffDiploma', 'Diploma'],
    ['an accent written as a character of its own', 'studie\u0308n', 'studiën'],
    ['an accent with white space around', ' studie\u0308n  ', 'studiën'],
    ['only white space', ' \u00a0\n', ''],
    ['no text', '', ''],
    ['capitals, which stay', 'NBS', 'NBS'],
    ['an invisible character that is not white space, which stays', 'Di\u200bploma', 'Di\u200bploma'],
    ['compatibility characters, which stay', '６ﬁ', '６ﬁ'],
  ])('%s', (_, value, expected) => {
    expect(clean(value)).toBe(expected);
  });

  test('is Unicode NFC with single spaces, for any text', () => {
    const spaced = fc
      .array(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom(' ', '  ', '\n', '\u00a0', '\u0301')),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(spaced, (value) => {
        const expected = value.normalize('NFC').split(/\s+/).filter(Boolean).join(' ');
        expect(clean(value)).toBe(expected);
        expect(clean(expected)).toBe(expected);
      }),
    );
  });
});

test.each([
  ['1900', 1900],
  ['2016', 2016],
  ['2100', 2100],
  ['1899', undefined],
  ['2101', undefined],
  ['1800', undefined],
  ['0000', undefined],
  ['216', undefined],
  ['02016', undefined],
  ['2016.0', undefined],
  ['+2016', undefined],
  ['２０１６', undefined],
  ['NBS', undefined],
  ['', undefined],
  [undefined, undefined],
])('knownYear of %j is %j', (year, expected) => {
  expect(knownYear(year)).toBe(expected);
});

test.each([
  [{ year: '2001', month: '06', day: '30' }, '2001-06-30'],
  [{ year: '2004', month: '02', day: '29' }, '2004-02-29'],
  [{ year: '2001', month: '06' }, '2001-06'],
  [{ year: '2001' }, '2001'],
  [{ year: '2001', day: '30' }, '2001'],
  [{ year: '2001', month: '02', day: '29' }, '2001-02'],
  [{ year: '2001', month: '06', day: '00' }, '2001-06'],
  [{ year: '2001', month: '06', day: '3' }, '2001-06'],
  [{ year: '2001', month: '13', day: '01' }, '2001'],
  [{ year: '2001', month: '00', day: '01' }, '2001'],
  [{ year: '2001', month: '6', day: '30' }, '2001'],
  [{ year: '1800', month: '06', day: '30' }, undefined],
  [{ month: '06', day: '30' }, undefined],
  [{}, undefined],
])('shownDate of %j is %j', (date, expected) => {
  expect(shownDate(date)).toBe(expected);
});

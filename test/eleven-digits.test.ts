import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elevenDigits, inszIn, withoutElevenDigits } from '../src/eleven-digits.ts';
import { anyInsz, dressed } from './support/dress.ts';

const insz = '90610100155';
const fullWidth = '９０６１０１００１５５';
const arabic = '٩٠٦١٠١٠٠١٥٥';
const percent = [...insz].map((digit) => `%3${digit}`).join('');

describe('finds', () => {
  test.each([
    ['an INSZ', insz, 'unbroken'],
    ['eleven digits that are no INSZ', '12345678901', 'unbroken'],
    ['more than eleven', '000000000000', 'unbroken'],
    ['between letters', `a${insz}b`, 'unbroken'],
    ['full-width digits', fullWidth, 'unbroken'],
    ['Arabic digits', arabic, 'unbroken'],
    ['digits of several scripts', `९०६१${'٠١٠'}0155`, 'unbroken'],
    ['mathematical digits', '𝟵𝟬𝟲𝟭𝟬𝟭𝟬𝟬𝟭𝟱𝟱', 'unbroken'],
    ['percent-encoded', percent, 'unbroken'],
    ['percent-encoded full-width digits', encodeURIComponent(fullWidth), 'unbroken'],
    ['the usual notation', '90.61.01-001.55', 'separated'],
    ['spaces', '90 61 01 001 55', 'separated'],
    ['an underscore', '906101_00155', 'separated'],
    ['percent-encoded spaces', '90%2061%2001%20001%2055', 'separated'],
    ['spaces that are encoded twice', '90%252061%252001%2520001%252055', 'separated'],
    ['an escaped line feed of a certificate', '906101\\0A00155', 'separated'],
    ['signs, marks and invisible characters', '9\u200b0₂6\u03011€01\u000000\n155', 'separated'],
    ['among other digits', '12 90.61.01-001.55 7', 'separated'],
    ['a birth from 2000 on', '00.62.15-003.10', 'separated'],
  ])('%s', (_, text, kind) => {
    expect([text, elevenDigits(text)]).toEqual([text, kind]);
    expect(elevenDigits(`CN=${text}, O=x`)).toBe(kind);
    expect(elevenDigits(withoutElevenDigits(`CN=${text}, O=x`))).toBeUndefined();
  });

  test.each([
    ['ten digits', '9061010015'],
    ['other check digits', '90.61.01-001.56'],
    ['a day that does not exist', '90.62.31-001.00'],
    ['a letter between the digits', '906101A00155'],
    ['a date and a time', '2026-11-26T10:15:30.123Z'],
    ['ordinary words', 'jan.modaal@example.be'],
    ['nothing', ''],
  ])('not %s', (_, text) => {
    expect(elevenDigits(text)).toBeUndefined();
    expect(withoutElevenDigits(text)).toBe(text);
  });

  test('a digit escape does not hide the digits around it', () => {
    expect(elevenDigits(`50%${insz}`)).toBe('unbroken');
    expect(elevenDigits(`%${insz}`)).toBe('unbroken');
  });
});

test('the text loses the digits and keeps the rest', () => {
  expect(withoutElevenDigits(`case ${insz}, 90.61.01-001.55! and 1234567890`)).toBe('case ***, ***! and 1234567890');
  expect(withoutElevenDigits(`${insz}${insz}`)).toBe('***');
  expect(withoutElevenDigits('a%2090.61.01-001.55%20b')).toBe('a%20***%20b');
  expect(withoutElevenDigits(`a%${insz}`)).toBe('a%***');
});

test('an INSZ alone is read in any dress', () => {
  for (const text of [insz, fullWidth, arabic, percent, ' 90.61.01-001.55 ', '90%2061%2001%20001%2055']) {
    expect(inszIn(text)).toBe(insz);
  }
  for (const text of ['90.61.01-001.56', `${insz}0`, `0 ${insz}`, `u:${insz}`, `${insz}u`, `${insz} ${insz}`, '']) {
    expect(inszIn(text)).toBeUndefined();
  }
});

test('no dress hides an INSZ, whatever stands around it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), anyInsz.chain(dressed), fc.string({ unit: 'binary' }), (a, text, b) => {
      expect(elevenDigits(text)).toBeDefined();
      expect(withoutElevenDigits(text)).not.toContain(text);
      const around = `${a.replace(/\p{Nd}|[%\\]/gu, '')}|${text}|${b}`;
      expect(elevenDigits(around)).toBeDefined();
      expect(elevenDigits(withoutElevenDigits(around))).toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
});

test('the time grows with the length, not faster', () => {
  /** Milliseconds, the best of some attempts: others may use the machine too. */
  const timeOf = (text: string): number =>
    Math.min(
      ...Array.from({ length: 4 }, () => {
        const start = performance.now();
        withoutElevenDigits(text);
        return performance.now() - start;
      }),
    );
  for (const piece of ['1', '٩', '1 ', '%31', '%2531', 'a', '90.61.01-001.55 ', '\u{1D7FF}']) {
    // Ten times the length. With the square of it the time would be a hundred times as long.
    expect(timeOf(piece.repeat(10_000))).toBeLessThan(100 + 40 * timeOf(piece.repeat(1_000)));
  }
});

import { describe, expect, test } from 'vitest';
import {
  compareToMinimum,
  levelReason,
  rangeOfDegree,
  rangeOfIsced1997,
  rangeOfIsced2011,
  rangeOfVks,
} from '../../src/rules/level.ts';
import { ama } from './support.ts';

/** `5-7` or `6`; a dash alone is no range. */
const range = (text: string) => {
  if (text === '-') return undefined;
  const [low = 0, high = low] = text.split('-').map(Number);
  return { low, high };
};

test.each([
  ['6', 'enough'],
  ['6-7', 'enough'],
  ['8', 'enough'],
  ['5-6', 'open'],
  ['0-8', 'open'],
  ['5', 'tooLow'],
  ['0-5', 'tooLow'],
] as const)('level %s against minimum 6: %s', (text, expected) => {
  expect(compareToMinimum(range(text) ?? { low: 0, high: 0 }, 6)).toBe(expected);
});

describe('the reason from all evidence, with minimum 6', () => {
  test.each([
    // vks isced2011 degree category isced1997
    ['- - - - -', 'levelUnknown'],
    ['6 - - - -', 'levelByVks'],
    ['- 6 - - -', 'levelByIsced2011'],
    ['- - 6 - -', 'levelByDegree'],
    ['- - - 6 -', 'levelByCategory'],
    ['- - - - 8', 'levelByIsced1997'],
    ['6 6 6 6 8', 'levelByVks'],
    ['- 6 6 6 8', 'levelByIsced2011'],
    ['- - 6 6 8', 'levelByDegree'],
    ['- - - 6 8', 'levelByCategory'],
    ['5 - - - -', 'belowByVks'],
    ['- 5 - - -', 'belowByIsced2011'],
    ['- - 5 - -', 'belowByDegree'],
    ['- - - 5 -', 'belowByCategory'],
    ['- - - - 0-4', 'belowByIsced1997'],
    ['5 5 5 5 0-4', 'belowByCategory'],
    ['5 5 5 - 0-4', 'belowByVks'],
    ['- 5 5 - 0-4', 'belowByIsced2011'],
    ['- - 5 - 0-4', 'belowByDegree'],
    ['6 - - - 0-4', 'levelConflict'],
    ['5 - - - 8', 'levelConflict'],
    ['6 5 5-6 - -', 'levelConflict'],
    ['6 - 5-6 - -', 'levelOpen'],
    ['- - 5-6 - 8', 'levelOpen'],
    ['- - 5-6 - -', 'levelOpen'],
    ['- - - - 5-7', 'levelOpen'],
    ['6 - - - 5-7', 'levelByVks'],
    ['5 - 5-6 - 5-7', 'belowByVks'],
  ])('%s: %s', (texts, expected) => {
    const [vks, isced2011, degree, category, isced1997] = texts.split(' ').map((text) => {
      const levels = range(text);
      return levels && compareToMinimum(levels, 6);
    });
    expect(levelReason({ vks, isced2011, degree, category, isced1997 })).toBe(expected);
  });
});

describe('the range of one piece of evidence', () => {
  const codes = ['', '0', '1', '4', '5', '6', '8', '9', '06', '54', '5B', '64', 'A6', '６'];
  const rangesOf = (rangeOf: (code: string) => { low: number; high: number } | undefined) =>
    codes.flatMap((code) => {
      const found = rangeOf(code);
      return found === undefined ? [] : [`${code}: ${found.low}-${found.high}`];
    });

  test('VKS: one digit, 1 to 8', () => {
    expect(rangesOf(rangeOfVks)).toEqual(['1: 1-1', '4: 4-4', '5: 5-5', '6: 6-6', '8: 8-8']);
  });

  test('ISCED 2011: the first digit, 0 to 8', () => {
    expect(rangesOf((code) => rangeOfIsced2011(code, new Set()))).toEqual([
      ...['0: 0-4', '1: 0-4', '4: 0-4', '5: 5-5', '6: 6-6', '8: 8-8', '06: 0-4', '54: 5-5', '5B: 5-5', '64: 6-6'],
    ]);
  });

  test('ISCED 2011: three digits whose last is of an insufficient programme say nothing', () => {
    const insufficient = ['641', '041', '841', '645', '64', '1', '6411', 'A41', '6 1', '６４１', '64１'].flatMap(
      (code) => (rangeOfIsced2011(code, new Set('1')) === undefined ? [code] : []),
    );
    expect(insufficient).toEqual(['641', '041', '841', 'A41', '６４１']);
    expect(rangeOfIsced2011('642', new Set(['1', '2']))).toBeUndefined();
  });

  test('ISCED 1997: exactly 6, or the first digit, 0 to 5', () => {
    expect(rangesOf(rangeOfIsced1997)).toEqual([
      ...['0: 0-4', '1: 0-4', '4: 0-4', '5: 5-7', '6: 8-8', '06: 0-4', '54: 5-7', '5B: 5-7'],
    ]);
  });

  test.each([
    ['hogeschool', 2008, '6-6'],
    ['hogeschool', 2009, '5-6'],
    ['hogeschool', 2019, '5-5'],
    ['hogeschool', undefined, '5-6'],
    ['centrum voor volwassenenonderwijs', 2003, '5-5'],
    ['een hogeschool', 2003, '5-6'],
    ['', 2003, '5-6'],
    ['', 2019, '5-5'],
  ])('the degree gegradueerde from %j in %s: %s', (institution, year, expected) => {
    const found = rangeOfDegree(ama.degrees.get('gegradueerde') ?? [], institution, year);
    expect(`${found?.low}-${found?.high}`).toBe(expected);
  });

  test('a degree of which no clause fits says nothing', () => {
    const clauses = [{ year: { atLeast: 1900, atMost: 2000 }, range: { low: 6, high: 6 } }];
    expect(rangeOfDegree(clauses, '', 2001)).toBeUndefined();
    expect(rangeOfDegree(clauses, '', undefined)).toBeUndefined();
    expect(rangeOfDegree([], '', 2000)).toBeUndefined();
  });
});

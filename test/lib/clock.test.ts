import { describe, expect, test } from 'vitest';
import { brusselsDay, daysIn } from '../../src/lib/clock.ts';

describe('the day in Brussels', () => {
  test.each([
    ['2026-01-15T22:59:59.999Z', '2026-01-15'],
    ['2026-01-15T23:00:00.000Z', '2026-01-16'],
    ['2026-07-15T21:59:59.999Z', '2026-07-15'],
    ['2026-07-15T22:00:00.000Z', '2026-07-16'],
    ['2026-12-31T23:00:00.000Z', '2027-01-01'],
    // The clocks change at 01:00 UTC on the last Sundays of March and October.
    ['2026-03-28T23:00:00.000Z', '2026-03-29'],
    ['2026-03-29T22:00:00.000Z', '2026-03-30'],
    ['2026-10-24T22:00:00.000Z', '2026-10-25'],
    ['2026-10-25T22:59:59.999Z', '2026-10-25'],
    ['2026-10-25T23:00:00.000Z', '2026-10-26'],
  ])('at %s is %s', (moment, day) => {
    expect(brusselsDay(Date.parse(moment))).toBe(day);
  });

  test('is right for moments in any order', () => {
    const moments = ['2026-01-15T23:00:00Z', '2026-01-15T22:59:59Z', '2026-01-15T23:00:59Z', '2026-01-15T22:59:00Z'];
    expect(moments.map((moment) => brusselsDay(Date.parse(moment)))).toEqual([
      '2026-01-16',
      '2026-01-15',
      '2026-01-16',
      '2026-01-15',
    ]);
  });
});

test('the days of each month', () => {
  const months = Array.from({ length: 12 }, (_, index) => index + 1);
  expect(months.map((month) => daysIn(2026, month))).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
  expect([1900, 2000, 2024, 2100].map((year) => daysIn(year, 2))).toEqual([28, 29, 29, 28]);
});

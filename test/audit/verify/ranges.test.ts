import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holesIn, merged, overlaps, type Range } from '../../../src/audit/verify/ranges.ts';

describe('ranges', () => {
  it('that overlap or touch become one', () => {
    expect(
      merged([
        { first: 4, last: 6 },
        { first: 1, last: 3 },
      ]),
    ).toEqual([{ first: 1, last: 6 }]);
    expect(
      merged([
        { first: 5, last: 9 },
        { first: 1, last: 2 },
      ]),
    ).toEqual([
      { first: 1, last: 2 },
      { first: 5, last: 9 },
    ]);
  });

  it('show the holes between them', () => {
    expect(
      holesIn([
        { first: 3, last: 4 },
        { first: 6, last: 6 },
        { first: 10, last: 11 },
      ]),
    ).toEqual([
      { first: 5, last: 5 },
      { first: 7, last: 9 },
    ]);
    expect(holesIn([])).toEqual([]);
  });

  it('hold the same numbers as a set would', () => {
    const range = fc
      .tuple(fc.integer({ min: 1, max: 40 }), fc.nat(8))
      .map(([first, more]) => ({ first, last: first + more }));
    const numbers = ({ first, last }: Range): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);
    fc.assert(
      fc.property(fc.array(range), (ranges) => {
        const set = new Set<number>();
        const held = ranges.map((each) => {
          const before = numbers(each).filter((number) => set.has(number)).length;
          for (const number of numbers(each)) set.add(number);
          return before;
        });
        expect(overlaps(ranges)).toEqual(held);
        expect(merged(ranges).flatMap(numbers)).toEqual([...set].sort((a, b) => a - b));
      }),
    );
  });

  it('are compared in little time, in any order', () => {
    const many = Array.from({ length: 200_000 }, (_, index) => ({
      first: 2 * (200_000 - index),
      last: 2 * (200_000 - index),
    }));
    const started = performance.now();
    expect(overlaps([...many, ...many]).reduce((sum, held) => sum + held)).toBe(200_000);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

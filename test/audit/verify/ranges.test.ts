import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cover, holesIn, overlap, type Range } from '../../../src/audit/verify/ranges.ts';

const covering = (...ranges: Range[]): Range[] => {
  const covered: Range[] = [];
  for (const range of ranges) cover(covered, range);
  return covered;
};

describe('ranges', () => {
  it('that overlap or touch become one', () => {
    expect(covering({ first: 1, last: 3 }, { first: 4, last: 6 })).toEqual([{ first: 1, last: 6 }]);
    expect(covering({ first: 5, last: 9 }, { first: 1, last: 2 })).toEqual([
      { first: 1, last: 2 },
      { first: 5, last: 9 },
    ]);
    expect(
      covering({ first: 1, last: 2 }, { first: 5, last: 6 }, { first: 9, last: 9 }, { first: 2, last: 8 }),
    ).toEqual([{ first: 1, last: 9 }]);
  });

  it('show the holes between them', () => {
    expect(holesIn(covering({ first: 3, last: 4 }, { first: 6, last: 6 }, { first: 10, last: 11 }))).toEqual([
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
      fc.property(fc.array(range), range, (ranges, asked) => {
        const covered = covering(...ranges);
        const set = new Set(ranges.flatMap(numbers));
        expect(covered.flatMap(numbers)).toEqual([...set].sort((a, b) => a - b));
        expect(overlap(covered, asked)).toBe(numbers(asked).filter((number) => set.has(number)).length);
      }),
    );
  });
});

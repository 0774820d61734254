/** Whole numbers from `first` to `last`, both included. */
export type Range = { readonly first: number; readonly last: number };

/**
 * Returns for each range how many of its numbers the ranges before it in the list hold. It takes time n log n for n
 * ranges, in whatever order they come.
 */
export const overlaps = (ranges: readonly Range[]): number[] => {
  // The numbers at which a range begins, or at which the number before is the last of one, cut the line into pieces.
  const cuts = [...new Set(ranges.flatMap(({ first, last }) => [first, last + 1]))].sort((a, b) => a - b);
  const pieceAt = new Map(cuts.map((cut, index) => [cut, index]));
  // For each piece, a piece at or after it that is not covered yet, or one that is nearer to such a piece.
  const next = Uint32Array.from(cuts, (_, index) => index);
  const uncovered = (piece: number): number => {
    let found = piece;
    for (let to = at(next, found); to !== found; to = at(next, found)) {
      next[found] = at(next, to);
      found = to;
    }
    return found;
  };
  return ranges.map(({ first, last }) => {
    const end = pieceAt.get(last + 1) ?? 0;
    let held = last - first + 1;
    for (let piece = uncovered(pieceAt.get(first) ?? 0); piece < end; piece = uncovered(piece)) {
      held -= (cuts[piece + 1] ?? 0) - (cuts[piece] ?? 0);
      next[piece] = piece + 1;
    }
    return held;
  });
};

const at = (list: Uint32Array, index: number): number => list[index] ?? 0;

/** The same numbers as sorted ranges that neither overlap nor touch. */
export const merged = (ranges: readonly Range[]): Range[] => {
  const found: Range[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = found.at(-1);
    if (before && first <= before.last + 1) {
      found[found.length - 1] = { first: before.first, last: Math.max(before.last, last) };
    } else found.push({ first, last });
  }
  return found;
};

/** The ranges between the ranges of `merged`, in order. */
export const holesIn = (covered: readonly Range[]): Range[] =>
  covered.slice(1).map(({ first }, index) => ({ first: (covered[index]?.last ?? 0) + 1, last: first - 1 }));

/** Whole numbers from `first` to `last`, both included. */
export type Range = { readonly first: number; readonly last: number };

/** Adds a range. The ranges are sorted and neither overlap nor touch, before and after. */
export const cover = (covered: Range[], range: Range): void => {
  let index = covered.length;
  while (index > 0 && (covered[index - 1]?.last ?? 0) + 1 >= range.first) index -= 1;
  let { first, last } = range;
  let merged = 0;
  for (let next = covered[index]; next && next.first <= last + 1; next = covered[index + merged]) {
    first = Math.min(first, next.first);
    last = Math.max(last, next.last);
    merged += 1;
  }
  covered.splice(index, merged, { first, last });
};

/** How many numbers of `range` the covered ranges hold. */
export const overlap = (covered: readonly Range[], { first, last }: Range): number =>
  covered.reduce((sum, each) => sum + Math.max(0, Math.min(last, each.last) - Math.max(first, each.first) + 1), 0);

/** The ranges between the covered ones, in order. */
export const holesIn = (covered: readonly Range[]): Range[] =>
  covered.slice(1).map(({ first }, index) => ({ first: (covered[index]?.last ?? 0) + 1, last: first - 1 }));

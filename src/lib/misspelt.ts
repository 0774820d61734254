import leven from 'leven';

/** Shorter names are too often near each other: HOME is not HOST. */
const LEAST_LENGTH = 8;
const MOST_EDITS = 2;

/**
 * Returns each name of eight characters or more that is not in `known`, but differs from a known name by at most two
 * letters. Such a variable would have no effect without a word.
 */
export const misspelt = (names: readonly string[], known: readonly string[]): { name: string; known: string }[] =>
  names
    .filter((name) => name.length >= LEAST_LENGTH && !known.includes(name))
    .flatMap((name) => {
      const near = known
        .map((each) => ({ each, edits: leven(name, each, { maxDistance: MOST_EDITS + 1 }) }))
        .filter(({ edits }) => edits <= MOST_EDITS)
        .sort((a, b) => a.edits - b.edits)[0];
      return near ? [{ name, known: near.each }] : [];
    });

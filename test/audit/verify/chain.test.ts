import { describe, expect, it } from 'vitest';
import { noChains, placeEdited, placeLine, summaryOf } from '../../../src/audit/verify/chain.ts';
import { parseLine, type TrailLine } from '../../../src/audit/verify/parse-line.ts';
import { createChain } from '../sample.ts';

const linesOf = (inst: string, count: number): TrailLine[] => {
  const chain = createChain(inst);
  return Array.from({ length: count }, () => parseLine(chain({ kind: 'heartbeat' }).trimEnd()) as TrailLine);
};

/** Places lines as if each were the next one of a single file. */
const placing = () => {
  const chains = noChains();
  let line = 0;
  const next = () => {
    line += 1;
    return { file: 0, line };
  };
  return {
    chains,
    place: (...lines: TrailLine[]) => lines.map((each) => placeLine(chains, each, next())),
    placeEdited: (each: TrailLine, hash: string) => placeEdited(chains, each, hash, next()),
    segments: (inst: string) => chains.byInst.get(inst)?.segments.map(({ first, last }) => [first, last]),
  };
};

describe('a line', () => {
  it('goes to the chain of its process, however they are mixed', () => {
    const { place, segments, chains } = placing();
    const [a, b] = [linesOf('a', 3), linesOf('b', 2)];
    place(...a.slice(0, 1), ...b, ...a.slice(1));
    expect([segments('a'), segments('b'), chains.breaks]).toEqual([[[1, 3]], [[1, 2]], 0]);
    expect(chains.byInst.get('a')?.current).toMatchObject({ from: { line: 1 }, to: { line: 5 } });
  });

  it('that does not follow starts a segment, and counts as a break', () => {
    const { place, segments, chains } = placing();
    const lines = linesOf('a', 6);
    place(...lines.slice(0, 2), ...lines.slice(3), ...lines.slice(2, 3));
    expect([segments('a'), chains.breaks]).toEqual([
      [
        [1, 2],
        [4, 6],
        [3, 3],
      ],
      2,
    ]);
  });

  it('with the right number but another prev starts a segment', () => {
    const { place, segments } = placing();
    const [first, second] = linesOf('a', 2) as [TrailLine, TrailLine];
    place(first, { ...second, prev: 'f'.repeat(64) });
    expect(segments('a')).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

describe('an edited line', () => {
  const [first, second, third] = linesOf('a', 3) as [TrailLine, TrailLine, TrailLine];
  const other = linesOf('b', 3);

  it('is placed by what still fits: prev, or its number', () => {
    const edits: Partial<TrailLine>[] = [{ seq: 8 }, { prev: 'f'.repeat(64) }, { inst: 'x' }, { inst: 'b' }, {}];
    for (const edit of edits) {
      const { place, placeEdited: edited, segments, chains } = placing();
      place(first, ...other);
      expect(edited({ ...second, ...edit }, 'e'.repeat(64))?.inst).toBe('a');
      place(third);
      expect([segments('a'), chains.breaks]).toEqual([[[1, 3]], 0]);
    }
  });

  it('is followed by a line that names its hash of before or of after the edit', () => {
    for (const prev of [second.hash, 'e'.repeat(64)]) {
      const { place, placeEdited: edited, segments } = placing();
      place(first);
      edited(second, 'e'.repeat(64));
      place({ ...third, prev });
      expect(segments('a')).toEqual([[1, 3]]);
    }
  });

  it('starts a chain if it is the first of its process, and otherwise belongs nowhere', () => {
    const { place, placeEdited: edited, segments } = placing();
    expect(edited(first, 'e'.repeat(64))?.inst).toBe('a');
    place(second);
    expect(segments('a')).toEqual([[1, 2]]);
    expect(edited({ ...third, inst: 'x', prev: 'f'.repeat(64) }, '')).toBeUndefined();
  });
});

describe('the summary of a chain', () => {
  it('has the lowest and the highest number, in any order of the lines', () => {
    const { place } = placing();
    const lines = linesOf('a', 9);
    const [chain] = place(...lines.slice(5, 7), ...lines.slice(2, 4), ...lines.slice(7, 8));
    expect(chain && summaryOf({ ...chain, lines: 5, stopSeq: 8 })).toEqual({
      inst: 'a',
      firstSeq: 3,
      lastSeq: 8,
      lines: 5,
      stopped: true,
      lastHash: lines[7]?.hash,
    });
  });
});

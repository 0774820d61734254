import { FIRST_PREV } from '../line.ts';
import { type Chain, followsFrom, type Segment } from './chain.ts';
import { addFault, addIncomplete, type Findings, nameOf } from './findings.ts';
import { reportOpen } from './intents.ts';
import { cover, holesIn, overlap, type Range } from './ranges.ts';

/**
 * Reports what is wrong with a whole chain, after all lines are read: lines that are doubled, out of order, replaced or
 * missing, lines after its stop, and calls to LED without an end. A chain that begins after `seq` 1 or has no stop
 * gives a note, or a fault if the trail must be complete.
 */
export const judgeChain = (chain: Chain, findings: Findings): void => {
  const { inst, segments, current, stopSeq, afterStop } = chain;
  const { covered, highest, isReordered } = judgeSegments(chain, findings);
  reportMissing(chain, covered, findings);
  const lowest = covered[0]?.first ?? 1;
  if (lowest > 1 && segments[0]) {
    const text = `the chain begins with seq ${lowest}: ${lineCount(lowest - 1)} before it ${lowest === 2 ? 'is' : 'are'} elsewhere or missing`;
    addIncomplete(findings, 'beginsLater', segments[0].from, text, { inst, seq: lowest });
  }
  if (stopSeq === undefined) {
    const text =
      'the chain ends here without a stop line: the process was killed or still runs, or later lines are missing';
    addIncomplete(findings, 'noStop', current.to, text, { inst, seq: highest });
  }
  if (afterStop) {
    const text = 'the chain goes on after its stop line';
    addFault(findings, 'afterStop', afterStop, text, { inst, seq: (stopSeq ?? 0) + 1 });
  }
  // Only lines in order show which intent has an access.
  if (!isReordered) reportOpen(chain.intents, stopSeq !== undefined, findings);
};

/** The segments that are already judged: which `seq` they cover, and the highest of these. */
type Progress = { readonly covered: Range[]; highest: number; isReordered: boolean; before: Segment | undefined };

const judgeSegments = ({ inst, segments }: Chain, findings: Findings): Progress => {
  const endings = Map.groupBy(segments, ({ last }) => last);
  const progress: Progress = { covered: [], highest: 0, isReordered: false, before: undefined };
  for (const segment of segments) {
    const doubled = segment.first > progress.highest ? 0 : overlap(progress.covered, segment);
    if (doubled > 0) reportDoubled(inst, segment, doubled, findings);
    const late = Math.max(0, Math.min(segment.last, progress.highest) - segment.first + 1) - doubled;
    if (late > 0) {
      progress.isReordered = true;
      reportReordered(inst, segment, progress, findings);
    }
    checkPrev(inst, segment, endings.get(segment.first - 1), findings);
    cover(progress.covered, segment);
    progress.highest = Math.max(progress.highest, segment.last);
    progress.before = segment;
  }
  return progress;
};

const reportDoubled = (inst: string, { first, from }: Segment, doubled: number, findings: Findings): void => {
  const text = `doubled: from here on, ${lineCount(doubled)} of this process ${doubled === 1 ? 'appears' : 'appear'} a second time (from seq ${first} on)`;
  addFault(findings, 'doubled', from, text, { inst, seq: first });
};

const reportReordered = (inst: string, segment: Segment, { highest, before }: Progress, findings: Findings): void => {
  const { first, last, from, to } = segment;
  const text =
    before && before.to.file !== from.file
      ? `out of order: this file holds earlier lines (${seqs(segment)}) than the file before it: give the files in the order in which they were written`
      : `out of order: ${lineCount(last - first + 1)} (${seqs(segment)}) up to ${nameOf(to, findings, from)} come after seq ${highest} but were written before it`;
  addFault(findings, 'reordered', from, text, { inst, seq: first });
};

/** Checks the `prev` of a segment's first line against the segments that end just before it, if there are any. */
const checkPrev = (
  inst: string,
  segment: Segment,
  before: readonly Segment[] | undefined,
  findings: Findings,
): void => {
  const { first, prev, from } = segment;
  if (first === 1 ? prev === FIRST_PREV : (before?.some((each) => followsFrom(each, prev)) ?? true)) return;
  const earlier = before?.[0];
  const text = earlier
    ? `the line does not follow from ${nameOf(earlier.to, findings, from)}: one of the two was replaced by another with a hash of its own`
    : 'the line is the first of its chain but names a line before it: it was replaced by another with a hash of its own';
  addFault(findings, 'replaced', from, text, { inst, seq: first });
};

const reportMissing = ({ inst, segments, current }: Chain, covered: readonly Range[], findings: Findings): void => {
  const holes = holesIn(covered);
  if (holes.length === 0) return;
  const beginnings = new Map(segments.map((segment) => [segment.first, segment]));
  const endings = Map.groupBy(segments, ({ last }) => last);
  for (const hole of holes) {
    const after = beginnings.get(hole.last + 1)?.from ?? current.from;
    const before = endings.get(hole.first - 1)?.[0];
    const between = before ? ` and after ${nameOf(before.to, findings, after)}` : '';
    const count = hole.last - hole.first + 1;
    const text = `${lineCount(count)} of this process ${count === 1 ? 'is' : 'are'} missing (${seqs(hole)}): before this line${between}`;
    addFault(findings, 'missing', after, text, { inst, seq: hole.first });
  }
};

const seqs = ({ first, last }: Range): string => (first === last ? `seq ${first}` : `seq ${first} to ${last}`);
const lineCount = (count: number): string => (count === 1 ? '1 line' : `${count} lines`);

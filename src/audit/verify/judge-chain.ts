import { minutesBetween } from '../../lib/clock.ts';
import { FIRST_PREV } from '../line.ts';
import type { SealedChain } from '../seal.ts';
import type { Chain, Segment } from './chain.ts';
import { addFault, addIncomplete, addNote, type Findings, nameOf } from './findings.ts';
import { reportOpen } from './intents.ts';
import { holesIn, merged, overlaps, type Range } from './ranges.ts';

/** What else is known about a chain. */
type Known = {
  /** What the seal before this trail says about the chain. */
  readonly before?: SealedChain | undefined;
  /** Whether keys were given, so that signatures were checked. */
  readonly areSigned?: boolean;
};

/**
 * Reports what is wrong with a whole chain, after all lines are read: lines that are doubled, out of order, replaced or
 * missing, lines after its stop, and calls to LED without an end. A chain that begins after `seq` 1 or has no stop
 * gives a note, or a fault if the trail must be complete. A chain that goes on from the seal before is not reported.
 */
export const judgeChain = (chain: Chain, findings: Findings, { before, areSigned = false }: Known = {}): void => {
  const { inst, segments, current, stopSeq, afterStop } = chain;
  const covered = merged(segments);
  const isReordered = judgeSegments(chain, findings);
  reportMissing(chain, covered, findings);
  reportBeginning(chain, covered[0]?.first ?? 1, before, findings);
  if (stopSeq === undefined) {
    const text =
      'the chain ends here without a stop line: the process was killed or still runs, or later lines are missing';
    addIncomplete(findings, 'noStop', current.to, text, { inst, seq: covered.at(-1)?.last ?? 0 });
  }
  if (afterStop) {
    const text = 'the chain goes on after its stop line';
    addFault(findings, 'afterStop', afterStop, text, { inst, seq: (stopSeq ?? 0) + 1 });
  }
  if (areSigned) reportUnattested(chain, findings);
  // Only lines in order show which intent has an access.
  if (!isReordered) reportOpen(chain.intents, stopSeq !== undefined, findings);
};

/** Reports a chain that does not begin with its first line, unless it goes on from the seal before. */
const reportBeginning = (
  { inst, segments }: Chain,
  lowest: number,
  before: SealedChain | undefined,
  findings: Findings,
): void => {
  const [first] = segments;
  if (lowest === 1 || !first) return;
  if (before === undefined) {
    const text = `the chain begins with seq ${lowest}: ${lineCount(lowest - 1)} before it ${lowest === 2 ? 'is' : 'are'} elsewhere or missing`;
    addIncomplete(findings, 'beginsLater', first.from, text, { inst, seq: lowest });
  } else if (before.last < lowest - 1) {
    const hole = { first: before.last + 1, last: lowest - 1 };
    const text = `${lineCount(hole.last - hole.first + 1)} between the seal before and this line ${hole.first === hole.last ? 'is' : 'are'} missing (${seqs(hole)})`;
    addFault(findings, 'missing', first.from, text, { inst, seq: hole.first });
  } else if (before.last === lowest - 1) {
    if (before.ended)
      addFault(findings, 'afterStop', first.from, 'the chain goes on after its stop line', { inst, seq: lowest });
    if (first.prev !== before.hash) {
      const text = 'the line does not follow from the last line of this process in the seal before';
      addFault(findings, 'replaced', first.from, text, { inst, seq: lowest });
    }
  }
};

/** Says up to which line signatures attest a chain, if they do not attest all of it. */
const reportUnattested = ({ inst, attestation, highestSeq, current }: Chain, findings: Findings): void => {
  const { seq = 0, spot, ts, lastTs } = attestation;
  if (highestSeq <= seq) return;
  const text = spot
    ? `not attested: ${lineCount(highestSeq - seq)} after the last signature that fits (${nameOf(spot, findings, current.to)})${span(ts, lastTs)}`
    : 'not attested: no signature of this process fits';
  addNote(findings, 'notAttested', current.to, text, { inst, seq: highestSeq });
};

/** How long it took from one `ts` to another, if that is long: a line is signed each minute. */
const span = (from: unknown, to: unknown): string => {
  const minutes = minutesBetween(String(from), String(to));
  return minutes > 3 ? `; they span ${minutes} minutes, though a line is signed each minute` : '';
};

/**
 * Judges the segments of a chain in the order of the trail. Returns whether some come after lines that were written
 * after them.
 */
const judgeSegments = ({ inst, segments }: Chain, findings: Findings): boolean => {
  const held = overlaps(segments);
  const endings = endingsOf(segments);
  let isReordered = false;
  let highest = 0;
  let before: Segment | undefined;
  for (const [index, segment] of segments.entries()) {
    const doubled = held[index] ?? 0;
    if (doubled > 0) reportDoubled(inst, segment, doubled, findings);
    const late = Math.max(0, Math.min(segment.last, highest) - segment.first + 1) - doubled;
    if (late > 0) {
      isReordered = true;
      reportReordered(inst, segment, { highest, before }, findings);
    }
    checkPrev(inst, segment, endings.get(segment.first - 1), findings);
    highest = Math.max(highest, segment.last);
    before = segment;
  }
  return isReordered;
};

/** The segments that end at one `seq`: the first of them, and the hashes that a next line may name as `prev`. */
type Ending = { readonly first: Segment; readonly hashes: Set<string> };

const endingsOf = (segments: readonly Segment[]): Map<number, Ending> => {
  const endings = new Map<number, Ending>();
  for (const segment of segments) {
    const ending = endings.get(segment.last) ?? { first: segment, hashes: new Set() };
    ending.hashes.add(segment.hash).add(segment.actualHash);
    endings.set(segment.last, ending);
  }
  return endings;
};

const reportDoubled = (inst: string, { first, from }: Segment, doubled: number, findings: Findings): void => {
  const text = `doubled: from here on, ${lineCount(doubled)} of this process ${doubled === 1 ? 'appears' : 'appear'} a second time (from seq ${first} on)`;
  addFault(findings, 'doubled', from, text, { inst, seq: first });
};

const reportReordered = (
  inst: string,
  segment: Segment,
  { highest, before }: { readonly highest: number; readonly before: Segment | undefined },
  findings: Findings,
): void => {
  const { first, last, from, to } = segment;
  const count = lineCount(last - first + 1);
  const text =
    before && before.to.file !== from.file
      ? `out of order: this file holds earlier lines (${seqs(segment)}) than the file before it: give the files in the order in which they were written`
      : `out of order: ${count} (${seqs(segment)}) up to ${nameOf(to, findings, from)} ${first === last ? 'comes' : 'come'} after seq ${highest} but ${first === last ? 'was' : 'were'} written before it`;
  addFault(findings, 'reordered', from, text, { inst, seq: first });
};

/** Checks the `prev` of a segment's first line against the segments that end just before it, if there are any. */
const checkPrev = (inst: string, segment: Segment, before: Ending | undefined, findings: Findings): void => {
  const { first, prev, from } = segment;
  if (first === 1 ? prev === FIRST_PREV : (before?.hashes.has(prev) ?? true)) return;
  const text = before
    ? `the line does not follow from ${nameOf(before.first.to, findings, from)}: one of the two was replaced by another with a hash of its own`
    : 'the line is the first of its chain but names a line before it: it was replaced by another with a hash of its own';
  addFault(findings, 'replaced', from, text, { inst, seq: first });
};

const reportMissing = ({ inst, segments, current }: Chain, covered: readonly Range[], findings: Findings): void => {
  const holes = holesIn(covered);
  if (holes.length === 0) return;
  const beginnings = new Map(segments.map((segment) => [segment.first, segment]));
  const endings = endingsOf(segments);
  for (const hole of holes) {
    const after = beginnings.get(hole.last + 1)?.from ?? current.from;
    const before = endings.get(hole.first - 1)?.first;
    const between = before ? ` and after ${nameOf(before.to, findings, after)}` : '';
    const count = hole.last - hole.first + 1;
    const text = `${lineCount(count)} of this process ${count === 1 ? 'is' : 'are'} missing (${seqs(hole)}): before this line${between}`;
    addFault(findings, 'missing', after, text, { inst, seq: hole.first });
  }
};

const seqs = ({ first, last }: Range): string => (first === last ? `seq ${first}` : `seq ${first} to ${last}`);
const lineCount = (count: number): string => (count === 1 ? '1 line' : `${count} lines`);

import { MAX_LINE_BYTES } from '../line.ts';
import type { ReadSeal } from '../seal.ts';
import type { PublicKey } from '../signing-key.ts';
import { checkAnswered } from './answered.ts';
import { type ChainSummary, type Chains, noChains, placeEdited, placeLine, summaryOf } from './chain.ts';
import {
  addFault,
  addIncomplete,
  addNote,
  type Finding,
  type Findings,
  inOrder,
  noFindings,
  nowhere,
  type Spot,
} from './findings.ts';
import { followChain, type Noted } from './follow-chain.ts';
import { createIdSet } from './id-set.ts';
import { judgeChain } from './judge-chain.ts';
import { actualHash, isDoubled, parseLine, type TrailLine } from './parse-line.ts';
import { MOST_BUFFERED, readLines, type Source } from './read-lines.ts';
import { checkLinks, compareEnd, compareWithSeals, prepareSeals } from './seals.ts';
import { checkSignature, type LineBytes } from './signatures.ts';
import { passages } from './unwrap.ts';

export type { ChainSummary, Finding, Source };

/** `faults` and `notes` hold the first thousand of each kind, in the order of the lines. The counts are complete. */
export type Report = {
  readonly ok: boolean;
  readonly lines: number;
  readonly faultCount: number;
  readonly noteCount: number;
  readonly chains: readonly ChainSummary[];
  readonly faults: readonly Finding[];
  readonly notes: readonly Finding[];
};

/** What else to check, and how strictly. */
export type VerifyOptions = {
  /** The archive is closed: a chain that begins later or has no stop is a fault. */
  readonly complete?: boolean;
  /** Public keys: the signatures of lines are checked with them. */
  readonly keys?: readonly PublicKey[] | undefined;
  /** Seals of this trail, the oldest first. Their chains must be in the trail as they were sealed. */
  readonly seals?: readonly ReadSeal[] | undefined;
  /** The seal of the period before: it knows the chains that go on in this trail. */
  readonly previous?: ReadSeal | undefined;
  /** Operational logs. Each request that they say was answered must have its `access` line. */
  readonly answered?: readonly Source[] | undefined;
  /** Called from time to time with the number of lines that were read. */
  readonly onProgress?: ((lines: number) => void) | undefined;
};

/** What was read so far. */
type Trail = {
  lines: number;
  last: Spot;
  readonly keys: readonly PublicKey[] | undefined;
  readonly chains: Chains;
  readonly findings: Findings;
  readonly noted: Noted;
};

/** Reading stops after more breaks, so that memory stays bounded. */
const MOST_BREAKS = 100_000;
/** So many of the last access lines are compared with each next one. */
const MOST_IDS = 4_000_000;
/** How many lines lie between two calls of `onProgress`. */
const PROGRESS_LINES = 1 << 16;

/**
 * Checks an audit trail. The files are read one after the other as one stream of any size, in bounded memory and in time
 * that grows with their size. Lines of several processes (`inst`) may be mixed. For each process these are faults: lines
 * that were edited, replaced, doubled, moved or cut, or that are missing, lines after `stop`, a start that is missing or
 * is there twice, and a second `access` of one id. These are notes, or faults with `complete`: a chain that begins after
 * `seq` 1, ends without `stop` or has a gap. Rejects only if a source cannot be read.
 */
export const verify = async (sources: readonly Source[], options: VerifyOptions = {}): Promise<Report> => {
  const { complete = false, keys, seals, previous, answered, onProgress } = options;
  const files = sources.map(({ name }) => name);
  const checks = prepareSeals(seals, previous);
  const trail: Trail = {
    lines: 0,
    last: nowhere,
    keys,
    chains: noChains(checks.lines),
    findings: noFindings(files, complete),
    noted: { accessIds: createIdSet(answered ? undefined : MOST_IDS), lost: 0 },
  };
  const { chains, findings, noted } = trail;
  if (seals) checkLinks(seals, previous, findings);
  await readTrail(trail, sources, onProgress);
  if (trail.lines === 0) addIncomplete(findings, 'empty', nowhere, 'there are no lines');
  for (const chain of chains.byInst.values()) {
    const before = checks.before.get(chain.inst);
    judgeChain(chain, findings, { before: before?.sealed, areSigned: keys !== undefined });
    const overlapsSeal = before && chain.segments.some(({ first }) => first <= before.sealed.last);
    if (overlapsSeal) compareEnd(before, chain, findings);
  }
  compareWithSeals(checks, chains.byInst, findings);
  if (answered) await checkAnswered(answered, noted, findings);
  return reportOf(trail);
};

/** Reads all lines, checks each alone, and adds it to its chain. */
const readTrail = async (
  trail: Trail,
  sources: readonly Source[],
  onProgress: VerifyOptions['onProgress'],
): Promise<void> => {
  const { chains, findings } = trail;
  const isDisordered = (): boolean => chains.breaks > MOST_BREAKS;
  await readLines(sources, {
    onLine: (bytes, start, end, spot) => {
      checkLine(trail, bytes, start, end, spot);
      if (trail.lines % PROGRESS_LINES === 0) onProgress?.(trail.lines);
    },
    isWhole: (bytes) => parseLine(bytes.toString('latin1')) !== undefined,
    onNoLineFeed: (spot) =>
      addNote(findings, 'noLineFeed', spot, 'the last line is whole, but its line feed is missing'),
    onCut: (spot) => {
      trail.lines += 1;
      addFault(findings, 'truncated', spot, 'the last line was cut short');
    },
    onPassage: (passage, spot) => addNote(findings, 'passage', spot, passages[passage]),
    isEnough: isDisordered,
  });
  if (!isDisordered()) return;
  const text = `the lines are in no order at all (over ${MOST_BREAKS} breaks); reading stopped here`;
  addFault(findings, 'disorder', trail.last, text);
};

/** Checks a line alone, then adds it to its chain. See `LineHandler.onLine`. */
const checkLine = (trail: Trail, bytes: Buffer, start: number, end: number, spot: Spot): void => {
  const { findings } = trail;
  trail.lines += 1;
  trail.last = spot;
  const size = end - start + 1;
  if (size > MAX_LINE_BYTES) {
    const text = `the line has ${size} bytes: an audit line has at most ${MAX_LINE_BYTES}`;
    addFault(findings, 'tooLong', spot, text);
    if (size > MOST_BUFFERED) return;
  }
  // Latin-1 is fast and enough: all members that are read here are ASCII, and the hash is computed from the bytes.
  const text = bytes.toString('latin1', start, end);
  const line = parseLine(text);
  if (line) placeInChain(trail, line, { bytes, start, end, text }, spot);
  else if (text.startsWith('{"v":')) {
    addFault(findings, 'truncated', spot, 'the line was cut short or damaged: it is not a whole audit line');
  } else addFault(findings, 'notAuditLine', spot, 'this is not an audit line');
};

const placeInChain = (trail: Trail, line: TrailLine, raw: LineBytes, spot: Spot): void => {
  const { chains, findings, noted, keys } = trail;
  const { bytes, start, end, text } = raw;
  if (isDoubled(text, line)) {
    addFault(
      findings,
      'doubledMember',
      spot,
      'the line names a member twice, and readers differ in which one counts',
      line,
    );
  }
  const hash = actualHash(bytes, start, end, text, line);
  if (hash !== '' && hash === line.hash) {
    const chain = placeLine(chains, line, spot);
    const isNew = followChain(chain, line, line.seq, spot, { findings, noted });
    if (!isNew) return;
    if (keys) checkSignature(chain.attestation, line, spot, { keys, raw, findings });
    for (const sealed of chain.sealed?.get(line.seq) ?? []) sealed.found = hash;
    return;
  }
  const edited = 'the line was changed after it was written: it does not match its own hash';
  addFault(findings, 'edited', spot, edited, line);
  const chain = placeEdited(chains, line, hash, spot);
  if (chain) followChain(chain, line, chain.current.last, spot, { findings, noted });
};

const reportOf = ({ lines, chains, findings: { files, faults, notes } }: Trail): Report => ({
  ok: faults.count === 0,
  lines,
  faultCount: faults.count,
  noteCount: notes.count,
  chains: [...chains.byInst.values()].map(summaryOf),
  faults: inOrder(faults, files),
  notes: inOrder(notes, files),
});

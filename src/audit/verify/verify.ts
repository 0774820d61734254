import { MAX_LINE_BYTES } from '../line.ts';
import { type ChainSummary, type Chains, noChains, placeEdited, placeLine, summaryOf } from './chain.ts';
import {
  addFault,
  addIncomplete,
  addNote,
  type Finding,
  type Findings,
  inOrder,
  noFindings,
  type Spot,
} from './findings.ts';
import { followChain } from './follow-chain.ts';
import { judgeChain } from './judge-chain.ts';
import { actualHash, parseLine } from './parse-line.ts';
import { MOST_BUFFERED, readLines, type Source } from './read-lines.ts';

export type { Finding, Source };

/** `faults` and `notes` hold the first thousand of each, in the order of the lines. The counts are complete. */
export type Report = {
  readonly ok: boolean;
  readonly lines: number;
  readonly faultCount: number;
  readonly noteCount: number;
  readonly chains: readonly ChainSummary[];
  readonly faults: readonly Finding[];
  readonly notes: readonly Finding[];
};

/** What was read so far. */
type Trail = { lines: number; last: Spot; readonly chains: Chains; readonly findings: Findings };

/** Reading stops after more breaks, so that time and memory stay bounded. */
const MOST_BREAKS = 10_000;

/**
 * Checks an audit trail. The files are read one after the other as one stream of any size, in bounded memory. Lines of
 * several processes (`inst`) may be mixed. For each process these are faults: lines that were edited, replaced,
 * removed, doubled, moved or cut, an `intent` without its `access`, and lines after `stop`. These are notes, or faults
 * with `complete`: a chain that begins after `seq` 1, ends without `stop` or has a gap, and a call to LED that was
 * under way when its process was killed. Rejects only if a source cannot be read.
 */
export const verify = async (
  sources: readonly Source[],
  { complete = false }: { readonly complete?: boolean } = {},
): Promise<Report> => {
  const files = sources.map(({ name }) => name);
  const start = { file: 0, line: 0 };
  const trail: Trail = { lines: 0, last: start, chains: noChains(), findings: noFindings(files, complete) };
  const { chains, findings } = trail;

  const isDisordered = (): boolean => chains.breaks > MOST_BREAKS;
  await readLines(sources, {
    onLine: (bytes, start, end, spot) => checkLine(trail, bytes, start, end, spot),
    isWhole: (bytes) => parseLine(bytes.toString('latin1')) !== undefined,
    onNoLineFeed: (spot) =>
      addNote(findings, 'noLineFeed', spot, 'the last line is whole, but its line feed is missing'),
    onCut: (spot) => {
      trail.lines += 1;
      addFault(findings, 'truncated', spot, 'the last line was cut short');
    },
    isEnough: isDisordered,
  });
  if (isDisordered()) {
    const text = `the lines are in no order at all (over ${MOST_BREAKS} breaks); reading stopped here`;
    addFault(findings, 'disorder', trail.last, text);
  }
  if (trail.lines === 0) addIncomplete(findings, 'empty', start, 'there are no lines');
  for (const chain of chains.byInst.values()) judgeChain(chain, findings);
  return reportOf(trail);
};

/** Checks a line alone, then adds it to its chain. See `LineHandler.onLine`. */
const checkLine = (trail: Trail, bytes: Buffer, start: number, end: number, spot: Spot): void => {
  const { chains, findings } = trail;
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
  if (!line) {
    if (text.startsWith('{"v":')) {
      addFault(findings, 'truncated', spot, 'the line was cut short or damaged: it is not a whole audit line');
    } else addFault(findings, 'notAuditLine', spot, 'this is not an audit line');
    return;
  }
  const hash = actualHash(bytes, start, end, text, line);
  if (hash !== '' && hash === line.hash) {
    followChain(placeLine(chains, line, spot), line, line.seq, spot, findings);
    return;
  }
  const edited = 'the line was changed after it was written: it does not match its own hash';
  addFault(findings, 'edited', spot, edited, line);
  const chain = placeEdited(chains, line, hash, spot);
  if (chain) followChain(chain, line, chain.current.last, spot, findings);
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

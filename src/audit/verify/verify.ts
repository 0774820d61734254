import { hash as digest } from 'node:crypto';
import { FIRST_PREV, MAX_LINE_BYTES } from '../line.ts';

/** One file of the trail: its name for the report, and its bytes. */
export type Source = { readonly name: string; readonly chunks: AsyncIterable<Uint8Array | string> };

export type FindingKind =
  | 'notAuditLine'
  | 'truncated'
  | 'tooLong'
  | 'edited'
  | 'replaced'
  | 'missing'
  | 'doubled'
  | 'reordered'
  | 'afterStop'
  | 'intentWithoutAccess'
  | 'disorder'
  | 'beginsLater'
  | 'noStop'
  | 'gap'
  | 'noLineFeed'
  | 'empty';

/** What was found where: `line` counts from 1 within `file`; `inst` and `seq` where the line tells them. */
export type Finding = {
  readonly kind: FindingKind;
  readonly file: string;
  readonly line: number;
  readonly inst?: string;
  readonly seq?: number;
  readonly text: string;
};

/** One process's lines: the lowest and highest `seq`, how many lines, and whether its `stop` line is among them. */
export type ChainSummary = {
  readonly inst: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lines: number;
  readonly stopped: boolean;
};

/** `faults` and `notes` hold the first thousand of each, in the order of the lines; the counts are complete. */
export type Report = {
  readonly ok: boolean;
  readonly lines: number;
  readonly faultCount: number;
  readonly noteCount: number;
  readonly chains: readonly ChainSummary[];
  readonly faults: readonly Finding[];
  readonly notes: readonly Finding[];
};

type Spot = { readonly file: number; readonly line: number };

/** A run of lines that follow one another without a flaw. `alias` is what an edited last line hashes to now. */
type Segment = {
  readonly first: number;
  readonly prev: string;
  readonly from: Spot;
  last: number;
  hash: string;
  alias: string;
  toFile: number;
  toLine: number;
};

type Intent = Spot & { readonly seq: number; readonly beats: number };

type Chain = {
  readonly inst: string;
  readonly segments: Segment[];
  current: Segment;
  lines: number;
  highest: number;
  stopSeq: number | undefined;
  afterStop: Spot | undefined;
  beats: number;
  gaps: number;
  lastGapSeq: number;
  readonly open: Map<string, Intent>;
};

type Line = { inst: string; seq: number; kind: string; id?: unknown; count?: unknown; prev: string; hash: string };

type Tell = (
  severity: 'fault' | 'note',
  kind: FindingKind,
  spot: Spot,
  text: string,
  of?: { readonly inst: string; readonly seq: number },
) => void;

type Range = { first: number; last: number };

const MOST_FINDINGS = 1000;
const MOST_BREAKS = 10_000;
const MOST_BUFFERED = 1_048_576;
const MOST_OPEN = 100_000;
/** No request lasts this many heartbeats (LED_TIMEOUT_MS is two minutes at most). Unlike `ts`, no clock bends them. */
const PATIENCE = 5;
const HASH_MEMBER = 9 + 64 + 1;
const CLOSING_BRACE = 0x7d;

const isLine = (value: unknown): value is Line => {
  if (typeof value !== 'object' || value === null) return false;
  const line = value as Partial<Record<keyof Line | 'v', unknown>>;
  return (
    line.v === '1' &&
    typeof line.inst === 'string' &&
    line.inst.length <= 64 &&
    Number.isSafeInteger(line.seq) &&
    (line.seq as number) >= 1 &&
    typeof line.kind === 'string' &&
    typeof line.prev === 'string' &&
    typeof line.hash === 'string'
  );
};

const read = (text: string): Line | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Checks an audit trail: the files are read one after the other as one stream, of any size, in bounded memory. Finds
 * lines that were edited, replaced, removed, doubled, moved or cut, per process (`inst`) however they are mixed; an
 * `intent` without its `access`; lines after `stop`. A chain that begins later than `seq` 1, ends without `stop` or
 * tells of a gap is a note, with `complete` a fault, and so are the calls under way when a process was killed.
 * Rejects only when a source cannot be read.
 */
export const verify = async (
  sources: readonly Source[],
  options: { readonly complete?: boolean } = {},
): Promise<Report> => {
  const chains = new Map<string, Chain>();
  const findings = { fault: createFindings(), note: createFindings() };
  const complete = options.complete ?? false;
  let lines = 0;
  let breaks = 0;

  const spotText = (spot: Spot, near?: Spot): string =>
    near !== undefined && near.file === spot.file
      ? `line ${spot.line}`
      : `${sources.length > 1 ? `${sources[spot.file]?.name}, ` : ''}line ${spot.line}`;

  const report: Tell = (severity, kind, spot, text, of) => {
    findings[severity].add({ spot, kind, text, ...(of && { inst: of.inst, seq: of.seq }) });
  };

  const begin = (chain: Chain, line: Line, spot: Spot): void => {
    chain.current = newSegment(line, spot);
    chain.segments.push(chain.current);
  };

  const open = (line: Line, spot: Spot): Chain => {
    const current = newSegment(line, spot);
    const chain: Chain = {
      inst: line.inst,
      segments: [current],
      current,
      lines: 0,
      highest: 0,
      stopSeq: undefined,
      afterStop: undefined,
      beats: 0,
      gaps: 0,
      lastGapSeq: 0,
      open: new Map(),
    };
    chains.set(line.inst, chain);
    return chain;
  };

  // An edited line may lie about where it belongs: it is placed by whichever of `prev` and `seq` still fits, so that
  // one edit is one finding.
  const placeEdited = (line: Line, actual: string, spot: Spot): Chain | undefined => {
    const named = chains.get(line.inst);
    const follows = (chain: Chain): boolean => line.prev === chain.current.hash || line.prev === chain.current.alias;
    const chain =
      named && (follows(named) || line.seq === named.current.last + 1)
        ? named
        : [...chains.values()].find((other) => follows(other));
    if (chain) {
      extend(chain.current, chain.current.last + 1, line.hash, actual, spot);
      return chain;
    }
    if (named || line.seq !== 1) return undefined;
    const opened = open(line, spot);
    opened.current.alias = actual;
    return opened;
  };

  const place = (line: Line, spot: Spot): Chain => {
    const chain = chains.get(line.inst);
    if (!chain) return open(line, spot);
    const { current } = chain;
    if (line.seq === current.last + 1 && (line.prev === current.hash || line.prev === current.alias)) {
      extend(current, line.seq, line.hash, line.hash, spot);
    } else {
      breaks += 1;
      begin(chain, line, spot);
    }
    return chain;
  };

  const unanswered = (chain: Chain, intent: Intent, ended: boolean): void => {
    // The chain itself says that so many lines were lost after this one: this one's may be among them.
    const excused = intent.seq < chain.lastGapSeq && chain.gaps > 0;
    if (excused) chain.gaps -= 1;
    const text = excused
      ? 'intent without access: its access line may be among those that a later gap line counts'
      : ended
        ? 'intent without access: the call to LED was under way when the process ended without a stop line'
        : 'intent without access: LED was asked, and what became of it is not told';
    report(
      !complete && (excused || ended) ? 'note' : 'fault',
      'intentWithoutAccess',
      { file: intent.file, line: intent.line },
      text,
      { inst: chain.inst, seq: intent.seq },
    );
  };

  const giveUpOnOldest = (chain: Chain): void => {
    for (const [id, intent] of chain.open) {
      if (chain.beats - intent.beats < PATIENCE && chain.open.size <= MOST_OPEN) return;
      chain.open.delete(id);
      unanswered(chain, intent, false);
    }
  };

  const note = (chain: Chain, line: Line, spot: Spot): void => {
    chain.lines += 1;
    // What stands a second time, or out of order, says nothing new.
    if (line.seq <= chain.highest) return;
    chain.highest = line.seq;
    if (chain.stopSeq !== undefined && line.seq > chain.stopSeq) chain.afterStop ??= spot;
    switch (line.kind) {
      case 'intent':
        if (typeof line.id === 'string' && !chain.open.has(line.id)) {
          chain.open.set(line.id, { ...spot, seq: line.seq, beats: chain.beats });
          if (chain.open.size > MOST_OPEN) giveUpOnOldest(chain);
        }
        break;
      case 'access':
        if (typeof line.id === 'string') chain.open.delete(line.id);
        break;
      case 'heartbeat':
        chain.beats += 1;
        giveUpOnOldest(chain);
        break;
      case 'gap': {
        const count = Number.isSafeInteger(line.count) ? (line.count as number) : 0;
        chain.gaps += count;
        chain.lastGapSeq = line.seq;
        const text = `a gap: ${count} access lines could not be kept while the reader of the trail stood still`;
        report(complete ? 'fault' : 'note', 'gap', spot, text, line);
        break;
      }
      case 'stop':
        chain.stopSeq = line.seq;
        break;
      default:
    }
  };

  /** Bytes [start, end) of `bytes` are one line without its line feed. */
  const take = (bytes: Buffer, start: number, end: number, spot: Spot): void => {
    lines += 1;
    const size = end - start + 1;
    if (size > MAX_LINE_BYTES) {
      report('fault', 'tooLong', spot, `the line has ${size} bytes: no audit line has more than ${MAX_LINE_BYTES}`);
      if (size > MOST_BUFFERED) return;
    }
    // All that is read of a line is ASCII; the hash is over the bytes.
    const text = bytes.toString('latin1', start, end);
    const line = read(text);
    if (!line) {
      if (text.startsWith('{"v":'))
        report('fault', 'truncated', spot, 'the line was cut short or spoilt: it is no JSON');
      else report('fault', 'notAuditLine', spot, 'this is no audit line');
      return;
    }
    const actual = text.endsWith(`,"hash":"${line.hash}"}`) && line.hash.length === 64 ? hashOf(bytes, start, end) : '';
    if (actual !== '' && actual === line.hash) {
      note(place(line, spot), line, spot);
      return;
    }
    report('fault', 'edited', spot, 'the line was changed after it was written: it does not match its own hash', line);
    const chain = placeEdited(line, actual, spot);
    if (chain) note(chain, { ...line, seq: chain.current.last }, spot);
  };

  const lastSpot = await readLines(sources, take, () => breaks > MOST_BREAKS, {
    cut: (spot) => {
      lines += 1;
      report('fault', 'truncated', spot, 'the last line was cut short');
    },
    noLineFeed: (spot) => report('note', 'noLineFeed', spot, 'the last line is whole, but its line feed is missing'),
  });

  if (breaks > MOST_BREAKS) {
    const text = `the lines are in no order at all (over ${MOST_BREAKS} breaks); reading stopped here`;
    report('fault', 'disorder', lastSpot, text);
  }
  if (lines === 0) report(complete ? 'fault' : 'note', 'empty', { file: 0, line: 0 }, 'there are no lines');

  for (const chain of chains.values()) {
    const { highest, lowest, reordered } = judgeSegments(chain, report, spotText);
    const [start] = chain.segments;
    if (lowest > 1 && start) {
      const text = `the chain begins with seq ${lowest}: the ${lowest - 1} lines before are elsewhere, or were removed`;
      report(complete ? 'fault' : 'note', 'beginsLater', start.from, text, { inst: chain.inst, seq: lowest });
    }
    const end = { file: chain.current.toFile, line: chain.current.toLine };
    if (chain.stopSeq === undefined) {
      const text =
        'the chain ends here without a stop line: the process was killed or still runs, or later lines were removed';
      report(complete ? 'fault' : 'note', 'noStop', end, text, { inst: chain.inst, seq: highest });
    }
    if (chain.afterStop) {
      const text = 'the chain goes on after its stop line';
      report('fault', 'afterStop', chain.afterStop, text, { inst: chain.inst, seq: (chain.stopSeq ?? 0) + 1 });
    }
    // Which intent was answered can only be told of lines that stand in order.
    if (!reordered) for (const intent of chain.open.values()) unanswered(chain, intent, chain.stopSeq === undefined);
  }

  const named = (list: readonly Found[]): Finding[] =>
    list
      .toSorted((a, b) => a.spot.file - b.spot.file || a.spot.line - b.spot.line)
      .map(({ spot, ...found }) => ({ ...found, file: sources[spot.file]?.name ?? '', line: spot.line }));
  return {
    ok: findings.fault.count() === 0,
    lines,
    faultCount: findings.fault.count(),
    noteCount: findings.note.count(),
    chains: [...chains.values()].map((chain) => ({
      inst: chain.inst,
      firstSeq: chain.segments.reduce((least, { first }) => Math.min(least, first), Number.MAX_SAFE_INTEGER),
      lastSeq: chain.segments.reduce((most, { last }) => Math.max(most, last), 0),
      lines: chain.lines,
      stopped: chain.stopSeq !== undefined,
    })),
    faults: named(findings.fault.list),
    notes: named(findings.note.list),
  };
};

type Found = Omit<Finding, 'file' | 'line'> & { readonly spot: Spot };

const createFindings = () => {
  const list: Found[] = [];
  let count = 0;
  return {
    list,
    count: () => count,
    add: (found: Found): void => {
      count += 1;
      if (list.length < MOST_FINDINGS) list.push(found);
    },
  };
};

const newSegment = (line: Line, spot: Spot): Segment => ({
  first: line.seq,
  prev: line.prev,
  from: spot,
  last: line.seq,
  hash: line.hash,
  alias: line.hash,
  toFile: spot.file,
  toLine: spot.line,
});

const extend = (segment: Segment, seq: number, hash: string, alias: string, spot: Spot): void => {
  segment.last = seq;
  segment.hash = hash;
  segment.alias = alias;
  segment.toFile = spot.file;
  segment.toLine = spot.line;
};

/** The hash of a line with its last member taken out, without a copy: the brace that closes it is put in its place. */
const hashOf = (bytes: Buffer, start: number, end: number): string => {
  const cut = end - 1 - HASH_MEMBER;
  const kept = bytes[cut] ?? 0;
  bytes[cut] = CLOSING_BRACE;
  const hash = digest('sha256', bytes.subarray(start, cut + 1), 'hex');
  bytes[cut] = kept;
  return hash;
};

/**
 * Cuts the bytes of all sources, as if they were one, into lines. What remains at the end of a file goes on in the
 * next one, unless it is a whole line. Resolves with the place of the last line.
 */
const readLines = async (
  sources: readonly Source[],
  take: (bytes: Buffer, start: number, end: number, spot: Spot) => void,
  enough: () => boolean,
  end: { readonly cut: (spot: Spot) => void; readonly noLineFeed: (spot: Spot) => void },
): Promise<Spot> => {
  let rest: Buffer[] = [];
  let restSize = 0;
  let restSpot: Spot = { file: 0, line: 0 };
  let spot: Spot = { file: 0, line: 0 };

  const keep = (part: Buffer, at: Spot): void => {
    if (part.length === 0) return;
    if (restSize === 0) restSpot = at;
    restSize += part.length;
    // The length of an endless line is told, its text is not kept.
    if (restSize <= MOST_BUFFERED) rest.push(Buffer.from(part));
  };
  const takeRest = (): void => {
    const whole = restSize <= MOST_BUFFERED ? Buffer.concat(rest) : Buffer.alloc(0);
    take(whole, 0, restSize, restSpot);
    rest = [];
    restSize = 0;
  };

  for (const [file, source] of sources.entries()) {
    let line = 1;
    for await (const chunk of source.chunks) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array);
      let start = 0;
      for (let feed = bytes.indexOf(0x0a); feed !== -1; feed = bytes.indexOf(0x0a, start)) {
        spot = { file, line };
        if (restSize === 0) {
          take(bytes, start, feed, spot);
        } else {
          keep(bytes.subarray(start, feed), spot);
          takeRest();
        }
        line += 1;
        start = feed + 1;
        if (enough()) return spot;
      }
      keep(bytes.subarray(start), { file, line });
    }
    if (restSize > 0 && restSize <= MOST_BUFFERED && read(Buffer.concat(rest).toString('latin1'))) {
      if (file === sources.length - 1) end.noLineFeed(restSpot);
      takeRest();
    }
  }
  if (restSize > 0) end.cut(restSpot);
  return restSize > 0 ? restSpot : spot;
};

const seqs = (first: number, last: number): string => (first === last ? `seq ${first}` : `seq ${first} to ${last}`);
const plural = (count: number): string => (count === 1 ? '1 line' : `${count} lines`);

/** Adds a range to sorted ranges that neither touch nor overlap. */
const cover = (covered: Range[], range: Range): void => {
  let index = covered.length;
  while (index > 0 && (covered[index - 1]?.last ?? 0) + 1 >= range.first) index -= 1;
  const merged = { ...range };
  let count = 0;
  for (let next = covered[index]; next && next.first <= merged.last + 1; next = covered[index + count]) {
    merged.first = Math.min(merged.first, next.first);
    merged.last = Math.max(merged.last, next.last);
    count += 1;
  }
  covered.splice(index, count, merged);
};

/** Tells from the runs of one chain, in the order in which they stand, what was doubled, moved, replaced or removed. */
const judgeSegments = (
  chain: Chain,
  tell: Tell,
  spotText: (spot: Spot, near?: Spot) => string,
): { lowest: number; highest: number; reordered: boolean } => {
  const { inst, segments } = chain;
  const endings = new Map<number, Segment[]>();
  for (const segment of segments) endings.set(segment.last, [...(endings.get(segment.last) ?? []), segment]);
  const beginnings = new Map(segments.map((segment) => [segment.first, segment]));
  const covered: Range[] = [];
  let highest = 0;
  let before: Segment | undefined;
  let reordered = false;

  for (const segment of segments) {
    const { first, last, prev, from } = segment;
    const of = { inst, seq: first };
    let doubled = 0;
    for (const range of first > highest ? [] : covered) {
      doubled += Math.max(0, Math.min(last, range.last) - Math.max(first, range.first) + 1);
    }
    if (doubled > 0) {
      const text = `doubled: from here on ${plural(doubled)} of this process stand a second time (from ${seqs(first, first)} on)`;
      tell('fault', 'doubled', from, text, of);
    }
    const late = Math.max(0, Math.min(last, highest) - first + 1) - doubled;
    if (late > 0) {
      reordered = true;
      const otherFile = before !== undefined && before.toFile !== from.file;
      const text = otherFile
        ? `out of order: this file holds earlier lines (${seqs(first, last)}) than the file before it: give the files in the order in which they were written`
        : `out of order: ${plural(last - first + 1)} (${seqs(first, last)}) up to ${spotText({ file: segment.toFile, line: segment.toLine }, from)} stand after seq ${highest}, and were written before it`;
      tell('fault', 'reordered', from, text, of);
    }
    const followed = endings.get(first - 1);
    const follows = followed?.some(({ hash, alias }) => prev === hash || prev === alias);
    if (first === 1 ? prev !== FIRST_PREV : follows === false) {
      const earlier = followed?.[0];
      const text = earlier
        ? `the line does not follow from ${spotText({ file: earlier.toFile, line: earlier.toLine }, from)}: one of the two was replaced by another with a hash of its own`
        : 'the line is the first of its chain and yet names one before it: it was replaced by another with a hash of its own';
      tell('fault', 'replaced', from, text, of);
    }
    cover(covered, { first, last });
    highest = Math.max(highest, last);
    before = segment;
  }

  covered.slice(1).forEach((range, index) => {
    const hole = { first: (covered[index]?.last ?? 0) + 1, last: range.first - 1 };
    const upper = beginnings.get(range.first)?.from ?? chain.current.from;
    const lower = endings.get(hole.first - 1)?.[0];
    const between = lower ? ` after ${spotText({ file: lower.toFile, line: lower.toLine }, upper)}` : '';
    const count = hole.last - hole.first + 1;
    const text = `missing: ${plural(count)} of this process (${seqs(hole.first, hole.last)}) ${count === 1 ? 'was' : 'were'} removed before this line${between}`;
    tell('fault', 'missing', upper, text, { inst, seq: hole.first });
  });
  return { lowest: covered[0]?.first ?? 1, highest, reordered };
};

import type { Spot } from './findings.ts';
import { type Intents, noIntents, type OpenIntents } from './intents.ts';
import type { TrailLine } from './parse-line.ts';
import type { SealedLine, SealedLines } from './sealed-lines.ts';
import { type Attestation, noAttestation } from './signatures.ts';

/** A run of lines of one process. Each of them follows from the line before it. */
export type Segment = {
  /** `seq` and `prev` of the first line, and its place. */
  readonly first: number;
  readonly prev: string;
  readonly from: Spot;
  /** `seq` and `hash` of the last line, and its place. */
  last: number;
  hash: string;
  to: Spot;
  /** The hash that the last line should have. It differs from `hash` only if the line was edited. */
  actualHash: string;
};

/** All lines of one process (`inst`), as far as they were read. */
export type Chain = {
  readonly inst: string;
  /** In the order of the trail. */
  readonly segments: Segment[];
  /** The last of `segments`. */
  current: Segment;
  /** How many lines, doubled ones included. */
  lines: number;
  highestSeq: number;
  stopSeq: number | undefined;
  /** The first line after the `stop` line. */
  afterStop: Spot | undefined;
  /** What its signatures prove; see `signatures.ts`. */
  readonly attestation: Attestation;
  /** Lines whose hash a seal knows, by `seq`. */
  readonly sealed: ReadonlyMap<number, SealedLine[]> | undefined;
  readonly intents: Intents;
};

/** All chains that were read. */
export type Chains = {
  readonly byInst: Map<string, Chain>;
  /** The chains by the hash of their last line, and by the hash that this line should have. */
  readonly byEnd: Map<string, Chain>;
  /** What seals say about lines, by `inst` and `seq`. */
  readonly sealed: SealedLines;
  /** How often a line did not follow from the line before it in its chain. */
  breaks: number;
  /** How many intents are open in all chains. */
  readonly openIntents: OpenIntents;
};

/** The lines of one process: the lowest and highest `seq`, their number, and whether one of them is a `stop` line. */
export type ChainSummary = {
  readonly inst: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lines: number;
  readonly stopped: boolean;
  /** The hash of the last line. */
  readonly lastHash: string;
  /** Up to which `seq` signatures attest the chain; only if keys were given and a signature fits. */
  readonly attested?: number;
};

export const noChains = (sealed: SealedLines = new Map()): Chains => ({
  byInst: new Map(),
  byEnd: new Map(),
  sealed,
  breaks: 0,
  openIntents: { count: 0 },
});

/** Adds an unedited line to its chain, and returns the chain. A line that does not follow starts a new segment. */
export const placeLine = (chains: Chains, line: TrailLine, spot: Spot): Chain => {
  const chain = chains.byInst.get(line.inst);
  if (!chain) return startChain(chains, line, spot);
  if (line.seq === chain.current.last + 1 && followsFrom(chain.current, line.prev)) {
    extend(chains, chain, line.hash, line.hash, spot);
  } else {
    chains.breaks += 1;
    forgetEnd(chains, chain);
    chain.current = startSegment(line, spot);
    chain.segments.push(chain.current);
    chains.byEnd.set(line.hash, chain);
  }
  return chain;
};

/**
 * Adds an edited line to the chain that it most likely comes from, and returns the chain. The edit may have changed
 * `inst`, `seq` or `prev`. The members that still fit show its place, so that one edit gives one finding. Returns
 * undefined if no member fits.
 */
export const placeEdited = (chains: Chains, line: TrailLine, actualHash: string, spot: Spot): Chain | undefined => {
  const named = chains.byInst.get(line.inst);
  const fits = (chain: Chain): boolean => followsFrom(chain.current, line.prev);
  const chain = named && (fits(named) || line.seq === named.current.last + 1) ? named : chains.byEnd.get(line.prev);
  if (chain) {
    extend(chains, chain, line.hash, actualHash, spot);
    return chain;
  }
  if (named || line.seq !== 1) return undefined;
  const started = startChain(chains, line, spot);
  started.current.actualHash = actualHash;
  chains.byEnd.set(actualHash, started);
  return started;
};

/**
 * Whether `prev` is the hash of the last line of a segment. If that line was edited, it may be either hash: the edit
 * changed the line or its `hash` member.
 */
const followsFrom = (segment: Segment, prev: string): boolean => prev === segment.hash || prev === segment.actualHash;

export const summaryOf = ({ inst, segments, current, lines, stopSeq, attestation }: Chain): ChainSummary => ({
  inst,
  firstSeq: segments.reduce((least, { first }) => Math.min(least, first), Number.MAX_SAFE_INTEGER),
  lastSeq: segments.reduce((most, { last }) => Math.max(most, last), 0),
  lines,
  stopped: stopSeq !== undefined,
  lastHash: current.hash,
  ...(attestation.seq !== undefined && { attested: attestation.seq }),
});

const startChain = (chains: Chains, line: TrailLine, spot: Spot): Chain => {
  const current = startSegment(line, spot);
  const chain: Chain = {
    inst: line.inst,
    segments: [current],
    current,
    lines: 0,
    highestSeq: 0,
    stopSeq: undefined,
    afterStop: undefined,
    intents: noIntents(line.inst, chains.openIntents),
    attestation: noAttestation(),
    sealed: chains.sealed.get(line.inst),
  };
  chains.byInst.set(line.inst, chain);
  chains.byEnd.set(line.hash, chain);
  return chain;
};

const startSegment = ({ seq, prev, hash }: TrailLine, spot: Spot): Segment => ({
  first: seq,
  prev,
  from: spot,
  last: seq,
  hash,
  to: spot,
  actualHash: hash,
});

const extend = (chains: Chains, chain: Chain, hash: string, actualHash: string, spot: Spot): void => {
  forgetEnd(chains, chain);
  const segment = chain.current;
  segment.last += 1;
  segment.hash = hash;
  segment.actualHash = actualHash;
  segment.to = spot;
  chains.byEnd.set(hash, chain);
  if (actualHash !== hash) chains.byEnd.set(actualHash, chain);
};

const forgetEnd = ({ byEnd }: Chains, { current: { hash, actualHash } }: Chain): void => {
  byEnd.delete(hash);
  if (actualHash !== hash) byEnd.delete(actualHash);
};

import type { ReadSeal, SealedChain } from '../seal.ts';
import type { Chain } from './chain.ts';
import { addFault, addNote, type Findings, nowhere } from './findings.ts';
import { expectLine, type SealedLine, type SealedLines } from './sealed-lines.ts';

/** A sealed chain, and its last line as the trail has it. */
type Expected = { readonly sealed: SealedChain; readonly line: SealedLine };

/** What seals say about the trail that is checked. */
export type SealChecks = {
  readonly lines: SealedLines;
  /** Chains that must be in the trail. Undefined if no seal of the trail was given. */
  readonly expected: readonly Expected[] | undefined;
  /** Chains of the seal before this trail, by `inst`. */
  readonly before: ReadonlyMap<string, Expected>;
};

/** Returns what to look for while the trail is read. `seals`: of this trail, oldest first. `previous`: the one before it. */
export const prepareSeals = (seals: readonly ReadSeal[] | undefined, previous: ReadSeal | undefined): SealChecks => {
  const lines: SealedLines = new Map();
  const expect = (sealed: SealedChain): Expected => ({
    sealed,
    line: expectLine(lines, sealed.inst, sealed.last, sealed.hash),
  });
  return {
    lines,
    expected: seals?.flatMap(({ chains }) => chains.map(expect)),
    before: new Map((previous?.chains ?? []).map((chain) => [chain.inst, expect(chain)])),
  };
};

/** Reports a seal that does not name the seal before it, in a row of seals. */
export const checkLinks = (seals: readonly ReadSeal[], previous: ReadSeal | undefined, findings: Findings): void => {
  let before = previous;
  for (const [index, seal] of seals.entries()) {
    if (before && seal.previous !== before.digest) {
      const text = `seal ${index + 1} does not follow from the seal before it: a seal between them is missing, or one was replaced`;
      addFault(findings, 'sealLink', nowhere, text);
    }
    before = seal;
  }
};

/** Compares the chains of the trail with what seals say about them. */
export const compareWithSeals = (
  { expected, before }: SealChecks,
  chains: ReadonlyMap<string, Chain>,
  findings: Findings,
): void => {
  for (const each of expected ?? []) compare(each, chains.get(each.sealed.inst), findings);
  for (const { sealed } of before.values()) {
    if (sealed.ended || chains.has(sealed.inst)) continue;
    const text = `the process had not stopped at the seal before (seq ${sealed.last}), and has no line here: it was killed at that moment, or its lines are missing`;
    addNote(findings, 'openBefore', nowhere, text, { inst: sealed.inst });
  }
  if (expected) reportUnsealed(expected, chains, findings);
};

const compare = (expected: Expected, chain: Chain | undefined, findings: Findings): void => {
  const { inst, first, last } = expected.sealed;
  if (chain === undefined) {
    const text = `the whole process is missing: its lines seq ${first} to ${last} are sealed`;
    addFault(findings, 'sealMissing', nowhere, text, { inst });
    return;
  }
  const lowest = chain.segments.reduce((least, segment) => Math.min(least, segment.first), Number.MAX_SAFE_INTEGER);
  if (lowest > first) {
    const text = `lines seq ${first} to ${lowest - 1} of this process are missing: they are sealed`;
    addFault(findings, 'sealMissing', chain.segments[0]?.from ?? nowhere, text, { inst, seq: first });
  }
  compareEnd(expected, chain, findings);
};

/** Reports a chain that ends before its last sealed line, or whose line there is not the one that was sealed. */
export const compareEnd = ({ sealed, line }: Expected, chain: Chain, findings: Findings): void => {
  const { inst, last } = sealed;
  const { highestSeq, current } = chain;
  if (highestSeq < last) {
    const text = `the chain ends early: lines seq ${highestSeq + 1} to ${last} are missing, and they are sealed`;
    addFault(findings, 'sealShorter', current.to, text, { inst, seq: highestSeq });
  } else if (line.found !== line.hash) {
    const text = `the chain is not the one that was sealed: its line seq ${last} has another hash, so lines up to there were changed and computed anew`;
    addFault(findings, 'sealOther', current.to, text, { inst, seq: last });
  }
};

const reportUnsealed = (
  expected: readonly Expected[],
  chains: ReadonlyMap<string, Chain>,
  findings: Findings,
): void => {
  const sealedUpTo = new Map<string, number>();
  for (const { sealed } of expected) {
    sealedUpTo.set(sealed.inst, Math.max(sealed.last, sealedUpTo.get(sealed.inst) ?? 0));
  }
  for (const { inst, highestSeq, segments, current } of chains.values()) {
    const last = sealedUpTo.get(inst);
    if (last === undefined) {
      const text = 'no seal names this process: it is of another period, or was added later';
      addNote(findings, 'notSealed', segments[0]?.from ?? nowhere, text, { inst });
    } else if (highestSeq > last) {
      const text = `lines seq ${last + 1} to ${highestSeq} of this process are not sealed`;
      addNote(findings, 'afterSeal', current.to, text, { inst, seq: highestSeq });
    }
  }
};

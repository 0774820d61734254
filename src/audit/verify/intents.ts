import { addNote, type Findings, type Spot } from './findings.ts';

type Intent = { readonly spot: Spot; readonly seq: number; readonly heartbeat: number };

/** The calls to LED of one process that have no `access` line so far, and what may excuse those that never get one. */
export type Intents = {
  readonly inst: string;
  /** By the id of the request, the oldest first. */
  readonly open: Map<string, Intent>;
  readonly inAllChains: OpenIntents;
  heartbeats: number;
  /**
   * How many `access` lines were lost by the chain's own `gap` lines. Each excuses one intent, and is then subtracted.
   */
  lost: number;
  lastGapSeq: number;
};

/**
 * An intent that has no `access` after this many heartbeats never gets one: a request lasts at most two minutes
 * (LED_TIMEOUT_MS), and heartbeats are a minute apart. Heartbeats are counted because `ts` depends on a clock.
 */
const PATIENCE = 5;
/** If more intents are open in all chains, the oldest are reported immediately, so that memory stays bounded. */
const MOST_OPEN = 100_000;

/** How many intents are open in all chains together. */
export type OpenIntents = { count: number };

export const noIntents = (inst: string, inAllChains: OpenIntents = { count: 0 }): Intents => ({
  inst,
  inAllChains,
  open: new Map(),
  heartbeats: 0,
  lost: 0,
  lastGapSeq: 0,
});

/** An `intent` line. Only the first of a request counts: those of its retries belong to the same `access`. */
export const openIntent = (intents: Intents, id: string, seq: number, spot: Spot, findings: Findings): void => {
  const { open, heartbeats, inAllChains } = intents;
  if (open.has(id)) return;
  open.set(id, { spot, seq, heartbeat: heartbeats });
  inAllChains.count += 1;
  if (inAllChains.count > MOST_OPEN) giveUpOldest(intents, findings);
};

/** An `access` line. */
export const closeIntent = ({ open, inAllChains }: Intents, id: string): void => {
  if (open.delete(id)) inAllChains.count -= 1;
};

export const countHeartbeat = (intents: Intents, findings: Findings): void => {
  intents.heartbeats += 1;
  giveUpOldest(intents, findings);
};

/** A `gap` line: `count` access lines before it were lost. */
export const countLost = (intents: Intents, count: number, seq: number): void => {
  intents.lost += count;
  intents.lastGapSeq = seq;
};

/**
 * Reports all intents that are open at the end of a chain, each as a note: the call to LED was made, and it is not known
 * how the request ended. `stopped`: whether the chain has a `stop` line.
 */
export const reportOpen = (intents: Intents, stopped: boolean, findings: Findings): void => {
  for (const intent of intents.open.values()) report(intents, intent, !stopped, findings);
  intents.inAllChains.count -= intents.open.size;
};

const giveUpOldest = (intents: Intents, findings: Findings): void => {
  const { open, heartbeats, inAllChains } = intents;
  for (const [id, intent] of open) {
    if (heartbeats - intent.heartbeat < PATIENCE && inAllChains.count <= MOST_OPEN) return;
    closeIntent(intents, id);
    report(intents, intent, false, findings);
  }
};

const report = (intents: Intents, { spot, seq }: Intent, wasKilled: boolean, findings: Findings): void => {
  addNote(findings, 'intentWithoutAccess', spot, `intent without access: ${reasonOf(intents, seq, wasKilled)}`, {
    inst: intents.inst,
    seq,
  });
};

const reasonOf = (intents: Intents, seq: number, wasKilled: boolean): string => {
  if (seq < intents.lastGapSeq && intents.lost > 0) {
    intents.lost -= 1;
    return 'its access line may be among those that a later gap line counts';
  }
  if (wasKilled) return 'the call to LED was under way when the process ended without a stop line';
  return 'LED was asked, but no line says how the request ended';
};

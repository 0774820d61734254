import { addFault, addIncomplete, type Findings, type Spot } from './findings.ts';

type Intent = { readonly spot: Spot; readonly seq: number; readonly heartbeat: number };

/** The calls to LED of one process that have no `access` line so far, and what may excuse those that never get one. */
export type Intents = {
  readonly inst: string;
  /** By the id of the request, the oldest first. */
  readonly open: Map<string, Intent>;
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
/** If more intents are open, the oldest are reported immediately, so that memory stays bounded. */
const MOST_OPEN = 100_000;

export const noIntents = (inst: string): Intents => ({
  inst,
  open: new Map(),
  heartbeats: 0,
  lost: 0,
  lastGapSeq: 0,
});

/** An `intent` line. Only the first of a request counts: those of its retries belong to the same `access`. */
export const openIntent = (intents: Intents, id: string, seq: number, spot: Spot, findings: Findings): void => {
  const { open, heartbeats } = intents;
  if (open.has(id)) return;
  open.set(id, { spot, seq, heartbeat: heartbeats });
  if (open.size > MOST_OPEN) giveUpOldest(intents, findings);
};

/** An `access` line. */
export const closeIntent = ({ open }: Intents, id: string): void => void open.delete(id);

export const countHeartbeat = (intents: Intents, findings: Findings): void => {
  intents.heartbeats += 1;
  giveUpOldest(intents, findings);
};

/** A `gap` line: `count` access lines before it were lost. */
export const countLost = (intents: Intents, count: number, seq: number): void => {
  intents.lost += count;
  intents.lastGapSeq = seq;
};

/** Reports all intents that are open at the end of a chain. `stopped`: whether the chain has a `stop` line. */
export const reportOpen = (intents: Intents, stopped: boolean, findings: Findings): void => {
  for (const intent of intents.open.values()) report(intents, intent, !stopped, findings);
};

const giveUpOldest = (intents: Intents, findings: Findings): void => {
  const { open, heartbeats } = intents;
  for (const [id, intent] of open) {
    if (heartbeats - intent.heartbeat < PATIENCE && open.size <= MOST_OPEN) return;
    open.delete(id);
    report(intents, intent, false, findings);
  }
};

const report = (intents: Intents, { spot, seq }: Intent, wasKilled: boolean, findings: Findings): void => {
  const about = { inst: intents.inst, seq };
  if (seq < intents.lastGapSeq && intents.lost > 0) {
    intents.lost -= 1;
    const text = 'intent without access: its access line may be among those that a later gap line counts';
    addIncomplete(findings, 'intentWithoutAccess', spot, text, about);
  } else if (wasKilled) {
    const text = 'intent without access: the call to LED was under way when the process ended without a stop line';
    addIncomplete(findings, 'intentWithoutAccess', spot, text, about);
  } else {
    const text = 'intent without access: LED was asked, but no line says how the request ended';
    addFault(findings, 'intentWithoutAccess', spot, text, about);
  }
};

import type { Chain } from './chain.ts';
import { addFault, addIncomplete, type Findings, type Spot } from './findings.ts';
import type { IdSet } from './id-set.ts';
import { closeIntent, countHeartbeat, countLost, openIntent } from './intents.ts';
import type { TrailLine } from './parse-line.ts';

/** What is noted over all chains: the ids that have an `access` line, and how many lines were lost in gaps. */
export type Noted = { readonly accessIds: IdSet; lost: number };

/**
 * Notes in a chain what its next line says: its start, calls to LED and their ends, heartbeats, gaps, the stop. `seq` is
 * the real place of the line in the chain. If the line was edited, its own `seq` may be another. Returns false if the
 * line is doubled or out of order: such a line says nothing new.
 */
export const followChain = (
  chain: Chain,
  line: TrailLine,
  seq: number,
  spot: Spot,
  { findings, noted }: { readonly findings: Findings; readonly noted: Noted },
): boolean => {
  chain.lines += 1;
  if (seq <= chain.highestSeq) return false;
  chain.highestSeq = seq;
  if (chain.stopSeq !== undefined && seq > chain.stopSeq) chain.afterStop ??= spot;
  const { intents } = chain;
  const of = { inst: line.inst, seq };
  if (seq === 1 && line.kind !== 'start') {
    addFault(findings, 'noStart', spot, 'the first line of this process is not its start', of);
  }
  switch (line.kind) {
    case 'start':
      if (seq > 1) addFault(findings, 'secondStart', spot, 'a start that is not the first line of its process', of);
      break;
    case 'intent':
      if (typeof line.id === 'string') openIntent(intents, line.id, seq, spot, findings);
      break;
    case 'access':
      if (typeof line.id !== 'string') break;
      closeIntent(intents, line.id);
      if (!noted.accessIds.add(line.id)) {
        addFault(findings, 'secondAccess', spot, 'a second access of one id: each request has exactly one', of);
      }
      break;
    case 'heartbeat':
      countHeartbeat(intents, findings);
      break;
    case 'gap': {
      const count = Number.isSafeInteger(line.count) ? (line.count as number) : 0;
      countLost(intents, count, seq);
      noted.lost += count;
      const [lines, were] = count === 1 ? ['1 access line', 'was'] : [`${count} access lines`, 'were'];
      const text = `a gap: ${lines} ${were} lost while the reader of the trail did not read`;
      addIncomplete(findings, 'gap', spot, text, of);
      break;
    }
    case 'stop':
      chain.stopSeq = seq;
      break;
    default:
      addFault(findings, 'unknownKind', spot, 'the line is of a kind that no audit line has', of);
  }
  return true;
};

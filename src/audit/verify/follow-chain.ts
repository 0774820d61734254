import type { Chain } from './chain.ts';
import { addIncomplete, type Findings, type Spot } from './findings.ts';
import { closeIntent, countHeartbeat, countLost, openIntent } from './intents.ts';
import type { TrailLine } from './parse-line.ts';

/**
 * Notes in a chain what its next line says: calls to LED and their ends, heartbeats, gaps, the stop. `seq` is the real
 * place of the line in the chain. If the line was edited, its own `seq` may be another.
 */
export const followChain = (chain: Chain, line: TrailLine, seq: number, spot: Spot, findings: Findings): void => {
  chain.lines += 1;
  // A line that is doubled or out of order says nothing new.
  if (seq <= chain.highestSeq) return;
  chain.highestSeq = seq;
  if (chain.stopSeq !== undefined && seq > chain.stopSeq) chain.afterStop ??= spot;
  const { intents } = chain;
  switch (line.kind) {
    case 'intent':
      if (typeof line.id === 'string') openIntent(intents, line.id, seq, spot, findings);
      break;
    case 'access':
      if (typeof line.id === 'string') closeIntent(intents, line.id);
      break;
    case 'heartbeat':
      countHeartbeat(intents, findings);
      break;
    case 'gap': {
      const count = Number.isSafeInteger(line.count) ? (line.count as number) : 0;
      countLost(intents, count, seq);
      const text = `a gap: ${count} access lines were lost while the reader of the trail did not read`;
      addIncomplete(findings, 'gap', spot, text, { inst: line.inst, seq });
      break;
    }
    case 'stop':
      chain.stopSeq = seq;
      break;
    default:
  }
};

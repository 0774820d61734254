import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../src/audit/event.ts';
import { noChains, placeLine } from '../../../src/audit/verify/chain.ts';
import { inOrder, noFindings } from '../../../src/audit/verify/findings.ts';
import { followChain } from '../../../src/audit/verify/follow-chain.ts';
import { createIdSet } from '../../../src/audit/verify/id-set.ts';
import { parseLine, type TrailLine } from '../../../src/audit/verify/parse-line.ts';
import { createChain, sampleAccess, sampleIntent, sampleStart } from '../sample.ts';

const linesOf = (...events: AuditEvent[]): TrailLine[] => {
  const chain = createChain('inst-1');
  return events.map((event) => parseLine(chain(event).trimEnd()) as TrailLine);
};

const follow = (...lines: TrailLine[]) => {
  const chains = noChains();
  const findings = noFindings(['audit.log'], false);
  const noted = { accessIds: createIdSet(), lost: 0 };
  lines.forEach((line, index) => {
    const spot = { file: 0, line: index + 1 };
    followChain(placeLine(chains, line, spot), line, line.seq, spot, { findings, noted });
  });
  const [faults, notes] = [findings.faults, findings.notes].map((list) => inOrder(list, findings.files));
  return { chain: chains.byInst.get('inst-1'), faults: faults ?? [], notes: notes ?? [], lost: noted.lost };
};

describe('following a chain', () => {
  it('keeps the calls to LED that have no access yet', () => {
    const { chain } = follow(...linesOf(sampleIntent('a'), sampleIntent('b'), sampleAccess('a')));
    expect([...(chain?.intents.open.keys() ?? [])]).toEqual(['b']);
    expect(chain).toMatchObject({ lines: 3, highestSeq: 3, stopSeq: undefined });
  });

  it('counts a doubled or late line, and ignores what it says', () => {
    const lines = linesOf(sampleIntent('a'), sampleAccess('a'), { kind: 'heartbeat' });
    const { chain } = follow(...lines, ...lines);
    expect(chain).toMatchObject({ lines: 6, highestSeq: 3, intents: { heartbeats: 1 } });
    expect(chain?.intents.open.size).toBe(0);
  });

  it('notes a gap with its count', () => {
    const { chain, notes, lost } = follow(...linesOf({ kind: 'gap', count: 12 }));
    expect([chain?.intents, lost]).toMatchObject([{ lost: 12, lastGapSeq: 1 }, 12]);
    expect(notes).toEqual([
      {
        kind: 'gap',
        text: 'a gap: 12 access lines were lost while the reader of the trail did not read',
        inst: 'inst-1',
        seq: 1,
        file: 'audit.log',
        line: 1,
      },
    ]);
    const one = follow(...linesOf({ kind: 'gap', count: 1 })).notes;
    expect(one[0]?.text).toBe('a gap: 1 access line was lost while the reader of the trail did not read');
    const [gap] = linesOf({ kind: 'gap', count: 12 });
    expect(follow({ ...gap, count: 'many' } as TrailLine).chain?.intents.lost).toBe(0);
  });

  it('names a start that is missing or is there twice, a kind that no line has, and a second access', () => {
    const kinds = (...lines: TrailLine[]) => follow(...lines).faults.map(({ kind, seq }) => `${kind}@${seq}`);
    const start = sampleStart();
    expect(kinds(...linesOf(start, sampleAccess('a'), { kind: 'stop' }))).toEqual([]);
    expect(kinds(...linesOf({ kind: 'heartbeat' }))).toEqual(['noStart@1']);
    expect(kinds(...linesOf(start, { kind: 'heartbeat' }, start))).toEqual(['secondStart@3']);
    expect(kinds(...linesOf(start, sampleAccess('a'), sampleAccess('b'), sampleAccess('a')))).toEqual([
      'secondAccess@4',
    ]);
    expect(kinds(...linesOf(start, { kind: 'pause' } as unknown as AuditEvent))).toEqual(['unknownKind@2']);
  });

  it('keeps the place of the first line after the stop', () => {
    const { chain } = follow(...linesOf({ kind: 'stop' }, { kind: 'heartbeat' }, { kind: 'heartbeat' }));
    expect(chain).toMatchObject({ stopSeq: 1, afterStop: { file: 0, line: 2 } });
  });
});

import { describe, expect, it } from 'vitest';
import { type Findings, inOrder, noFindings } from '../../../src/audit/verify/findings.ts';
import {
  closeIntent,
  countHeartbeat,
  countLost,
  noIntents,
  openIntent,
  reportOpen,
} from '../../../src/audit/verify/intents.ts';

const start = (complete = false) => {
  const findings = noFindings(['audit.log'], complete);
  const intents = noIntents('inst-1');
  return {
    findings,
    intents,
    open: (id: string, seq: number) => openIntent(intents, id, seq, { file: 0, line: seq }, findings),
  };
};

const reported = ({ faults, notes, files }: Findings) => ({
  faults: inOrder(faults, files).map(({ seq, text }) => `${seq} ${text}`),
  notes: inOrder(notes, files).map(({ seq, text }) => `${seq} ${text}`),
});

describe('an intent without access', () => {
  it('is not reported while its access may still come', () => {
    const { findings, intents, open } = start();
    open('a', 1);
    for (let beat = 0; beat < 4; beat += 1) countHeartbeat(intents, findings);
    closeIntent(intents, 'a');
    countHeartbeat(intents, findings);
    reportOpen(intents, true, findings);
    expect(reported(findings)).toEqual({ faults: [], notes: [] });
  });

  it('is a note after five heartbeats, or when the process stopped', () => {
    const text = 'intent without access: LED was asked, but no line says how the request ended';
    const { findings, intents, open } = start();
    open('a', 1);
    for (let beat = 0; beat < 5; beat += 1) countHeartbeat(intents, findings);
    open('b', 7);
    expect(reported(findings).notes).toEqual([`1 ${text}`]);
    reportOpen(intents, true, findings);
    expect(reported(findings)).toEqual({ faults: [], notes: [`1 ${text}`, `7 ${text}`] });
  });

  it('is a note when the process was killed, also if the trail must be complete', () => {
    const expected = [expect.stringContaining('under way when the process ended without a stop line')];
    for (const complete of [false, true]) {
      const { findings, intents, open } = start(complete);
      open('a', 1);
      reportOpen(intents, false, findings);
      expect(reported(findings)).toEqual({ faults: [], notes: expected });
    }
  });

  it('is excused by a later gap, once for each lost line', () => {
    const { findings, intents, open } = start();
    open('a', 1);
    open('b', 2);
    countLost(intents, 1, 3);
    open('c', 4);
    reportOpen(intents, true, findings);
    expect(reported(findings)).toEqual({
      faults: [],
      notes: [
        expect.stringMatching(/^1 .*a later gap line counts/),
        expect.stringMatching(/^2 .*no line says/),
        expect.stringMatching(/^4 .*no line says/),
      ],
    });
  });

  it('is one for a request and its retry', () => {
    const { findings, intents, open } = start();
    open('a', 1);
    open('a', 2);
    reportOpen(intents, true, findings);
    expect(reported(findings).notes).toEqual([expect.stringMatching(/^1 /)]);
  });

  it('is reported early if over 100 000 are open, so that memory stays bounded', () => {
    const { findings, intents, open } = start();
    for (let seq = 1; seq <= 100_003; seq += 1) open(`id-${seq}`, seq);
    expect(intents.open.size).toBe(100_000);
    expect(reported(findings).notes.map((note) => note.split(' ')[0])).toEqual(['1', '2', '3']);
  });
});

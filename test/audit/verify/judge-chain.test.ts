import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../src/audit/event.ts';
import { noChains, placeLine } from '../../../src/audit/verify/chain.ts';
import { inOrder, noFindings } from '../../../src/audit/verify/findings.ts';
import { followChain } from '../../../src/audit/verify/follow-chain.ts';
import { createIdSet } from '../../../src/audit/verify/id-set.ts';
import { judgeChain } from '../../../src/audit/verify/judge-chain.ts';
import { parseLine, type TrailLine } from '../../../src/audit/verify/parse-line.ts';
import { createChain, sampleIntent, sampleStart } from '../sample.ts';

/** A chain of eight lines, the last of them its stop. */
const chain = createChain('inst-1');
const events: AuditEvent[] = [
  sampleStart(),
  ...Array.from({ length: 6 }, () => ({ kind: 'heartbeat' as const })),
  { kind: 'stop' },
];
const lines = events.map((event) => parseLine(chain(event).trimEnd()) as TrailLine);

/** Judges the chain of these files; a number is the line of `lines` with that `seq`. Returns the findings in order. */
const judge = (files: (number | TrailLine)[][], complete = false): string[] => {
  const chains = noChains();
  const noted = { accessIds: createIdSet(), lost: 0 };
  const findings = noFindings(
    files.map((_, index) => `${index + 1}.log`),
    complete,
  );
  for (const [file, content] of files.entries()) {
    for (const [index, each] of content.entries()) {
      const line = typeof each === 'number' ? (lines[each - 1] as TrailLine) : each;
      const spot = { file, line: index + 1 };
      followChain(placeLine(chains, line, spot), line, line.seq, spot, { findings, noted });
    }
  }
  for (const found of chains.byInst.values()) judgeChain(found, findings);
  const words = (severity: string, list: typeof findings.faults): string[] =>
    inOrder(list, findings.files).map(({ kind, file, line, text }) => `${severity} ${kind} ${file}:${line} ${text}`);
  return [...words('fault', findings.faults), ...words('note', findings.notes)];
};

describe('judging a chain', () => {
  it('finds nothing in a whole one', () => {
    expect(judge([[1, 2, 3, 4, 5, 6, 7, 8]], true)).toEqual([]);
    expect(judge([[1, 2, 3], [], [4, 5, 6, 7, 8]], true)).toEqual([]);
  });

  it('finds missing lines, between the lines on both sides', () => {
    expect(judge([[1, 2, 5, 6, 8]])).toEqual([
      'fault missing 1.log:3 2 lines of this process are missing (seq 3 to 4): before this line and after line 2',
      'fault missing 1.log:5 1 line of this process is missing (seq 7): before this line and after line 4',
    ]);
    expect(
      judge([
        [1, 2],
        [4, 5, 6, 7, 8],
      ]),
    ).toEqual([
      'fault missing 2.log:1 1 line of this process is missing (seq 3): before this line and after 1.log, line 2',
    ]);
  });

  it('finds lines that appear a second time', () => {
    expect(judge([[1, 2, 3, 2, 3, 4, 5, 6, 7, 8]])).toEqual([
      'fault doubled 1.log:4 doubled: from here on, 2 lines of this process appear a second time (from seq 2 on)',
    ]);
    expect(judge([[1, 2, 3, 3, 4, 5, 6, 7, 8]])).toEqual([
      'fault doubled 1.log:4 doubled: from here on, 1 line of this process appears a second time (from seq 3 on)',
    ]);
  });

  it('finds lines and files out of order', () => {
    expect(judge([[1, 4, 5, 2, 3, 6, 7, 8]])).toEqual([
      'fault reordered 1.log:4 out of order: 2 lines (seq 2 to 3) up to line 5 come after seq 5 but were written before it',
    ]);
    expect(
      judge([
        [5, 6, 7, 8],
        [1, 2, 3, 4],
      ]),
    ).toEqual([
      'fault reordered 2.log:1 out of order: this file holds earlier lines (seq 1 to 4) than the file before it: give the files in the order in which they were written',
    ]);
  });

  it('finds a line that was replaced by one with a hash of its own', () => {
    const forged = (seq: number, change: Partial<TrailLine>): TrailLine => ({
      ...(lines[seq - 1] as TrailLine),
      ...change,
    });
    expect(judge([[1, 2, forged(3, { hash: 'f'.repeat(64) }), 4, 5, 6, 7, 8]])).toEqual([
      'fault replaced 1.log:4 the line does not follow from line 3: one of the two was replaced by another with a hash of its own',
    ]);
    expect(judge([[forged(1, { prev: 'f'.repeat(64) }), 2, 3, 4, 5, 6, 7, 8]])).toEqual([
      'fault replaced 1.log:1 the line is the first of its chain but names a line before it: it was replaced by another with a hash of its own',
    ]);
  });

  it('finds a chain that begins later or does not end: notes, or faults if it must be complete', () => {
    const texts = [
      'beginsLater 1.log:1 the chain begins with seq 3: 2 lines before it are elsewhere or missing',
      'noStop 1.log:3 the chain ends here without a stop line: the process was killed or still runs, or later lines are missing',
    ];
    expect(judge([[3, 4, 5]])).toEqual(texts.map((text) => `note ${text}`));
    expect(judge([[3, 4, 5]], true)).toEqual(texts.map((text) => `fault ${text}`));
    expect(judge([[2, 3, 4, 5, 6, 7, 8]])).toEqual([
      'note beginsLater 1.log:1 the chain begins with seq 2: 1 line before it is elsewhere or missing',
    ]);
  });

  it('finds lines after the stop', () => {
    const after = parseLine(chain({ kind: 'heartbeat' }).trimEnd()) as TrailLine;
    expect(judge([[1, 2, 3, 4, 5, 6, 7, 8, after]])).toEqual([
      'fault afterStop 1.log:9 the chain goes on after its stop line',
    ]);
  });

  it('asks for the access of an intent only if the lines are in order', () => {
    const running = createChain('inst-2');
    const [first, intent, last] = [running(sampleStart()), running(sampleIntent('a')), running({ kind: 'stop' })].map(
      (line) => parseLine(line.trimEnd()) as TrailLine,
    ) as [TrailLine, TrailLine, TrailLine];
    expect(judge([[first, intent, last]])).toEqual([
      'note intentWithoutAccess 1.log:2 intent without access: LED was asked, but no line says how the request ended',
    ]);
    expect(judge([[intent, first, last]])).toEqual([expect.stringContaining('reordered')]);
  });
});

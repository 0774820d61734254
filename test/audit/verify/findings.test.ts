import { describe, expect, it } from 'vitest';
import { addFault, addIncomplete, addNote, inOrder, nameOf, noFindings } from '../../../src/audit/verify/findings.ts';

const files = ['1.log', '2.log'];

describe('findings', () => {
  it('come in the order of the lines, with the name of the file', () => {
    const findings = noFindings(files, false);
    addFault(findings, 'missing', { file: 1, line: 2 }, 'b', { inst: 'i', seq: 9 });
    addFault(findings, 'edited', { file: 1, line: 1 }, 'a');
    addFault(findings, 'notAuditLine', { file: 0, line: 7 }, 'c');
    expect(inOrder(findings.faults, files)).toEqual([
      { kind: 'notAuditLine', text: 'c', file: '1.log', line: 7 },
      { kind: 'edited', text: 'a', file: '2.log', line: 1 },
      { kind: 'missing', text: 'b', inst: 'i', seq: 9, file: '2.log', line: 2 },
    ]);
  });

  it('of an incomplete trail are notes, and faults if the trail must be complete', () => {
    const counts = (complete: boolean): number[] => {
      const findings = noFindings(files, complete);
      addIncomplete(findings, 'noStop', { file: 0, line: 1 }, '');
      addNote(findings, 'noLineFeed', { file: 0, line: 1 }, '');
      return [findings.faults.count, findings.notes.count];
    };
    expect(counts(false)).toEqual([0, 2]);
    expect(counts(true)).toEqual([1, 1]);
  });

  it('are all counted, and the first thousand kept', () => {
    const findings = noFindings(files, false);
    for (let line = 1; line <= 1500; line += 1) addFault(findings, 'notAuditLine', { file: 0, line }, '');
    expect(findings.faults.count).toBe(1500);
    expect(inOrder(findings.faults, files).map(({ line }) => line)).toEqual(
      Array.from({ length: 1000 }, (_, index) => index + 1),
    );
  });
});

describe('the name of a line in a text', () => {
  it('has the file only where the reader needs it', () => {
    const several = noFindings(files, false);
    expect(nameOf({ file: 1, line: 3 }, several)).toBe('2.log, line 3');
    expect(nameOf({ file: 1, line: 3 }, several, { file: 0, line: 9 })).toBe('2.log, line 3');
    expect(nameOf({ file: 1, line: 3 }, several, { file: 1, line: 9 })).toBe('line 3');
    expect(nameOf({ file: 0, line: 3 }, noFindings(['-'], false))).toBe('line 3');
  });
});

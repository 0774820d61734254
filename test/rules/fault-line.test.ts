import { expect, test } from 'vitest';
import { faultLine } from '../../src/rules/fault-line.ts';

test.each([
  [{ file: 'a.json', path: 'subjects[0]', message: 'is wrong' }, 'a.json: subjects[0]: is wrong'],
  [{ file: 'a.json', path: '', message: 'is not JSON' }, 'a.json: is not JSON'],
  // The message may quote the file, and the name of the file may hold a line feed.
  [{ file: 'a\nb.json', path: '', message: 'found\n\t  "x"\r\n here' }, 'a b.json: found "x" here'],
])('%j', (fault, line) => {
  expect(faultLine(fault)).toBe(line);
});

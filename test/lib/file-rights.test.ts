import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isWorldWritable } from '../../src/lib/file-rights.ts';

const folder = mkdtempSync(join(tmpdir(), 'file-rights-'));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
/** A file with these modes of itself and of its folder. */
const fileWith = (mode: number, folderMode = 0o755): string => {
  made += 1;
  const inner = join(folder, String(made));
  mkdirSync(inner);
  const path = join(inner, 'key');
  writeFileSync(path, 'x');
  chmodSync(path, mode);
  chmodSync(inner, folderMode);
  return path;
};

test.each([
  ['its owner', 0o600, 0o755, false],
  ['its group', 0o660, 0o775, false],
  ['all may read it', 0o644, 0o755, false],
  ['all', 0o602, 0o755, true],
  ['all, by its folder', 0o600, 0o777, true],
  ['its owner, in a sticky folder', 0o600, 0o1777, false],
])('who may write it: %s', (_, mode, folderMode, expected) => {
  expect(isWorldWritable(fileWith(mode, folderMode))).toBe(expected);
});

test('a link is judged by what it leads to', () => {
  const link = join(folder, 'link');
  symlinkSync(fileWith(0o666), link);
  expect(isWorldWritable(link)).toBe(true);
  expect(isWorldWritable(join(folder, 'missing'))).toBe(false);
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'audit-stdout-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'audit.log');

/** Runs stdout-child.ts in a shell, before which `before` is done, and returns what it says on standard error. */
const run = (task: string, redirection: string, before = ':'): string => {
  const command = `${before}; exec "$0" "$1" ${task} ${redirection}`;
  const child = join(import.meta.dirname, 'stdout-child.ts');
  return spawnSync('sh', ['-c', command, process.execPath, child], { encoding: 'utf8' }).stderr;
};

describe('the check of standard output at the start', () => {
  it.each([
    ['is closed', '>&-'],
    ['is the null device', '>/dev/null'],
  ])('finds that it %s', (_, redirection) => {
    expect(run('fault', redirection)).toMatch(
      /^standard output is closed or the null device: audit lines would be lost$/,
    );
  });

  it.each([
    ['a pipe', '| cat'],
    ['a file', `>'${file}'`],
    ['another device', '>/dev/full'],
  ])('accepts %s', (_, redirection) => {
    expect(run('fault', redirection)).toBe('fine');
  });
});

describe('the writer for standard output', () => {
  it('writes each line whole to a file', () => {
    expect(run('write 100 200', `>'${file}'`)).toBe('written written');
    expect(readFileSync(file, 'utf8')).toMatch(/^x{99}\nx{199}\n$/);
  });

  it('fails a line of which the file takes only a part', () => {
    // A limit on the size of files (in blocks of 512 bytes) replaces a full disk: the write that crosses it is
    // cut.
    expect(run('write 400 400', `>'${file}'`, 'ulimit -f 1')).toBe('written EFBIG');
    expect(readFileSync(file, 'utf8')).toMatch(/^x{399}\nx{112}$/);
  });

  it('is standard output itself if that is a pipe', () => {
    expect(run('write 100', '| cat')).toBe('written');
  });
});

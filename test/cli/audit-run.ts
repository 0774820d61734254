import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll } from 'vitest';
import { runAuditCommand } from '../../src/cli/audit.ts';

/** A folder that is removed after the tests of the file. */
export const folder = mkdtempSync(join(tmpdir(), 'audit-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file into the folder, and returns its path. */
export const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** Runs `audit` with these arguments. Returns the exit code and both streams. */
export const run = async (args: string[], input = '') => {
  let out = '';
  let err = '';
  const code = await runAuditCommand(args, {
    stdin: Readable.from([Buffer.from(input)]),
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
  });
  return { code, out, err };
};

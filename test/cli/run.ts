import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll } from 'vitest';
import { runAuditCommand } from '../../src/cli/audit.ts';
import type { CommandIo } from '../../src/cli/command.ts';

/** A folder that is removed after the tests of the file. */
export const folder = mkdtempSync(join(tmpdir(), 'command-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file into the folder, and returns its path. */
export const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** Runs a command in this process, with this standard input. Returns the exit code and both streams. */
export const inProcess = async (command: (io: CommandIo) => Promise<number>, input: string | Buffer = '') => {
  let out = '';
  let err = '';
  const code = await command({
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

/** Runs `audit` with these arguments. */
export const runAudit = (args: string[], input = '') => inProcess((io) => runAuditCommand(args, io), input);

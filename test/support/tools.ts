import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** The folder of the project, as an absolute path. */
export const root = join(import.meta.dirname, '../..');

// biome-ignore lint/suspicious/noExplicitAny: tests read any member of a manifest
export type Manifest = Record<string, any>;

/** The text of a file; `path` is relative to the folder of the project. */
export const text = (path: string): string => readFileSync(join(root, path), 'utf8');

/** A YAML file, parsed. */
export const yaml = (path: string): Manifest => parse(text(path), { merge: true });

/** All documents of a YAML text. Throws when one of them is not valid. */
export const documents = (source: string): Manifest[] =>
  parseAllDocuments(source).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS();
  });

/** Whether a program of this name starts on this machine. Tests that need a missing program are skipped. */
export const hasTool = (name: string): boolean =>
  spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;

/** Runs a program in the folder of the project until it ends. */
export const run = (program: string, ...args: string[]): { code: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  return { code: status, output: `${stdout}${stderr}` };
};

/** A free port, for a program that cannot choose one itself. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** The folder of the project. */
export const root = join(import.meta.dirname, '../..');

// biome-ignore lint/suspicious/noExplicitAny: manifests are read freely
export type Manifest = Record<string, any>;

export const text = (path: string): string => readFileSync(join(root, path), 'utf8');

export const yaml = (path: string): Manifest => parse(text(path), { merge: true });

/** All documents of a YAML text; a fault in any of them fails the test. */
export const documents = (source: string): Manifest[] =>
  parseAllDocuments(source).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS();
  });

/** Whether a program is there; without it a test says so and is passed over. */
export const has = (program: string, ...version: string[]): boolean =>
  spawnSync(program, version, { stdio: 'ignore' }).error === undefined;

export const run = (program: string, ...args: string[]): { code: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  return { code: status, output: `${stdout}${stderr}` };
};

/** A port that nobody listens on, for a program that must be told one. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

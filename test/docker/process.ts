import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../support/tools.ts';

/** A program of this project that runs as a process. `said` holds all of its output. */
export type Program = {
  readonly child: ChildProcess;
  readonly said: { stdout: string; stderr: string };
  /** Resolves with the first match of `pattern` in standard output. Rejects if the program ends without a match. */
  readonly until: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves with the exit code or the signal once it has ended and its streams are read. */
  readonly ended: Promise<number | string | null>;
};

/** Starts `node FILE ARGS…` in the project's folder, in its own process group. */
export const start = (
  file: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string | undefined>> = {},
): Program => {
  const child = spawn(process.execPath, [join(root, file), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const said = { stdout: '', stderr: '' };
  const heard = new EventTarget();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      heard.dispatchEvent(new Event('text'));
    });
  }
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  return {
    child,
    said,
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(said.stdout);
          if (match) resolve(match);
        };
        heard.addEventListener('text', look);
        look();
        ended.then(() => reject(new Error(`ended without ${pattern}: ${said.stderr}`)));
      }),
  };
};

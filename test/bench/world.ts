import { type ChildProcess, execFileSync, fork, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCertificates } from '../support/certificates.ts';
import { environmentFor } from '../support/service.ts';
import { asStarted } from './as-started.ts';
import type { Result, Task } from './load.ts';
import { usageOf } from './usage.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const root = here('../..');

/** The programs that the benchmark measures. */
export const contenders = ['wire', 'wireSigned', 'service', 'serviceSigned', 'usual'] as const;
export type Contender = (typeof contenders)[number];

/** A running contender: its port, and what it has used so far. */
export type Running = {
  readonly port: number;
  /** The time from the start of its process until it listens, ms. */
  readonly startedInMs: number;
  /** Processor time so far, all threads, ms. */
  readonly cpuMs: () => number;
  /** Resident set, MiB. */
  readonly memoryMiB: () => number;
  readonly stop: () => Promise<void>;
};

// The measured process has one core for itself. LED, the load, the readers of its output and this process share the other.
const pinning = spawnSync('taskset', ['--version'], { stdio: 'ignore' }).error === undefined;
const pin = <T extends { readonly pid?: number | undefined }>(core: number, process: T): T => {
  if (pinning) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
  return process;
};
pin(1, process);

const message = <T>(child: ChildProcess, ask?: unknown): Promise<T> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a helper of the benchmark ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer as T);
    });
    if (ask !== undefined) child.send(ask as object);
  });

/** Makes a pipe with a reader that drops everything, in the place of a log collector. Returns the end to write to. */
const drain = (folder: string, name: string): number => {
  const fifo = join(folder, name);
  execFileSync('mkfifo', [fifo]);
  const readEnd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(fifo, constants.O_WRONLY);
  const blocking = openSync(fifo, constants.O_RDONLY);
  pin(1, spawn('cat', [], { stdio: [blocking, 'ignore', 'inherit'] }));
  closeSync(readEnd);
  closeSync(blocking);
  rmSync(fifo);
  return writeEnd;
};

/** Installs the packages of the usual stack in its own folder, once. */
export const installUsualStack = (): void => {
  const folder = here('usual-stack');
  if (existsSync(join(folder, 'node_modules'))) return;
  console.error('installing the usual stack into test/bench/usual-stack (once)');
  execFileSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
  });
};

/**
 * Makes an authority and certificates, and starts the replacement for LED and the load, each in its own process. `main`
 * is the main file of the service.
 */
export const createWorld = async (main = 'dist/main.js') => {
  const { folder, write, remove, server, files } = await createCertificates();
  write('server.crt', server.cert);
  write('server.key', server.key);

  const led = pin(1, fork(here('led.ts'), [folder], { execArgv: [] }));
  const { port } = await message<{ port: number }>(led);
  const load = pin(1, fork(here('load.ts'), [], { execArgv: [] }));
  const urlOf = (delayMs: number): string => `https://localhost:${port}/${delayMs}`;

  const commandOf = (contender: Contender, url: string): { args: string[]; env: Record<string, string> } => {
    switch (contender) {
      case 'wire':
        return { args: [here('wire.ts'), folder, url], env: {} };
      case 'wireSigned':
        return { args: [here('wire.ts'), folder, url, 'sign'], env: {} };
      case 'usual':
        return {
          args: [here('usual-stack/server.js'), folder, url, join(root, 'src/rules/sets/begeleider-ama-1.1.0.json')],
          env: {},
        };
      default:
        return {
          args: [...asStarted.flags, join(root, main), 'serve'],
          env: {
            ...asStarted.environment,
            ...environmentFor(url, files),
            LED_SIGNATURE: contender === 'service' ? 'none' : 'rsa-sha256',
          },
        };
    }
  };

  /** Starts a contender with a LED that takes `delayMs`. Its standard output is a real pipe with a reader. */
  const start = async (contender: Contender, delayMs: number, nodeArgs: string[] = []): Promise<Running> => {
    const { args, env } = commandOf(contender, urlOf(delayMs));
    const out = drain(folder, `out-${contender}-${Math.random()}`);
    const begun = performance.now();
    const command = pinning ? ['taskset', '-c', '0', process.execPath] : [process.execPath];
    const [program = '', ...before] = command;
    const stdio: StdioOptions = ['ignore', out, 'pipe'];
    const child = spawn(program, [...before, ...nodeArgs, ...args], {
      env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', ...env },
      stdio,
    });
    closeSync(out);
    const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
    let words = '';
    const listening = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${contender} ended with ${code}: ${words}`)));
      child.stderr?.on('data', (chunk: Buffer) => {
        if (words.length > 10_000) return;
        words += chunk;
        const line = words.split('\n').find((each) => each.includes('"listening"') && each.endsWith('}'));
        if (line !== undefined) resolve(JSON.parse(line).port);
      });
    });
    return {
      port: listening,
      startedInMs: performance.now() - begun,
      ...usageOf(child.pid ?? 0),
      stop: async () => {
        child.removeAllListeners('exit');
        child.kill('SIGTERM');
        await exited;
      },
    };
  };

  return {
    start,
    load: (task: Task): Promise<Result> => message<Result>(load, task),
    handshakes: (): Promise<{ handshakes: number; resumed: number }> => message(led, {}),
    close: () => {
      led.disconnect();
      load.disconnect();
      remove();
    },
  };
};

export type World = Awaited<ReturnType<typeof createWorld>>;

/** The request body for this person. */
export const bodyOf = (insz: string): string =>
  JSON.stringify({ insz, caseHandler: { id: 'bench' }, caseReference: '2026/0042' });

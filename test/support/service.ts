import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../docker/simulator/server.ts';
import { type Certificates, createCertificates, type ServiceFiles } from './certificates.ts';
import { until } from './until.ts';

const sources = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** What a test of the whole service needs: certificates and keys in a temporary folder, and a simulator over mutual TLS. */
export type World = Pick<Certificates, 'folder' | 'write' | 'authority' | 'server'> & {
  readonly simulator: Simulator;
  /** The settings with which `serve` uses this simulator and free ports. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
};

/** The settings with which `serve` asks LED at `url` with these files, and uses free ports. */
export const environmentFor = (url: string, files: ServiceFiles): Record<string, string> => ({
  HOST: '127.0.0.1',
  PORT: '0',
  OPS_HOST: '127.0.0.1',
  OPS_PORT: '0',
  AUTH_MODE: 'none',
  ALLOW_TEST_INSZ: 'true',
  LED_URL: url,
  LED_SENDER_ID: 'example.vlaanderen.be/led-eligibility',
  LED_CLIENT_CERT_FILE: files.certFile,
  LED_CLIENT_KEY_FILE: files.keyFile,
  LED_CA_FILE: files.caFile,
  AUDIT_KEY_FILE: files.auditKeyFile,
  SHUTDOWN_DELAY_MS: '0',
});

export const createWorld = async (options: Omit<SimulatorOptions, 'tls'> = {}): Promise<World> => {
  const { folder, write, remove, authority, server, files } = await createCertificates();
  const simulator = await startSimulator({ ...options, tls: { ...server, ca: authority.cert } });
  return {
    folder,
    write,
    authority,
    server,
    simulator,
    environment: { ...environmentFor(simulator.url, files), LED_CAPACITY: 'test' },
    close: async () => {
      await simulator.close();
      remove();
    },
  };
};

/** The service as operations runs it: a separate process with a real pipe as standard output. */
export type RunningService = {
  readonly process: ChildProcess;
  readonly port: number;
  readonly opsPort: number;
  readonly url: string;
  readonly opsUrl: string;
  /** The output so far, as text. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The whole audit lines so far, parsed. */
  readonly audit: () => AuditLine[];
  /** The whole access lines so far, parsed. */
  readonly accesses: () => AuditLine[];
  /**
   * Waits for the access line of an answer: the answer can overtake its line on the way to the test. Rejects if there is
   * more than one.
   */
  readonly accessOf: (id: string) => Promise<AuditLine>;
  readonly log: () => Record<string, unknown>[];
  /** Makes the reader of standard output stop and continue. */
  readonly stallReader: () => void;
  readonly resumeReader: () => void;
  /** Closes the reader, so that the next write fails. */
  readonly closeReader: () => void;
  /** Sends SIGTERM unless it has ended, and resolves with the exit code once both streams have ended. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
  readonly exited: Promise<number | null>;
};

// biome-ignore lint/suspicious/noExplicitAny: tests read any member of lines and answers
export type AuditLine = Record<string, any>;

/** The JSON of an answer. */
export const json = (response: Response): Promise<AuditLine> => response.json() as Promise<AuditLine>;

/** The id in the body of a decision or of a problem. Its audit lines have the same id. */
export const idOf = ({ decisionId, instance }: AuditLine): string => decisionId ?? instance.slice('urn:uuid:'.length);

/** The lines of a stream, parsed. A last line without its line feed is left out. */
export const wholeLines = (text: string): AuditLine[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/**
 * Starts `serve` with this environment and waits until it listens. Rejects with its standard error if it ends before.
 * Node's `pipe` for a child is a socket pair, so standard output goes through a FIFO, which is a real pipe.
 */
export const startService = async (
  environment: Readonly<Record<string, string>>,
  main = sources,
): Promise<RunningService> => {
  const folder = mkdtempSync(join(tmpdir(), 'led-eligibility-pipe-'));
  const fifo = join(folder, 'stdout');
  execFileSync('mkfifo', [fifo]);
  const readEnd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(fifo, constants.O_WRONLY);
  const child = spawn(process.execPath, [main, 'serve'], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', writeEnd, 'pipe'],
  });
  closeSync(writeEnd);
  rmSync(folder, { recursive: true, force: true });

  const reader = new Socket({ fd: readEnd, readable: true, writable: false });
  let stdout = '';
  let stderr = '';
  let heard = false;
  reader.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  reader.on('error', () => {});
  const readerEnded = new Promise<void>((resolve) => reader.once('close', () => resolve()));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const listening = new Promise<{ port: number; opsPort: number }>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      // The search stops when the line is found: under load, searching the whole log would take most of the time.
      if (heard) return;
      const line = stderr.split('\n').find((each) => each.includes('"message":"listening"'));
      if (line) resolve(JSON.parse(line));
      heard = line !== undefined;
    });
    exited.then((code) => reject(new Error(`the service ended with ${code} before it listened:\n${stderr}`)));
  });
  const { port, opsPort } = await listening;
  const audit = () => wholeLines(stdout);
  const accesses = () => audit().filter(({ kind }) => kind === 'access');
  return {
    process: child,
    port,
    opsPort,
    url: `http://127.0.0.1:${port}`,
    opsUrl: `http://127.0.0.1:${opsPort}`,
    stdout: () => stdout,
    stderr: () => stderr,
    audit,
    accesses,
    accessOf: async (id) => {
      const found = () => accesses().filter((line) => line.id === id);
      await until(() => found().length > 0);
      const [line = {}, ...more] = found();
      if (more.length > 0) throw new Error(`the answer ${id} has ${1 + more.length} access lines`);
      return line;
    },
    log: () => wholeLines(stderr),
    stallReader: () => void reader.pause(),
    resumeReader: () => void reader.resume(),
    closeReader: () => void reader.destroy(),
    exited,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const code = await exited;
      if (!reader.destroyed) {
        reader.resume();
        await readerEnded;
      }
      return code;
    },
  };
};

/** Runs any command of the package until it ends. Returns its exit code and its output. */
export const runCommand = async (
  args: readonly string[],
  {
    environment = {},
    stdin = '',
    main = sources,
  }: { environment?: Record<string, string>; stdin?: string; main?: string } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> => {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH ?? '', ...environment } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
};

/** Asks about one person. */
export const ask = (service: Pick<RunningService, 'url'>, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${service.url}/eligibility`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

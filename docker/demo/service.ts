import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

export type AuditLine = { readonly kind: string; readonly id?: string } & Readonly<Record<string, unknown>>;

/** Starts the service as a separate process with this environment, and reads its audit lines and its log. */
export const startService = (environment: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), 'serve'], {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C sends SIGINT to the terminal's process group. The service is not in it: the demo stops the service itself.
    detached: true,
  });
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    // Not 'exit', because the pipe may still hold the last log lines at that moment.
    child.once('close', () => resolve());
  });
  const log: string[] = [];
  const audit: AuditLine[] = [];
  const audited: ((line: AuditLine) => void)[] = [];
  // Both streams are read until the service ends: it sends no answer while it cannot write the audit line.
  createInterface(child.stdout).on('line', (text) => {
    const line = JSON.parse(text) as AuditLine;
    audit.push(line);
    if (audit.length > 50) audit.shift();
    for (const listener of audited) listener(line);
  });
  const listening = Promise.withResolvers<{ port: number }>();
  createInterface(child.stderr).on('line', (text) => {
    log.push(text);
    if (log.length > 20) log.shift();
    if (!text.includes('"listening"')) return;
    const { port } = JSON.parse(text) as { port: number };
    listening.resolve({ port });
  });

  return {
    /** Resolves when the service has ended, for any reason. */
    exited,
    /** Resolves when the service listens. Stays pending if it never does. */
    listening: listening.promise,
    /** The last lines of its log, at most 20. */
    lastWords: () => log,
    /** Returns the audit lines of one request, once its `access` line is there. */
    linesOf: (id: string): Promise<readonly AuditLine[]> =>
      new Promise((resolve) => {
        const look = (): void => {
          const own = audit.filter((line) => line.id === id);
          if (own.some((line) => line.kind === 'access')) resolve(own);
        };
        audited.push(look);
        look();
      }),
    /** Stops the service with SIGTERM, and after 10 s with SIGKILL. */
    stop: async (): Promise<void> => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(late);
    },
  };
};

export type Service = ReturnType<typeof startService>;

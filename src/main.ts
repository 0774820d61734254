#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import type { CommandIo } from './cli/command.ts';
import { type ExitCode, exitCodes } from './cli/exit-codes.ts';
import { help } from './cli/usage.ts';
import { build } from './lib/build.ts';

const io: CommandIo = {
  stdin: process.stdin,
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  ...(process.stderr.isTTY && { progress: (text: string) => void process.stderr.write(`\r${text}\u001b[K\r`) }),
};

// Each command is imported when it is asked for, so that it starts without the code of the others.
const run = async (args: readonly string[]): Promise<ExitCode> => {
  const [command = 'serve', ...rest] = args;
  switch (command) {
    case 'serve':
      if (rest.length > 0) break;
      return serveUntilSignal();
    case 'audit':
      return (await import('./cli/audit.ts')).runAuditCommand(rest, io);
    case 'rules':
      return (await import('./cli/rules.ts')).runRulesCommand(
        rest,
        io,
        (await import('./config.ts')).ruleSetDirOf(process.env),
      );
    case 'led':
      return (await import('./cli/led.ts')).runLedCommand(rest, io, process.env);
    case 'openapi':
      if (rest.length > 0) break;
      io.out((await (await import('./cli/openapi.ts')).renderOpenapi()).trimEnd());
      return exitCodes.done;
    case '--help':
    case '-h':
    case 'help':
      io.out(help(build.version));
      return exitCodes.done;
    case '--version':
      io.out(build.commit === 'unknown' ? build.version : `${build.version} (${build.commit})`);
      return exitCodes.done;
  }
  io.err(help(build.version));
  return exitCodes.usage;
};

/** The signals that end the service in good order. */
const endings = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

/** Serves until a signal ends it, or until standard output breaks. A second signal ends the process at once. */
const serveUntilSignal = async (): Promise<ExitCode> => {
  const broken = Promise.withResolvers<ExitCode>();
  const signalled = Promise.withResolvers<string>();
  let signals = 0;
  // Set before the code of the service is loaded: a signal during the start ends the process in good order too.
  for (const signal of endings) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(exitCodes.failed);
      signalled.resolve(signal);
    });
  }
  const [{ readConfig }, { ServeFaults }, { serve }] = await Promise.all([
    import('./config.ts'),
    import('./parts.ts'),
    import('./serve.ts'),
  ]);
  try {
    const service = await serve(readConfig(process.env), {
      stdout: process.stdout,
      stderr: process.stderr,
      instance: randomUUID(),
      onBroken: () => broken.resolve(exitCodes.failed),
    });
    process.on('uncaughtException', (error) => {
      service.crashed(error);
      process.exit(exitCodes.failed);
    });
    return await Promise.race([broken.promise, signalled.promise.then(service.stop)]);
  } catch (error) {
    if (!(error instanceof ServeFaults)) throw error;
    for (const fault of error.faults) {
      io.err(JSON.stringify({ level: 60, time: new Date().toISOString(), message: fault }));
    }
    return error.exitCode;
  }
};

// Node opens its inspector on SIGUSR1, and anyone who reaches the inspector can read every key. This listener replaces that
// behaviour. It does not exist while Node starts, so the image and `npm start` also use `--disable-sigusr1`.
process.on('SIGUSR1', () => {});

const code = await run(process.argv.slice(2));
// The last lines may still wait for their reader. This waits for them, at most one second.
process.exitCode = code;
const flushed = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => stream.write('', () => resolve()));
await Promise.race([
  Promise.all([flushed(process.stdout), flushed(process.stderr)]),
  new Promise((resolve) => setTimeout(resolve, 1_000)),
]);
process.exit(code);

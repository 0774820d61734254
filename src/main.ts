#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { runAuditCommand } from './cli/audit.ts';
import { printOpenapi } from './cli/openapi.ts';
import { runRulesCommand } from './cli/rules.ts';
import { build } from './lib/build.ts';
import { ServeFaults, serve } from './serve.ts';

const usage = `led-eligibility ${build.version}: decides from LED whether diplomas meet the condition of a recognition

  led-eligibility [serve]                               serve over HTTP, configured by environment variables
  led-eligibility audit verify [FILE…] [--complete] [--json]
                                                        check chains, gaps and edits of audit lines; no file: standard input
  led-eligibility audit subject --key-file F [--key-id K]
                                                        read an INSZ from standard input, print what to look for
  led-eligibility rules lint DIR                        check the rule sets of a folder
  led-eligibility rules explain ID [--lang nl|en] [--version V]
                                                        a rule set in words
  led-eligibility openapi                               print the API's document
  led-eligibility --help | --version
`;

const out = (text: string): void => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
const err = (text: string): void => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);

/** Exit codes: 0 done, 1 failed, 64 wrong use, 78 wrong configuration (sysexits.h). */
const run = async (args: readonly string[]): Promise<number> => {
  const [command = 'serve', ...rest] = args;
  switch (command) {
    case 'serve':
      if (rest.length > 0) break;
      return serveUntilSignal();
    case 'audit':
      return runAuditCommand(rest, { stdin: process.stdin, out, err });
    case 'rules':
      return runRulesCommand(rest, { out, err }, process.env.RULE_SET_DIR ? [process.env.RULE_SET_DIR] : []);
    case 'openapi':
      if (rest.length > 0) break;
      out(await printOpenapi());
      return 0;
    case '--help':
    case '-h':
    case 'help':
      out(usage);
      return 0;
    case '--version':
      out(build.commit === 'unknown' ? build.version : `${build.version} (${build.commit})`);
      return 0;
  }
  err(usage);
  return 64;
};

/** Serves until SIGTERM or SIGINT, or until standard output breaks. A second signal does not wait. */
const serveUntilSignal = async (): Promise<number> => {
  const broken = Promise.withResolvers<number>();
  const signalled = Promise.withResolvers<string>();
  let signals = 0;
  // Before anything starts, so that a signal during the start ends it in good order too.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(1);
      signalled.resolve(signal);
    });
  }
  try {
    const service = await serve(process.env, {
      stdout: process.stdout,
      stderr: process.stderr,
      instance: randomUUID(),
      onBroken: () => broken.resolve(1),
    });
    process.on('uncaughtException', (error) => {
      service.crashed(error);
      process.exit(1);
    });
    return await Promise.race([broken.promise, signalled.promise.then(service.stop)]);
  } catch (error) {
    if (!(error instanceof ServeFaults)) throw error;
    for (const fault of error.faults)
      err(JSON.stringify({ level: 60, time: new Date().toISOString(), message: fault }));
    return error.exitCode;
  }
};

const code = await run(process.argv.slice(2));
// What was written last may still wait for its reader; it goes first, for a second at most.
process.exitCode = code;
const flushed = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => stream.write('', () => resolve()));
await Promise.race([
  Promise.all([flushed(process.stdout), flushed(process.stderr)]),
  new Promise((resolve) => setTimeout(resolve, 1_000)),
]);
process.exit(code);

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { subjectHmac } from '../audit/identity.ts';
import { readAuditKey } from '../audit/key.ts';
import { type Finding, type Report, type Source, verify } from '../audit/verify/verify.ts';

/** What a command reads and writes: the standard streams, or a test's own. */
export type CommandIo = {
  readonly stdin: Readable;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
};

const USAGE = `usage: led-eligibility audit verify [FILE…] [--complete] [--json]
       led-eligibility audit subject --key-file F [--key-id K]   (the INSZ comes from standard input)
`;

/** Eleven digits, bare or as an INSZ is written: 00.00.00-000.00. */
const LIKE_INSZ = /(?<!\d)\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}(?!\d)/;

/**
 * `audit verify` and `audit subject`: takes the words after `audit`, resolves with the exit code: 0, 1 for a trail with
 * faults, 2 for a wrong command or a file that cannot be read.
 */
export const runAuditCommand = async (args: readonly string[], io: CommandIo): Promise<number> => {
  const [command, ...rest] = args;
  if (command === 'verify') return runVerify(rest, io);
  if (command === 'subject') return runSubject(rest, io);
  io.err(USAGE);
  return 2;
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unreadable';

const options = <T>(parse: () => T): T | undefined => {
  try {
    return parse();
  } catch {
    // The parser's own message repeats what was typed.
    return undefined;
  }
};

const runVerify = async (args: string[], io: CommandIo): Promise<number> => {
  const parsed = options(() =>
    parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, complete: { type: 'boolean', default: false } },
    }),
  );
  if (!parsed) {
    io.err(USAGE);
    return 2;
  }
  const names = parsed.positionals.length > 0 ? parsed.positionals : ['-'];
  const sources = names.map((name): Source => ({ name, chunks: name === '-' ? io.stdin : chunksOf(name) }));
  try {
    const report = await verify(sources, { complete: parsed.values.complete });
    io.out(parsed.values.json ? `${JSON.stringify(report)}\n` : inWords(report, names.length > 1));
    return report.ok ? 0 : 1;
  } catch (error) {
    const path = error instanceof Error && 'path' in error ? `${error.path}` : 'standard input';
    io.err(`cannot read ${path}: ${codeOf(error)}\n`);
    return 2;
  }
};

/** Opens the file only when its turn comes, so that an archive of any number of files is never open all at once. */
const chunksOf = async function* (name: string): AsyncGenerator<Buffer> {
  yield* createReadStream(name, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>;
};

const inWords = (report: Report, several: boolean): string => {
  const place = (found: Finding): string => (several ? `${found.file}, line ${found.line}` : `line ${found.line}`);
  const about = ({ inst, seq }: Finding): string =>
    inst === undefined ? '' : ` (inst ${inst.replace(/[^\w-]/g, '?')}, seq ${seq})`;
  const told = (word: string, list: readonly Finding[], count: number): string[] => [
    ...list.map((found) => `${word}: ${place(found)}: ${found.text}${about(found)}`),
    ...(count > list.length ? [`${word}: and ${count - list.length} more`] : []),
  ];
  const number = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const summary = `${number(report.lines, 'line')} of ${number(report.chains.length, 'chain')}: ${
    report.ok ? 'sound' : number(report.faultCount, 'fault')
  }, ${number(report.noteCount, 'note')}`;
  return [...told('fault', report.faults, report.faultCount), ...told('note', report.notes, report.noteCount), summary]
    .join('\n')
    .concat('\n');
};

const runSubject = async (args: string[], io: CommandIo): Promise<number> => {
  const refuse = (text: string): number => {
    io.err(text);
    return 2;
  };
  if (args.some((arg) => LIKE_INSZ.test(arg))) {
    return refuse('an INSZ is never given as an argument, where others can see it: send it to standard input\n');
  }
  const parsed = options(() =>
    parseArgs({ args, options: { 'key-file': { type: 'string' }, 'key-id': { type: 'string', default: 'k1' } } }),
  );
  const file = parsed?.values['key-file'];
  if (!parsed || file === undefined) return refuse(USAGE);

  let key: Buffer | undefined;
  try {
    key = readAuditKey(await readFile(file, 'utf8'));
  } catch (error) {
    return refuse(`cannot read the key file: ${codeOf(error)}\n`);
  }
  if (!key) return refuse('the key file must hold the base64 of at least 32 bytes\n');

  const insz = await readInsz(io.stdin);
  if (insz === undefined) return refuse('standard input must hold one INSZ: eleven digits and nothing else\n');
  io.out(`${subjectHmac(key, insz)}\n`);
  io.err(`key ${parsed.values['key-id']}: look for this hmac in lines whose subject.key is the same; lines that
concern a case handler with this number bear it as user.id, after "hmac:"\n`);
  return 0;
};

const readInsz = async (stdin: Readable): Promise<string | undefined> => {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > 1024) return undefined;
  }
  return /^\s*(\d{11})\s*$/.exec(text)?.[1];
};

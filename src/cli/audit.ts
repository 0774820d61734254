import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { subjectHmac } from '../audit/identity.ts';
import { auditKeyForm, readAuditKey } from '../audit/key.ts';
import { type Finding, type Report, type Source, verify } from '../audit/verify/verify.ts';
import { type CommandIo, cannotRead, parseOptions, refuse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { usageOf } from './usage.ts';

/**
 * `audit verify` prints the faults of audit lines, and `audit subject` prints the HMAC of a person. Takes the arguments
 * after `audit`, resolves with the exit code.
 */
export const runAuditCommand = async (args: readonly string[], io: CommandIo): Promise<ExitCode> => {
  const [command, ...rest] = args;
  if (command === 'verify') return runVerify(rest, io);
  if (command === 'subject') return runSubject(rest, io);
  return refuse(io, exitCodes.usage, usageOf('audit'));
};

const runVerify = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  const parsed = parseOptions({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, complete: { type: 'boolean', default: false } },
  });
  if (!parsed) return refuse(io, exitCodes.usage, usageOf('audit'));

  const names = parsed.positionals.length > 0 ? parsed.positionals : ['-'];
  const sources = names.map((name): Source => ({ name, chunks: name === '-' ? io.stdin : chunksOf(name) }));
  let report: Report;
  try {
    report = await verify(sources, { complete: parsed.values.complete });
  } catch (error) {
    // An error of a stream has a code. An error without one is a bug in this program.
    if (!(error instanceof Error && 'code' in error)) throw error;
    return refuse(io, exitCodes.input, cannotRead('path' in error ? `${error.path}` : 'standard input', error));
  }
  io.out(parsed.values.json ? JSON.stringify(report) : inWords(report, names.length > 1));
  return report.ok ? exitCodes.done : exitCodes.failed;
};

/** Opens the file only when its first chunk is read, so that many files are never open at the same time. */
const chunksOf = async function* (name: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(name, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>;
  } catch (error) {
    // Not every error of a file names its path: EISDIR does not.
    throw Object.assign(error as Error, { path: name });
  }
};

/** One finding on each line, and a summary on the last. A finding names its file only if there are several files. */
const inWords = (report: Report, several: boolean): string => {
  const place = (found: Finding): string => (several ? `${found.file}, line ${found.line}` : `line ${found.line}`);
  const about = ({ inst, seq }: Finding): string =>
    inst === undefined ? '' : ` (inst ${inst.replace(/[^\w-]/g, '?')}, seq ${seq})`;
  const linesOf = (word: string, list: readonly Finding[], count: number): string[] => [
    ...list.map((found) => `${word}: ${place(found)}: ${found.text}${about(found)}`),
    ...(count > list.length ? [`${word}: and ${count - list.length} more`] : []),
  ];
  const number = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const verdict = report.ok ? 'sound' : number(report.faultCount, 'fault');
  return [
    ...linesOf('fault', report.faults, report.faultCount),
    ...linesOf('note', report.notes, report.noteCount),
    `${number(report.lines, 'line')} of ${number(report.chains.length, 'chain')}: ${verdict}, ${number(report.noteCount, 'note')}`,
  ].join('\n');
};

/** Eleven digits, bare or in the usual notation of an INSZ: 00.00.00-000.00. */
const LIKE_INSZ = /(?<!\d)\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}(?!\d)/;

const runSubject = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  if (args.some((arg) => LIKE_INSZ.test(arg))) {
    const advice = 'an INSZ is never given as an argument, where others can see it: send it to standard input';
    return refuse(io, exitCodes.usage, advice);
  }
  const parsed = parseOptions({
    args,
    options: { 'key-file': { type: 'string' }, 'key-id': { type: 'string', default: 'k1' } },
  });
  const file = parsed?.values['key-file'];
  if (!parsed || file === undefined) return refuse(io, exitCodes.usage, usageOf('audit'));

  let keyText: string;
  try {
    keyText = await readFile(file, 'utf8');
  } catch (error) {
    return refuse(io, exitCodes.input, cannotRead('the key file', error));
  }
  const key = readAuditKey(keyText);
  if (!key) return refuse(io, exitCodes.input, `the key file must hold ${auditKeyForm}`);

  const insz = await readInsz(io.stdin);
  if (insz === undefined) {
    return refuse(io, exitCodes.input, 'standard input must hold one INSZ: eleven digits and nothing else');
  }
  io.out(subjectHmac(key, insz));
  io.err(`key ${parsed.values['key-id']}: look for this HMAC in lines with the same subject.key.
Lines about a case handler with this number have it as user.id, after "hmac:".`);
  return exitCodes.done;
};

const readInsz = async (stdin: Readable): Promise<string | undefined> => {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > 1024) return undefined;
  }
  return /^\s*(\d{11})\s*$/.exec(text)?.[1];
};

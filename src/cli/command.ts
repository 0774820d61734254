import type { Readable } from 'node:stream';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { errorCode } from '../lib/error-code.ts';
import type { Language } from '../rules/reasons.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type CommandWord, usageOf } from './usage.ts';

/** What a command reads and writes. `out` and `err` take whole lines; the last one comes without its line feed. */
export type CommandIo = {
  readonly stdin: Readable;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Shows how far a long command is, where standard error is a terminal. */
  readonly progress?: (text: string) => void;
};

/** Ends a command with this exit code. The message says why, in plain words. */
export class Refusal extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command line is wrong: the message is how the commands that begin with this word are used. */
export const wrongUse = (word: CommandWord): Refusal => new Refusal(exitCodes.usage, usageOf(word));

/** A file or standard input is not what it should be. */
export const badInput = (message: string): Refusal => new Refusal(exitCodes.input, message);

/** A file or folder cannot be read. The message has its name and the code of the error. */
export const cannotRead = (name: string, error: unknown): Refusal =>
  badInput(`cannot read ${name}: ${errorCode(error)}`);

/**
 * Runs a command that begins with this word. `start` takes the name of the command and the arguments after it, and returns
 * undefined if there is no such command. Resolves with the exit code. The message of a `Refusal` goes to standard error.
 */
export const runCommand = async (
  word: CommandWord,
  [name = '', ...rest]: readonly string[],
  { err }: Pick<CommandIo, 'err'>,
  start: (name: string, rest: string[]) => Promise<ExitCode> | undefined,
): Promise<ExitCode> => {
  try {
    const running = start(name, rest);
    if (running === undefined) throw wrongUse(word);
    return await running;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    err(error.message);
    return error.exitCode;
  }
};

/**
 * Parses the arguments of a command with `parseArgs` of Node.js. Throws a `Refusal` if they are wrong. The message of
 * Node.js is dropped, because it repeats the arguments, and these may hold a personal number.
 */
export const parseOptions = <const T extends ParseArgsConfig>(
  word: CommandWord,
  config: T,
): ReturnType<typeof parseArgs<T>> => {
  try {
    return parseArgs(config);
  } catch {
    throw wrongUse(word);
  }
};

/** The language of an option `--lang`. Throws a `Refusal` if there is no such language. */
export const languageOption = (word: CommandWord, text: string): Language => {
  if (text === 'nl' || text === 'en') return text;
  throw wrongUse(word);
};

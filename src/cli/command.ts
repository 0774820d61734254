import type { Readable } from 'node:stream';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { errorCode } from '../lib/error-code.ts';
import type { ExitCode } from './exit-codes.ts';

/** What a command reads and writes. `out` and `err` take whole lines; the last one comes without its line feed. */
export type CommandIo = {
  readonly stdin: Readable;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Shows how far a long command is, where standard error is a terminal. */
  readonly progress?: (text: string) => void;
};

/** Writes the reason why the command ends, and returns its exit code. */
export const refuse = (io: Pick<CommandIo, 'err'>, code: ExitCode, text: string): ExitCode => {
  io.err(text);
  return code;
};

/**
 * Parses the arguments of a command with `parseArgs` of Node.js. Returns undefined if they are wrong. The message of
 * Node.js is dropped, because it repeats the arguments, and these may hold a personal number.
 */
export const parseOptions = <const T extends ParseArgsConfig>(
  config: T,
): ReturnType<typeof parseArgs<T>> | undefined => {
  try {
    return parseArgs(config);
  } catch {
    return undefined;
  }
};

/** Says which file or folder cannot be read, and the code of the error. */
export const cannotRead = (name: string, error: unknown): string => `cannot read ${name}: ${errorCode(error)}`;

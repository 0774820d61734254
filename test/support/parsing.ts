import type { Fault } from '../../src/fault.ts';
import { createAnswerParser, type ParsedAnswer } from '../../src/led/answer/parse.ts';

/**
 * One parser for all answers of a test file. The service too has one parser for all answers, of all persons: a trace that
 * an answer leaves in the parser must make a later test fail.
 */
export const parseAnswer = createAnswerParser();

/** Reads a whole answer at once. */
export const parse = (answer: string | Uint8Array, referte: string): ParsedAnswer =>
  parseAnswer([Buffer.from(answer)], { referte });

/** What `read` returns, or the reason of the Fault `badGateway` that it throws. Throws any other error again. */
export const resultOrReason = <T>(read: () => T): T | string => {
  try {
    return read();
  } catch (error) {
    // By its members, because a module that was loaded again has its own class Fault.
    const { name, code, reason, cause } = error as Partial<Fault>;
    if (name === 'Fault' && code === 'badGateway' && reason !== undefined && cause === undefined) return reason;
    throw error;
  }
};

/** The reason for which the parser refuses an answer. Throws if it accepts the answer, or fails in another way. */
export const refusal = (answer: string | Uint8Array, referte: string): string => {
  const result = resultOrReason(() => parse(answer, referte));
  if (typeof result !== 'string') throw new Error('the answer was accepted');
  return result;
};

/** Cuts bytes into pieces of `size` bytes; the last one may be shorter. */
export const piecesOf = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

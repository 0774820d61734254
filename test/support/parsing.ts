import { Fault } from '../../src/fault.ts';
import { createAnswerParser, type ParsedAnswer } from '../../src/led/answer/parse.ts';

/** One parser for all tests of a file, as the service has one for all answers. */
export const parseAnswer = createAnswerParser();

/** Reads a whole answer at once. */
export const parse = (answer: string | Uint8Array, referte: string): ParsedAnswer =>
  parseAnswer([Buffer.from(answer)], { referte });

/** The reason for which the parser refuses an answer; throws if it does not, or not with a Fault `badGateway`. */
export const refusal = (answer: string | Uint8Array, referte: string): string => {
  try {
    parse(answer, referte);
  } catch (error) {
    if (error instanceof Fault && error.code === 'badGateway' && error.cause === undefined) return error.reason;
    throw error;
  }
  throw new Error('the answer was taken');
};

import { type DestinationStream, type Logger, pino } from 'pino';
import { defined } from './defined.ts';
import { errorCode } from './error-code.ts';

export type Log = Logger;

/** How long lines are collected before they are written together. */
const COLLECT_MS = 20;
/** How many characters are collected at most. */
const MOST_COLLECTED = 16_384;

/** How many bytes may wait for a slow reader. More lines are dropped, so that they do not fill the memory. */
const MOST_WAITING_BYTES = 4_194_304;

/**
 * Creates the operational log: JSON lines to `stream`, which is standard error. Callers log codes and counts, never
 * data of a person. Call `flush` before the process ends. A slow reader loses lines but never blocks the event loop.
 * Errors of the stream are ignored.
 */
export const createLog = (level: string, stream: NodeJS.WritableStream & { writableLength: number }): Log => {
  stream.on('error', () => {});
  // Each write wakes the reader. A write for each line took an eighth of the time of a request.
  let collected = '';
  const flush = (): void => {
    const lines = collected;
    collected = '';
    if (lines !== '' && stream.writableLength < MOST_WAITING_BYTES) stream.write(lines);
  };
  const destination: DestinationStream & { flush: () => void; flushSync: () => void } = {
    write: (line) => {
      if (collected === '') setTimeout(flush, COLLECT_MS).unref();
      collected += line;
      if (collected.length > MOST_COLLECTED) flush();
    },
    flush,
    // pino calls this after a `fatal` line, often the last one of a process.
    flushSync: flush,
  };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' }, destination);
};

/**
 * Returns what may be logged of an unexpected error: its name, its code, where it was thrown (at most 6 frames), and
 * the same of its cause. The message is left out, because it may quote input.
 */
export const traceOf = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof Error)) return { error: typeof error };
  return defined({
    error: error.name,
    code: errorCode(error, '') || undefined,
    at: framesOf(error).slice(0, 6),
    cause: error.cause === undefined ? undefined : traceOf(error.cause),
  });
};

/** The frames of an error's stack. The stack begins with the message, which may have lines that look like frames. */
const framesOf = ({ stack = '', message }: Error): string[] => {
  const start = stack.indexOf(message);
  return (start === -1 ? stack : stack.slice(start + message.length))
    .split('\n')
    .filter((line) => /^\s+at .*(:\d+:\d+|<anonymous>|index \d+)\)?$/.test(line))
    .map((frame) => frame.trim());
};

import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

const GATHER_MS = 20;
const MOST_GATHERED = 16_384;

/** Lines that may wait for a reader of standard error; beyond them the log is cut, never the service's memory. */
const mostBytesWaiting = 4_194_304;

/**
 * The operational log: JSON lines to the given stream, standard error. Callers log codes and counts, never a value of a
 * person. `flush` before the process ends. A reader that stalls costs lines, not the event loop; a reader that is gone costs nothing.
 */
export const createLog = (level: string, stream: NodeJS.WritableStream & { writableLength: number }): Log => {
  stream.on('error', () => {});
  // Lines leave together: a write of its own for each, which wakes the reader, took an eighth of a request's time.
  let gathered = '';
  const flush = (): void => {
    const lines = gathered;
    gathered = '';
    if (lines !== '' && stream.writableLength < mostBytesWaiting) stream.write(lines);
  };
  const destination: DestinationStream & { flush: () => void; flushSync: () => void } = {
    write: (line) => {
      if (gathered === '') setTimeout(flush, GATHER_MS).unref();
      gathered += line;
      if (gathered.length > MOST_GATHERED) flush();
    },
    flush,
    // By this pino sees to it that the last word of a process, a `fatal` one, is not left behind.
    flushSync: flush,
  };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' }, destination);
};

/** What may be logged of an unexpected error: its kind and where it was thrown, not its message, which may quote input. */
export const traceOf = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof Error)) return { error: typeof error };
  const { code } = error as NodeJS.ErrnoException;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause === undefined ? {} : { cause: traceOf(error.cause) };
  return {
    error: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    at: frames.slice(0, 6).map((f) => f.trim()),
    ...cause,
  };
};

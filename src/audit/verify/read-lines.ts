import type { Spot } from './findings.ts';

/** One file of the trail: its name for the report, and its bytes. */
export type Source = { readonly name: string; readonly chunks: AsyncIterable<Uint8Array | string> };

/** The functions that `readLines` calls. */
type LineHandler = {
  /**
   * Called for each line: bytes [start, end) of `bytes`, without the line feed. A line over 1 MiB comes without its
   * bytes.
   */
  readonly onLine: (bytes: Buffer, start: number, end: number, spot: Spot) => void;
  /** Returns whether these bytes, at the end of a file, are a whole line without its line feed. */
  readonly isWhole: (bytes: Buffer) => boolean;
  /** Called if the very last line is whole but has no line feed, before `onLine`. */
  readonly onNoLineFeed: (spot: Spot) => void;
  /** Called if the very last line is not whole. `onLine` is then not called for it. */
  readonly onCut: (spot: Spot) => void;
  /** Returns whether to stop reading. Called after each line. */
  readonly isEnough: () => boolean;
};

/** Longer lines are measured, but not kept. */
export const MOST_BUFFERED = 1_048_576;

/** The beginning of a line that goes on in the next chunk. `parts` holds its bytes, up to the limit. */
type Rest = { parts: Buffer[]; size: number; spot: Spot };

/**
 * Reads all sources as one stream and cuts it into lines, in bounded memory. A line that is not whole at the end of a
 * file continues in the next file. Rejects if a source cannot be read.
 */
export const readLines = async (sources: readonly Source[], handler: LineHandler): Promise<void> => {
  const { onLine, isEnough } = handler;
  const rest: Rest = { parts: [], size: 0, spot: { file: 0, line: 0 } };
  for (const [file, source] of sources.entries()) {
    let line = 1;
    for await (const chunk of source.chunks) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array);
      let start = 0;
      for (let feed = bytes.indexOf(0x0a); feed !== -1; feed = bytes.indexOf(0x0a, start)) {
        const spot = { file, line };
        if (rest.size === 0) {
          onLine(bytes, start, feed, spot);
        } else {
          keep(rest, bytes.subarray(start, feed), spot);
          passOn(rest, handler);
        }
        line += 1;
        start = feed + 1;
        if (isEnough()) return;
      }
      keep(rest, bytes.subarray(start), { file, line });
    }
    endOfFile(rest, handler, file === sources.length - 1);
  }
  if (rest.size > 0) handler.onCut(rest.spot);
};

const keep = (rest: Rest, part: Buffer, spot: Spot): void => {
  if (part.length === 0) return;
  if (rest.size === 0) rest.spot = spot;
  rest.size += part.length;
  // A copy: a part of the chunk would keep the whole chunk in memory.
  if (rest.size <= MOST_BUFFERED) rest.parts.push(Buffer.from(part));
};

const passOn = (rest: Rest, { onLine }: LineHandler): void => {
  const whole = rest.size <= MOST_BUFFERED ? Buffer.concat(rest.parts) : Buffer.alloc(0);
  onLine(whole, 0, rest.size, rest.spot);
  rest.parts = [];
  rest.size = 0;
};

const endOfFile = (rest: Rest, handler: LineHandler, isLast: boolean): void => {
  if (rest.size === 0 || rest.size > MOST_BUFFERED || !handler.isWhole(Buffer.concat(rest.parts))) return;
  if (isLast) handler.onNoLineFeed(rest.spot);
  passOn(rest, handler);
};

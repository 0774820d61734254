import type { Spot } from './findings.ts';
import { createUnwrap, type Passage } from './unwrap.ts';

/** One file of the trail: its name for the report, and its bytes. */
export type Source = { readonly name: string; readonly chunks: AsyncIterable<Uint8Array | string> };

/** The functions that `readLines` calls. */
export type LineHandler = {
  /**
   * Called for each line: bytes [start, end) of `bytes`, without the line feed. A line over 1 MiB comes without its
   * bytes.
   */
  readonly onLine: (bytes: Buffer, start: number, end: number, spot: Spot) => void;
  /** Returns whether these bytes, at the end of a file, are a whole line without its line feed. */
  readonly isWhole: (bytes: Buffer) => boolean;
  /** Called if the very last line is whole but has no line feed, before `onLine`. */
  readonly onNoLineFeed?: (spot: Spot) => void;
  /** Called if the very last line is not whole. `onLine` is then not called for it. */
  readonly onCut?: (spot: Spot) => void;
  /** Called once for each file and passage. */
  readonly onPassage?: (passage: Passage, spot: Spot) => void;
  /** Returns whether to stop reading. Called after each line. */
  readonly isEnough?: () => boolean;
};

/** Longer lines are measured, but not kept. */
export const MOST_BUFFERED = 1_048_576;

/** The beginning of a line that goes on in the next chunk. `parts` holds its bytes, up to the limit. */
type Rest = { parts: Buffer[]; size: number; spot: Spot };

/**
 * Reads all sources as one stream and cuts it into lines, in bounded memory. It takes off what Windows and container
 * runtimes put around lines, and leaves out lines of the other stream (see `createUnwrap`). A line that is not whole at
 * the end of a file continues in the next file. Rejects if a source cannot be read.
 */
export const readLines = async (
  sources: readonly Source[],
  handler: LineHandler,
  stream: 'stdout' | 'stderr' = 'stdout',
): Promise<void> => {
  const unwrap = createUnwrap(stream, (passage, spot) => handler.onPassage?.(passage, spot));
  let begun: Spot | undefined;
  const take = (bytes: Buffer, from: number, to: number, spot: Spot): void => {
    const piece = unwrap({ bytes, start: from, end: to }, spot);
    if (piece === 'other') return;
    begun ??= spot;
    if (piece === 'part') return;
    handler.onLine(piece.bytes, piece.start, piece.end, begun);
    begun = undefined;
  };

  const rest: Rest = { parts: [], size: 0, spot: { file: 0, line: 0 } };
  const passOn = (): void => {
    const whole = rest.size <= MOST_BUFFERED ? Buffer.concat(rest.parts) : undefined;
    if (whole) take(whole, 0, rest.size, rest.spot);
    else handler.onLine(Buffer.alloc(0), 0, rest.size, rest.spot);
    rest.parts = [];
    rest.size = 0;
  };

  for (const [file, source] of sources.entries()) {
    let line = 1;
    for await (const chunk of source.chunks) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array);
      let start = 0;
      for (let feed = bytes.indexOf(0x0a); feed !== -1; feed = bytes.indexOf(0x0a, start)) {
        const spot = { file, line };
        if (rest.size === 0) {
          take(bytes, start, feed, spot);
        } else {
          keep(rest, bytes.subarray(start, feed), spot);
          passOn();
        }
        line += 1;
        start = feed + 1;
        if (handler.isEnough?.()) return;
      }
      keep(rest, bytes.subarray(start), { file, line });
    }
    if (isWholeAtEnd(rest, handler, stream)) {
      if (file === sources.length - 1) handler.onNoLineFeed?.(rest.spot);
      passOn();
    }
  }
  const cut = rest.size > 0 ? rest.spot : begun;
  if (cut) handler.onCut?.(cut);
};

const keep = (rest: Rest, part: Buffer, spot: Spot): void => {
  if (part.length === 0) return;
  if (rest.size === 0) rest.spot = spot;
  rest.size += part.length;
  // A copy: a part of the chunk would keep the whole chunk in memory.
  if (rest.size <= MOST_BUFFERED) rest.parts.push(Buffer.from(part));
};

/** Whether what is left at the end of a file is a whole line that only lacks its line feed. */
const isWholeAtEnd = ({ size, parts, spot }: Rest, { isWhole }: LineHandler, stream: 'stdout' | 'stderr'): boolean => {
  if (size === 0 || size > MOST_BUFFERED) return false;
  const piece = createUnwrap(stream, () => {})({ bytes: Buffer.concat(parts), start: 0, end: size }, spot);
  return piece === 'other' || (piece !== 'part' && isWhole(piece.bytes.subarray(piece.start, piece.end)));
};

import type { Spot } from './findings.ts';

/** What may have happened to a file on its way, and does not change what its lines say. */
export type Passage = 'bom' | 'crlf' | 'cri' | 'docker' | 'otherStream';

/** What each passage is, in words. */
export const passages: Readonly<Record<Passage, string>> = {
  bom: 'the file begins with a byte order mark, which the service did not write: it passed through another program',
  crlf: 'lines end with CR LF, but the service writes LF: the file passed through Windows',
  cri: 'lines are wrapped by a container runtime (CRI): their wrapping was taken off',
  docker: 'lines are wrapped by a container runtime (Docker JSON): their wrapping was taken off',
  otherStream: 'the container runtime also put lines of the other stream into this file: they were left out',
};

/** Bytes [start, end) of `bytes`: a line without its line feed. */
export type Piece = { readonly bytes: Buffer; readonly start: number; readonly end: number };

/**
 * Takes off what Windows and container runtimes put around a line. Returns the line that the service wrote; `part` if
 * the runtime cut the line and this is not its last part; `other` if the line is of the other stream.
 */
export type Unwrap = (piece: Piece, spot: Spot) => Piece | 'part' | 'other';

/** Longer lines are not joined from parts. */
const MOST_JOINED = 1_048_576;

const CRI = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) (stdout|stderr) ([FP])(?::\S*)? /;
/** The longest beginning that `CRI` looks at. */
const CRI_HEAD = 80;
const DOCKER = Buffer.from('{"log":');

/**
 * Creates an `Unwrap` for lines of one stream. It calls `onPassage` once for each file and passage, with the first line
 * that shows it.
 */
export const createUnwrap = (
  stream: 'stdout' | 'stderr',
  onPassage: (passage: Passage, spot: Spot) => void,
): Unwrap => {
  const seen = new Set<string>();
  const parts: Buffer[] = [];
  let size = 0;

  const report = (passage: Passage, spot: Spot): void => {
    const name = `${spot.file} ${passage}`;
    if (seen.has(name)) return;
    seen.add(name);
    onPassage(passage, spot);
  };

  /** Adds a part, or returns the whole line if this is its last one. */
  const join = (piece: Piece, isLast: boolean): Piece | 'part' => {
    if (isLast && parts.length === 0) return piece;
    size += piece.end - piece.start;
    if (size <= MOST_JOINED) parts.push(Buffer.from(piece.bytes.subarray(piece.start, piece.end)));
    if (!isLast) return 'part';
    const bytes = Buffer.concat(parts.splice(0));
    size = 0;
    return { bytes, start: 0, end: bytes.length };
  };

  const fromCri = ({ bytes, start, end }: Piece, spot: Spot): ReturnType<Unwrap> | undefined => {
    const found = CRI.exec(bytes.toString('latin1', start, Math.min(end, start + CRI_HEAD)));
    if (!found) return undefined;
    report('cri', spot);
    if (found[1] === stream) return join({ bytes, start: start + found[0].length, end }, found[2] === 'F');
    report('otherStream', spot);
    return 'other';
  };

  const fromDocker = ({ bytes, start, end }: Piece, spot: Spot): ReturnType<Unwrap> | undefined => {
    const wrapped = parseDocker(bytes.toString('utf8', start, end));
    if (!wrapped) return undefined;
    report('docker', spot);
    if (wrapped.stream !== stream) {
      report('otherStream', spot);
      return 'other';
    }
    const isLast = wrapped.log.endsWith('\n');
    const line = Buffer.from(isLast ? wrapped.log.slice(0, -1) : wrapped.log);
    return join({ bytes: line, start: 0, end: line.length }, isLast);
  };

  return ({ bytes, start: from, end: to }, spot) => {
    let [start, end] = [from, to];
    if (spot.line === 1 && hasMark(bytes, start, end)) {
      report('bom', spot);
      start += 3;
    }
    if (end > start && bytes[end - 1] === 0x0d) {
      report('crlf', spot);
      end -= 1;
    }
    const piece = { bytes, start, end };
    const first = bytes[start] ?? 0;
    if (first >= 0x30 && first <= 0x39) return fromCri(piece, spot) ?? piece;
    if (bytes[start + 2] === DOCKER[2] && bytes.subarray(start, start + DOCKER.length).equals(DOCKER)) {
      return fromDocker(piece, spot) ?? piece;
    }
    return piece;
  };
};

/** Whether a line begins with the byte order mark of UTF-8. */
const hasMark = (bytes: Buffer, start: number, end: number): boolean =>
  end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;

const parseDocker = (text: string): { readonly log: string; readonly stream: string } | undefined => {
  try {
    const { log, stream } = JSON.parse(text) as { readonly log?: unknown; readonly stream?: unknown };
    return typeof log === 'string' && typeof stream === 'string' ? { log, stream } : undefined;
  } catch {
    return undefined;
  }
};

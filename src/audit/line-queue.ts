import type { AuditEvent } from './event.ts';
import { type AuditService, FIRST_PREV, formatLine, MAX_LINE_BYTES } from './line.ts';
import type { SigningKey } from './signing-key.ts';

export type WaitingLine = {
  event: AuditEvent;
  /** Epoch milliseconds, for `ts`. */
  readonly at: number;
  /** Monotonic clock (`performance.now()`, ms), for the deadline. */
  readonly since: number;
  /** Settles the promise of the caller who waits for this line. Absent if no caller waits. */
  settle?: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
};

/**
 * The lines that standard output has not taken yet, the oldest first. They leave in batches of as many lines as fit in
 * PIPE_BUF bytes. A pipe takes that many bytes whole or not at all, so a killed process never leaves half a line. (If
 * Node joined the lines to one write, the write could be cut anywhere.) A batch is one write, because each write wakes
 * the reader, which costs more than making a line. A line gets its place in the chain when it leaves, not earlier.
 */
export type LineQueue = {
  /** How many lines wait. The batch that is leaving counts. */
  readonly size: () => number;
  readonly oldest: () => WaitingLine | undefined;
  readonly add: (line: WaitingLine) => void;
  /** Adds 1 to the gap line at the end of the queue. Returns false if the last line is not a gap line. */
  readonly growGap: () => boolean;
  /** Starts a batch and returns its bytes; undefined if no line waits. Only one batch may leave at a time. */
  readonly startBatch: () => Buffer | undefined;
  readonly isBatchLeaving: () => boolean;
  /** Removes the batch that was leaving and returns its lines. */
  readonly endBatch: () => readonly WaitingLine[];
  /** Rejects the promise of each caller who still waits. The lines stay. Returns how many callers waited. */
  readonly rejectAll: (makeError: () => Error) => number;
  readonly clear: () => void;
};

/** Returns an empty queue, for the chain of the process `inst`. `signer` signs some of its lines; see `formatLine`. */
export const createLineQueue = (inst: string, svc: AuditService, signer?: SigningKey): LineQueue => {
  const waiting: WaitingLine[] = [];
  /** The next line with its bytes, if it had no room in the last batch. */
  let formed: { readonly line: WaitingLine; readonly bytes: Buffer } | undefined;
  let leaving: readonly WaitingLine[] = [];
  let seq = 0;
  let prev = FIRST_PREV;

  const formNext = (): typeof formed => {
    const line = waiting.shift();
    if (line === undefined) return undefined;
    seq += 1;
    const place = { ts: new Date(line.at).toISOString(), inst, seq, svc, prev };
    const { bytes, hash } = formatLine(line.event, place, signer);
    prev = hash;
    return { line, bytes };
  };

  return {
    size: () => leaving.length + (formed ? 1 : 0) + waiting.length,
    oldest: () => leaving[0] ?? formed?.line ?? waiting[0],
    add: (line) => void waiting.push(line),
    growGap: () => {
      const last = waiting.at(-1);
      if (last?.event.kind !== 'gap') return false;
      last.event = { kind: 'gap', count: last.event.count + 1 };
      return true;
    },
    startBatch: () => {
      const lines: WaitingLine[] = [];
      const pieces: Buffer[] = [];
      let room = MAX_LINE_BYTES;
      for (formed ??= formNext(); formed; formed = formNext()) {
        room -= formed.bytes.length;
        if (room < 0) break;
        pieces.push(formed.bytes);
        lines.push(formed.line);
      }
      leaving = lines;
      return lines.length === 0 ? undefined : Buffer.concat(pieces);
    },
    isBatchLeaving: () => leaving.length > 0,
    endBatch: () => {
      const lines = leaving;
      leaving = [];
      return lines;
    },
    rejectAll: (makeError) => {
      let rejected = 0;
      for (const line of [...leaving, ...(formed ? [formed.line] : []), ...waiting]) {
        if (!line.settle) continue;
        line.settle.reject(makeError());
        line.settle = undefined;
        rejected += 1;
      }
      return rejected;
    },
    clear: () => {
      leaving = [];
      formed = undefined;
      waiting.length = 0;
    },
  };
};

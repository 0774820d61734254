import type { Writable } from 'node:stream';
import { Fault } from '../fault.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { AuditEvent, StopEvent } from './event.ts';
import { type AuditService, FIRST_PREV, formatLine, MAX_LINE_BYTES } from './line.ts';

export type AuditStreamOptions = {
  /** Standard output. Nothing else may write to it. */
  readonly out: Writable;
  /** UUID of the process. */
  readonly inst: string;
  readonly svc: AuditService;
  /** How long a line may wait for the kernel, in milliseconds. */
  readonly timeoutMs: number;
  /** Epoch milliseconds, for `ts` alone; deadlines run on the monotonic clock. */
  readonly now: () => number;
  readonly metrics: Pick<Metrics, 'auditLines' | 'auditFailures'>;
  /** Default: one minute. */
  readonly heartbeatMs?: number;
  /** How many lines may wait while the reader stands still; default 10 000. */
  readonly keep?: number;
  /** Called once, with the cause, when standard output is lost for good. */
  readonly onBroken: (error: Error) => void;
};

/**
 * `usable`; `stuck`: the oldest line has waited longer than the deadline, which passes once the reader is back;
 * `broken`: standard output is lost for good.
 */
export type AuditState = 'usable' | 'stuck' | 'broken';

export type AuditStream = {
  /**
   * Resolves once the kernel has taken the line. Rejects with a Fault (`serviceUnavailable`, `auditUnavailable`) when
   * that takes longer than the deadline, and at once while the stream is stuck or broken. A line whose wait was given
   * up is written all the same when the reader is back, and so is an `access` line refused while stuck: it may claim
   * more than happened, never less. An `intent` refused at once is not written, as LED will not be asked.
   */
  readonly write: (event: AuditEvent) => Promise<void>;
  readonly state: () => AuditState;
  /** Writes the last line, takes no more, and resolves when all lines are out or the deadline has passed. */
  readonly close: (stop: StopEvent) => Promise<void>;
};

type Waiting = {
  event: AuditEvent;
  readonly at: number;
  readonly since: number;
  /** Gone once the wait is over. */
  settle?: { readonly resolve: () => void; readonly reject: (fault: Fault) => void } | undefined;
};

const unavailable = (cause?: Error): Fault =>
  new Fault('serviceUnavailable', 'auditUnavailable', { retryAfter: 5, ...(cause && { cause }) });

/**
 * The one owner of standard output. The lines of one turn of the event loop leave together, as many as PIPE_BUF holds:
 * a pipe takes so much whole or not at all, whereas what Node gathers into one write could be cut in the middle of a
 * line when the process is killed; and each write wakes the reader, which costs more than all of a line. A line gets
 * its place in the chain when it is its turn to leave.
 */
export const createAuditStream = (options: AuditStreamOptions): AuditStream => {
  const { out, inst, svc, timeoutMs, now, metrics, onBroken } = options;
  const keep = options.keep ?? 10_000;
  const queue: Waiting[] = [];
  let leaving: readonly Waiting[] = [];
  /** The next line, where the write before it had no room left. */
  let formed: { readonly line: Waiting; readonly bytes: Buffer } | undefined;
  let scheduled = false;
  let state: AuditState = 'usable';
  let closed: Promise<void> | undefined;
  let onEmpty: (() => void) | undefined;
  let seq = 0;
  let prev = FIRST_PREV;
  let burst = 0;
  let watch: NodeJS.Timeout | undefined;

  const isFull = (): boolean => queue.length + leaving.length + (formed === undefined ? 0 : 1) >= keep;
  const oldest = (): Waiting | undefined => leaving[0] ?? formed?.line ?? queue[0];
  const overdue = (): number => {
    const first = oldest();
    return first === undefined ? -timeoutMs : performance.now() - first.since - timeoutMs;
  };

  const rejectWaiting = (cause?: Error): void => {
    for (const line of [...leaving, ...(formed === undefined ? [] : [formed.line]), ...queue]) {
      if (!line.settle) continue;
      metrics.auditFailures.inc();
      line.settle.reject(unavailable(cause));
      line.settle = undefined;
    }
  };

  // One timer for all lines: the oldest is the first to be late. It is left running when its line is taken, and looks
  // again at what is the oldest by then.
  const arm = (delay: number): void => {
    watch = setTimeout(() => {
      // The process itself may have been held up: first let the event loop see what the kernel has taken meanwhile.
      setImmediate(look);
    }, delay);
  };

  const look = (): void => {
    watch = undefined;
    if (state !== 'usable' || oldest() === undefined) return;
    const late = overdue();
    if (late < 0) {
      arm(Math.ceil(-late));
    } else {
      state = 'stuck';
      rejectWaiting();
    }
  };

  const broke = (error: Error): void => {
    if (state === 'broken') return;
    state = 'broken';
    clearInterval(heartbeat);
    clearTimeout(watch);
    rejectWaiting(error);
    leaving = [];
    formed = undefined;
    queue.length = 0;
    onEmpty?.();
    onBroken(error);
  };

  const taken = (): void => {
    const lines = leaving;
    leaving = [];
    for (const line of lines) {
      metrics.auditLines.inc({ kind: line.event.kind });
      line.settle?.resolve();
    }
    if (state === 'stuck' && overdue() < 0) state = 'usable';
    if (oldest() === undefined) {
      burst = 0;
      onEmpty?.();
    } else if (++burst % 64 === 0) {
      // A long queue that the reader takes eagerly must not keep the event loop from everything else.
      setImmediate(pump);
    } else {
      pump();
    }
    if (state === 'usable' && watch === undefined && oldest()) arm(timeoutMs);
  };

  const form = (line: Waiting | undefined): typeof formed => {
    if (line === undefined) return undefined;
    seq += 1;
    const { bytes, hash } = formatLine(line.event, { ts: new Date(line.at).toISOString(), inst, seq, svc, prev });
    prev = hash;
    return { line, bytes };
  };

  const pump = (): void => {
    if (leaving.length > 0 || state === 'broken') return;
    const lines: Waiting[] = [];
    const pieces: Buffer[] = [];
    let room = MAX_LINE_BYTES;
    for (;;) {
      formed ??= form(queue.shift());
      if (formed === undefined) break;
      room -= formed.bytes.length;
      if (room < 0) break;
      pieces.push(formed.bytes);
      lines.push(formed.line);
      formed = undefined;
    }
    if (lines.length === 0) return;
    leaving = lines;
    try {
      out.write(Buffer.concat(pieces), (error) => {
        if (error) broke(error);
        else if (state !== 'broken') taken();
      });
    } catch (error) {
      broke(error instanceof Error ? error : new Error('standard output failed', { cause: error }));
    }
  };

  const add = (event: AuditEvent, settle?: Waiting['settle']): void => {
    queue.push({ event, at: now(), since: performance.now(), ...(settle && { settle }) });
    if (state === 'usable' && watch === undefined) arm(timeoutMs);
    if (scheduled || leaving.length > 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      pump();
    });
  };

  // A gap that has not left yet grows; lines that find room after it come after it.
  const lose = (): void => {
    const last = queue.at(-1);
    if (last?.event.kind === 'gap') last.event = { kind: 'gap', count: last.event.count + 1 };
    else add({ kind: 'gap', count: 1 });
  };

  const write = (event: AuditEvent): Promise<void> => {
    const full = isFull();
    if (state === 'usable' && !full && !closed) {
      return new Promise((resolve, reject) => add(event, { resolve, reject }));
    }
    metrics.auditFailures.inc();
    if (state !== 'broken' && !closed && event.kind === 'access') {
      if (full) lose();
      else add(event);
    }
    return Promise.reject(unavailable());
  };

  const beat = (): void => {
    if (state === 'usable' && !isFull()) add({ kind: 'heartbeat' });
  };

  const close = (stop: StopEvent): Promise<void> => {
    closed ??= new Promise((resolve) => {
      clearInterval(heartbeat);
      if (state === 'broken') return resolve();
      const giveUp = setTimeout(resolve, timeoutMs);
      onEmpty = () => {
        clearTimeout(giveUp);
        clearTimeout(watch);
        resolve();
      };
      add(stop);
    });
    return closed;
  };

  const heartbeat = setInterval(beat, options.heartbeatMs ?? 60_000).unref();
  out.on('error', broke);
  return { write, state: () => state, close };
};

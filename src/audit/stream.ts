import type { Writable } from 'node:stream';
import { Fault } from '../fault.ts';
import type { Metrics } from '../lib/metrics.ts';
import { createBatchSender } from './batch-sender.ts';
import { createDeadlineWatch } from './deadline-watch.ts';
import type { AuditEvent, StopEvent } from './event.ts';
import type { AuditService } from './line.ts';
import { createLineQueue, type WaitingLine } from './line-queue.ts';
import type { SigningKey } from './signing-key.ts';

type AuditStreamOptions = {
  /** Standard output. Nothing else may write to it. */
  readonly out: Writable;
  /** UUID of the process. */
  readonly inst: string;
  readonly svc: AuditService;
  /** Signs `start`, `heartbeat` and `stop`. */
  readonly signer?: SigningKey;
  /** How long a line may wait for the kernel, in milliseconds. */
  readonly timeoutMs: number;
  /** Epoch milliseconds, for `ts` only. Deadlines use the monotonic clock. */
  readonly now: () => number;
  readonly metrics: Pick<Metrics, 'auditLines' | 'auditFailures'>;
  /** Default: one minute. */
  readonly heartbeatMs?: number;
  /** How many lines may wait while the reader does not read. Default: 10 000. */
  readonly keep?: number;
  /** Called once each time the stream becomes stuck. `waiting`: how many lines wait for the reader. */
  readonly onStuck?: (waiting: number) => void;
  /** Called once each time a stuck stream becomes usable again. `stuckMs`: for how long it was stuck. */
  readonly onUsable?: (stuckMs: number) => void;
  /** Called once, with the cause, when standard output is lost for good. */
  readonly onBroken: (error: Error) => void;
};

/**
 * `usable`: lines are accepted. `stuck`: the oldest line has waited longer than the deadline; the stream becomes usable
 * again when the reader reads again. `broken`: standard output is lost for good.
 */
type AuditState = 'usable' | 'stuck' | 'broken';

export type AuditStream = {
  /**
   * Resolves once the kernel has taken the line. Rejects with a Fault (`serviceUnavailable`, `auditUnavailable`) if
   * that takes longer than the deadline, and immediately while the stream is stuck, full, broken or closed.
   *
   * A line that was rejected at the deadline stays in the queue, and is written when the reader reads again. The same
   * holds for an `access` line that was rejected while the stream was stuck. The trail may say more than happened,
   * never less. If the queue is full, the `access` line is only counted, in a `gap` line. An `intent` that was rejected
   * immediately is not written, because LED is then not called.
   */
  readonly write: (event: AuditEvent) => Promise<void>;
  readonly state: () => AuditState;
  /** Writes the last line and accepts no others. Resolves when all lines are written or the deadline has passed. */
  readonly close: (stop: StopEvent) => Promise<void>;
};

/** Creates the audit stream of this process: the only writer to standard output. */
export const createAuditStream = (options: AuditStreamOptions): AuditStream => {
  const { out, inst, svc, signer, timeoutMs, now, metrics, heartbeatMs = 60_000, keep = 10_000 } = options;
  const queue = createLineQueue(inst, svc, signer);
  let state: AuditState = 'usable';
  let stuckSince = 0;
  let closed: Promise<void> | undefined;
  let onEmpty: (() => void) | undefined;

  const rejectAll = (cause?: Error): void => metrics.auditFailures.inc(queue.rejectAll(() => auditUnavailable(cause)));

  const onLate = (): void => {
    state = 'stuck';
    stuckSince = performance.now();
    rejectAll();
    options.onStuck?.(queue.size());
  };

  const onBreak = (error: Error): void => {
    if (state === 'broken') return;
    state = 'broken';
    clearInterval(heartbeat);
    watch.stop();
    rejectAll(error);
    queue.clear();
    onEmpty?.();
    options.onBroken(error);
  };

  const onTaken = (lines: readonly WaitingLine[]): void => {
    if (state === 'broken') return;
    for (const line of lines) {
      metrics.auditLines.inc({ kind: line.event.kind });
      line.settle?.resolve();
    }
    if (state === 'stuck' && !watch.isLate()) {
      state = 'usable';
      options.onUsable?.(Math.round(performance.now() - stuckSince));
    }
    if (queue.size() === 0) onEmpty?.();
    else if (state === 'usable') watch.start();
  };

  const watch = createDeadlineWatch(timeoutMs, () => queue.oldest()?.since, onLate);
  const sender = createBatchSender(out, queue, { onTaken, onBreak });

  const add = (event: AuditEvent, settle?: WaitingLine['settle']): void => {
    queue.add({ event, at: now(), since: performance.now(), settle });
    if (state === 'usable') watch.start();
    sender.schedule();
  };

  const write = (event: AuditEvent): Promise<void> => {
    const isFull = queue.size() >= keep;
    if (state === 'usable' && !isFull && !closed) {
      return new Promise((resolve, reject) => add(event, { resolve, reject }));
    }
    metrics.auditFailures.inc();
    if (event.kind === 'access' && state !== 'broken' && !closed) {
      if (!isFull) add(event);
      else if (!queue.growGap()) add({ kind: 'gap', count: 1 });
    }
    return Promise.reject(auditUnavailable());
  };

  const close = (stop: StopEvent): Promise<void> => {
    closed ??= new Promise((resolve) => {
      clearInterval(heartbeat);
      if (state === 'broken') return resolve();
      const giveUp = setTimeout(resolve, timeoutMs);
      onEmpty = () => {
        clearTimeout(giveUp);
        watch.stop();
        resolve();
      };
      add(stop);
    });
    return closed;
  };

  const heartbeat = setInterval(() => {
    if (state === 'usable' && queue.size() < keep) add({ kind: 'heartbeat' });
  }, heartbeatMs).unref();
  return { write, state: () => state, close };
};

/** The Fault if an audit line cannot be written: 503, retry after 5 s. */
export const auditUnavailable = (cause?: Error): Fault =>
  new Fault('serviceUnavailable', 'auditUnavailable', { retryAfter: 5, ...(cause && { cause }) });

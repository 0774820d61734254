import type { Writable } from 'node:stream';
import type { LineQueue, WaitingLine } from './line-queue.ts';

/** After this many batches in a row, the rest of the event loop gets a turn. */
const BATCHES_IN_A_ROW = 64;

type SenderEvents = {
  /** Called when the kernel has taken these lines. They are no longer in the queue. */
  readonly onTaken: (lines: readonly WaitingLine[]) => void;
  /** Called when standard output is lost. It may be called more than once. */
  readonly onBreak: (error: Error) => void;
};

type BatchSender = {
  /** Sends the waiting lines at the end of this turn of the event loop. Call it after each line that was added. */
  readonly schedule: () => void;
};

/**
 * Sends the lines of a queue to standard output. The lines of one turn of the event loop leave together (see
 * `LineQueue`). A batch leaves when the kernel has taken the one before it, until the queue is empty.
 */
export const createBatchSender = (out: Writable, queue: LineQueue, { onTaken, onBreak }: SenderEvents): BatchSender => {
  let isScheduled = false;
  let batchesInARow = 0;

  const send = (): void => {
    if (queue.isBatchLeaving()) return;
    const bytes = queue.startBatch();
    if (bytes === undefined) return;
    try {
      out.write(bytes, (error) => (error ? onBreak(error) : next()));
    } catch (error) {
      onBreak(error instanceof Error ? error : new Error('standard output failed', { cause: error }));
    }
  };

  const next = (): void => {
    onTaken(queue.endBatch());
    batchesInARow = queue.size() === 0 ? 0 : batchesInARow + 1;
    // While a fast reader takes a long queue, the event loop must still do its other work.
    if (batchesInARow > 0 && batchesInARow % BATCHES_IN_A_ROW === 0) setImmediate(send);
    else send();
  };

  out.on('error', onBreak);
  return {
    schedule: () => {
      if (isScheduled || queue.isBatchLeaving()) return;
      isScheduled = true;
      setImmediate(() => {
        isScheduled = false;
        send();
      });
    },
  };
};

import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBatchSender } from '../../src/audit/batch-sender.ts';
import { createLineQueue } from '../../src/audit/line-queue.ts';
import { sampleRefusal, svc } from './sample.ts';

/** A sender to a stream that takes a batch when the test says so. */
const sending = () => {
  const written: string[][] = [];
  const taken: string[] = [];
  const broken: string[] = [];
  let pending: ((error?: Error) => void) | undefined;
  const out = new Writable({
    highWaterMark: 1,
    write: (bytes: Buffer, _, done) => {
      written.push(
        bytes
          .toString()
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line).id),
      );
      pending = done;
    },
  });
  const queue = createLineQueue('inst-1', svc);
  const sender = createBatchSender(out, queue, {
    onTaken: (lines) => taken.push(...lines.map(({ event }) => ('id' in event ? event.id : event.kind))),
    onBreak: (error) => broken.push(error.message),
  });
  return {
    out,
    written,
    taken,
    broken,
    add: (...ids: string[]) => {
      for (const id of ids) {
        queue.add({ event: sampleRefusal(id), at: 0, since: 0 });
        sender.schedule();
      }
    },
    take: async (error?: Error) => {
      const done = pending;
      pending = undefined;
      done?.(error);
      await turn();
    },
  };
};

/** More lines than one batch holds: each is over 400 bytes. */
const many = Array.from({ length: 12 }, (_, index) => `id-${index}`);

describe('sending', () => {
  it('sends the lines of one turn of the event loop together', async () => {
    const { add, written } = sending();
    add('a');
    add('b', 'c');
    expect(written).toEqual([]);
    await turn();
    expect(written).toEqual([['a', 'b', 'c']]);
  });

  it('sends the next batch when the one before was taken', async () => {
    const { add, take, written, taken } = sending();
    add(...many);
    await turn();
    add('later');
    await turn();
    expect([written.length, taken]).toEqual([1, []]);
    const first = written[0] ?? [];
    expect(first.length).toBeGreaterThan(5);
    expect(first).toEqual(many.slice(0, first.length));
    await take();
    expect([written.flat(), taken]).toEqual([[...many, 'later'], first]);
    await take();
    expect(taken).toEqual([...many, 'later']);
    await take();
    expect(written).toHaveLength(2);
  });

  it('lets the event loop do other work after 64 batches, then continues', async () => {
    const written: number[] = [];
    let turns = 0;
    const out = {
      on: () => {},
      write: (_: Buffer, taken: () => void) => {
        written.push(turns);
        // A reader that takes everything before other work can be done.
        process.nextTick(taken);
      },
    } as unknown as Writable;
    const queue = createLineQueue('inst-1', svc);
    const sender = createBatchSender(out, queue, { onTaken: () => {}, onBreak: () => {} });
    for (let made = 0; made < 2000; made += 1) {
      queue.add({ event: sampleRefusal(`${made}`), at: 0, since: 0 });
    }
    sender.schedule();
    while (queue.size() > 0) {
      await turn();
      turns += 1;
    }
    const most = Math.max(
      ...Map.groupBy(written, (each) => each)
        .values()
        .map(({ length }) => length),
    );
    expect(written.length).toBeGreaterThan(128);
    expect(most).toBeLessThanOrEqual(65);
  });

  it('says that standard output is lost: by a failed write, an error event or an exception', async () => {
    const failed = sending();
    failed.add('a');
    await turn();
    await failed.take(new Error('EPIPE'));
    expect(failed.broken).toContain('EPIPE');
    expect(failed.taken).toEqual([]);

    const emitted = sending();
    emitted.out.emit('error', new Error('EIO'));
    expect(emitted.broken).toEqual(['EIO']);

    const thrown = sending();
    thrown.out.write = () => {
      throw new Error('ENOSPC');
    };
    thrown.add('a');
    await turn();
    expect(thrown.broken).toEqual(['ENOSPC']);
  });
});

import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/audit/event.ts';
import { MAX_LINE_BYTES } from '../../src/audit/line.ts';
import { createLineQueue, type WaitingLine } from '../../src/audit/line-queue.ts';
import { verify } from '../../src/audit/verify/verify.ts';
import { sampleAccess, sampleIntent, sampleRefusal, sampleStart, svc } from './sample.ts';

const waiting = (event: AuditEvent, settle?: WaitingLine['settle']): WaitingLine => ({
  event,
  at: 1_795_000_000_000,
  since: 0,
  settle,
});

const queueOf = (...events: AuditEvent[]) => {
  const queue = createLineQueue('inst-1', svc);
  for (const event of events) queue.add(waiting(event));
  return queue;
};

/** Sends all batches, and returns their bytes. */
const drain = (queue: ReturnType<typeof queueOf>): Buffer[] => {
  const batches: Buffer[] = [];
  for (let bytes = queue.startBatch(); bytes; bytes = queue.startBatch()) {
    batches.push(bytes);
    queue.endBatch();
  }
  return batches;
};

describe('a queue of lines', () => {
  it('sends as many whole lines as fit in 4096 bytes, in order, as one chain', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `id-${index}`);
    const queue = queueOf(sampleStart(), ...ids.flatMap((id) => [sampleIntent(id), sampleAccess(id)]), {
      kind: 'stop',
    });
    const batches = drain(queue);
    for (const [index, bytes] of batches.entries()) {
      expect(bytes.length).toBeLessThanOrEqual(MAX_LINE_BYTES);
      expect(bytes.at(-1)).toBe(0x0a);
      // The first line of the next batch had no room in this one.
      const next = batches[index + 1];
      if (next) expect(bytes.length + next.indexOf('\n') + 1).toBeGreaterThan(MAX_LINE_BYTES);
    }
    const chunks = (async function* () {
      yield* batches;
    })();
    expect(await verify([{ name: '-', chunks }], { complete: true })).toMatchObject({ ok: true, lines: 62 });
  });

  it('has all lines until the kernel has taken them, the oldest first', () => {
    const [a, b] = [waiting(sampleAccess('a')), waiting({ ...sampleAccess('b'), problem: 'badGateway' })];
    const big = { references: ['x'.repeat(2700)], attempts: 1, exceptions: [], durationMs: 1 };
    const c = waiting({ ...sampleAccess('c'), led: big });
    const queue = queueOf();
    for (const line of [a, b, c]) queue.add(line);
    expect([queue.size(), queue.oldest(), queue.isBatchLeaving()]).toEqual([3, a, false]);
    queue.startBatch();
    expect([queue.size(), queue.oldest(), queue.isBatchLeaving()]).toEqual([3, a, true]);
    expect(queue.endBatch()).toEqual([a, b]);
    // The next line is already formed, and still waits.
    expect([queue.size(), queue.oldest(), queue.isBatchLeaving()]).toEqual([1, c, false]);
    queue.startBatch();
    expect(queue.endBatch()).toEqual([c]);
    expect([queue.size(), queue.oldest(), queue.startBatch()]).toEqual([0, undefined, undefined]);
  });

  it('counts in its last line if that is a gap that has not left', () => {
    const queue = queueOf(sampleRefusal('a'));
    expect(queue.growGap()).toBe(false);
    queue.add(waiting({ kind: 'gap', count: 1 }));
    expect([queue.growGap(), queue.growGap(), queue.size()]).toEqual([true, true, 2]);
    queue.add(waiting(sampleRefusal('b')));
    expect(queue.growGap()).toBe(false);
    const lines = Buffer.concat(drain(queue)).toString().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line)).map(({ kind, count }) => [kind, count])).toEqual([
      ['access', undefined],
      ['gap', 3],
      ['access', undefined],
    ]);
    expect(queue.growGap()).toBe(false);
  });

  it('rejects each caller who waits, once, and keeps the lines', () => {
    const rejected: string[] = [];
    const settle = (name: string) => ({
      resolve: () => {},
      reject: (error: Error) => void rejected.push(`${name} ${error.message}`),
    });
    const queue = queueOf();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) queue.add(waiting(sampleAccess(name), settle(name)));
    queue.add(waiting({ kind: 'heartbeat' }));
    queue.startBatch();
    expect(queue.rejectAll(() => new Error('late'))).toBe(6);
    expect(queue.rejectAll(() => new Error('again'))).toBe(0);
    expect(rejected).toEqual(['a late', 'b late', 'c late', 'd late', 'e late', 'f late']);
    expect(queue.size()).toBe(7);
  });

  it('is empty when it is cleared, also of the batch that was leaving', () => {
    const queue = queueOf(...Array.from({ length: 20 }, (_, index) => sampleAccess(`${index}`)));
    queue.startBatch();
    queue.clear();
    expect([queue.size(), queue.oldest(), queue.isBatchLeaving(), queue.startBatch()]).toEqual([
      0,
      undefined,
      false,
      undefined,
    ]);
  });
});

import { EventEmitter } from 'node:events';
import type { FastifyReply } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startDeadline } from '../../src/http/deadline.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

/** As much of a reply as matters here. `writableFinished`: whether the whole answer was written. */
const createReply = (writableFinished: boolean) => {
  const raw = Object.assign(new EventEmitter(), { writableFinished });
  return { reply: { raw } as unknown as FastifyReply, close: () => raw.emit('close') };
};

test('aborts with ledTimeout at the deadline, not before', () => {
  const { signal } = startDeadline(createReply(false).reply, 1_000);
  vi.advanceTimersByTime(999);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signal.reason).toMatchObject({ code: 'ledTimeout' });
});

test('aborts with callerGone when the connection closes before the answer is written', () => {
  const { reply, close } = createReply(false);
  const { signal } = startDeadline(reply, 1_000);
  close();
  expect(signal.reason).toMatchObject({ code: 'callerGone' });
});

test('does not abort when the connection closes after the answer', () => {
  const { reply, close } = createReply(true);
  const { signal } = startDeadline(reply, 1_000);
  close();
  expect(signal.aborted).toBe(false);
});

test('does not abort once it is released', () => {
  const { reply, close } = createReply(false);
  const { signal, release } = startDeadline(reply, 1_000);
  release();
  close();
  vi.advanceTimersByTime(1_000);
  expect(signal.aborted).toBe(false);
});

test('gives the moment of the deadline on the monotonic clock', () => {
  const before = performance.now();
  const { deadline } = startDeadline(createReply(false).reply, 1_000);
  expect(deadline).toBeGreaterThanOrEqual(before + 1_000);
  expect(deadline).toBeLessThanOrEqual(performance.now() + 1_000);
});

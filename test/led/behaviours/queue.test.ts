import { expect, it } from 'vitest';
import { createQueue } from '../../../src/led/behaviours/queue.ts';
import { callerGone, reasonOf } from '../../support/asking.ts';

const stays = () => new AbortController().signal;

it('lets calls go in the order in which they came', async () => {
  const queue = createQueue();
  const order: number[] = [];
  const all = [1, 2, 3].map(async (n) => {
    await queue.wait(stays());
    order.push(n);
  });
  expect(queue.size()).toBe(3);
  expect([queue.next(), queue.next(), queue.next(), queue.next()]).toEqual([true, true, true, false]);
  await Promise.all(all);
  expect(order).toEqual([1, 2, 3]);
});

it('drops an aborted call immediately', async () => {
  const queue = createQueue();
  const leaving = new AbortController();
  const gone = reasonOf(queue.wait(leaving.signal));
  const next = reasonOf(queue.wait(stays()));
  leaving.abort(callerGone());
  expect(queue.size()).toBe(1);
  expect(queue.next()).toBe(true);
  expect(await Promise.all([gone, next])).toEqual(['callerGone', 'ok']);
});

it('refuses a call that waits too long, and lets the others wait', async () => {
  const queue = createQueue();
  const patient = reasonOf(queue.wait(stays()));
  expect(await reasonOf(queue.wait(stays(), 5))).toBe('overload');
  expect(queue.size()).toBe(1);
  queue.next();
  expect(await patient).toBe('ok');
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLoopWatch } from '../../src/http/loop-watch.ts';

let now: number;
let watch: ReturnType<typeof createLoopWatch>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  now = 0;
  watch = createLoopWatch(() => now);
});
afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

/** Completes a turn of the event loop that took `ms` milliseconds. */
const turn = (ms: number): void => {
  now += ms;
  vi.advanceTimersByTime(10);
};

test('a loop that turns quickly is not late', () => {
  for (let turns = 0; turns < 500; turns += 1) turn(10);
  expect(watch.late()).toBe(false);
});

test('one long turn does not make it late', () => {
  now += 900;
  expect(watch.late()).toBe(false);
});

test('long turns for more than a second make it late, after the first 100 ms of a turn', () => {
  for (let turns = 0; turns < 8; turns += 1) turn(150);
  now += 100;
  expect(watch.late()).toBe(false);
  now += 1;
  expect(watch.late()).toBe(true);
});

test('one short turn ends it', () => {
  for (let turns = 0; turns < 8; turns += 1) turn(150);
  turn(99);
  now += 150;
  expect(watch.late()).toBe(false);
});

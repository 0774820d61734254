import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createFairTurns } from '../../src/auth/fair-turns.ts';

const options = { atOnce: 2, mostOfOne: 2, mostWaiting: 4, waitMs: 1_000, refuse: () => new Error('refused') };
let inTurn: ReturnType<typeof createFairTurns>;
/** The tasks that run, by name, with the function that ends each. */
let running: Map<string, () => void>;
let started: string[];

beforeEach(() => {
  vi.useFakeTimers();
  inTurn = createFairTurns(options);
  running = new Map();
  started = [];
  return () => vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

const begin = (network: string, name: string, isGone = () => false): Promise<string> => {
  const result = inTurn({ network, isGone }, () => {
    started.push(name);
    return new Promise<string>((resolve) => running.set(name, () => resolve(name)));
  }).catch((error: Error) => error.message);
  return result;
};

const end = async (name: string): Promise<void> => {
  running.get(name)?.();
  await settle();
};

describe('tasks', () => {
  test('run at once while there is room, and then as others end', async () => {
    const results = [begin('a', '1'), begin('a', '2'), begin('a', '3')];
    expect(started).toEqual(['1', '2']);
    await end('1');
    expect(started).toEqual(['1', '2', '3']);
    await end('2');
    await end('3');
    expect(await Promise.all(results)).toEqual(['1', '2', '3']);
    begin('a', '4');
    begin('a', '5');
    expect(started).toEqual(['1', '2', '3', '4', '5']);
  });

  test('of a network that floods wait for the others: the networks take turns, the newest of each first', async () => {
    begin('flood', '1');
    begin('flood', '2');
    for (const name of ['3', '4', '5']) begin('flood', name);
    begin('good', 'g');
    await end('1');
    await end('2');
    await end('5');
    expect(started).toEqual(['1', '2', '5', 'g', '4']);
  });

  test('of one network never have all places: another network does not wait', async () => {
    inTurn = createFairTurns({ ...options, atOnce: 3 });
    for (const name of ['1', '2', '3']) begin('flood', name);
    expect(started).toEqual(['1', '2']);
    begin('good', 'g');
    expect(started).toEqual(['1', '2', 'g']);
    await end('g');
    expect(started).toEqual(['1', '2', 'g']);
    await end('1');
    expect(started).toEqual(['1', '2', 'g', '3']);
  });

  test('that fail give their place to the next', async () => {
    const failing = [0, 1].map(() =>
      inTurn({ network: 'a', isGone: () => false }, () => Promise.reject(new Error('x'))),
    );
    begin('a', '3');
    expect(await Promise.allSettled(failing)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    await settle();
    expect(started).toEqual(['3']);
  });

  test('wait at most so long', async () => {
    begin('a', '1');
    begin('a', '2');
    const waiting = begin('a', '3');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await waiting).toBe('refused');
    await end('1');
    begin('a', '4');
    expect(started).toEqual(['1', '2', '4']);
  });

  test('of callers who are gone are not run', async () => {
    begin('a', '1');
    begin('a', '2');
    const gone = begin('a', '3', () => true);
    begin('b', '4');
    await end('1');
    expect(await gone).toBe('refused');
    expect(started).toEqual(['1', '2', '4']);
  });
});

test('when too many wait, the network with the most loses its oldest', async () => {
  begin('flood', '1');
  begin('flood', '2');
  const flood = ['3', '4', '5', '6'].map((name) => begin('flood', name));
  begin('good', 'g');
  expect(await flood[0]).toBe('refused');
  for (const name of ['1', '2', '6']) await end(name);
  expect(started).toEqual(['1', '2', '6', 'g', '5']);
});

import { beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { createRateLimit } from '../../src/http/rate-limit.ts';

let now: number;
let count: (client: string) => void;

beforeEach(() => {
  now = 5_000;
  count = createRateLimit(2, () => now);
});

/** `ok`, or the seconds after which to retry. */
const attempt = (client: string): 'ok' | number | undefined => {
  try {
    count(client);
    return 'ok';
  } catch (error) {
    if (error instanceof Fault && error.code === 'tooManyRequests') return error.retryAfter;
    throw error;
  }
};

describe('a client’s minute', () => {
  test('allows as many requests as the limit, and refuses the rest', () => {
    expect([attempt('a'), attempt('a'), attempt('a'), attempt('a')]).toEqual(['ok', 'ok', 60, 60]);
  });

  test('begins with the client’s first request, and ends 60 s later', () => {
    attempt('a');
    now += 29_500;
    attempt('a');
    expect(attempt('a')).toBe(31);
    now += 30_499;
    expect(attempt('a')).toBe(1);
    now += 1;
    expect(attempt('a')).toBe('ok');
  });

  test('is its own: another client is not counted with it', () => {
    attempt('a');
    attempt('a');
    expect([attempt('a'), attempt('b')]).toEqual([60, 'ok']);
  });
});

describe('of more than 10 000 clients', () => {
  const fill = (): void => {
    for (let other = 0; other < 9_998; other += 1) attempt(`other-${other}`);
  };

  test('the one with the oldest minute is forgotten', () => {
    for (const client of ['oldest', 'oldest', 'next', 'next']) attempt(client);
    fill();
    expect([attempt('oldest'), attempt('next')]).toEqual([60, 60]);
    attempt('one more');
    expect([attempt('next'), attempt('oldest')]).toEqual([60, 'ok']);
  });

  test('the oldest minute may be that of a client who came later, if the first has begun another', () => {
    attempt('first');
    now += 30_000;
    for (const client of ['later', 'later']) attempt(client);
    now += 30_000;
    for (const client of ['first', 'first']) attempt(client);
    fill();
    attempt('one more');
    expect([attempt('first'), attempt('later')]).toEqual([60, 'ok']);
  });
});

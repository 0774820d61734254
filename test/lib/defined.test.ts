import { expect, expectTypeOf, test } from 'vitest';
import { defined } from '../../src/lib/defined.ts';

test('leaves out what is undefined, and nothing else', () => {
  const given = { a: undefined, b: null, c: 0, d: '', e: false, f: { inside: undefined } };
  const kept = defined(given);
  expect(Object.keys(kept)).toEqual(['b', 'c', 'd', 'e', 'f']);
  expect(kept.f).toBe(given.f);
});

test('returns a copy', () => {
  const given = { a: 1 };
  expect(defined(given)).toEqual(given);
  expect(defined(given)).not.toBe(given);
});

test('its type has optional members in place of undefined ones', () => {
  const kept = defined({ a: 1, b: 'x' as string | undefined });
  expectTypeOf(kept.a).toEqualTypeOf<number>();
  expectTypeOf(kept).toExtend<{ a: number; b?: string }>();
});

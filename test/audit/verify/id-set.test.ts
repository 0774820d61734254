import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createIdSet } from '../../../src/audit/verify/id-set.ts';

describe('a set of ids', () => {
  it('holds what was added, and nothing else: two hundred thousand random ids, and odd ones', () => {
    const ids = createIdSet();
    const known = [
      ...Array.from({ length: 200_000 }, (_, index) => (index % 2 ? randomUUID() : randomUUIDv7())),
      '',
      'a',
      'b',
      'ab',
      'ba',
    ];
    expect(known.every((id) => ids.add(id))).toBe(true);
    expect(known.every((id) => ids.has(id) && !ids.add(id))).toBe(true);
    expect(Array.from({ length: 100_000 }, () => randomUUID()).some(ids.has)).toBe(false);
  });

  it('forgets the oldest ids if its size is bounded, and never the last ones', () => {
    const ids = createIdSet(1000);
    const added = Array.from({ length: 10_000 }, (_, index) => `id-${index}`);
    for (const id of added) ids.add(id);
    expect(added.slice(-1000).every(ids.has)).toBe(true);
    expect(added.slice(0, 8000).some(ids.has)).toBe(false);
  });
});

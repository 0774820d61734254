import { describe, expect, it } from 'vitest';
import { shrink } from '../../src/audit/shrink.ts';

const prev = 'c'.repeat(64);
const shrunk = (record: Parameters<typeof shrink>[0], limit: number) => {
  const text = shrink({ ...record, prev }, limit);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
  const { truncated, ...members } = JSON.parse(text);
  expect(truncated).toBe(true);
  expect(Object.keys(members).at(-1)).toBe('prev');
  return members;
};
const exception = { id: '60013', origin: 'MAGDA', type: 'FOUT' };
const shadow = { ruleSet: 'r', version: '1.0.0', digest: 'd', outcome: 'eligible' as const };
const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

describe('a record that is too long', () => {
  it('loses exceptions from the end, and nothing else', () => {
    const led = { references: ['r1', 'r2'], attempts: 2, exceptions: times(20, exception) };
    const record = { id: 'a', led, shadow: times(3, shadow), disclosed: { diplomas: 1, attributes: ['land'] } };
    const { led: kept, ...rest } = shrunk(record, 800);
    expect(kept).toEqual({ ...led, exceptions: times(kept.exceptions.length, exception) });
    expect(kept.exceptions.length).toBeGreaterThan(0);
    expect(rest).toEqual({ id: 'a', shadow: record.shadow, disclosed: record.disclosed, prev });
  });

  it('keeps as many items as there is room for', () => {
    const record = { led: { references: [], exceptions: times(20, exception) } };
    const one = Buffer.byteLength(JSON.stringify(exception)) + 1;
    const empty = Buffer.byteLength(JSON.stringify({ led: { references: [], exceptions: [] }, truncated: true, prev }));
    expect(shrunk(record, empty + 3 * one).led.exceptions).toHaveLength(3);
    expect(shrunk(record, empty + 3 * one - 1).led.exceptions).toHaveLength(2);
  });

  it('then loses candidates, then names of attributes', () => {
    const record = {
      led: { references: ['r1'], exceptions: times(5, exception) },
      shadow: times(20, shadow),
      disclosed: { diplomas: 1, attributes: times(4, 'volledigeNaam') },
    };
    const members = shrunk(record, 500);
    expect(members).toMatchObject({ led: { references: ['r1'], exceptions: [] }, disclosed: record.disclosed });
    expect(members.shadow.length).toBeGreaterThan(0);
    expect(members.shadow.length).toBeLessThan(20);

    const without = {
      led: { references: ['r1'], exceptions: [] },
      shadow: [],
      disclosed: { diplomas: 1, attributes: [] },
    };
    const empty = Buffer.byteLength(JSON.stringify({ ...without, truncated: true, prev }));
    const name = Buffer.byteLength('"volledigeNaam",');
    expect(shrunk(record, empty + name + name - 1)).toMatchObject({
      shadow: [],
      disclosed: { diplomas: 1, attributes: ['volledigeNaam'] },
    });
  });

  it('has its texts cut to 96 bytes each if it is too long without lists', () => {
    const { id, why, status } = shrunk({ id: 'é'.repeat(500), why: { legalBasis: '"'.repeat(500) }, status: 200 }, 600);
    expect(Buffer.byteLength(JSON.stringify(id))).toBeLessThanOrEqual(96);
    expect(id).toMatch(/^é{45}…$/);
    expect(why.legalBasis).toMatch(/^"{45}…$/);
    expect(status).toBe(200);
  });

  it('is never cut within a character', () => {
    expect(shrunk({ id: '😀'.repeat(500) }, 400).id).toMatch(/^(😀){22}…$/u);
  });
});

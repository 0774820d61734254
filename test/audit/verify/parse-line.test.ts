import { describe, expect, it } from 'vitest';
import { actualHash, parseLine, type TrailLine } from '../../../src/audit/verify/parse-line.ts';
import { createChain, sampleAccess } from '../sample.ts';

const text = createChain('inst-1')(sampleAccess('a')).trimEnd();
const line = parseLine(text) as TrailLine;

describe('a line that is read', () => {
  it('has the members that place it', () => {
    expect(line).toMatchObject({ inst: 'inst-1', seq: 1, kind: 'access', id: 'a', prev: '0'.repeat(64) });
    expect(line.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is undefined if it is not an audit line', () => {
    const members = JSON.parse(text) as object;
    const others = [
      '',
      'hello',
      'null',
      '[]',
      text.slice(0, -1),
      JSON.stringify({ ...members, v: '2' }),
      JSON.stringify({ ...members, inst: 'x'.repeat(65) }),
      JSON.stringify({ ...members, seq: 0 }),
      JSON.stringify({ ...members, seq: 1.5 }),
      JSON.stringify({ ...members, seq: '1' }),
      ...['inst', 'kind', 'prev', 'hash'].map((name) => JSON.stringify({ ...members, [name]: 1 })),
    ];
    expect(others.map(parseLine)).toEqual(others.map(() => undefined));
  });
});

describe('the hash that a line should have', () => {
  const hashOf = (changed: string): string =>
    actualHash(Buffer.from(changed), 0, Buffer.byteLength(changed), changed, parseLine(changed) as TrailLine);

  it('is its own, unless it was edited', () => {
    expect(hashOf(text)).toBe(line.hash);
    const edited = hashOf(text.replace('intake-desk', 'night-shift'));
    expect(edited).toMatch(/^[0-9a-f]{64}$/);
    expect(edited).not.toBe(line.hash);
  });

  it('is found within a larger buffer, which stays as it is', () => {
    const around = Buffer.from(`before\n${text}\nafter`);
    const copy = Buffer.from(around);
    expect(actualHash(around, 7, 7 + Buffer.byteLength(text), text, line)).toBe(line.hash);
    expect(around).toEqual(copy);
  });

  it('is empty if the line does not end with its hash', () => {
    expect(hashOf(text.replace(/"hash":"[^"]*"/, '"hash":""'))).toBe('');
    expect(hashOf(text.replace(/"}$/, '" }'))).toBe('');
    expect(hashOf(`{"hash":"${line.hash}",${text.slice(1).replace(/,"hash":"[^"]*"/, '')}`)).toBe('');
  });
});

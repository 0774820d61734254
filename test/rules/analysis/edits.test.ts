import { describe, expect, test } from 'vitest';
import { diff } from '../../../src/rules/analysis/diff.ts';
import { compile } from '../../../src/rules/rule-set.ts';
import { ama, amaSource, today } from '../support.ts';
import { edited, editedBy, editKinds } from './edits.ts';
import { recordsFor, seeded, verdictOn } from './random.ts';

/** `npm run edits` sets it: all edits, and a million records in all. */
const { RECORDS_PER_EDIT: wanted } = process.env;
const recordsPerEdit = Number(wanted ?? 500);
const seeds = Array.from({ length: wanted === undefined ? 12 : 50 }, (_, seed) => seed);
const kinds = Array.from({ length: wanted === undefined ? 0 : editKinds }, (_, kind) => kind);

const text = ({ verdict, reasons }: { readonly verdict: string; readonly reasons: readonly string[] }): string =>
  [verdict, ...reasons].join(' ');

/** Checks a difference against the judgements of the service, record by record. */
const checkEdit = (changed: ReturnType<typeof amaSource>, seed: number): { differing: number; found: number } => {
  const after = compile(changed);
  const difference = diff(ama, after, today);
  const byId = new Map(difference.classes.map((one) => [one.id, one]));
  expect(byId.size).toBe(difference.classes.length);
  expect(difference.classes.reduce((sum, { cells }) => sum + cells, 0)).toBe(difference.differing);
  expect(difference.groups.reduce((sum, { cells }) => sum + cells, 0)).toBe(difference.differing);

  const wrongWitnesses = difference.classes.filter(
    ({ from, to, witness }) =>
      text(from) === text(to) ||
      verdictOn(witness, ama, today) !== text(from) ||
      verdictOn(witness, after, today) !== text(to),
  );
  expect(wrongWitnesses).toEqual([]);
  const wrongGroups = difference.groups.filter(
    ({ from, to, witness }) =>
      !verdictOn(witness, ama, today).startsWith(from) ||
      !verdictOn(witness, after, today).startsWith(to) ||
      verdictOn(witness, ama, today) === verdictOn(witness, after, today),
  );
  expect(wrongGroups).toEqual([]);

  const known = new Set(difference.classes.map(({ from, to }) => `${text(from)}|${text(to)}`));
  const nextRecord = recordsFor(seeded(seed), [ama.source, changed], today);
  let found = 0;
  for (let count = 0; count < recordsPerEdit; count += 1) {
    const record = nextRecord();
    const before = verdictOn(record, ama, today);
    const now = verdictOn(record, after, today);
    if (before === now) continue;
    found += 1;
    if (!known.has(`${before}|${now}`)) throw new Error(`in no class: ${JSON.stringify(record)}: ${before} → ${now}`);
  }
  return { differing: difference.differing, found };
};

describe('a difference that exists is reported', () => {
  const met: number[] = [];

  test.each(seeds)('edit %i of the set', { timeout: 120_000 }, (seed) => {
    const { differing, found } = checkEdit(edited(amaSource(), seeded(seed)), seed);
    if (found > 0) expect(differing).toBeGreaterThan(0);
    met.push(found);
  });

  test.each(kinds)('each kind of change alone: %i', { timeout: 120_000 }, (kind) => {
    checkEdit(editedBy(kind, amaSource(), seeded(kind)), kind);
  });

  test('the records meet most differences', () => {
    expect(met.filter((found) => found > 0).length).toBeGreaterThan(seeds.length / 2);
  });
});

import { describe, expect, test } from 'vitest';
import { entriesOf } from '../../../src/rules/analysis/entries.ts';
import type { RuleSet } from '../../../src/rules/rule-set.ts';
import { amaSource } from '../support.ts';
import { smallSource } from './small-set.ts';

/** A copy of a rule set without what is at a path such as `degrees[0].names[1]`. */
const cutOut = (set: RuleSet, path: string): unknown => {
  const copy: unknown = structuredClone(set);
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  const last = keys.pop() ?? '';
  const holder = keys.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], copy);
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else Reflect.deleteProperty(holder as object, last);
  return copy;
};

test('the entries of a small set, each by its path', () => {
  expect(entriesOf(smallSource).map(({ path }) => path)).toEqual([
    'subjects[0]',
    'subjects[1]',
    'otherProofs[0]',
    'higherEducation[0]',
    'categories[0].names[0]',
    'categories[1].names[0]',
    'categories[1].range',
    'degrees[0].names[0]',
    'degrees[0].clauses[0]',
    'degrees[1].names[0]',
    'degrees[1].clauses[0]',
    'degrees[1].clauses[0].institution',
    'degrees[1].clauses[0].institution.containsOneOf[0]',
    'degrees[1].clauses[1]',
    'degrees[1].clauses[1].institution',
    'degrees[1].clauses[1].year',
    'degrees[1].clauses[2]',
    'automaticRecognition.countries[0]',
    'insufficientProgrammes.isced2011ThirdDigits[0]',
    'datesInFuture',
  ]);
});

describe('each entry leaves out what is at its path, and nothing else', () => {
  const { automaticRecognition, insufficientProgrammes, datesInFuture, ...bare } = smallSource;

  test.each<[string, RuleSet]>([
    ['a small set', smallSource],
    ['a set with no optional list', bare],
    ['a set with recognition alone', { ...bare, ...(automaticRecognition && { automaticRecognition }) }],
    ['a set with dates alone', { ...bare, ...(datesInFuture && { datesInFuture }) }],
    [
      'a set with insufficient programmes alone',
      { ...bare, ...(insufficientProgrammes && { insufficientProgrammes }) },
    ],
    ['begeleider-ama', amaSource()],
  ])('%s', (_, set) => {
    const entries = entriesOf(set);
    expect(new Set(entries.map(({ path }) => path)).size).toBe(entries.length);
    for (const { path, without } of entries) {
      expect(without, path).toStrictEqual(cutOut(set, path));
      expect(without, path).not.toEqual(set);
    }
  });
});

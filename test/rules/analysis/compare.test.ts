import { describe, expect, test } from 'vitest';
import {
  type Axes,
  type AxisName,
  axesOf,
  axisNames,
  type Cell,
  cellCount,
  type Seen,
  valuesOfCell,
} from '../../../src/rules/analysis/cells.ts';
import {
  type Alike,
  compare,
  createScale,
  differently,
  joinSeen,
  person,
  type Side,
  weighFound,
} from '../../../src/rules/analysis/compare.ts';
import { admit } from '../../../src/rules/judge.ts';
import { engine, findings, standingsOf } from '../../../src/rules/rows.ts';
import type { RuleSet } from '../../../src/rules/rule-set.ts';
import { today } from '../support.ts';
import { small, smallSource } from './small-set.ts';

const changedSource: RuleSet = {
  ...smallSource,
  minimumLevel: 7,
  subjects: smallSource.subjects.slice(0, 1),
  otherProofs: [],
  higherEducation: ['Universiteit'],
  categories: [{ names: ['Hoger onderwijs'], range: { low: 5, high: 8 } }],
  degrees: [
    { names: ['Bachelor'], clauses: [{ year: { atLeast: 2010 }, range: { low: 6, high: 7 } }] },
    { names: ['Master'], clauses: [{ institution: { isOneOf: 'higherEducation' }, range: { low: 7, high: 7 } }] },
  ],
  automaticRecognition: { countries: ['LUX'] },
  insufficientProgrammes: { isced2011ThirdDigits: ['6'] },
};
const before = small();
const after = small(changedSource);
const axes = axesOf([smallSource, changedSource], today);

/** The grid in which these axes have all their classes, and every other axis its first. */
const wideIn = (...wide: readonly AxisName[]): Axes =>
  Object.fromEntries(
    axisNames.map((axis) => [axis, wide.includes(axis) ? axes[axis] : axes[axis].slice(0, 1)]),
  ) as Record<AxisName, Axes[AxisName]>;

const cellsOf = (grid: Axes): readonly Cell[] =>
  axisNames.reduce<readonly Partial<Cell>[]>(
    (cells, axis) => cells.flatMap((cell) => grid[axis].map((_, position) => ({ ...cell, [axis]: position }))),
    [{}],
  ) as readonly Cell[];

const valuesOn = (grid: Axes, { change }: Side, cell: Cell) => {
  const values = valuesOfCell(grid, cell);
  return change?.(values) ?? values;
};

/** Judges one cell by itself, with the functions that judge a record. */
const judgeAlone = (grid: Axes, side: Side, cell: Cell): string => {
  const values = valuesOn(grid, side, cell);
  const admitted = admit(values.subject, person, side.ruleSet, person);
  if ('drops' in admitted) return `dropped ${admitted.drops[0]}`;
  const { verdict, reasons } = engine.weigh(findings(values, side.ruleSet, side.today));
  return [verdict, ...reasons].join(' ');
};

type Tally = Map<string, { count: number; seen: Seen }>;

const addTo = (tally: Tally, key: string, count: number, seen: Seen): void => {
  const known = tally.get(key) ?? { count: 0, seen: {} };
  const together = Object.fromEntries(axisNames.map((axis) => [axis, (known.seen[axis] ?? 0n) | (seen[axis] ?? 0n)]));
  tally.set(key, { count: known.count + count, seen: together });
};

const sorted = (tally: Tally) =>
  [...tally].sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, { count, seen }]) => ({ key, count, seen }));

const scale = createScale(engine);
const left: Side = { scale, ruleSet: before, today };

/** Checks the findings of some cells against one of them. */
const checkFound = (grid: Axes, right: Side, { found, cell, left: onLeft, right: onRight }: Alike): void => {
  const [foundLeft, foundRight] = found();
  expect(weighFound(engine, foundLeft).key).toBe(onLeft.key);
  expect(weighFound(engine, foundRight).key).toBe(onRight.key);
  expect(judgeAlone(grid, left, cell())).toBe(onLeft.key);
  expect(judgeAlone(grid, right, cell())).toBe(onRight.key);
  const [saidLeft, saidRight] = [left, right].map((side) =>
    standingsOf(valuesOn(grid, side, cell()), side.ruleSet, today),
  );
  const names = ['vks', 'isced2011', 'degree', 'category', 'isced1997'] as const;
  const differing = names.filter((name) => saidLeft?.[name] !== saidRight?.[name]).join(' ');
  const expected = foundLeft.level === foundRight.level ? undefined : differing;
  expect(foundLeft.byWitnesses).toBe(expected);
  expect(foundRight.byWitnesses).toBe(expected);
};

describe('a comparison is what judging cell by cell gives', () => {
  const sides: readonly (readonly [string, Side])[] = [
    ['two rule sets', { scale, ruleSet: after, today }],
    ['the same rule set', left],
    ['a lower minimum', { scale, ruleSet: small({ minimumLevel: 5 }), today }],
    ['a day later in the year', { scale, ruleSet: before, today: '2027-01-01' }],
    ['records without a category', { scale, ruleSet: after, today, change: (values) => ({ ...values, category: '' }) }],
    [
      'a lower VKS level',
      { scale, ruleSet: before, today, change: (values) => (values.vks === '6' ? { ...values, vks: '5' } : values) },
    ],
  ];
  const grids: readonly (readonly AxisName[])[] = [
    ['proofType', 'category', 'country', 'subject', 'iscedField'],
    ['proofType', 'category', 'degree', 'institution', 'date'],
    ['vks', 'isced2011', 'isced1997'],
    ['vks', 'degree', 'category', 'proofType'],
    ['status', 'proofState', 'authenticity', 'date', 'country'],
  ];
  const cases = sides.flatMap(([name, side]) => grids.map((wide) => [name, wide.join(', '), side, wide] as const));

  test.each(cases)('%s: %s', (_, __, right, wide) => {
    const grid = wideIn(...wide);
    const found: Tally = new Map();
    for (const alike of compare(grid, left, right, () => true)) {
      const [one, other] = alike.parts;
      addTo(found, `${alike.left.key}|${alike.right.key}`, alike.count, { ...one(), ...other() });
      checkFound(grid, right, alike);
    }
    const expected: Tally = new Map();
    for (const cell of cellsOf(grid)) {
      const seen = Object.fromEntries(axisNames.map((axis) => [axis, 1n << BigInt(cell[axis])]));
      addTo(expected, `${judgeAlone(grid, left, cell)}|${judgeAlone(grid, right, cell)}`, 1, seen);
    }
    expect(sorted(found)).toEqual(sorted(expected));
    expect([...found.values()].reduce((sum, { count }) => sum + count, 0)).toBe(cellCount(grid));
  });
});

test('only the cells that are wanted come out', () => {
  const grid = wideIn('subject', 'country');
  const right: Side = { scale, ruleSet: after, today };
  const all = [...compare(grid, left, right, () => true)];
  const different = [...compare(grid, left, right, differently)];
  expect(different.length).toBeGreaterThan(0);
  expect(different.map(({ left: one, right: other }) => [one.key, other.key])).toEqual(
    all.flatMap(({ left: one, right: other }) => (one.key === other.key ? [] : [[one.key, other.key]])),
  );
  expect([...compare(grid, left, left, differently)]).toEqual([]);
});

test('cells in which the rows find the same come out together, and share what occurs', () => {
  const right: Side = { scale, ruleSet: after, today };
  for (const wide of [axisNames.slice(0, 6), axisNames.slice(6, 10), axisNames.slice(10)]) {
    const all = [...compare(wideIn(...wide), left, right, () => true)];
    expect(new Set(all.map(({ found }) => JSON.stringify(found()))).size).toBe(all.length);
    const parts = all.flatMap(({ parts: both }) => both);
    for (const part of parts) expect(part()).toBe(part());
    expect(new Set(parts).size).toBeLessThan(parts.length);
  }
});

test('what occurs in some cells and in others', () => {
  expect(joinSeen({ status: 0b01n, vks: 0b1n }, { status: 0b10n, country: 0b1n })).toEqual({
    status: 0b11n,
    vks: 0b1n,
    country: 0b1n,
  });
});

test('a scale gives the same findings the same number, and weighs two numbers together', () => {
  const one = scale.numberOf({ status: 'unknownStatus' });
  const other = scale.numberOf({ level: 'belowByVks' });
  expect(scale.numberOf({ status: 'unknownStatus' })).toBe(one);
  expect(other).not.toBe(one);
  const verdict = { verdict: 'rejected', reasons: ['belowByVks'], key: 'rejected belowByVks' };
  expect(scale.verdictOn(one, other)).toEqual(verdict);
  expect(scale.verdictOn(one, other)).toBe(scale.verdictOn(one, other));
});

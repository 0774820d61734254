import { describe, expect, test } from 'vitest';
import { type Axes, axesOf, axisNames, cellCount, exampleOf, valuesOfCell } from '../../../src/rules/analysis/cells.ts';
import type { RuleSet } from '../../../src/rules/rule-set.ts';
import { smallSource } from './small-set.ts';

const today = '2026-11-23';
const examples = (axes: Axes, axis: keyof Axes): unknown[] =>
  axes[axis].map(({ example }) => Object.values(example).join('-'));
const degreesWith = (...parts: string[][]): RuleSet['degrees'] => [
  {
    names: ['Graad'],
    clauses: parts.map((containsOneOf) => ({ institution: { containsOneOf }, range: { low: 5, high: 5 } })),
  },
];

describe('the classes of a small rule set', () => {
  const axes = axesOf([smallSource], today);

  test.each([
    ['status', ['1', '10', '2', '']],
    ['proofState', ['Eindbewijs', 'Tussenbewijs', 'Andere bewijsstaat', '']],
    ['proofType', ['Diploma', 'Gelijkwaardigheid', 'Attest', 'Ander bewijs', '']],
    ['category', ['Hoger onderwijs', 'Secundair onderwijs', 'Andere categorie', '']],
    ['degree', ['Bachelor', 'Gegradueerde', 'Andere graad', '']],
    ['institution', ['Hogeschool', 'Andere instelling', 'Centrum volwassenenonderwijs', '']],
    ['date', ['2026', '2009', '1900', '2026-12-31', '2027', '1800', '']],
    ['vks', ['6', '7', '8', '5', '4', '3', '2', '1', '0', '']],
    ['isced1997', ['', '6', '5', '4', '3', '2', '1', '0', '7']],
    ['authenticity', ['Authentiek', 'Eigen verklaring', 'Andere authenticiteit', '']],
    ['country', ['BEL', 'NLD', 'FRA', '']],
    ['subject', ['723008', '762003', '999999']],
    ['iscedField', ['', '999', '']],
  ] as const)('%s: %j', (axis, expected) => {
    expect(examples(axes, axis).toSorted()).toEqual([...expected].toSorted());
  });

  test('ISCED 2011: each first digit, alone and with a last digit that a set names', () => {
    const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8'];
    const expected = ['', '9', ...digits, ...digits.map((digit) => `${digit}41`)];
    expect(examples(axes, 'isced2011').toSorted()).toEqual(expected.toSorted());
  });

  test('the number of cells is that of all combinations, and each axis counts', () => {
    expect(cellCount(axes)).toBe(axisNames.reduce((product, axis) => product * axes[axis].length, 1));
  });

  test('a field that agrees is the first three digits of the subject', () => {
    const first = Object.fromEntries(axisNames.map((axis) => [axis, 0])) as Record<keyof Axes, number>;
    expect(exampleOf(axes, first)).toMatchObject({ subject: '723008', iscedField: '723', status: '1' });
    expect(valuesOfCell(axes, first)).toMatchObject({ iscedField: '723', degree: 'bachelor', vks: '6' });
  });
});

describe('classes at the edges', () => {
  test('two parts of names: every set of conditions that can hold together', () => {
    const axes = axesOf([{ ...smallSource, degrees: degreesWith(['school'], ['hogeschool van'], ['avond']) }], today);
    const parts = axes.institution.flatMap(({ meaning }) =>
      meaning.kind === 'contains' ? [meaning.parts.join('+')] : [],
    );
    // “hogeschool van” holds “school”, so it never holds alone.
    expect(parts.toSorted()).toEqual(
      ['avond', 'hogeschool van', 'school', 'school+avond', 'hogeschool van+avond'].toSorted(),
    );
  });

  test('on the last day of a year nothing of that year lies ahead', () => {
    expect(examples(axesOf([smallSource], '2026-12-31'), 'date')).not.toContain('2026-12-31');
  });

  test('an example of another value is no value of the set', () => {
    const set: RuleSet = {
      ...smallSource,
      otherProofs: ['ander  BEWIJS', 'Ander bewijs 2'],
      automaticRecognition: { countries: ['FRA', 'DEU', 'ITA', 'USA', 'X'] },
    };
    const axes = axesOf([set], today);
    expect(examples(axes, 'proofType')).toContain('Ander bewijs 3');
    expect(examples(axes, 'country')).toContain('XX');
  });
});

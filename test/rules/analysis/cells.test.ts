import { describe, expect, test } from 'vitest';
import { type Axes, axesOf, axisNames, cellCount, exampleOf, valuesOfCell } from '../../../src/rules/analysis/cells.ts';
import { ledRecordOf } from '../../../src/rules/plain-record.ts';
import type { RuleSet } from '../../../src/rules/rule-set.ts';
import { valuesOf } from '../../../src/rules/values.ts';
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
    ['date', ['2026', '2026-12-31', '2009', '1900', '2027', '1800', '']],
    ['vks', ['6', '7', '8', '5', '4', '3', '2', '1', '0', '']],
    ['isced1997', ['', '6', '5', '4', '3', '2', '1', '0', '7']],
    ['authenticity', ['Authentiek', 'Eigen verklaring', 'Andere authenticiteit', '']],
    ['country', ['BEL', 'NLD', 'FRA', '']],
    ['subject', ['723008', '762003', '999999']],
    ['iscedField', ['', '999', '']],
  ] as const)('%s: %j', (axis, expected) => {
    expect(examples(axes, axis)).toEqual(expected);
  });

  test('ISCED 2011: each first digit, alone and with a last digit that a set names', () => {
    const digits = ['6', '7', '8', '5', '4', '3', '2', '1', '0'];
    expect(examples(axes, 'isced2011')).toEqual(['', ...digits, ...digits.map((digit) => `${digit}41`), '9']);
  });

  const named = (...names: readonly string[]) => names.map((name) => ({ kind: 'name', name }));
  const [other, absent] = [{ kind: 'other' }, { kind: 'absent' }];
  const digitsAfter = (last?: string) => (first: string) => ({ kind: 'digit', first, last });

  test.each<[keyof Axes, object[]]>([
    ['status', [...named('1', '10'), other, absent]],
    ['proofType', [...named('Diploma', 'Gelijkwaardigheid', 'Attest'), other, absent]],
    ['institution', [...named('Hogeschool'), other, { kind: 'contains', parts: ['volwassenenonderwijs'] }, absent]],
    [
      'date',
      [
        { kind: 'years', from: 2026, to: 2026, future: false },
        { kind: 'years', from: 2026, to: 2026, future: true },
        { kind: 'years', from: 2009, to: 2025, future: undefined },
        { kind: 'years', from: 1900, to: 2008, future: undefined },
        { kind: 'years', from: 2027, to: 2100, future: undefined },
        { kind: 'unknownYear' },
        absent,
      ],
    ],
    ['isced2011', [absent, ...[...'678543210'].map(digitsAfter()), ...[...'678543210'].map(digitsAfter('1')), other]],
    ['isced1997', [absent, ...named('6'), ...[...'543210'].map(digitsAfter()), other]],
    ['authenticity', [...named('Authentiek', 'Eigen verklaring'), other, absent]],
    ['country', [...named('BEL', 'NLD'), other, absent]],
    ['subject', [...named('723008', '762003'), other]],
    ['iscedField', [{ kind: 'agrees' }, other, absent]],
  ])('what the classes of %s mean', (axis, expected) => {
    expect(axes[axis].map(({ meaning }) => meaning)).toEqual(expected);
  });

  test('the number of cells is that of all combinations, and each axis counts', () => {
    expect(cellCount(axes)).toBe(axisNames.reduce((product, axis) => product * axes[axis].length, 1));
  });

  test('a field that agrees is the first three digits of the subject', () => {
    const first = Object.fromEntries(axisNames.map((axis) => [axis, 0])) as Record<keyof Axes, number>;
    expect(exampleOf(axes, first)).toMatchObject({ subject: '723008', iscedField: '723', status: '1' });
    expect(valuesOfCell(axes, first)).toMatchObject({ iscedField: '723', degree: 'bachelor', vks: '6' });
  });

  test('the record of a cell has the values of the cell, and no member for what is missing', () => {
    const last = Object.fromEntries(axisNames.map((axis) => [axis, axes[axis].length - 1])) as Record<
      keyof Axes,
      number
    >;
    expect(exampleOf(axes, last)).toEqual({ isced1997: '7', isced2011: '9', subject: '999999' });
    const other = {
      ...last,
      subject: 0,
      iscedField: 1,
      category: 1,
      institution: 2,
      date: 1,
      proofState: 1,
      proofType: 2,
    };
    const example = {
      isced1997: '7',
      isced2011: '9',
      proofState: 'Tussenbewijs',
      proofType: 'Attest',
      subject: '723008',
      iscedField: '999',
      category: 'Secundair onderwijs',
      institution: 'Centrum volwassenenonderwijs',
      year: '2026',
      month: '12',
      day: '31',
    };
    expect(exampleOf(axes, other)).toEqual(example);
    expect(valuesOfCell(axes, other)).toEqual(valuesOf(ledRecordOf(example, '')));
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

  test('two parts in one condition: one class, whichever of them a name holds', () => {
    const axes = axesOf([{ ...smallSource, degrees: degreesWith(['avond', 'weekend'], ['school']) }], today);
    expect(examples(axes, 'institution')).toEqual([
      'Hogeschool',
      'Andere instelling',
      'Centrum avond',
      'Centrum school',
      'Centrum avond / school',
      '',
    ]);
  });

  test('a set without the members that a set may leave out', () => {
    const { automaticRecognition, insufficientProgrammes, datesInFuture, ...set } = smallSource;
    const axes = axesOf([set], today);
    expect(examples(axes, 'country')).toEqual(['BEL', 'FRA', '']);
    expect(examples(axes, 'isced2011')).toEqual(['', ...'678543210', '9']);
  });

  test('on the last day of a year nothing of that year lies ahead', () => {
    expect(examples(axesOf([smallSource], '2026-12-31'), 'date')).toEqual(['2026', '2009', '1900', '2027', '1800', '']);
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

  test('a name that is written in two ways is one class, written as it comes first', () => {
    const axes = axesOf([{ ...smallSource, higherEducation: ['Hoge  school', 'HOGE SCHOOL'] }], today);
    expect(examples(axes, 'institution')).toEqual([
      'Hoge school',
      'Andere instelling',
      'Centrum volwassenenonderwijs',
      '',
    ]);
  });

  test('an example of an institution is neither named nor in another class', () => {
    const set = {
      ...smallSource,
      higherEducation: ['Hogeschool', 'Centrum avond'],
      degrees: degreesWith(['instelling'], ['avond']),
    };
    const [, , none = '', ...more] = examples(axesOf([set], today), 'institution') as string[];
    expect(none).not.toContain('instelling');
    expect(more).toEqual([
      'Centrum instelling',
      expect.stringMatching(/^[^C]avond$/u),
      'Centrum instelling / avond',
      '',
    ]);
  });

  test('periods of years begin where a clause does, from 1900 to 2100', () => {
    const years = [
      { atLeast: 1850, atMost: 2100 },
      { atLeast: 2030, atMost: 2040 },
      { atLeast: 2100 },
      { atLeast: 2101 },
    ];
    const clauses = years.map((year) => ({ year, range: { low: 5, high: 5 } }));
    const axes = axesOf([{ ...smallSource, degrees: [{ names: ['Graad'], clauses }] }], '2026-12-30');
    expect(examples(axes, 'date')).toEqual([
      ...['2026', '2026-12-31', '1900', '2027', '2030', '2041', '2100', '1800', ''],
    ]);
  });

  test('digits of two sets, countries but Belgium, and codes that are taken', () => {
    const programmes = (...isced2011ThirdDigits: string[]) => ({
      ...smallSource,
      insufficientProgrammes: { isced2011ThirdDigits },
    });
    const lasts = axesOf([programmes('4', '1'), programmes('1', '0')], today).isced2011.flatMap(({ meaning }) =>
      meaning.kind === 'digit' && meaning.first === '6' ? [meaning.last] : [],
    );
    expect(lasts).toEqual([undefined, '0', '1', '4']);
    const subject = { label: 'Onderwerp', domain: 'x' };
    const axes = axesOf(
      [
        {
          ...smallSource,
          automaticRecognition: { countries: ['BEL', ' FRA'] },
          subjects: ['999999', '998001'].map((code) => ({ ...subject, code })),
        },
      ],
      today,
    );
    expect(examples(axes, 'country')).toEqual(['BEL', 'FRA', 'DEU', '']);
    expect(examples(axes, 'subject')).toEqual(['998001', '999999', '999998']);
    expect(examples(axes, 'iscedField')).toEqual(['', '997', '']);
  });
});

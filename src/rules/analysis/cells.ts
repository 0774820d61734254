import { clean } from '../../record.ts';
import { ledRecordOf, type PlainRecord } from '../plain-record.ts';
import { folded, type RuleSet } from '../rule-set.ts';
import { type Values, valuesOf } from '../values.ts';

/** The values that vary on their own. Every record has one class on each axis. */
export const axisNames = [
  'status',
  'proofState',
  'proofType',
  'category',
  'degree',
  'institution',
  'date',
  'vks',
  'isced2011',
  'isced1997',
  'authenticity',
  'country',
  'subject',
  'iscedField',
] as const;
export type AxisName = (typeof axisNames)[number];

/** What the values of a class have in common, for texts. */
export type Meaning =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'absent' | 'other' | 'agrees' | 'unknownYear' }
  | { readonly kind: 'contains'; readonly parts: readonly string[] }
  | { readonly kind: 'digit'; readonly first: string; readonly last: string | undefined }
  | { readonly kind: 'years'; readonly from: number; readonly to: number; readonly future: boolean | undefined };

/**
 * A class of values on one axis: no rule of the sets can tell two of its values apart. `example`: one of them.
 * `compared`: the same in the form in which the rules compare it.
 */
export type Class = {
  readonly meaning: Meaning;
  readonly example: PlainRecord;
  readonly compared: Partial<Values>;
};

/** Usual values come first on an axis, so that the first cell of a kind is one that a reader knows. */
export type Axes = Readonly<Record<AxisName, readonly Class[]>>;

/** For each axis the position of a class: one cell of the grid. */
export type Cell = Readonly<Record<AxisName, number>>;

/** For some axes the positions of the classes that occur in some cells: bit n for the class at position n. */
export type Seen = { readonly [Name in AxisName]?: bigint };

/** Returns the values of an example in the form in which the rules compare them. */
const compared = (example: PlainRecord): Partial<Values> => {
  const values = valuesOf(ledRecordOf(example, ''));
  return Object.fromEntries((Object.keys(example) as (keyof Values)[]).map((name) => [name, values[name]]));
};

const classOf = (meaning: Meaning, example: PlainRecord): Class => ({ meaning, example, compared: compared(example) });

/** The values of a record in which everything is missing. */
const nothing: Values = valuesOf({ attributes: {} });

/** Example values of these classes, as the rules compare them. A field that agrees is made of the subject. */
export const valuesOfClasses = (classes: readonly Class[]): Values => {
  const values = Object.assign({}, nothing, ...classes.map(({ compared }) => compared)) as Values;
  return classes.some(({ meaning }) => meaning.kind === 'agrees')
    ? { ...values, iscedField: values.subject.slice(0, 3) }
    : values;
};

const classesAt = (axes: Axes, cell: Cell): readonly Class[] =>
  axisNames.flatMap((axis) => axes[axis][cell[axis]] ?? []);

/** The values of a cell, as the rules compare them. */
export const valuesOfCell = (axes: Axes, cell: Cell): Values => valuesOfClasses(classesAt(axes, cell));

/** A record of a cell, as a file of records holds it. */
export const exampleOf = (axes: Axes, cell: Cell): PlainRecord => {
  const classes = classesAt(axes, cell);
  const example = Object.assign({}, ...classes.map((one) => one.example)) as PlainRecord;
  const agrees = classes.some(({ meaning }) => meaning.kind === 'agrees');
  return agrees && example.subject !== undefined ? { ...example, iscedField: example.subject.slice(0, 3) } : example;
};

/** How many cells the grid has. */
export const cellCount = (axes: Axes): number => axisNames.reduce((count, axis) => count * axes[axis].length, 1);

/** Names that differ once they are compared, each as it is first written. */
const distinct = (names: readonly string[]): readonly string[] => {
  const byForm = new Map<string, string>();
  for (const name of names) if (!byForm.has(folded(name))) byForm.set(folded(name), clean(name));
  return [...byForm.values()];
};

/** A text that is none of these names. */
const fresh = (wanted: string, names: readonly string[]): string => {
  const taken = new Set(names.map(folded));
  let text = wanted;
  for (let number = 2; taken.has(folded(text)); number += 1) text = `${wanted} ${number}`;
  return text;
};

/** An axis of names: one class each, one for a value that is missing, and one for every other value. */
const namedAxis = (member: keyof Values, names: readonly string[], wanted: string): readonly Class[] => [
  ...names.map((name) => classOf({ kind: 'name', name }, { [member]: name })),
  classOf({ kind: 'other' }, { [member]: fresh(wanted, names) }),
  classOf({ kind: 'absent' }, {}),
];

/** A code of capitals that is none of these. Codes are compared exactly. */
const freshCode = (wanted: readonly string[], taken: readonly string[]): string => {
  const codes = new Set(taken.map(clean));
  const found = wanted.find((code) => !codes.has(code));
  if (found !== undefined) return found;
  let code = 'X';
  while (codes.has(code)) code += 'X';
  return code;
};

/** A private-use character. No rule set can contain it, so no part of a name that a rule looks for holds it. */
const divider = '\u{E000}';

/**
 * The institutions: each that a rule names, and of all others the classes by the parts of names that rules look for. A
 * rule asks for one of several parts, so a class is a set of conditions of rules that hold together.
 */
const institutionAxis = (sets: readonly RuleSet[]): readonly Class[] => {
  const names = distinct(sets.flatMap(({ higherEducation }) => higherEducation));
  const conditions = sets
    .flatMap(({ degrees }) => degrees)
    .flatMap(({ clauses }) => clauses)
    .flatMap(({ institution }) =>
      institution !== undefined && 'containsOneOf' in institution ? [institution.containsOneOf.map(folded)] : [],
    );
  const parts = distinct(conditions.flat());
  const holding = (text: string) =>
    conditions.map((condition) => (condition.some((part) => folded(text).includes(part)) ? '1' : '0')).join('');
  const isNamed = (text: string) => names.some((name) => folded(name) === folded(text));

  // From no part at all, every part is added to every class found so far, until no new class appears.
  type Found = { readonly holds: string; readonly parts: readonly string[] };
  const found = new Map<string, Found>();
  const open: Found[] = [{ holds: holding(divider), parts: [] }];
  for (const next of open) {
    if (found.has(next.holds)) continue;
    found.set(next.holds, next);
    for (const part of parts) {
      const more = [...next.parts, part];
      open.push({ holds: holding(more.join(divider)), parts: more });
    }
  }
  const exampleFor = ({ holds, parts: wanted }: Found): string => {
    const readable = wanted.length === 0 ? 'Andere instelling' : `Centrum ${wanted.join(' / ')}`;
    return holding(readable) === holds && !isNamed(readable) ? readable : `${divider}${wanted.join(divider)}`;
  };
  return [
    ...names.map((name) => classOf({ kind: 'name', name }, { institution: name })),
    ...[...found.values()].map((one) =>
      classOf(one.parts.length === 0 ? { kind: 'other' } : { kind: 'contains', parts: one.parts }, {
        institution: exampleFor(one),
      }),
    ),
    classOf({ kind: 'absent' }, {}),
  ];
};

const firstYear = 1900;
const lastYear = 2100;

/**
 * The dates of award: periods of years that no clause divides, and in the year of today the dates after today apart from
 * the others.
 */
const dateAxis = (sets: readonly RuleSet[], today: string): readonly Class[] => {
  const thisYear = Number(today.slice(0, 4));
  const clauses = sets.flatMap(({ degrees }) => degrees).flatMap((degree) => degree.clauses);
  const starts = new Set([firstYear, thisYear, thisYear + 1]);
  for (const { year } of clauses) {
    if (year?.atLeast !== undefined) starts.add(year.atLeast);
    if (year?.atMost !== undefined) starts.add(year.atMost + 1);
  }
  const sorted = [...starts].filter((year) => year >= firstYear && year <= lastYear).sort((a, b) => a - b);
  const all = sorted.map((from, index) => ({ from, to: (sorted[index + 1] ?? lastYear + 1) - 1 }));
  // The latest that are past first.
  const periods = [...all.filter(({ to }) => to <= thisYear).reverse(), ...all.filter(({ to }) => to > thisYear)];
  const lastDay = `${thisYear}-12-31`;
  return [
    ...periods.flatMap(({ from, to }) => {
      if (from !== thisYear) {
        return [classOf({ kind: 'years', from, to, future: undefined }, { year: String(from) })];
      }
      const notAfter = classOf({ kind: 'years', from, to, future: false }, { year: String(from) });
      const after = classOf({ kind: 'years', from, to, future: true }, { year: String(from), month: '12', day: '31' });
      return today < lastDay ? [notAfter, after] : [notAfter];
    }),
    classOf({ kind: 'unknownYear' }, { year: '1800' }),
    classOf({ kind: 'absent' }, {}),
  ];
};

/** ISCED 2011: by the first digit, and the codes of three digits whose last digit a set names. */
const isced2011Axis = (sets: readonly RuleSet[]): readonly Class[] => {
  const lasts = [
    ...new Set(sets.flatMap(({ insufficientProgrammes }) => insufficientProgrammes?.isced2011ThirdDigits ?? [])),
  ].sort();
  const digits = ['6', '7', '8', '5', '4', '3', '2', '1', '0'];
  const digitClass = (first: string, last: string | undefined) =>
    classOf({ kind: 'digit', first, last }, { isced2011: last === undefined ? first : `${first}4${last}` });
  return [
    classOf({ kind: 'absent' }, {}),
    ...digits.map((first) => digitClass(first, undefined)),
    ...lasts.flatMap((last) => digits.map((first) => digitClass(first, last))),
    classOf({ kind: 'other' }, { isced2011: '9' }),
  ];
};

/**
 * The grid of all records for these rule sets on this day (`yyyy-mm-dd`, Brussels): two records in the same cell are
 * judged alike by each of the sets. The holder is always the person asked.
 */
export const axesOf = (sets: readonly RuleSet[], today: string): Axes => {
  const codes = [...new Set(sets.flatMap(({ subjects }) => subjects.map(({ code }) => code)))].sort();
  const countries = [...new Set(sets.flatMap(({ automaticRecognition }) => automaticRecognition?.countries ?? []))]
    .map(clean)
    .filter((code) => code !== 'BEL');
  const fields = codes.map((code) => code.slice(0, 3));
  const unlisted = ['999999', '999998'].find((code) => !codes.includes(code)) ?? '0';
  return {
    status: [
      classOf({ kind: 'name', name: '1' }, { status: '1' }),
      classOf({ kind: 'name', name: '10' }, { status: '10' }),
      classOf({ kind: 'other' }, { status: '2' }),
      classOf({ kind: 'absent' }, {}),
    ],
    proofState: namedAxis('proofState', ['Eindbewijs', 'Tussenbewijs'], 'Andere bewijsstaat'),
    proofType: namedAxis(
      'proofType',
      distinct(['Diploma', 'Gelijkwaardigheid', ...sets.flatMap(({ otherProofs }) => otherProofs)]),
      'Ander bewijs',
    ),
    category: namedAxis(
      'category',
      distinct(sets.flatMap(({ categories }) => categories.flatMap(({ names }) => names))),
      'Andere categorie',
    ),
    degree: namedAxis(
      'degree',
      distinct(sets.flatMap(({ degrees }) => degrees.flatMap(({ names }) => names))),
      'Andere graad',
    ),
    institution: institutionAxis(sets),
    date: dateAxis(sets, today),
    vks: namedAxis('vks', ['6', '7', '8', '5', '4', '3', '2', '1'], '0'),
    isced2011: isced2011Axis(sets),
    isced1997: [
      classOf({ kind: 'absent' }, {}),
      ...['6', '5', '4', '3', '2', '1', '0'].map((first) =>
        classOf(first === '6' ? { kind: 'name', name: '6' } : { kind: 'digit', first, last: undefined }, {
          isced1997: first,
        }),
      ),
      classOf({ kind: 'other' }, { isced1997: '7' }),
    ],
    authenticity: [
      classOf({ kind: 'name', name: 'Authentiek' }, { authenticity: 'Authentiek' }),
      classOf({ kind: 'name', name: 'Eigen verklaring' }, { authenticity: 'Eigen verklaring' }),
      classOf({ kind: 'other' }, { authenticity: 'Andere authenticiteit' }),
      classOf({ kind: 'absent' }, {}),
    ],
    country: [
      classOf({ kind: 'name', name: 'BEL' }, { country: 'BEL' }),
      ...countries.map((code) => classOf({ kind: 'name', name: code }, { country: code })),
      classOf({ kind: 'other' }, { country: freshCode(['FRA', 'DEU', 'ITA', 'USA'], ['BEL', ...countries]) }),
      classOf({ kind: 'absent' }, {}),
    ],
    subject: [
      ...codes.map((code) => classOf({ kind: 'name', name: code }, { subject: code })),
      classOf({ kind: 'other' }, { subject: unlisted }),
    ],
    iscedField: [
      classOf({ kind: 'agrees' }, {}),
      classOf({ kind: 'other' }, { iscedField: freshCode(['999', '998', '997'], fields) }),
      classOf({ kind: 'absent' }, {}),
    ],
  };
};

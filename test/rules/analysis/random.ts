import { axesOf, axisNames } from '../../../src/rules/analysis/cells.ts';
import { judge } from '../../../src/rules/judge.ts';
import { ledRecordOf, type PlainRecord } from '../../../src/rules/plain-record.ts';
import type { CompiledRuleSet, RuleSet } from '../../../src/rules/rule-set.ts';
import { applicant } from '../support.ts';

/** A generator of numbers from 0 to below 1, the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const pick = <T>(random: () => number, from: readonly T[]): T => {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
};

const members: readonly string[] = [
  ...['status', 'authenticity', 'category', 'degree', 'proofType', 'proofState', 'institution', 'subject', 'country'],
  ...['year', 'month', 'day', 'iscedField', 'isced1997', 'isced2011', 'vks'],
];

/** Odd values, and what LED writes for a missing value. */
const odd = [
  '',
  'NBS',
  'nvt',
  'Niet  beschikbaar',
  'niet van toepassing',
  '0',
  '00',
  '1',
  '10',
  ' 6 ',
  '6a',
  '641',
  '６',
  'é',
];
const years = [
  '1800',
  '1899',
  '1900',
  '1999',
  '2007',
  '2008',
  '2009',
  '2018',
  '2019',
  '2020',
  '2025',
  '2026',
  '2027',
  '2100',
  '2101',
];
const codes = ['5', '5A', '6', '60', '641', '661', '541', '741', '241', '45', '44', '8', '9', '66', '666'];

/** The values that a record is made of: those that the sets name, those at their edges, and odd ones. */
const valuesFor = (sets: readonly RuleSet[], today: string): ReadonlyMap<string, readonly string[]> => {
  const axes = axesOf(sets, today);
  const values = new Map<string, string[]>(members.map((member) => [member, [...odd]]));
  for (const { example } of axisNames.flatMap((axis) => axes[axis])) {
    for (const [member, value = ''] of Object.entries(example)) values.get(member)?.push(value, value, value);
  }
  values.get('year')?.push(...years);
  values.get('month')?.push('01', '11', '12', '13');
  values.get('day')?.push('01', '22', '23', '24', '30', '31');
  values.get('isced2011')?.push(...codes);
  values.get('isced1997')?.push(...codes);
  values.get('authenticity')?.push('Eigen verklaring - op eer', 'authentiek', 'Eigen  Verklaring');
  values.get('country')?.push('bel', 'NLD', 'LUX', 'FRA');
  values.get('institution')?.push('CVO volwassenenonderwijs', 'Secundaire school', 'secundaire volwassenenonderwijs');
  values.get('iscedField')?.push('762', '723', '311');
  return values;
};

/** Values with which a record is a match, so that one other value often makes the difference. */
const usual: Readonly<Record<string, string>> = {
  status: '1',
  authenticity: 'Authentiek',
  category: 'Hoger onderwijs',
  proofType: 'Diploma',
  proofState: 'Eindbewijs',
  country: 'BEL',
};

/** Returns a function that makes a record: near a match, or of values chosen one by one. */
export const recordsFor = (random: () => number, sets: readonly RuleSet[], today: string): (() => PlainRecord) => {
  const values = valuesFor(sets, today);
  const subjects = sets.flatMap((set) => set.subjects.map(({ code }) => code));
  return () => {
    const oddity = pick(random, [0.05, 0.2, 0.7]);
    const record: Record<string, string> = {};
    for (const member of members) {
      const standard: string | undefined = member === 'subject' ? pick(random, subjects) : usual[member];
      if (standard !== undefined && random() > oddity) record[member] = standard;
      else if (random() < 0.6) record[member] = pick(random, values.get(member) ?? ['']);
    }
    return record;
  };
};

/** The verdict on a record and its reasons, as text. */
export const verdictOn = (record: PlainRecord, ruleSet: CompiledRuleSet, today: string): string => {
  const judgement = judge(ledRecordOf(record, applicant), ruleSet, applicant, today);
  return judgement.verdict === 'dropped'
    ? `dropped ${judgement.reason}`
    : [judgement.verdict, ...judgement.reasons].join(' ');
};

import type { PlainRecord } from '../plain-record.ts';
import { type Engine, engine as theEngine } from '../rows.ts';
import { type CompiledRuleSet, compile, folded, type Range, type RuleSet } from '../rule-set.ts';
import type { Values } from '../values.ts';
import { type Axes, type AxisName, axesOf, cellCount, exampleOf, valuesOfCell } from './cells.ts';
import { compare, createScale, differently, type Judged, type Side, type Wanted } from './compare.ts';
import { entriesOf } from './entries.ts';
import { tableOf } from './table.ts';

/** What must hold for every record under every rule set, whatever its data. */
export const propertyIds = [
  'matchIsFounded',
  'unknownNeverHelps',
  'contradictionNeverMatches',
  'lowerLevelNeverBetter',
  'higherMinimumAddsNoMatch',
  'explainedByTable',
  'nothingIsDead',
] as const;
export type PropertyId = (typeof propertyIds)[number];

export type Property = {
  readonly id: PropertyId;
  readonly holds: boolean;
  /** One record that breaks the property, or two if it compares two. */
  readonly counterexample?: PlainRecord | readonly [PlainRecord, PlainRecord];
  /** The entries of the file that change nothing. */
  readonly dead?: readonly string[];
};

export type Proof = { readonly holds: boolean; readonly cells: number; readonly properties: readonly Property[] };

/** Two ways to judge every record, and when they break a property. */
type Check = {
  readonly left: Side;
  readonly right: Side;
  readonly breaks: Wanted;
};

const rank = ({ verdict }: Judged): number => ({ dropped: 0, rejected: 0, review: 1, match: 2 })[verdict];

/** The members of a record that lie on an axis of another name. */
const axisOfMember = (member: keyof Values): AxisName =>
  member === 'year' || member === 'month' || member === 'day' ? 'date' : member;

/** Values that no rule knows, for each member of a record. */
const unknownOf = (member: keyof Values, axes: Axes): string => {
  const axis = axes[axisOfMember(member)];
  const unknown = axis.find(({ meaning }) => meaning.kind === 'other' || meaning.kind === 'unknownYear');
  return unknown?.compared[member] ?? '99';
};

const members: readonly (keyof Values)[] = [
  'status',
  'proofState',
  'proofType',
  'category',
  'degree',
  'institution',
  'year',
  'month',
  'day',
  'vks',
  'isced2011',
  'isced1997',
  'authenticity',
  'country',
  'subject',
  'iscedField',
];

/** The formal requirements, and a level that at least one witness proves and none denies. */
const requirementsOf = (table: Engine): Engine => ({
  ...table,
  levelReason: (standings) => {
    const all = Object.values(standings);
    return all.includes('enough') && !all.includes('tooLow') ? 'levelByVks' : 'levelUnknown';
  },
  weigh: (found) =>
    found.length === 1 && found[0] === 'levelByVks'
      ? { verdict: 'match', reasons: found }
      : { verdict: 'review', reasons: found },
});

const nothing = (): undefined => undefined;

/** A review if two witnesses contradict each other, a match otherwise. Reads nothing else. */
const agreementOf = (table: Engine): Engine => ({
  rows: {
    status: nothing,
    proofState: nothing,
    proofType: nothing,
    category: nothing,
    authenticity: nothing,
    country: nothing,
    field: nothing,
    subject: nothing,
    date: nothing,
  },
  witnesses: table.witnesses,
  levelReason: (standings) => {
    const all = Object.values(standings);
    return all.includes('enough') && all.includes('tooLow') ? 'levelConflict' : 'levelUnknown';
  },
  weigh: (found) => ({ verdict: found.includes('levelConflict') ? 'review' : 'match', reasons: found }),
});

const isLower = (one: Range | undefined, other: Range | undefined): boolean =>
  one !== undefined && other !== undefined && one.low <= other.low && one.high <= other.high;

/** Every way to lower one of the five levels of a record, in the same field and by a value of the same kind. */
const lowerings = (real: Side, table: Engine): readonly ((values: Values) => Values)[] => {
  const { source } = real.ruleSet;
  const lowerDigit =
    (member: 'vks' | 'isced2011' | 'isced1997', highest: number, lowest: number) =>
    (values: Values): Values => {
      const digit = Number(values[member]);
      const canBeLower = digit > lowest && digit <= highest;
      return canBeLower ? { ...values, [member]: String(digit - 1) } : values;
    };
  const lowerName =
    (member: 'degree' | 'category', name: string) =>
    (values: Values): Values => {
      const changed = { ...values, [member]: folded(name) };
      const rangeOf = (of: Values) => table.witnesses[member](of, real.ruleSet, real.today);
      return isLower(rangeOf(changed), rangeOf(values)) ? changed : values;
    };
  // All names of a group have the same ranges, so one of each is enough.
  const degrees = source.degrees.flatMap(({ names }) => names.slice(0, 1));
  const categories = source.categories.flatMap(({ names }) => names.slice(0, 1));
  return [
    lowerDigit('vks', 8, 1),
    lowerDigit('isced2011', 8, 0),
    lowerDigit('isced1997', 6, 0),
    ...degrees.map((name) => lowerName('degree', name)),
    ...categories.map((name) => lowerName('category', name)),
  ];
};

/** The checks of each property but the last. */
const checksOf = (real: Side, axes: Axes): Readonly<Record<Exclude<PropertyId, 'nothingIsDead'>, readonly Check[]>> => {
  const table = tableOf(real.ruleSet.source);
  const reading = (engine: Engine): Side => ({ ...real, scale: createScale(engine) });
  const changed = (change: (values: Values) => Values): Side => ({ ...real, change });
  const matchesAlone = (left: Judged, right: Judged) => left.verdict === 'match' && right.verdict !== 'match';
  const withMinimum = (minimumLevel: number): Side => ({ ...real, ruleSet: { ...real.ruleSet, minimumLevel } });
  return {
    matchIsFounded: [{ left: real, right: reading(requirementsOf(table)), breaks: matchesAlone }],
    unknownNeverHelps: members.flatMap((member) =>
      ['', unknownOf(member, axes)].map((value) => ({
        left: real,
        right: changed((values) => ({ ...values, [member]: value })),
        breaks: (left, right) => rank(left) === 0 && right.verdict === 'match',
      })),
    ),
    contradictionNeverMatches: [{ left: real, right: reading(agreementOf(table)), breaks: matchesAlone }],
    lowerLevelNeverBetter: lowerings(real, table).map((change) => ({
      left: real,
      right: changed(change),
      breaks: (left, right) => rank(right) > rank(left),
    })),
    higherMinimumAddsNoMatch: [5, 6, 7].map((minimum) => ({
      left: withMinimum(minimum),
      right: withMinimum(minimum + 1),
      breaks: (left, right) => left.verdict !== 'match' && right.verdict === 'match',
    })),
    explainedByTable: [{ left: real, right: reading(table), breaks: differently }],
  };
};

/** The record that a side judges instead of this one. */
const changedRecord = (record: PlainRecord, values: Values, { change }: Side): PlainRecord | undefined => {
  if (change === undefined) return undefined;
  const changed = change(values);
  const differing = members.filter((member) => changed[member] !== values[member]);
  const rest = Object.entries(record).filter(([member]) => !differing.includes(member as keyof Values));
  const added = differing.flatMap((member) => (changed[member] === '' ? [] : [[member, changed[member]]]));
  return Object.fromEntries([...rest, ...added]);
};

const firstBreak = ({ left, right, breaks }: Check, axes: Axes): Property['counterexample'] => {
  const { value: alike } = compare(axes, left, right, breaks).next();
  if (alike === undefined) return undefined;
  const cell = alike.cell();
  const record = exampleOf(axes, cell);
  const other = changedRecord(record, valuesOfCell(axes, cell), right);
  return other === undefined ? record : [record, other];
};

const isDead = (without: RuleSet, real: Side, axes: Axes): boolean => {
  const other: Side = { ...real, ruleSet: compile(without) };
  return compare(axes, real, other, differently).next().done === true;
};

type Options = {
  /** What judges: the service's own engine if left out. */
  readonly engine?: Engine;
  /** Which properties to check: all if left out. */
  readonly ids?: readonly PropertyId[];
  /** Is called before each step, with the number of steps done and of all. */
  readonly progress?: (done: number, of: number) => void;
};

/** Checks over all classes of records, on this day (`yyyy-mm-dd`, Brussels), whether the properties hold for a rule set. */
export const prove = (ruleSet: CompiledRuleSet, today: string, options: Options = {}): Proof => {
  const { engine = theEngine, ids = propertyIds, progress } = options;
  const axes = axesOf([ruleSet.source], today);
  const real: Side = { scale: createScale(engine), ruleSet, today };
  const checks = checksOf(real, axes);
  const entries = entriesOf(ruleSet.source);
  const stepsOf = (id: PropertyId) => (id === 'nothingIsDead' ? entries : checks[id]).length;
  const steps = ids.reduce((sum, id) => sum + stepsOf(id), 0);
  let done = 0;
  const step = <T>(work: () => T): T => {
    progress?.(done, steps);
    done += 1;
    return work();
  };
  const properties = ids.map((id): Property => {
    if (id === 'nothingIsDead') {
      const dead = entries.flatMap(({ path, without }) => (step(() => isDead(without, real, axes)) ? [path] : []));
      return dead.length === 0 ? { id, holds: true } : { id, holds: false, dead };
    }
    for (const check of checks[id]) {
      const counterexample = step(() => firstBreak(check, axes));
      if (counterexample !== undefined) return { id, holds: false, counterexample };
    }
    return { id, holds: true };
  });
  return { holds: properties.every(({ holds }) => holds), cells: cellCount(axes), properties };
};

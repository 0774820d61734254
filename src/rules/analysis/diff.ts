import type { Outcome } from '../../outcome.ts';
import { decide } from '../decide.ts';
import { ledRecordOf, type PlainRecord } from '../plain-record.ts';
import { engine, type RowName, rowNames } from '../rows.ts';
import type { CompiledRuleSet } from '../rule-set.ts';
import { type Axes, axesOf, type Cell, cellCount, exampleOf, type Seen } from './cells.ts';
import {
  type Alike,
  compare,
  createScale,
  differently,
  type Found,
  type Judged,
  joinSeen,
  judgedKey,
  person,
  type Side,
  type Witness,
  weighFound,
} from './compare.ts';

/** All records that the old set judges in one same way, and the new set in one same other way. */
export type DifferenceClass = {
  readonly id: string;
  readonly from: Judged;
  readonly to: Judged;
  readonly cells: number;
  /** Which classes of values occur. */
  readonly seen: () => Seen;
  readonly witness: PlainRecord;
};

type Row = RowName | 'scope';

/**
 * What changes the judgement: a row of the rules, or the scope. For the level also the witness that says something else.
 * `several`: more than one of these.
 */
export type Cause = { readonly row: Row; readonly witness?: Witness } | 'several';

/** What a row finds before and after. `undefined`: no reason. */
export type Finding = Found[Row];

/** Differences that a person can read as one: the same change of verdict by the same cause. */
export type DifferenceGroup = {
  readonly from: Judged['verdict'];
  readonly to: Judged['verdict'];
  readonly cause: Cause;
  /** What the cause finds before and after, the most frequent first. Empty for `several`. */
  readonly changes: readonly { readonly from: Finding; readonly to: Finding }[];
  readonly cells: number;
  /** The outcome for a person who has only such a record, before and after. */
  readonly outcomes: readonly [from: Outcome, to: Outcome];
  readonly seen: () => Seen;
  /** A record of the group, with as few reasons as there are. */
  readonly witness: PlainRecord;
};

export type Difference = {
  readonly axes: Axes;
  readonly cells: number;
  readonly differing: number;
  readonly classes: readonly DifferenceClass[];
  readonly groups: readonly DifferenceGroup[];
  /** The class of records with these two judgements; undefined if they are the same. */
  readonly classOf: (from: Judged, to: Judged) => DifferenceClass | undefined;
};

const allRows: readonly Row[] = ['scope', ...rowNames];

/**
 * Why two judgements of the same record differ. If the verdict changes: the first row whose change is enough for that.
 * Otherwise: the row whose reason is another.
 */
const causeOf = ({ left, right, found }: Alike): Cause => {
  const [before, after] = found();
  const changed = allRows.filter((row) => before[row] !== after[row]);
  const causeIn = (rows: readonly Row[]): Cause => {
    const [row, ...more] = rows;
    if (row === undefined || more.length > 0) return 'several';
    if (row !== 'level' || before.byWitnesses === undefined) return { row };
    return before.byWitnesses.includes(' ') ? 'several' : { row, witness: before.byWitnesses as Witness };
  };
  if (left.verdict !== right.verdict) {
    const enough = (row: Row) => weighFound(engine, { ...before, [row]: after[row] }).verdict === right.verdict;
    return causeIn(changed.filter(enough).slice(0, 1));
  }
  const shows = (judged: Judged, finding: Finding) => (judged.reasons as readonly Finding[]).includes(finding);
  return causeIn(changed.filter((row) => shows(left, before[row]) || shows(right, after[row])));
};

const reasonCount = ({ left, right }: Alike): number => left.reasons.length + right.reasons.length;

type Sum = { cells: number; readonly parts: Set<() => Seen> };

const noSum = (): Sum => ({ cells: 0, parts: new Set() });

const add = (sum: Sum, { count, parts }: Alike): void => {
  sum.cells += count;
  for (const part of parts) sum.parts.add(part);
};

const seenIn = ({ parts }: Sum): Seen => [...parts].reduce<Seen>((all, part) => joinSeen(all, part()), {});

type ClassSum = Sum & { readonly from: Judged; readonly to: Judged; readonly cell: Cell };
type GroupSum = Sum & {
  readonly cause: Cause;
  readonly changes: Map<string, { readonly from: Finding; readonly to: Finding; cells: number }>;
  /** The simplest case so far. */
  alike: Alike;
};

const addToGroup = (groups: Map<string, GroupSum>, alike: Alike): void => {
  const cause = causeOf(alike);
  const groupKey = [alike.left.verdict, alike.right.verdict, JSON.stringify(cause)].join(' ');
  const group = groups.get(groupKey) ?? { ...noSum(), cause, changes: new Map(), alike };
  groups.set(groupKey, group);
  add(group, alike);
  if (reasonCount(alike) < reasonCount(group.alike)) group.alike = alike;
  if (cause === 'several') return;
  const [before, after] = alike.found();
  const changeKey = `${before[cause.row]}|${after[cause.row]}`;
  const change = group.changes.get(changeKey) ?? { from: before[cause.row], to: after[cause.row], cells: 0 };
  group.changes.set(changeKey, change);
  change.cells += alike.count;
};

const verdicts: readonly Judged['verdict'][] = ['match', 'review', 'rejected', 'dropped'];

/** Changes of the verdict first, those of a match before the others; then the larger first. */
const byWeight = (
  one: { readonly from: Judged['verdict']; readonly to: Judged['verdict']; readonly cells: number },
  other: typeof one,
): number => {
  const rank = ({ from, to }: typeof one) =>
    (from === to ? 100 : 0) + verdicts.indexOf(from) * 10 + verdicts.indexOf(to);
  return rank(one) - rank(other) || other.cells - one.cells;
};

/**
 * Finds every record that two rule sets judge differently, verdict or reasons, on this day (`yyyy-mm-dd`, Brussels). Goes
 * through all classes of records, so that nothing is left out. The holder is taken to be the person asked.
 */
export const diff = (oldSet: CompiledRuleSet, newSet: CompiledRuleSet, today: string): Difference => {
  const axes = axesOf([oldSet.source, newSet.source], today);
  const scale = createScale(engine);
  const before: Side = { scale, ruleSet: oldSet, today };
  const after: Side = { scale, ruleSet: newSet, today };
  const sums = new Map<string, ClassSum>();
  const groups = new Map<string, GroupSum>();
  const outcomeWith = (ruleSet: CompiledRuleSet, record: PlainRecord): Outcome =>
    decide({ records: [ledRecordOf(record, person)], warning: false, incomplete: false }, ruleSet, person, today)
      .outcome;
  let differing = 0;
  for (const alike of compare(axes, before, after, differently)) {
    differing += alike.count;
    const key = `${alike.left.key}|${alike.right.key}`;
    const sum = sums.get(key) ?? {
      ...noSum(),
      from: alike.left,
      to: alike.right,
      cell: alike.cell(),
    };
    sums.set(key, sum);
    add(sum, alike);
    addToGroup(groups, alike);
  }
  const sorted = [...sums].sort(([, one], [, other]) =>
    byWeight(
      { from: one.from.verdict, to: one.to.verdict, cells: one.cells },
      { from: other.from.verdict, to: other.to.verdict, cells: other.cells },
    ),
  );
  const byKey = new Map(
    sorted.map(([key, sum], index) => {
      const { from, to, cells, cell } = sum;
      const id = `c${index + 1}`;
      return [key, { id, from, to, cells, seen: () => seenIn(sum), witness: exampleOf(axes, cell) }];
    }),
  );
  return {
    axes,
    cells: cellCount(axes),
    differing,
    classes: [...byKey.values()],
    groups: [...groups.values()]
      .map((sum) => {
        const { cause, cells, changes, alike } = sum;
        const witness = exampleOf(axes, alike.cell());
        return {
          from: alike.left.verdict,
          to: alike.right.verdict,
          cause,
          changes: [...changes.values()].sort((one, other) => other.cells - one.cells),
          cells,
          outcomes: [outcomeWith(oldSet, witness), outcomeWith(newSet, witness)] as const,
          seen: () => seenIn(sum),
          witness,
        };
      })
      .sort(byWeight),
    classOf: (from, to) => byKey.get(`${judgedKey(from)}|${judgedKey(to)}`),
  };
};

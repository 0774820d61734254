import { admit, type Drop } from '../judge.ts';
import { compareToMinimum, type Standing } from '../level.ts';
import type { RecordReason } from '../reasons.ts';
import { type Engine, type RowName, rowNames, type Weighed } from '../rows.ts';
import type { CompiledRuleSet } from '../rule-set.ts';
import type { Values } from '../values.ts';
import { type Axes, type AxisName, type Cell, type Seen, valuesOfClasses } from './cells.ts';

/**
 * One way to judge records: an engine (of the scale) with a rule set on a day. With `change`, it judges the changed record.
 * A change sets values of one axis. To do so it may read that axis, and those that every row reads together with it.
 */
export type Side = {
  readonly scale: Scale;
  readonly ruleSet: CompiledRuleSet;
  readonly today: string;
  readonly change?: (values: Values) => Values;
};

/** The verdict on a record and its reasons, in the order of the rules. */
export type Judged =
  | { readonly verdict: Weighed['verdict']; readonly reasons: readonly RecordReason[] }
  | { readonly verdict: 'dropped'; readonly reasons: readonly Drop[] };

/** A judgement, and the same as text: equal for two judgements if and only if they are alike. */
export type Verdict = Judged & { readonly key: string };

/**
 * What the rows of one side found. `byWitnesses`: the witnesses of the level that say something else on the other side, if
 * the level is another there; separated by spaces.
 */
export type Found = { readonly [Name in RowName]?: RecordReason } & {
  readonly scope?: Drop;
  readonly byWitnesses?: string;
};

/** Some cells of the grid that each side judges alike. */
export type Alike = {
  readonly count: number;
  readonly left: Verdict;
  readonly right: Verdict;
  /** What the rows found, before it was weighed. */
  readonly found: () => readonly [left: Found, right: Found];
  /** One of the cells. */
  readonly cell: () => Cell;
  /** Which classes occur, on some axes each. Cells that share a part share the object. */
  readonly parts: readonly [() => Seen, () => Seen];
};

/** Some cells, seen on some axes only, in which each side finds the same. */
type Region<Result> = {
  readonly count: number;
  readonly cell: Partial<Cell>;
  readonly seen: () => Seen;
  readonly left: Result;
  readonly right: Result;
};

/** Joins what occurs in some cells and in some others. */
export const joinSeen = (one: Seen, other: Seen): Seen => {
  const seen: Partial<Record<AxisName, bigint>> = { ...one };
  for (const axis of Object.keys(other) as AxisName[]) seen[axis] = (seen[axis] ?? 0n) | (other[axis] ?? 0n);
  return seen;
};

/** Computes a value when it is first asked for. Most comparisons never ask which classes occur. */
const once = <T>(compute: () => T): (() => T) => {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
};

/** Unites the regions (all on the same axes) for which `keyOf` says the same. */
const unite = <R extends Region<unknown>>(regions: readonly R[], keyOf: (region: R) => string): readonly R[] =>
  [...Map.groupBy(regions, keyOf).values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    return {
      ...first,
      count: alike.reduce((sum, { count }) => sum + count, 0),
      seen: once(() => alike.reduce<Seen>((all, { seen }) => joinSeen(all, seen()), {})),
    };
  });

/** The cells of two groups of axes together. */
const cross = <A, B, Result>(one: Region<A>, other: Region<B>, combine: (a: A, b: B) => Result): Region<Result> => ({
  count: one.count * other.count,
  cell: { ...one.cell, ...other.cell },
  seen: once(() => ({ ...one.seen(), ...other.seen() })),
  left: combine(one.left, other.left),
  right: combine(one.right, other.right),
});

const crossAll = <A, B, Result>(
  ones: readonly Region<A>[],
  others: readonly Region<B>[],
  combine: (a: A, b: B) => Result,
): readonly Region<Result>[] => ones.flatMap((one) => others.map((other) => cross(one, other, combine)));

const resultsKey = ({ left, right }: Region<unknown>): string => JSON.stringify([left, right]);

/** Joins what is known of two groups of axes. */
const joined = <A extends object, B extends object>(one: A, other: B): A & B => ({ ...one, ...other });

/** Returns every cell on some axes, with what each side reads there. `fixed`: classes of other axes. */
type ReadCells = <Result>(
  names: readonly AxisName[],
  read: (side: Side, values: Values) => Result,
  fixed?: Partial<Cell>,
) => readonly Region<Result>[];

const createReadCells =
  (axes: Axes, left: Side, right: Side): ReadCells =>
  (names, read, fixed = {}) => {
    const cells = names.reduce<readonly Partial<Cell>[]>(
      (all, name) => all.flatMap((cell) => axes[name].map((_, position) => ({ ...cell, [name]: position }))),
      [{}],
    );
    return cells.map((cell) => {
      const places = Object.entries({ ...fixed, ...cell }) as [AxisName, number][];
      const values = valuesOfClasses(places.flatMap(([axis, position]) => axes[axis][position] ?? []));
      return {
        count: 1,
        cell,
        seen: once(() =>
          Object.fromEntries(Object.entries(cell).map(([name, position]) => [name, 1n << BigInt(position)])),
        ),
        left: read(left, left.change?.(values) ?? values),
        right: read(right, right.change?.(values) ?? values),
      };
    });
  };

/** Any text will do: the holder of every record is the person asked. */
export const person = 'person';

type Row = keyof Engine['rows'];
export type Witness = keyof Engine['witnesses'];
type Standings = { readonly [Kind in Witness]?: Standing | undefined };

const rowFound = ({ scale, ruleSet, today }: Side, name: Row, values: Values): Found => {
  const reason = scale.engine.rows[name](values, ruleSet, today);
  return reason === undefined ? {} : { [name]: reason };
};

const standingOf = ({ scale, ruleSet, today }: Side, kind: Witness, values: Values): Standings => {
  const range = scale.engine.witnesses[kind](values, ruleSet, today);
  return { [kind]: range && compareToMinimum(range, ruleSet.minimumLevel) };
};

/** The axes that no row reads together with another one: status, state, authenticity, and subject with its field. */
const simpleRegions = (readCells: ReadCells): readonly Region<Found>[] => {
  const alone = (name: Row & AxisName) =>
    unite(
      readCells([name], (side, values) => rowFound(side, name, values)),
      resultsKey,
    );
  const subjects = readCells(['subject', 'iscedField'], (side, values): Found => {
    const admitted = admit(values.subject, person, side.ruleSet, person);
    if ('drops' in admitted) return { scope: admitted.drops[0] };
    return { ...rowFound(side, 'field', values), ...rowFound(side, 'subject', values) };
  });
  return [alone('proofState'), alone('authenticity'), unite(subjects, resultsKey)].reduce(
    (all, next) => crossAll(all, next, joined),
    alone('status'),
  );
};

const witnessNames: readonly Witness[] = ['vks', 'isced2011', 'degree', 'category', 'isced1997'];

const differingWitnesses = (one: Standings, other: Standings): string =>
  witnessNames.filter((name) => one[name] !== other[name]).join(' ');

/**
 * The axes that rows read together: the proof type decides whether category and country count, and the level depends on
 * five witnesses, one of which shares the date with a row of its own. For each kind of proof and each kind of date the
 * rest is independent, so that it is counted and not gone through.
 */
const linkedRegions = (readCells: ReadCells, left: Side, right: Side): readonly Region<Found>[] => {
  const witness = (kind: Exclude<Witness, 'degree' | 'category'>) =>
    unite(
      readCells([kind], (side, values) => standingOf(side, kind, values)),
      resultsKey,
    );
  const codes = crossAll(crossAll(witness('vks'), witness('isced2011'), joined), witness('isced1997'), joined);

  const proofTypes = unite(
    readCells(['proofType'], (side, values) => rowFound(side, 'proofType', values)).map((proofType) => ({
      ...proofType,
      categories: readCells(
        ['category'],
        (side, values) => ({ found: rowFound(side, 'category', values), ...standingOf(side, 'category', values) }),
        proofType.cell,
      ),
      countries: readCells(['country'], (side, values) => rowFound(side, 'country', values), proofType.cell),
    })),
    (proofType) =>
      [resultsKey(proofType), ...proofType.categories.map(resultsKey), ...proofType.countries.map(resultsKey)].join(),
  );
  const dates = unite(
    readCells(['date'], (side, values) => rowFound(side, 'date', values)).map((date) => ({
      ...date,
      degrees: readCells(['degree', 'institution'], (side, values) => standingOf(side, 'degree', values), date.cell),
    })),
    (date) => [resultsKey(date), ...date.degrees.map(resultsKey)].join(),
  );
  const levelOf = ({ vks, isced2011, degree, category, isced1997 }: Standings, { scale }: Side) =>
    scale.engine.levelReason({ vks, isced2011, degree, category, isced1997 });

  return proofTypes.flatMap((proofType) => {
    const categories = unite(proofType.categories, resultsKey);
    const countries = crossAll([proofType], unite(proofType.countries, resultsKey), joined);
    return dates.flatMap((date) => {
      const evidence = crossAll(codes, unite(date.degrees, resultsKey), joined);
      const levels = evidence.flatMap((one) =>
        categories.map((category) => {
          const onLeft = { ...one.left, category: category.left.category };
          const onRight = { ...one.right, category: category.right.category };
          const levels = [levelOf(onLeft, left), levelOf(onRight, right)] as const;
          const by = levels[0] === levels[1] ? {} : { byWitnesses: differingWitnesses(onLeft, onRight) };
          return {
            count: one.count * category.count,
            cell: { ...one.cell, ...category.cell },
            seen: once(() => ({ ...one.seen(), ...category.seen() })),
            left: { ...category.left.found, level: levels[0], ...by },
            right: { ...category.right.found, level: levels[1], ...by },
          };
        }),
      );
      return crossAll(crossAll(unite(levels, resultsKey), countries, joined), [date], joined);
    });
  });
};

/** Weighs findings for one engine, and remembers the verdicts. */
export type Scale = {
  readonly engine: Engine;
  /** The number of some findings: the same for the same findings. */
  readonly numberOf: (found: Found) => number;
  /** The verdict on the findings with these two numbers together. */
  readonly verdictOn: (one: number, other: number) => Verdict;
};

/** A judgement as text. */
export const judgedKey = ({ verdict, reasons }: Judged): string => [verdict, ...reasons].join(' ');

/** Weighs what the rows found. */
export const weighFound = (engine: Engine, found: Found): Verdict => {
  const { scope } = found;
  const judged: Judged =
    scope === undefined
      ? engine.weigh(rowNames.flatMap((name) => found[name] ?? []))
      : { verdict: 'dropped', reasons: [scope] };
  return { ...judged, key: judgedKey(judged) };
};

export const createScale = (engine: Engine): Scale => {
  const numbers = new Map<string, number>();
  const findings: Found[] = [];
  const known: Verdict[][] = [];
  return {
    engine,
    numberOf: (found) => {
      const key = JSON.stringify(found);
      const number = numbers.get(key) ?? findings.push(found) - 1;
      numbers.set(key, number);
      return number;
    },
    verdictOn: (one, other) => {
      known[one] ??= [];
      known[one][other] ??= weighFound(engine, joined(findings[one] ?? {}, findings[other] ?? {}));
      return known[one][other];
    },
  };
};

/** Whether a comparison is about cells that are judged in these two ways. */
export type Wanted = (left: Verdict, right: Verdict) => boolean;

/**
 * Compares two ways to judge over the whole grid. Every cell is gone through exactly once; the results are those cells that
 * are wanted. Needs far fewer steps than there are cells: rows that read different axes are gone through one after the
 * other, and only what they find is combined.
 */
export function* compare(axes: Axes, left: Side, right: Side, wanted: Wanted): Generator<Alike> {
  const readCells = createReadCells(axes, left, right);
  const simple = simpleRegions(readCells);
  const linked = unite(linkedRegions(readCells, left, right), resultsKey);
  const numbered = (regions: readonly Region<Found>[]) =>
    regions.map((region) => ({
      region,
      onLeft: left.scale.numberOf(region.left),
      onRight: right.scale.numberOf(region.right),
    }));
  const others = numbered(linked);
  for (const { region: one, ...numbersOfOne } of numbered(simple)) {
    for (const { region: other, ...numbersOfOther } of others) {
      const onLeft = left.scale.verdictOn(numbersOfOne.onLeft, numbersOfOther.onLeft);
      const onRight = right.scale.verdictOn(numbersOfOne.onRight, numbersOfOther.onRight);
      if (!wanted(onLeft, onRight)) continue;
      yield {
        count: one.count * other.count,
        left: onLeft,
        right: onRight,
        found: () => [joined(one.left, other.left), joined(one.right, other.right)],
        cell: () => ({ ...one.cell, ...other.cell }) as Cell,
        parts: [one.seen, other.seen],
      };
    }
  }
}

/** Wants the cells that the two sides judge differently. */
export const differently: Wanted = (left, right) => left.key !== right.key;

import type { RuleSet } from '../../../src/rules/rule-set.ts';
import { pick } from './random.ts';

/** Takes one entry out of a list. */
const without = <T>(random: () => number, list: readonly T[]): T[] => {
  const gone = pick(random, list);
  return list.filter((one) => one !== gone);
};

const changedAt = <T>(random: () => number, list: readonly T[], change: (one: T) => T): T[] => {
  const chosen = pick(random, list);
  return list.map((one) => (one === chosen ? change(one) : one));
};

const ranges = [
  { low: 0, high: 4 },
  { low: 5, high: 5 },
  { low: 5, high: 6 },
  { low: 6, high: 6 },
  { low: 6, high: 7 },
  { low: 0, high: 8 },
];

type Edit = (set: RuleSet, random: () => number) => RuleSet;
type Degree = RuleSet['degrees'][number];

const ofDegree =
  (change: (degree: Degree, random: () => number) => Degree): Edit =>
  (set, random) => ({ ...set, degrees: changedAt(random, set.degrees, (degree) => change(degree, random)) });

const ofClause = (
  change: (clause: Degree['clauses'][number], random: () => number) => Degree['clauses'][number],
): Edit =>
  ofDegree((degree, random) => ({
    ...degree,
    clauses: changedAt(random, degree.clauses, (clause) => change(clause, random)),
  }));

/** The kinds of change that a policy officer makes. */
const edits: readonly Edit[] = [
  (set, random) => ({ ...set, subjects: without(random, set.subjects) }),
  (set) => ({ ...set, subjects: [...set.subjects, { code: '143001', label: 'Nieuw', domain: 'pedagogisch' }] }),
  (set, random) => ({ ...set, subjects: changedAt(random, set.subjects, (subject) => ({ ...subject, review: true })) }),
  (set, random) => ({ ...set, minimumLevel: pick(random, [5, 7, 8]) }),
  (set, random) => ({ ...set, otherProofs: without(random, set.otherProofs) }),
  (set) => ({ ...set, otherProofs: [...set.otherProofs, 'Brevet'] }),
  (set, random) => ({ ...set, higherEducation: without(random, set.higherEducation) }),
  (set) => ({ ...set, higherEducation: [...set.higherEducation, 'Centrum voor Volwassenenonderwijs'] }),
  (set, random) => ({ ...set, categories: without(random, set.categories) }),
  (set, random) => ({
    ...set,
    categories: changedAt(random, set.categories, (group) => ({ ...group, range: pick(random, ranges) })),
  }),
  ofDegree((degree, random) => ({ ...degree, names: without(random, degree.names) })),
  ofDegree((degree) => ({ ...degree, names: [...degree.names, 'Graad van vroeger'] })),
  ofDegree((degree, random) => ({ ...degree, clauses: without(random, degree.clauses) })),
  ofDegree((degree) => ({ ...degree, clauses: degree.clauses.toReversed() })),
  ofClause((clause, random) => ({ ...clause, range: pick(random, ranges) })),
  ofClause((clause, random) => ({ ...clause, year: { atMost: pick(random, [1999, 2008, 2026]) } })),
  ofClause((clause, random) => ({ ...clause, year: { atLeast: pick(random, [2009, 2020, 2027]) } })),
  ofClause((clause) => ({ ...clause, institution: { containsOneOf: ['school', 'hogeschool van'] } })),
  ofClause((clause) => ({ ...clause, institution: { isOneOf: 'higherEducation' } })),
  (set, random) => ({
    ...set,
    automaticRecognition: { countries: pick(random, [['NLD'], ['NLD', 'FRA'], ['DEU', 'LTU', 'BEL']]) },
  }),
  (set, random) => ({
    ...set,
    insufficientProgrammes: { isced2011ThirdDigits: pick(random, [['2'], ['1', '4'], ['0', '1', '6']]) },
  }),
  ({ datesInFuture: _, ...set }) => set,
  ({ insufficientProgrammes: _, ...set }) => set,
];

/** A set with one to three such changes. What it makes need not pass `lint`: the rules take it all the same. */
export const edited = (set: RuleSet, random: () => number): RuleSet => {
  let changed = set;
  const count = pick(random, [1, 1, 2, 3]);
  for (let made = 0; made < count; made += 1) changed = pick(random, edits)(changed, random);
  return changed;
};

/** How many kinds of change there are. */
export const editKinds: number = edits.length;

/** The set with the change of this kind alone. */
export const editedBy = (kind: number, set: RuleSet, random: () => number): RuleSet =>
  edits[kind]?.(set, random) ?? set;

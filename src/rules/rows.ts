import { knownYear, shownDate } from '../record.ts';
import {
  compareToMinimum,
  levelReason,
  rangeOfDegree,
  rangeOfIsced1997,
  rangeOfIsced2011,
  rangeOfVks,
  type Standing,
} from './level.ts';
import { type RecordReason, recordReasons } from './reasons.ts';
import type { CompiledRuleSet, Range } from './rule-set.ts';
import type { Values } from './values.ts';

/**
 * Reads these values of a record, and no others, under a rule set. `today`: in Brussels, `yyyy-mm-dd`. Returns undefined
 * if it has nothing to say.
 */
type Reader<Names extends keyof Values, Result> = (
  values: Pick<Values, Names>,
  ruleSet: CompiledRuleSet,
  today: string,
) => Result | undefined;

/**
 * The rows of the rules, each with at most one reason, except the level. `README.md` in this folder lists them. The types
 * say which values each row reads. `rules diff` and `rules prove` rely on that: they go through each row alone.
 */
type Rows = {
  readonly status: Reader<'status', RecordReason>;
  readonly proofState: Reader<'proofState', RecordReason>;
  readonly proofType: Reader<'proofType', RecordReason>;
  readonly category: Reader<'category' | 'proofType', RecordReason>;
  readonly authenticity: Reader<'authenticity', RecordReason>;
  readonly country: Reader<'country' | 'proofType', RecordReason>;
  readonly field: Reader<'iscedField' | 'subject', RecordReason>;
  readonly subject: Reader<'subject', RecordReason>;
  readonly date: Reader<'year' | 'month' | 'day', RecordReason>;
};

/** The five witnesses of the level. Each returns the VKS levels that it leaves possible. */
type Witnesses = {
  readonly vks: Reader<'vks', Range>;
  readonly isced2011: Reader<'isced2011', Range>;
  readonly degree: Reader<'degree' | 'institution' | 'year', Range>;
  readonly category: Reader<'category' | 'proofType', Range>;
  readonly isced1997: Reader<'isced1997', Range>;
};

/** What each of the five witnesses says about a level. `undefined`: it says nothing. */
export type Standings = Readonly<Record<keyof Witnesses, Standing | undefined>>;

/** What is weighed: the verdict on a record in scope and its reasons. */
export type Weighed = {
  readonly verdict: 'match' | 'review' | 'rejected';
  readonly reasons: readonly RecordReason[];
};

/** Everything that judges a record in scope. */
export type Engine = {
  readonly rows: Rows;
  readonly witnesses: Witnesses;
  readonly levelReason: (standings: Standings) => RecordReason;
  readonly weigh: (found: readonly RecordReason[]) => Weighed;
};

const isEquivalence = ({ proofType }: Pick<Values, 'proofType'>): boolean => proofType === 'gelijkwaardigheid';

const rows: Rows = {
  status: ({ status }) => {
    if (status === '10') return 'cancelled';
    return status === '1' ? undefined : 'unknownStatus';
  },
  proofState: ({ proofState }) => {
    if (proofState === 'tussenbewijs') return 'intermediateProof';
    return proofState === 'eindbewijs' ? undefined : 'unknownProofState';
  },
  proofType: (values, { otherProofs }) => {
    if (isEquivalence(values)) return 'equivalenceDecision';
    if (otherProofs.has(values.proofType)) return 'notADiploma';
    return values.proofType === 'diploma' ? undefined : 'unknownProofType';
  },
  category: (values, { categories }) =>
    isEquivalence(values) || categories.has(values.category) ? undefined : 'unknownCategory',
  authenticity: ({ authenticity }) => {
    if (authenticity.startsWith('eigen verklaring')) return 'selfDeclared';
    return authenticity === 'authentiek' ? undefined : 'unknownAuthenticity';
  },
  country: (values, { automaticRecognition }) => {
    // The country does not matter for an equivalence decision.
    if (isEquivalence(values) || values.country === 'BEL') return undefined;
    if (values.country === '') return 'unknownCountry';
    return automaticRecognition.has(values.country) ? 'foreignLevelRecognised' : 'foreignWithoutEquivalence';
  },
  // The field should be the first three digits of the subject.
  field: ({ iscedField, subject }) =>
    iscedField === '' || iscedField === subject.slice(0, 3) ? undefined : 'subjectFieldMismatch',
  subject: ({ subject }, { subjects }) => (subjects.get(subject)?.review === true ? 'subjectUnderReview' : undefined),
  date: (values, { reviewsDatesInFuture }, today) => {
    const date = shownDate(values);
    // A year or month of today does not lie after today: as a text it is the beginning of today, so it comes before it.
    const isAfterToday = date !== undefined && date > today;
    return reviewsDatesInFuture && isAfterToday ? 'awardDateInFuture' : undefined;
  },
};

const witnesses: Witnesses = {
  vks: ({ vks }) => rangeOfVks(vks),
  isced2011: ({ isced2011 }, { insufficientDigits }) => rangeOfIsced2011(isced2011, insufficientDigits),
  degree: ({ degree, institution, year }, { degrees }) => {
    const clauses = degrees.get(degree);
    return clauses && rangeOfDegree(clauses, institution, knownYear(year));
  },
  // The category of an equivalence decision does not count, neither here nor in its own row.
  category: (values, { categories }) => (isEquivalence(values) ? undefined : categories.get(values.category)),
  isced1997: ({ isced1997 }) => rangeOfIsced1997(isced1997),
};

/**
 * Weighs the reasons that the rows found. In a cancelled record nothing else counts. One reason to reject is enough to
 * reject; without one, a reason to review is enough for a review. Keeps the reasons of the weight that decides.
 */
const weigh = (found: readonly RecordReason[]): Weighed => {
  if (found.includes('cancelled')) return { verdict: 'rejected', reasons: ['cancelled'] };
  const rejections = found.filter((reason) => recordReasons[reason].weight === 'reject');
  if (rejections.length > 0) return { verdict: 'rejected', reasons: rejections };
  const reviews = found.filter((reason) => recordReasons[reason].weight === 'review');
  return reviews.length > 0 ? { verdict: 'review', reasons: reviews } : { verdict: 'match', reasons: found };
};

/** The rules as the service applies them. */
export const engine: Engine = { rows, witnesses, levelReason, weigh };

/** Returns what the five witnesses of a record say against the minimum level of the rule set. */
export const standingsOf = (values: Values, ruleSet: CompiledRuleSet, today: string): Standings => {
  const standing = (kind: keyof Witnesses) => {
    const range = witnesses[kind](values, ruleSet, today);
    return range && compareToMinimum(range, ruleSet.minimumLevel);
  };
  return {
    vks: standing('vks'),
    isced2011: standing('isced2011'),
    degree: standing('degree'),
    category: standing('category'),
    isced1997: standing('isced1997'),
  };
};

/** The rows in the order of the rules. */
export const rowNames = [
  'status',
  'proofState',
  'proofType',
  'category',
  'level',
  'authenticity',
  'country',
  'field',
  'subject',
  'date',
] as const satisfies readonly (keyof Rows | 'level')[];
export type RowName = (typeof rowNames)[number];

/** Returns the reasons that the rows find in a record whose subject is in the rule set, in the order of the rules. */
export const findings = (values: Values, ruleSet: CompiledRuleSet, today: string): readonly RecordReason[] =>
  rowNames.flatMap(
    (name) =>
      (name === 'level' ? levelReason(standingsOf(values, ruleSet, today)) : rows[name](values, ruleSet, today)) ?? [],
  );

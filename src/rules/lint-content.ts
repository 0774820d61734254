import { clean } from '../record.ts';
import { rangeOfDegree } from './level.ts';
import { type Finding, type Path, pathText } from './lint-path.ts';
import { type Clause, compileClause, folded, type RuleSet } from './rule-set.ts';
import { isPlaceholder } from './values.ts';

type Sourced<Part> = Part & { readonly source?: readonly string[] | undefined };
type ClauseContent = Sourced<Pick<Clause, 'institution' | 'year'>>;

/** The parts of a rule set in which `contentFaults` looks for faults. */
export type Content = Pick<
  RuleSet,
  'id' | 'version' | 'validFrom' | 'validTo' | 'sourceOf' | 'otherProofs' | 'higherEducation'
> & {
  /** Undefined if they cannot be read. Each id that a part names then counts as one of them. */
  readonly sources: readonly { readonly id: string }[] | undefined;
  readonly subjects: readonly { readonly code: string }[];
  readonly categories: readonly Sourced<{ readonly names: readonly string[] }>[];
  readonly degrees: readonly Sourced<{
    readonly names: readonly string[];
    readonly clauses: readonly ClauseContent[];
  }>[];
  readonly automaticRecognition?: Sourced<{ readonly countries: readonly string[] }> | undefined;
  readonly insufficientProgrammes?: Sourced<{ readonly isced2011ThirdDigits: readonly string[] }> | undefined;
  readonly datesInFuture?: Sourced<object> | undefined;
};

type Entry = { readonly path: string; readonly value: string };

const entries = (path: Path, values: readonly string[]): Entry[] =>
  values.map((value, index) => ({ path: pathText([...path, index]), value }));

/** Finds entries with the same `key` as an earlier entry. */
const duplicates = (all: readonly Entry[], key: (value: string) => string): Finding[] => {
  const first = new Map<string, string>();
  return all.flatMap(({ path, value }) => {
    const earlier = first.get(key(value));
    if (earlier === undefined) {
      first.set(key(value), path);
      return [];
    }
    return [{ path, message: `says the same as ${earlier}: keep one (capitals and white space make no difference)` }];
  });
};

const nameFaults = (list: readonly Entry[]): Finding[] => [
  ...duplicates(list, folded),
  ...list.flatMap(({ path, value }) => {
    const name = folded(value);
    if (isPlaceholder(name)) {
      return [{ path, message: `can never match: "${clean(value)}" counts as a missing value; take it out` }];
    }
    if (name === 'diploma' || name === 'gelijkwaardigheid') {
      return [{ path, message: `"${clean(value)}" is a proof type with rules of its own: take it out of this list` }];
    }
    return [];
  }),
];

/** A part that contains another part of the same list can be left out: the shorter one already fits. */
const partFaults = (parts: readonly Entry[]): Finding[] => [
  ...duplicates(parts, folded),
  ...parts.flatMap(({ path, value }) => {
    const shorter = parts.find(
      (other) => folded(other.value) !== folded(value) && folded(value).includes(folded(other.value)),
    );
    return shorter === undefined
      ? []
      : [{ path, message: `is never needed: whatever holds it also holds ${shorter.path}; take one of them out` }];
  }),
];

/** A private-use character. No rule set can contain it, so it is the name of an institution that no rule set names. */
const otherText = '\u{E000}';

const knownYears = Array.from({ length: 201 }, (_, index) => 1900 + index);

/**
 * Finds clauses that no record reaches, and the parts of institution names in them that no record reaches. It tries
 * every year with a few institutions: an unknown one, each name of `higherEducation`, and each part with other text
 * around it. These are enough: if any record reaches a clause, one of them does.
 */
const unreachableEntries = (
  path: Path,
  clauses: readonly ClauseContent[],
  higherEducation: ReadonlySet<string>,
): Finding[] => {
  // Each clause gets its position as its range. The range that `rangeOfDegree` returns is then the clause that fits
  // first.
  const compiled = clauses.map((clause, index) =>
    compileClause({ ...clause, range: { low: index, high: index } }, higherEducation),
  );
  const reachedBy = (institution: string) =>
    [undefined, ...knownYears].map((year) => rangeOfDegree(compiled, institution, year)?.low);
  const reached = new Set([otherText, ...higherEducation].flatMap(reachedBy));
  return compiled.flatMap(({ containsOneOf = [] }, index) => {
    const parts = containsOneOf.map((part) => reachedBy(`${otherText}${part}${otherText}`).includes(index));
    if (!reached.has(index) && !parts.includes(true)) {
      const message =
        'is never reached: the clauses before it take every record that would fit; move it up, or take it out';
      return [{ path: pathText([...path, index]), message }];
    }
    return parts.flatMap((isReached, part) =>
      isReached
        ? []
        : [
            {
              path: pathText([...path, index, 'institution', 'containsOneOf', part]),
              message: 'is never reached: the clauses before it take whatever holds it; take it out',
            },
          ],
    );
  });
};

/** The one file that may lack sources: it is older than the rule that every file has them. */
const needsSources = ({ id, version }: Content): boolean => !(id === 'begeleider-ama' && version === '1.0.0');

const sourcedParts = [
  'minimumLevel',
  'subjects',
  'domains',
  'vks',
  'isced2011',
  'isced1997',
  'otherProofs',
  'higherEducation',
] as const;

/** Every part of a rule set that rests on a source, with the sources that it names. */
const sourcedEntries = (
  ruleSet: Content,
): { readonly path: Path; readonly source: readonly string[] | undefined }[] => [
  ...sourcedParts.map((part) => ({ path: ['sourceOf', part], source: ruleSet.sourceOf?.[part] })),
  ...ruleSet.categories.map(({ source }, index) => ({ path: ['categories', index, 'source'], source })),
  ...ruleSet.degrees.flatMap(({ source, clauses }, index) => [
    { path: ['degrees', index, 'source'], source },
    ...clauses.map(({ source }, clause) => ({ path: ['degrees', index, 'clauses', clause, 'source'], source })),
  ]),
  ...(['automaticRecognition', 'insufficientProgrammes', 'datesInFuture'] as const).flatMap((member) => {
    const part = ruleSet[member];
    return part === undefined ? [] : [{ path: [member, 'source'], source: part.source }];
  }),
];

/** Finds parts that name no source or one that is not in `sources`, and sources that nothing names. */
const sourceFaults = (ruleSet: Content): Finding[] => {
  if (!needsSources(ruleSet)) return [];
  const parts = sourcedEntries(ruleSet);
  const named = new Set(parts.flatMap(({ source }) => source));
  const ids = ruleSet.sources?.map(({ id }, index) => ({ path: pathText(['sources', index, 'id']), value: id }));
  const known = new Set(ids === undefined ? named : ids.map(({ value }) => value));
  return [
    ...parts.flatMap(({ path, source }): Finding[] => {
      if (source === undefined) return [{ path: pathText(path), message: 'is missing: name the ids of its sources' }];
      return [
        ...duplicates(entries(path, source), (id) => id),
        ...entries(path, source).flatMap(({ path, value }) =>
          known.has(value) ? [] : [{ path, message: 'is no id of sources: correct it, or add the source' }],
        ),
      ];
    }),
    ...duplicates(ids ?? [], (id) => id),
    ...(ids ?? []).flatMap(({ path, value }) =>
      named.has(value) ? [] : [{ path, message: 'is named by nothing: name it, or take it out' }],
    ),
  ];
};

/** Finds what is wrong in a rule set whose parts have the right shape. */
export const contentFaults = (ruleSet: Content): Finding[] => {
  const higherEducation = new Set(ruleSet.higherEducation.map(folded));
  return [
    ...(ruleSet.validTo !== undefined && ruleSet.validTo < ruleSet.validFrom
      ? [{ path: 'validTo', message: 'is before validFrom, so that no day fits: swap them' }]
      : []),
    ...duplicates(
      ruleSet.subjects.map(({ code }, index) => ({ path: pathText(['subjects', index, 'code']), value: code })),
      (code) => code,
    ),
    ...nameFaults(entries(['otherProofs'], ruleSet.otherProofs)),
    ...duplicates(entries(['automaticRecognition', 'countries'], ruleSet.automaticRecognition?.countries ?? []), clean),
    ...duplicates(
      entries(
        ['insufficientProgrammes', 'isced2011ThirdDigits'],
        ruleSet.insufficientProgrammes?.isced2011ThirdDigits ?? [],
      ),
      (digit) => digit,
    ),
    ...nameFaults(entries(['higherEducation'], ruleSet.higherEducation)),
    ...nameFaults(ruleSet.categories.flatMap((group, index) => entries(['categories', index, 'names'], group.names))),
    ...nameFaults(ruleSet.degrees.flatMap((group, index) => entries(['degrees', index, 'names'], group.names))),
    ...ruleSet.degrees.flatMap(({ clauses }, group) => [
      ...clauses.flatMap(({ institution }, index) => {
        const path = ['degrees', group, 'clauses', index, 'institution', 'containsOneOf'];
        return institution !== undefined && 'containsOneOf' in institution
          ? partFaults(entries(path, institution.containsOneOf))
          : [];
      }),
      ...unreachableEntries(['degrees', group, 'clauses'], clauses, higherEducation),
    ]),
    ...sourceFaults(ruleSet),
  ];
};

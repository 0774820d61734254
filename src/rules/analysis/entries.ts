import { type Path, pathText } from '../lint-path.ts';
import type { RuleSet } from '../rule-set.ts';

/** One name, range, clause or condition of a rule set: where it is in the file, and the rule set without it. */
export type Entry = { readonly path: string; readonly without: RuleSet };

/** A copy of a value of JSON without what is at this path. */
const leaveOut = (value: unknown, [key, ...rest]: Path): unknown => {
  if (Array.isArray(value)) {
    return value.flatMap((member, index) => {
      if (index !== key) return [member];
      return rest.length === 0 ? [] : [leaveOut(member, rest)];
    });
  }
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([name, member]) => {
      if (name !== key) return [[name, member]];
      return rest.length === 0 ? [] : [[name, leaveOut(member, rest)]];
    }),
  );
};

const each = (path: Path, list: readonly unknown[] = []): readonly Path[] => list.map((_, index) => [...path, index]);

const categoryPaths = ({ categories }: RuleSet): readonly Path[] =>
  categories.flatMap(({ names, range }, index) => [
    ...each(['categories', index, 'names'], names),
    ...(range === undefined ? [] : [['categories', index, 'range']]),
  ]);

const degreePaths = ({ degrees }: RuleSet): readonly Path[] =>
  degrees.flatMap(({ names, clauses }, index) => [
    ...each(['degrees', index, 'names'], names),
    ...clauses.flatMap(({ institution, year }, at) => {
      const path = ['degrees', index, 'clauses', at];
      const parts = institution !== undefined && 'containsOneOf' in institution ? institution.containsOneOf : [];
      return [
        path,
        ...(institution === undefined ? [] : [[...path, 'institution']]),
        ...each([...path, 'institution', 'containsOneOf'], parts),
        ...(year === undefined ? [] : [[...path, 'year']]),
      ];
    }),
  ]);

/** Every name, range, clause and condition. What is left without one need not be a rule set that `lint` accepts. */
export const entriesOf = (set: RuleSet): readonly Entry[] =>
  [
    ...each(['subjects'], set.subjects),
    ...each(['otherProofs'], set.otherProofs),
    ...each(['higherEducation'], set.higherEducation),
    ...categoryPaths(set),
    ...degreePaths(set),
    ...each(['automaticRecognition', 'countries'], set.automaticRecognition?.countries),
    ...each(['insufficientProgrammes', 'isced2011ThirdDigits'], set.insufficientProgrammes?.isced2011ThirdDigits),
    ...(set.datesInFuture === undefined ? [] : [['datesInFuture']]),
  ].map((path) => ({ path: pathText(path), without: leaveOut(set, path) as RuleSet }));

import type { RuleSet } from '../rule-set.ts';

/** One name, range or clause of a rule set: where it is in the file, and the rule set without it. */
export type Entry = { readonly path: string; readonly without: RuleSet };

const leaveOut = <T>(list: readonly T[], index: number): T[] => list.filter((_, at) => at !== index);

const replace = <T>(list: readonly T[], index: number, value: T): T[] =>
  list.map((old, at) => (at === index ? value : old));

/** For each entry of a list its path, and what `without` makes of the list without that entry. */
const ofList = <T>(path: string, list: readonly T[], without: (rest: T[]) => RuleSet): readonly Entry[] =>
  list.map((_, index) => ({ path: `${path}[${index}]`, without: without(leaveOut(list, index)) }));

const categoryEntries = (set: RuleSet): readonly Entry[] =>
  set.categories.flatMap(({ range, ...group }, index) => {
    const path = `categories[${index}]`;
    const put = (changed: (typeof set.categories)[number]) => ({
      ...set,
      categories: replace(set.categories, index, changed),
    });
    const ranged = range === undefined ? group : { ...group, range };
    return [
      ...ofList(`${path}.names`, group.names, (names) => put({ ...ranged, names })),
      ...(range === undefined ? [] : [{ path: `${path}.range`, without: put(group) }]),
    ];
  });

const degreeEntries = (set: RuleSet): readonly Entry[] =>
  set.degrees.flatMap((group, index) => {
    const path = `degrees[${index}]`;
    const put = (changed: typeof group) => ({ ...set, degrees: replace(set.degrees, index, changed) });
    return [
      ...ofList(`${path}.names`, group.names, (names) => put({ ...group, names })),
      ...ofList(`${path}.clauses`, group.clauses, (clauses) => put({ ...group, clauses })),
      ...group.clauses.flatMap((clause, at) => {
        const { institution } = clause;
        if (institution === undefined || !('containsOneOf' in institution)) return [];
        return ofList(`${path}.clauses[${at}].institution.containsOneOf`, institution.containsOneOf, (containsOneOf) =>
          put({ ...group, clauses: replace(group.clauses, at, { ...clause, institution: { containsOneOf } }) }),
        );
      }),
    ];
  });

const optionalEntries = (set: RuleSet): readonly Entry[] => {
  const { automaticRecognition, insufficientProgrammes, datesInFuture, ...rest } = set;
  return [
    ...(automaticRecognition === undefined
      ? []
      : ofList('automaticRecognition.countries', automaticRecognition.countries, (countries) => ({
          ...set,
          automaticRecognition: { ...automaticRecognition, countries },
        }))),
    ...(insufficientProgrammes === undefined
      ? []
      : ofList(
          'insufficientProgrammes.isced2011ThirdDigits',
          insufficientProgrammes.isced2011ThirdDigits,
          (isced2011ThirdDigits) => ({
            ...set,
            insufficientProgrammes: { ...insufficientProgrammes, isced2011ThirdDigits },
          }),
        )),
    ...(datesInFuture === undefined
      ? []
      : [
          {
            path: 'datesInFuture',
            without: {
              ...rest,
              ...(automaticRecognition && { automaticRecognition }),
              ...(insufficientProgrammes && { insufficientProgrammes }),
            },
          },
        ]),
  ];
};

/** Every name, range and clause of a rule set. What is left without one need not be a rule set that `lint` accepts. */
export const entriesOf = (set: RuleSet): readonly Entry[] => [
  ...ofList('subjects', set.subjects, (subjects) => ({ ...set, subjects })),
  ...ofList('otherProofs', set.otherProofs, (otherProofs) => ({ ...set, otherProofs })),
  ...ofList('higherEducation', set.higherEducation, (higherEducation) => ({ ...set, higherEducation })),
  ...categoryEntries(set),
  ...degreeEntries(set),
  ...optionalEntries(set),
];

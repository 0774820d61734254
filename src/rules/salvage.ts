import type { z } from 'zod';
import { RuleSet } from './rule-set.ts';

const { shape } = RuleSet;
const name = shape.otherProofs.element;
const group = shape.degrees.element;

/** A private-use character, which no file can hold. The names that replace parts of a wrong shape begin with it. */
const mark = '\u{E001}';

const members = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const orElse = <Schema extends z.ZodType>(schema: Schema, value: unknown, otherwise: z.infer<Schema>) => {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : otherwise;
};

/** Each entry of a list. One that has not the right shape is replaced, so that the others keep their positions. */
const entriesOf = <Schema extends z.ZodType>(
  schema: Schema,
  list: unknown,
  otherwise: (entry: Readonly<Record<string, unknown>>, index: number) => z.infer<Schema>,
): z.infer<Schema>[] =>
  Array.isArray(list) ? list.map((entry, index) => orElse(schema, entry, otherwise(members(entry), index))) : [];

const namesOf = (list: unknown): string[] => entriesOf(name, list, (_, index) => `${mark}${index}`);

/** Returns an empty list of sources where the shape is wrong, so that no source seems to be missing. */
const sourceOr = (value: unknown): string[] | undefined => orElse(shape.categories.element.shape.source, value, []);

/**
 * Makes a rule set of the parts of a value that have the right shape, to look for faults in these parts. What has not the
 * right shape, which is a fault already, is replaced by something that causes no other fault. Never throws.
 */
export const salvage = (value: unknown): RuleSet => {
  const given = members(value);
  const sources = entriesOf(shape.sources.unwrap().element, given.sources, ({ id }, index) => ({
    id: typeof id === 'string' ? id : `${mark}${index}`,
    kind: 'law' as const,
    text: { nl: mark, en: mark },
  }));
  const sourceOf = Object.fromEntries(
    Object.keys(shape.sourceOf.unwrap().shape).map((part) => [part, sourceOr(members(given.sourceOf)[part])]),
  );
  const hasInstitutions = Array.isArray(given.higherEducation);
  const base: RuleSet = {
    id: orElse(shape.id, given.id, mark),
    version: orElse(shape.version, given.version, mark),
    title: { nl: mark, en: mark },
    legalBasis: mark,
    validFrom: orElse(shape.validFrom, given.validFrom, ''),
    validTo: orElse(shape.validTo, given.validTo, undefined),
    minimumLevel: orElse(shape.minimumLevel, given.minimumLevel, 6),
    sources,
    sourceOf,
    subjects: entriesOf(shape.subjects.element, given.subjects, ({ code }, index) => ({
      code: typeof code === 'string' ? code : `${mark}${index}`,
      label: mark,
      domain: mark,
    })),
    otherProofs: namesOf(given.otherProofs),
    higherEducation: namesOf(given.higherEducation),
    categories: entriesOf(shape.categories.element, given.categories, (entry) => ({
      names: namesOf(entry.names),
      source: sourceOr(entry.source),
    })),
    degrees: entriesOf(group, given.degrees, (entry) => ({
      names: namesOf(entry.names),
      source: sourceOr(entry.source),
      clauses: entriesOf(group.shape.clauses.element, entry.clauses, (clause, index) => ({
        institution: { containsOneOf: [`${mark}${index}`] },
        range: { low: 0, high: 0 },
        source: sourceOr(clause.source),
      })),
    })).map((degree) => (hasInstitutions ? degree : { ...degree, clauses: [] })),
    automaticRecognition: orElse(shape.automaticRecognition, given.automaticRecognition, {
      countries: namesOf(members(given.automaticRecognition).countries),
      source: sourceOr(members(given.automaticRecognition).source),
    }),
    insufficientProgrammes: orElse(shape.insufficientProgrammes, given.insufficientProgrammes, {
      isced2011ThirdDigits: namesOf(members(given.insufficientProgrammes).isced2011ThirdDigits),
      source: sourceOr(members(given.insufficientProgrammes).source),
    }),
    datesInFuture: orElse(shape.datesInFuture, given.datesInFuture, {
      verdict: 'review',
      source: sourceOr(members(given.datesInFuture).source),
    }),
  };
  if (given.sources === undefined || Array.isArray(given.sources)) return base;
  // Without a list of sources that can be read, each one that is named counts as known.
  return {
    ...base,
    sources: [...new Set(namedIn(base))].map((id) => ({ id, kind: 'law', text: { nl: mark, en: mark } })),
  };
};

/** The ids of all sources that a rule set names. */
const namedIn = ({ sourceOf, categories, degrees, ...rest }: RuleSet): string[] => {
  const optional = [rest.automaticRecognition, rest.insufficientProgrammes, rest.datesInFuture];
  const parts = [...categories, ...degrees, ...degrees.flatMap(({ clauses }) => clauses), ...optional];
  return [...Object.values(sourceOf ?? {}), ...parts.map((part) => part?.source)].flatMap((source) => source ?? []);
};

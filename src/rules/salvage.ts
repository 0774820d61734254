import type { z } from 'zod';
import { isObject } from '../lib/is-object.ts';
import type { Content } from './lint-content.ts';
import { RuleSet } from './rule-set.ts';

const { shape } = RuleSet;
const name = shape.otherProofs.element;
const subject = shape.subjects.element;
const category = shape.categories.element;
const degree = shape.degrees.element;

/** A private-use character, which no file can hold. The names that replace parts of a wrong shape begin with it. */
const mark = '\u{E001}';

const members = (value: unknown): Readonly<Record<string, unknown>> => (isObject(value) ? value : {});

const orElse = <Schema extends z.ZodType, Other>(
  schema: Schema,
  value: unknown,
  otherwise: Other,
): z.infer<Schema> | Other => {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : otherwise;
};

/** Each entry of a list. One that has not the right shape is replaced, so that the others keep their positions. */
const entriesOf = <Schema extends z.ZodType, Other>(
  schema: Schema,
  list: unknown,
  otherwise: (entry: unknown, index: number) => Other,
): (z.infer<Schema> | Other)[] =>
  Array.isArray(list) ? list.map((entry, index) => orElse(schema, entry, otherwise(entry, index))) : [];

/** The value if it is a text; otherwise a text that occurs nowhere else in the list. */
const textOr = (value: unknown, index: number): string => (typeof value === 'string' ? value : `${mark}${index}`);

const namesOf = (list: unknown): string[] => entriesOf(name, list, (_, index) => textOr(undefined, index));

/** The sources of a part; an empty list where the shape is wrong, so that no source seems to be missing. */
const sourcesOf = (part: unknown, member = 'source'): string[] | undefined =>
  isObject(part) ? orElse(category.shape.source, part[member], []) : [];

/** The ids in the list of sources; undefined if one of them cannot be read, because any name may be meant by it. */
const idsOf = (list: unknown): { id: string }[] | undefined => {
  if (!Array.isArray(list)) return list === undefined ? [] : undefined;
  const ids = list.map((entry) => members(entry).id).filter((id) => typeof id === 'string');
  return ids.length === list.length ? ids.map((id) => ({ id })) : undefined;
};

/**
 * Takes the parts of a value that have the right shape, to look for faults in these parts. What has not the right shape,
 * which is a fault already, is replaced by something that causes no other fault. Returns undefined if the value is no
 * object. Never throws.
 */
export const salvage = (given: unknown): Content | undefined => {
  if (!isObject(given)) return undefined;
  const sourceOf = Object.fromEntries(
    Object.keys(shape.sourceOf.unwrap().shape).map((part) => [part, sourcesOf(given.sourceOf ?? {}, part)]),
  );
  const areInstitutionsKnown = Array.isArray(given.higherEducation);
  return {
    id: orElse(shape.id, given.id, mark),
    version: orElse(shape.version, given.version, mark),
    validFrom: orElse(shape.validFrom, given.validFrom, ''),
    validTo: orElse(shape.validTo, given.validTo, undefined),
    sources: idsOf(given.sources),
    sourceOf,
    subjects: entriesOf(subject, given.subjects, (entry, index) => ({ code: textOr(members(entry).code, index) })),
    otherProofs: namesOf(given.otherProofs),
    higherEducation: namesOf(given.higherEducation),
    categories: entriesOf(category, given.categories, (entry) => ({
      names: namesOf(members(entry).names),
      source: sourcesOf(entry),
    })),
    degrees: entriesOf(degree, given.degrees, (entry) => ({
      names: namesOf(members(entry).names),
      source: sourcesOf(entry),
      clauses: entriesOf(degree.shape.clauses.element, members(entry).clauses, (clause, index) => ({
        institution: { containsOneOf: [textOr(undefined, index)] },
        source: sourcesOf(clause),
      })),
    })).map((each) => (areInstitutionsKnown ? each : { ...each, clauses: [] })),
    automaticRecognition: orElse(shape.automaticRecognition, given.automaticRecognition, {
      countries: namesOf(members(given.automaticRecognition).countries),
      source: sourcesOf(given.automaticRecognition),
    }),
    insufficientProgrammes: orElse(shape.insufficientProgrammes, given.insufficientProgrammes, {
      isced2011ThirdDigits: namesOf(members(given.insufficientProgrammes).isced2011ThirdDigits),
      source: sourcesOf(given.insufficientProgrammes),
    }),
    datesInFuture: orElse(shape.datesInFuture, given.datesInFuture, {
      source: sourcesOf(given.datesInFuture),
    }),
  };
};

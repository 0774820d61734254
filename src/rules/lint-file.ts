import type { z } from 'zod';
import { contentFaults } from './lint-content.ts';
import { type Finding, pathText } from './lint-path.ts';
import { RuleSet } from './rule-set.ts';
import { salvage } from './salvage.ts';

const jsonToken = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\],]/g;

/**
 * Finds members that occur twice in one object: `JSON.parse` silently keeps the last one. `json` must be a text that
 * `JSON.parse` accepts.
 */
const duplicateMembers = (json: string): Finding[] => {
  const found: Finding[] = [];
  // The lists and objects that are open at this place, from the outside in. `at` is the current index or member of
  // each.
  const levels: { at: string | number; readonly members: Set<string> }[] = [];
  for (const [part, text = part, colon] of json.matchAll(jsonToken)) {
    const level = levels.at(-1);
    if (part === '{' || part === '[') levels.push({ at: 0, members: new Set() });
    else if (part === '}' || part === ']') levels.pop();
    else if (colon && level) {
      level.at = String(JSON.parse(text));
      if (level.members.has(level.at)) {
        const path = pathText(levels.map(({ at }) => at));
        found.push({ path, message: 'stands twice in the same object: keep one' });
      }
      level.members.add(level.at);
    } else if (part === ',' && typeof level?.at === 'number') level.at += 1;
  }
  return found;
};

const kindNames: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** The message for an issue of zod that has no message in the schema itself. Never quotes the file. */
const shapeMessage: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing: add it';
      return `has the wrong type: make it ${kindNames[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `needs at least ${issue.minimum} entry: add one, or take the member out`;
    case 'too_big':
      return `is too long: at most ${issue.maximum} characters`;
    case 'invalid_union':
      return 'is no condition: write { "isOneOf": "higherEducation" } or { "containsOneOf": ["…"] }';
    case 'unrecognized_keys':
      return 'is no member that is known here: check its spelling, or take it out';
    default:
      return undefined;
  }
};

const shapeFaults = (error: z.ZodError): Finding[] =>
  error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: pathText(issue.path), message: issue.message }];
    return issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message: issue.message }));
  });

/** What a file says about its place among the versions. */
export type VersionOf = Pick<RuleSet, 'id' | 'version' | 'validFrom' | 'replaces' | 'candidate'>;

const Place = RuleSet.pick({ id: true, version: true, validFrom: true, replaces: true, candidate: true }).loose();

/**
 * Checks the text of one rule-set file. Returns every fault, also those of the parts that have the right shape beside
 * parts that have not. `version`: its place among the versions, if that can be read.
 */
export const checkFile = (text: string): { readonly faults: readonly Finding[]; readonly version?: VersionOf } => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { faults: [{ path: '', message: `is not JSON: correct it (${(error as SyntaxError).message})` }] };
  }
  const shape = RuleSet.safeParse(value, { error: shapeMessage });
  const content = shape.success ? { ...shape.data, sources: shape.data.sources ?? [] } : salvage(value);
  const faults = [
    ...duplicateMembers(text),
    ...(shape.success ? [] : shapeFaults(shape.error)),
    ...(content === undefined ? [] : contentFaults(content)),
  ];
  const place = Place.safeParse(value);
  return place.success ? { faults, version: place.data } : { faults };
};

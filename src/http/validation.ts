import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { bodyIssue, Fault, type FaultIssue } from '../fault.ts';

/**
 * Checks a part of a request against its zod schema, without changing it. The Fault `badRequest` names the members that
 * are wrong and never repeats a value.
 */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const result = schema.safeParse(data, { reportInput: true });
    if (result.success) return { value: result.data };
    return { error: new Fault('badRequest', 'input', { issues: eachOnce(result.error.issues.flatMap(issuesOf)) }) };
  };

/** A member can break two rules of the schema, such as a length and a pattern, for which our words are the same. */
const eachOnce = (issues: readonly FaultIssue[]): FaultIssue[] => [
  ...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values(),
];

/** Whether the name of an unknown member or parameter may be repeated: it is only letters, so it cannot be an INSZ. */
export const isSayable = (name: string): boolean => /^[A-Za-z]{1,32}$/.test(name);

/** How many unknown names of one object are looked at, so that an answer stays small. */
export const MOST_UNKNOWN_NAMES = 32;

const issuesOf = (issue: z.core.$ZodIssue): FaultIssue[] => {
  const name = issue.path.join('.') || 'body';
  if (issue.code === 'unrecognized_keys') return unknownMembers(issue.path.join('.'), issue.keys);
  // The only rule of our own in the schema.
  if (issue.code === 'custom') {
    return [bodyIssue('invalidInput', name, 'must not hold eleven digits in a row')];
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  const detail = missing ? 'is required' : (expectations[name] ?? 'must be a JSON object');
  return [bodyIssue('schemaViolation', name, detail, name === 'insz' ? 'format' : undefined)];
};

/** An issue for each unknown member of the object at the path `parent`, by its own name, or by `parent`. */
const unknownMembers = (parent: string, keys: readonly string[]): FaultIssue[] => {
  const names = keys.slice(0, MOST_UNKNOWN_NAMES).map((key) => {
    if (!isSayable(key)) return parent || 'body';
    return parent === '' ? key : `${parent}.${key}`;
  });
  return [...new Set(names)].map((name) =>
    name === (parent || 'body')
      ? bodyIssue('unknownInput', name, 'has a member that the schema does not know')
      : bodyIssue('unknownInput', name, 'is not known: look for a typing error, or leave it out'),
  );
};

/** What a member must be, in our own words: the texts of zod may quote what the caller sent. */
const expectations: Readonly<Record<string, string>> = {
  insz: 'must be a string of exactly 11 digits',
  'caseHandler.id': 'must be 1 to 64 letters, digits, "_", ".", "@", ":" or "-"',
  'caseHandler.role': 'must be 1 to 64 letters, digits, "_", ".", "@", ":" or "-"',
  caseReference: 'must be 1 to 64 letters, digits, "_", ".", "/", ":" or "-"',
  referenceDate: 'must be a date, yyyy-mm-dd',
  ruleSet: 'must be a string of at most 64 characters',
};

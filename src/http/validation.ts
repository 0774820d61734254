import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { bodyIssue, Fault, type FaultIssue } from '../fault.ts';

/**
 * Checks a body against its zod schema, without changing it. The Fault `badRequest` names the members that are wrong
 * and never repeats a value.
 */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const result = schema.safeParse(data, { reportInput: true });
    if (result.success) return { value: result.data };
    return { error: new Fault('badRequest', 'input', { issues: result.error.issues.map(issueOf) }) };
  };

const issueOf = (issue: z.core.$ZodIssue): FaultIssue => {
  const name = issue.path.join('.') || 'body';
  if (issue.code === 'unrecognized_keys') {
    return bodyIssue('unknownInput', name, 'has a member that the schema does not know');
  }
  // The only rule of our own in the schema.
  if (issue.code === 'custom') {
    return bodyIssue('invalidInput', name, 'must not hold eleven digits in a row');
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  const title = missing ? 'is required' : (expectations[name] ?? 'must be a JSON object');
  return bodyIssue('schemaViolation', name, title, name === 'insz' ? 'format' : undefined);
};

/** What a member must be, in our own words: the texts of zod may quote what the caller sent. */
const expectations: Readonly<Record<string, string>> = {
  insz: 'must be a string of exactly 11 digits',
  'caseHandler.id': 'must be 1 to 64 letters, digits, "_", ".", "@", ":" or "-"',
  'caseHandler.role': 'must be 1 to 64 letters, digits, "_", ".", "@", ":" or "-"',
  caseReference: 'must be 1 to 64 letters, digits, "_", ".", "/", ":" or "-"',
  referenceDate: 'must be a date, yyyy-mm-dd',
  ruleSet: 'must be a string',
};

import { z } from 'zod';
import type { Fault, FaultIssue } from '../fault.ts';
import { inszTitles } from '../insz.ts';
import { defined } from '../lib/defined.ts';
import { bulletList } from '../lib/markdown.ts';
import { documentedProblems, issueTypes, issueUrn, problemTypes, problemUrn } from './problem-types.ts';

const listedProblems = bulletList(
  documentedProblems.map((code) => [problemUrn(code), `${problemTypes[code].status}. ${problemTypes[code].detail}`]),
);

const listedIssues = bulletList(
  (Object.keys(issueTypes) as FaultIssue['type'][]).map((type) => [issueUrn(type), issueTypes[type].meaning]),
);

const Issue = z
  .strictObject({
    type: z
      .string()
      .regex(/^urn:problem-type:(belgif|cbss):input-validation:[A-Za-z]+$/)
      .describe(`What is wrong with the input. New types may appear:\n${listedIssues}`),
    in: z.enum(['body', 'header', 'path']).describe('The part of the request'),
    name: z
      .string()
      .describe(
        'The path of the member, such as `caseHandler.id`, or `body` for the whole body. The value is never repeated',
      ),
    title: z.string().describe('What is wrong, in English, for a developer'),
    code: z
      .string()
      .optional()
      .describe(`For an INSZ: the first rule that it breaks\n${bulletList(Object.entries(inszTitles))}`),
  })
  .meta({ id: 'InputValidationIssue', description: 'One thing that is wrong with the input' });

/** An answer that is not a success: RFC 9457, in the form of the Belgian REST guide. */
export const Problem = z
  .strictObject({
    type: z
      .string()
      .regex(/^urn:problem-type:[a-z]+:[A-Za-z]+$/)
      .describe(
        `The kind of problem. Let your program switch on it, and on \`status\` for types that it does not know:\n${listedProblems}`,
      ),
    title: z.string().describe('The kind of problem in a few English words'),
    status: z.int().min(400).max(599).describe('The HTTP status of the answer, repeated'),
    detail: z.string().describe('What it means and what to do about it, in English, for a developer'),
    instance: z
      .string()
      .regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      .describe('`urn:uuid:` and the id of this request in the audit trail. Quote it when you ask for help'),
    issues: z.array(Issue).optional().describe('With 400: everything that is wrong with the input'),
  })
  .meta({
    id: 'Problem',
    description: 'An answer that is not a success (RFC 9457). `type` says what kind. It never holds an INSZ.',
  });
export type Problem = z.infer<typeof Problem>;

/** The answer to a fault: status, headers and body. `id` is the id of the request in the audit trail (UUID). */
export const problemOf = (
  fault: Fault,
  id: string,
): { status: number; headers: Record<string, string>; body: Problem } => {
  const { status, title, detail } = problemTypes[fault.code];
  const issues = fault.issues.map((issue) => ({ ...issue, type: issueUrn(issue.type) }));
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
    },
    body: defined({
      type: problemUrn(fault.code),
      title,
      status,
      detail,
      instance: `urn:uuid:${id}`,
      issues: issues.length > 0 ? issues : undefined,
    }),
  };
};

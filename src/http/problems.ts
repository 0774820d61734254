import { z } from 'zod';
import type { Fault, FaultCode, FaultIssue } from '../fault.ts';
import { inszTitles } from '../insz.ts';
import { defined } from '../lib/defined.ts';
import { bulletList } from '../lib/markdown.ts';
import { documentedProblems, issueTypes, issueUrn, limitOf, problemTypes, problemUrn } from './problem-types.ts';

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
      .meta({ format: 'uri' })
      .describe(`What is wrong with the input. New types may appear:\n${listedIssues}`),
    in: z.string().describe('The part of the request: `body`, `header`, `path` or `query`. New values may appear'),
    name: z
      .string()
      .describe(
        'The path of the member, such as `caseHandler.id`, or the name of the parameter. `body` is the whole body. The value is never repeated',
      ),
    title: z.string().describe('The kind of issue in a few English words, fixed by `type`'),
    detail: z
      .string()
      .describe('What is wrong here, in English, for a developer. The text may change: do not parse it'),
    code: z
      .string()
      .optional()
      .describe(
        `For an INSZ: the first rule that it breaks. New codes may appear\n${bulletList(Object.entries(inszTitles))}`,
      ),
  })
  .meta({ id: 'InputValidationIssue', description: 'One thing that is wrong with the input' });

/** An answer that is not a success: RFC 9457, in the form of the Belgian REST guide. */
export const Problem = z
  .strictObject({
    type: z
      .string()
      .meta({ format: 'uri' })
      .describe(
        `The kind of problem. Let your program switch on it, and on \`status\` for types that it does not know. New types may appear:\n${listedProblems}`,
      ),
    href: z
      .string()
      .meta({ format: 'uri-reference' })
      .optional()
      .describe('Where this kind of problem is explained, for people; relative to the URL of the request'),
    title: z.string().describe('The kind of problem in a few English words, fixed by `type`'),
    status: z.int().min(400).max(599).describe('The HTTP status of the answer, repeated'),
    detail: z.string().describe('What happened, in English, for a developer. The text may change: do not parse it'),
    instance: z
      .string()
      .meta({ format: 'uri' })
      .optional()
      .describe(
        '`urn:uuid:` and the id of this request in the audit trail. Quote it when you ask for help. Left out where the request could not be read',
      ),
    issues: z.array(Issue).optional().describe('With 400 and 404: everything that is wrong with the input'),
    requiredScopes: z
      .array(z.string())
      .optional()
      .describe('With `missingScope`: the access token needs one of these scopes'),
    limit: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .optional()
      .describe('With 413: the most bytes that a body may have. With 429: the most requests per minute'),
    retryAfterSec: z
      .int()
      .min(0)
      .max(86_400)
      .optional()
      .describe('With 429 and 503: the seconds to wait, as in the header `Retry-After`'),
  })
  .meta({
    id: 'Problem',
    description: 'An answer that is not a success (RFC 9457). `type` says what kind. It never holds an INSZ.',
  });
export type Problem = z.infer<typeof Problem>;

/** The id of the section about a kind of problem, on the page of the API. */
export const problemAnchor = (code: FaultCode): string => `problem-${code}`;

/**
 * Where the page of the API explains a kind of problem. The result is relative to `url`, the path that was requested, so
 * it stays right where a proxy puts a prefix before the path. `basePath` is the prefix of the service itself.
 */
export const problemHref = (code: FaultCode, url: string, basePath: string): string => {
  const [path = ''] = url.split('?');
  const isInside = path.startsWith(`${basePath}/`);
  const below = isInside ? path.slice(basePath.length) : path;
  const page = isInside ? 'doc' : `${basePath}/doc`.slice(1);
  return `${'../'.repeat(Math.max(0, below.split('/').length - 2))}${page}#${problemAnchor(code)}`;
};

/**
 * The answer to a fault: status, headers and body. `id` is the id of the request in the audit trail (UUID). `href` is a
 * reference to the explanation.
 */
export const problemOf = (
  fault: Fault,
  id: string,
  href?: string,
): { status: number; headers: Record<string, string>; body: Problem } => {
  const { status, title, detail, details } = problemTypes[fault.code];
  const issues = fault.issues.map(({ type, in: place, name, detail: what, code }) =>
    defined({ type: issueUrn(type), in: place, name, title: issueTypes[type].title, detail: what, code }),
  );
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
    },
    body: defined({
      type: problemUrn(fault.code),
      href,
      title,
      status,
      detail: details?.[fault.reason] ?? detail,
      instance: `urn:uuid:${id}`,
      issues: issues.length > 0 ? issues : undefined,
      requiredScopes: fault.requiredScopes?.slice(),
      limit: limitOf(fault),
      retryAfterSec: fault.retryAfter,
    }),
  };
};

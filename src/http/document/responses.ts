import type { FastifySchema } from 'fastify';
import type { FaultCode } from '../../fault.ts';
import { bulletList } from '../../lib/markdown.ts';
import { problemTypes, problemUrn } from '../problem-types.ts';
import { Problem } from '../problems.ts';
import { headersOf } from './components.ts';
import { type Examples, type Place, problemExamples } from './examples.ts';
import { descriptionOf, inDocument, nameOf } from './schemas.ts';

/**
 * The `responses` of the operation at `path`: its successes, its own problems by status, and all others under `default`.
 */
export const responsesOf = (
  { response, problems = [], inLanguages = false, answerHeaders = [], body }: FastifySchema,
  path: string,
  examplesBySchema: Readonly<Record<string, Examples>>,
) => {
  const successes = Object.entries(response ?? {}).map(([status, schema]) => [
    status,
    successWith(schema, examplesFor(status, examplesBySchema[nameOf(schema) ?? '']), [
      ...(inLanguages ? ['Content-Language'] : []),
      ...answerHeaders,
    ]),
  ]);
  const place = { path, hasBody: body !== undefined, refusesQuery: problems.includes('badRequest') };
  const byStatus = Object.entries(Object.groupBy(problems, (code) => String(problemTypes[code].status)));
  const others = problemsOfEveryPath.filter((code) => !problems.includes(code));
  return Object.fromEntries([
    ...successes,
    ...byStatus.map(([status, codes = []]) => [status, problemsWith(status, codes, place)]),
    ['default', problemsWith('default', others, place, 'Any other problem. Every path can answer with these:')],
  ]);
};

/** The schema of `/health` has two statuses. Its example `down` belongs to the 503, the others to the 200. */
const examplesFor = (status: string, examples: Examples = {}): Examples =>
  Object.fromEntries(Object.entries(examples).filter(([name]) => (name === 'down') === (status === '503')));

const successWith = (schema: unknown, examples: Examples, headers: readonly string[]) => ({
  description: descriptionOf(schema),
  ...headersOf(...headers),
  content: { 'application/json': { schema: inDocument(schema), examples } },
});

const problemsWith = (status: string, codes: readonly FaultCode[], place: Place, introduction?: string) => ({
  description: describeProblems(codes, introduction),
  ...headersOf(...(headerOfStatus[status] ? [headerOfStatus[status]] : [])),
  content: {
    'application/problem+json': {
      schema: inDocument(Problem),
      examples: Object.assign({}, ...codes.map((code) => problemExamples(code, place))),
    },
  },
});

const describeProblems = (codes: readonly FaultCode[], introduction?: string): string => {
  const [first] = codes;
  if (introduction === undefined && first !== undefined && codes.length === 1) {
    return `${problemTypes[first].title}: ${problemTypes[first].detail}`;
  }
  const list = bulletList(codes.map((code) => [problemUrn(code), problemTypes[code].detail]));
  return introduction === undefined ? list : `${introduction}\n\n${list}`;
};

const headerOfStatus: Readonly<Record<string, string>> = {
  401: 'WWW-Authenticate',
  403: 'WWW-Authenticate',
  429: 'Retry-After',
  503: 'Retry-After',
  default: 'Allow',
};

const problemsOfEveryPath: readonly FaultCode[] = [
  'badRequest',
  'resourceNotFound',
  'methodNotAllowed',
  'requestTimeout',
  'payloadTooLarge',
  'internalServerError',
];

import { z } from 'zod';
import { Fault, type FaultCode, type FaultIssue } from '../fault.ts';
import { inszTitles } from '../insz.ts';
import { defined } from '../lib/defined.ts';
import { bulletList } from '../lib/markdown.ts';

type Kind = { status: number; type: string; title: string; detail: string };

/** The one table that turns a fault into an answer. */
export const kinds: Readonly<Record<FaultCode, Kind>> = {
  badRequest: {
    status: 400,
    type: 'belgif:badRequest',
    title: 'Bad Request',
    detail: 'The input is incorrect. `issues` says which member and why; correct it and ask again.',
  },
  noAccessToken: {
    status: 401,
    type: 'belgif:noAccessToken',
    title: 'No Access Token',
    detail: 'Send an access token: Authorization: Bearer followed by the token.',
  },
  invalidAccessToken: {
    status: 401,
    type: 'belgif:invalidAccessToken',
    title: 'Invalid Access Token',
    detail: 'The access token is malformed, revoked, or not meant for this service. Request a new one.',
  },
  expiredAccessToken: {
    status: 401,
    type: 'belgif:expiredAccessToken',
    title: 'Expired Access Token',
    detail: 'The access token has expired. Request a new one and ask again.',
  },
  missingScope: {
    status: 403,
    type: 'belgif:missingScope',
    title: 'Missing Scope',
    detail: 'The access token lacks the scope of this service. Have it granted to your client.',
  },
  missingPermission: {
    status: 403,
    type: 'belgif:missingPermission',
    title: 'Missing Permission',
    detail: 'The client may not use this rule set, or the case handler’s role is not allowed to ask.',
  },
  resourceNotFound: {
    status: 404,
    type: 'belgif:resourceNotFound',
    title: 'Resource Not Found',
    detail: 'There is nothing at this path. /doc lists what there is.',
  },
  methodNotAllowed: {
    status: 405,
    type: 'zorg:methodNotAllowed',
    title: 'Method Not Allowed',
    detail: 'This path does not know the method. The Allow header lists those that it knows.',
  },
  unsupportedMediaType: {
    status: 415,
    type: 'zorg:unsupportedMediaType',
    title: 'Unsupported Media Type',
    detail: 'Send the body as application/json.',
  },
  payloadTooLarge: {
    status: 413,
    type: 'belgif:payloadTooLarge',
    title: 'Payload Too Large',
    detail: 'The body may have at most 16 KiB, the headers as much.',
  },
  requestTimeout: {
    status: 408,
    type: 'zorg:requestTimeout',
    title: 'Request Timeout',
    detail: 'The request did not arrive in time. Send it in one go.',
  },
  tooManyRequests: {
    status: 429,
    type: 'belgif:tooManyRequests',
    title: 'Too Many Requests',
    detail: 'Your client asked more often than it may. Retry after the seconds in Retry-After.',
  },
  internalServerError: {
    status: 500,
    type: 'belgif:internalServerError',
    title: 'Internal Server Error',
    detail: 'Something went wrong on our side. Report the instance.',
  },
  badGateway: {
    status: 502,
    type: 'belgif:badGateway',
    title: 'Bad Gateway',
    detail:
      'LED gave an answer that cannot be used. This says nothing about the person’s diplomas. Report the instance.',
  },
  ledRegistrationMissing: {
    status: 502,
    type: 'zorg:ledRegistrationMissing',
    title: 'LED Registration Missing',
    detail:
      'The person’s file is not registered with MAGDA, so LED may not be asked. Register it first, then ask again. This says nothing about the person’s diplomas.',
  },
  serviceUnavailable: {
    status: 503,
    type: 'belgif:serviceUnavailable',
    title: 'Service Unavailable',
    detail:
      'No decision can be given at this moment; this says nothing about the person’s diplomas. Retry after the seconds in Retry-After.',
  },
  ledTimeout: {
    status: 504,
    type: 'zorg:ledTimeout',
    title: 'LED Timeout',
    detail: 'LED did not answer in time; this says nothing about the person’s diplomas. Ask again later.',
  },
  callerGone: { status: 499, type: 'zorg:callerGone', title: 'Caller Gone', detail: 'Nobody waited for the answer.' },
};

/** What can be wrong with an input: who defined the type, and what to do about it. */
const issueTypes: Readonly<
  Record<FaultIssue['type'], { readonly namespace: 'belgif' | 'cbss'; readonly meaning: string }>
> = {
  schemaViolation: { namespace: 'belgif', meaning: 'missing, or not of the form required' },
  invalidInput: { namespace: 'belgif', meaning: 'of the right form, but not a value that can be' },
  unknownInput: { namespace: 'belgif', meaning: 'holds a member that is not known; `name` is its parent' },
  referencedResourceNotFound: { namespace: 'belgif', meaning: 'refers to something that does not exist' },
  canceledSsin: { namespace: 'cbss', meaning: 'the INSZ was cancelled; look for the right one in your file' },
  replacedSsin: { namespace: 'cbss', meaning: 'the INSZ was replaced by another; update your file' },
};

const issueTypeOf = (type: FaultIssue['type']): string =>
  `urn:problem-type:${issueTypes[type].namespace}:input-validation:${type}`;

const Issue = z
  .strictObject({
    type: z
      .string()
      .regex(/^urn:problem-type:(belgif|cbss):input-validation:[A-Za-z]+$/)
      .describe(
        `What is wrong with the input; new types may appear:\n${bulletList(
          (Object.keys(issueTypes) as FaultIssue['type'][]).map((type) => [
            issueTypeOf(type),
            issueTypes[type].meaning,
          ]),
        )}`,
      ),
    in: z.enum(['body', 'header', 'path']).describe('Which part of the request'),
    name: z
      .string()
      .describe(
        'Where: the member’s path, such as `caseHandler.id`, or `body` for the whole; its value is never repeated',
      ),
    title: z.string().describe('What is wrong, in English, for a developer'),
    code: z
      .string()
      .optional()
      .describe(`For an INSZ: the first rule that it breaks\n${bulletList(Object.entries(inszTitles))}`),
  })
  .meta({ id: 'InputValidationIssue', description: 'One thing that is wrong with the input' });

/** The kinds that a caller can meet; `callerGone` only marks audit lines. */
export const documentedKinds = (Object.keys(kinds) as FaultCode[]).filter((code) => code !== 'callerGone');

/** An answer that is no success, RFC 9457 in the form of the Belgian REST guide. */
export const Problem = z
  .strictObject({
    type: z
      .string()
      .regex(/^urn:problem-type:[a-z]+:[A-Za-z]+$/)
      .describe(
        `What kind of problem; switch on this, and treat one that you do not know by its \`status\`:\n${bulletList(
          documentedKinds.map((code) => {
            const { type, status, detail } = kinds[code];
            return [`urn:problem-type:${type}`, `${status}. ${detail}`];
          }),
        )}`,
      ),
    title: z.string().describe('The kind of problem in a few English words'),
    status: z.int().min(400).max(599).describe('The HTTP status, once more'),
    detail: z.string().describe('What it means and what to do about it, in English, for a developer'),
    instance: z
      .string()
      .regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      .describe('`urn:uuid:` and the id of this request in the audit trail; quote it when you ask for help'),
    issues: z.array(Issue).optional().describe('With 400: all that is wrong with the input'),
  })
  .meta({
    id: 'Problem',
    description: 'An answer that is no success (RFC 9457); `type` says which. It never holds an INSZ.',
  });
export type Problem = z.infer<typeof Problem>;

/** The answer to a fault: status, headers and body. `id` is the audit id (UUID). */
export const problemOf = (
  fault: Fault,
  id: string,
): { status: number; headers: Record<string, string>; body: Problem } => {
  const kind = kinds[fault.code];
  const issues = fault.issues.map((issue) => ({
    ...issue,
    type: issueTypeOf(issue.type),
  }));
  return {
    status: kind.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
    },
    body: defined({
      type: `urn:problem-type:${kind.type}`,
      title: kind.title,
      status: kind.status,
      detail: kind.detail,
      instance: `urn:uuid:${id}`,
      issues: issues.length > 0 ? issues : undefined,
    }),
  };
};

const frameworkFaults: Readonly<Record<string, FaultCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupportedMediaType',
  FST_ERR_CTP_EMPTY_TYPE: 'unsupportedMediaType',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payloadTooLarge',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'badRequest',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'badRequest',
  FST_ERR_BAD_URL: 'resourceNotFound',
  FST_ERR_ASYNC_CONSTRAINT: 'resourceNotFound',
  FST_ERR_MAX_PARAM_LENGTH: 'resourceNotFound',
};

/** Whatever was thrown, as a fault: the framework's own errors by their code, anything unknown as our own failure. */
export const toFault = (error: unknown): Fault => {
  if (error instanceof Fault) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const known = frameworkFaults[code];
  return known === undefined
    ? new Fault('internalServerError', 'unexpected', { cause: error })
    : new Fault(known, code, { cause: error });
};

/** The WWW-Authenticate header where a token is refused or missing (RFC 6750, section 3); never a word of the token. */
export const wwwAuthenticate = (code: FaultCode): string | undefined => challenges[code];

const challenges: Partial<Record<FaultCode, string>> = {
  noAccessToken: 'Bearer',
  invalidAccessToken: 'Bearer error="invalid_token"',
  expiredAccessToken: 'Bearer error="invalid_token", error_description="The access token expired"',
  missingScope: 'Bearer error="insufficient_scope"',
};

import type { FaultCode, FaultIssue } from '../fault.ts';

/** The status and the texts of one kind of problem (RFC 9457). `type` is its URN without `urn:problem-type:`. */
type ProblemType = {
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
};

/** The one table that turns a fault into an answer. */
export const problemTypes: Readonly<Record<FaultCode, ProblemType>> = {
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

/** The codes of the problems that a caller can receive. `callerGone` only marks audit lines. */
export const documentedProblems = (Object.keys(problemTypes) as FaultCode[]).filter((code) => code !== 'callerGone');

/** The URN of a problem type, as in the member `type` of an answer. */
export const problemUrn = (code: FaultCode): string => `urn:problem-type:${problemTypes[code].type}`;

/** What can be wrong with an input: who defines the type, and what it means for the caller. */
export const issueTypes: Readonly<
  Record<FaultIssue['type'], { readonly namespace: 'belgif' | 'cbss'; readonly meaning: string }>
> = {
  schemaViolation: { namespace: 'belgif', meaning: 'the member is missing, or does not have the required form' },
  invalidInput: { namespace: 'belgif', meaning: 'the form is right, but the value is not possible' },
  unknownInput: {
    namespace: 'belgif',
    meaning: 'there is a member that the schema does not know; `name` is its parent',
  },
  referencedResourceNotFound: { namespace: 'belgif', meaning: 'the value refers to something that does not exist' },
  canceledSsin: { namespace: 'cbss', meaning: 'the INSZ was cancelled; look for the right one in your file' },
  replacedSsin: { namespace: 'cbss', meaning: 'the INSZ was replaced by another; update your file' },
};

/** The URN of an issue type, as in the member `issues[].type` of an answer. */
export const issueUrn = (type: FaultIssue['type']): string =>
  `urn:problem-type:${issueTypes[type].namespace}:input-validation:${type}`;

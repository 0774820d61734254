import type { Fault, FaultCode, FaultIssue } from '../fault.ts';

/**
 * The status and the texts of one kind of problem (RFC 9457). `type` is its URN without `urn:problem-type:`. `detail` says
 * what happened, and `action` what the caller does about it. `details` has better words for some reasons of the fault.
 */
type ProblemType = {
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly details?: Readonly<Record<string, string>>;
  readonly action: string;
};

/** The size that a body, and the headers together, may have, in bytes. */
export const MOST_BYTES = 16_384;

/** The one table that turns a fault into an answer. */
export const problemTypes: Readonly<Record<FaultCode, ProblemType>> = {
  badRequest: {
    status: 400,
    type: 'belgif:badRequest',
    title: 'Bad Request',
    detail: 'The input is incorrect. `issues` says which member and why.',
    details: {
      malformedJson: 'The body cannot be read as JSON. `issues` says why.',
      brokenRequest: 'The request cannot be read as HTTP.',
    },
    action: 'Correct everything that `issues` names, then ask again. Do not repeat the same request.',
  },
  noAccessToken: {
    status: 401,
    type: 'belgif:noAccessToken',
    title: 'No Access Token',
    detail: 'The request has no access token.',
    action: 'Send one: `Authorization: Bearer` and the token.',
  },
  invalidAccessToken: {
    status: 401,
    type: 'belgif:invalidAccessToken',
    title: 'Invalid Access Token',
    detail: 'The access token is malformed, revoked, or not meant for this service.',
    details: {
      tokenMalformed: 'The access token cannot be read.',
      tokenSignature: 'The signature of the access token does not fit.',
      tokenKeyUnknown: 'The access token is signed with a key that its issuer does not publish.',
      tokenAlgorithm: 'The access token is signed with an algorithm that is not accepted.',
      tokenIssuer: 'The access token has another issuer than this installation accepts.',
      tokenAudience: 'The access token is meant for another service.',
      tokenType: 'The token is no access token.',
      tokenInactive: 'The authorisation server says that the access token is not active.',
      tokenClaims: 'The access token lacks a claim, or a claim has another form than it must have.',
      tokenNotYetValid: 'The access token is not valid yet.',
      tokenBoundToKey: 'The access token is bound to a key (`cnf`), and this service does not check such keys.',
      tokenWithoutClient: 'The access token does not name the client.',
      tokenPersonUnusable: 'The access token names a person by an id that is not 1 to 64 letters, digits or `_.@:-`.',
    },
    action: 'Get a new token, and ask again once. If that fails too, check the configuration of your client.',
  },
  expiredAccessToken: {
    status: 401,
    type: 'belgif:expiredAccessToken',
    title: 'Expired Access Token',
    detail: 'The access token has expired.',
    action: 'Get a new token, and ask again once.',
  },
  missingScope: {
    status: 403,
    type: 'belgif:missingScope',
    title: 'Missing Scope',
    detail: 'The access token lacks the scope of this service. `requiredScopes` names it.',
    action: 'Ask the authorisation server for the scope. If your client may not have it, have it granted.',
  },
  missingPermission: {
    status: 403,
    type: 'belgif:missingPermission',
    title: 'Missing Permission',
    detail: 'The client may not use this rule set, or the case handler’s role is not allowed to ask.',
    details: {
      ruleSetNotAllowed: 'The scopes of the access token do not cover this rule set.',
      roleNotAllowed: 'The case handler has no role that may ask in this installation.',
    },
    action:
      '`detail` says which of the two it is. Rule set: have the scope of this rule set granted to your client. Role: send a role that the operator of this installation allows.',
  },
  resourceNotFound: {
    status: 404,
    type: 'belgif:resourceNotFound',
    title: 'Resource Not Found',
    detail: 'There is nothing at this path.',
    details: {
      ruleSet: 'There is no such rule set. `GET /ruleSets` lists them.',
      version: 'The rule set has no such version. `GET /ruleSets` lists them.',
    },
    action: 'Correct the path. This page lists the paths.',
  },
  methodNotAllowed: {
    status: 405,
    type: 'zorg:methodNotAllowed',
    title: 'Method Not Allowed',
    detail: 'This path does not know the method.',
    action: 'Use a method that the header `Allow` lists.',
  },
  notAcceptable: {
    status: 406,
    type: 'zorg:notAcceptable',
    title: 'Not Acceptable',
    detail: 'The header `Accept` does not allow `application/json`, and there is no other form.',
    action: 'Send `Accept: application/json`, or leave the header out.',
  },
  unsupportedMediaType: {
    status: 415,
    type: 'zorg:unsupportedMediaType',
    title: 'Unsupported Media Type',
    detail: 'The body is not `application/json`, or it is compressed.',
    action: 'Send the body as `application/json`, without `Content-Encoding`.',
  },
  payloadTooLarge: {
    status: 413,
    type: 'belgif:payloadTooLarge',
    title: 'Payload Too Large',
    detail: 'The body or the headers are larger than 16 KiB. `limit` is in bytes.',
    details: {
      bodyTooLarge: 'The body is larger than 16 KiB. `limit` is in bytes.',
      brokenRequest: 'The headers are larger than 16 KiB. `limit` is in bytes.',
    },
    action: 'Send less.',
  },
  requestTimeout: {
    status: 408,
    type: 'zorg:requestTimeout',
    title: 'Request Timeout',
    detail: 'The request did not arrive within 8 seconds.',
    action: 'Send the request in one go.',
  },
  tooManyRequests: {
    status: 429,
    type: 'belgif:tooManyRequests',
    title: 'Too Many Requests',
    detail: 'Your client asked more often than it may. `limit` is the number of requests per minute.',
    action: 'Ask again after the seconds in `Retry-After`.',
  },
  internalServerError: {
    status: 500,
    type: 'belgif:internalServerError',
    title: 'Internal Server Error',
    detail: 'Something went wrong on our side.',
    action: 'Report `instance` to the operator of the service.',
  },
  badGateway: {
    status: 502,
    type: 'belgif:badGateway',
    title: 'Bad Gateway',
    detail: 'LED gave an answer that cannot be used. This says nothing about the person’s diplomas.',
    details: { ledRefused: 'LED refuses the calls of this service. This says nothing about the person’s diplomas.' },
    action: 'Report `instance` to the operator of the service. To ask again at once does not help.',
  },
  ledRegistrationMissing: {
    status: 502,
    type: 'zorg:ledRegistrationMissing',
    title: 'LED Registration Missing',
    detail:
      'The person’s file is not registered with MAGDA, so LED may not be asked. This says nothing about the person’s diplomas.',
    action: 'Register the person’s file with MAGDA, then ask again.',
  },
  serviceUnavailable: {
    status: 503,
    type: 'belgif:serviceUnavailable',
    title: 'Service Unavailable',
    detail: 'No decision can be given at this moment. This says nothing about the person’s diplomas.',
    details: {
      overload: 'The service has too many requests at this moment.',
      eventLoopDelay: 'The service has too many requests at this moment.',
      ledBusy: 'LED is busy or out of service. This says nothing about the person’s diplomas.',
      breakerOpen:
        'LED failed several times and is not asked for a while. This says nothing about the person’s diplomas.',
      tokenCheckOverload: 'The access token cannot be checked at this moment.',
      tokenServiceUnavailable: 'The access token cannot be checked at this moment.',
    },
    action: 'Ask again after the seconds in `Retry-After`. Show the case handler that there is no answer yet.',
  },
  ledTimeout: {
    status: 504,
    type: 'zorg:ledTimeout',
    title: 'LED Timeout',
    detail: 'LED did not answer in time. This says nothing about the person’s diplomas.',
    action: 'Ask again later, not at once.',
  },
  callerGone: {
    status: 499,
    type: 'zorg:callerGone',
    title: 'Caller Gone',
    detail: 'Nobody waited for the answer.',
    action: 'Nothing: this is never sent.',
  },
};

/** What the caller exceeded: as the fault says, or for a payload the size that it may have (bytes). */
export const limitOf = ({ code, limit }: Fault): number | undefined =>
  limit ?? (code === 'payloadTooLarge' ? MOST_BYTES : undefined);

/** The codes of the problems that a caller can receive. `callerGone` only marks audit lines. */
export const documentedProblems = (Object.keys(problemTypes) as FaultCode[]).filter((code) => code !== 'callerGone');

/** The URN of a problem type, as in the member `type` of an answer. */
export const problemUrn = (code: FaultCode): string => `urn:problem-type:${problemTypes[code].type}`;

/** What can be wrong with an input: who defines the type, its title, and what it means for the caller. */
export const issueTypes: Readonly<
  Record<
    FaultIssue['type'],
    { readonly namespace: 'belgif' | 'cbss'; readonly title: string; readonly meaning: string }
  >
> = {
  schemaViolation: {
    namespace: 'belgif',
    title: 'Input isn’t valid with respect to schema',
    meaning: 'the member is missing, or does not have the required form',
  },
  invalidInput: {
    namespace: 'belgif',
    title: 'Invalid input',
    meaning: 'the form is right, but the value is not possible',
  },
  unknownInput: {
    namespace: 'belgif',
    title: 'Unknown input',
    meaning:
      'there is a member or a query parameter that this API does not know; `name` is its name, or its parent if the name is not 1 to 32 letters',
  },
  referencedResourceNotFound: {
    namespace: 'belgif',
    title: 'Referenced resource not found',
    meaning: 'the value refers to something that does not exist',
  },
  canceledSsin: {
    namespace: 'cbss',
    title: 'Canceled SSIN',
    meaning: 'the INSZ was cancelled; look for the right one in your file',
  },
  replacedSsin: {
    namespace: 'cbss',
    title: 'Replaced SSIN',
    meaning: 'the INSZ was replaced by another; update your file',
  },
};

/** The URN of an issue type, as in the member `issues[].type` of an answer. */
export const issueUrn = (type: FaultIssue['type']): string =>
  `urn:problem-type:${issueTypes[type].namespace}:input-validation:${type}`;

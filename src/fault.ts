import { defined } from './lib/defined.ts';

/**
 * The last part of a problem type. The table of problem types in `src/http` gives each code its status and title.
 * `callerGone` is never sent: it marks the audit line of a request that the caller aborted.
 */
export type FaultCode =
  | 'badRequest'
  | 'noAccessToken'
  | 'invalidAccessToken'
  | 'expiredAccessToken'
  | 'missingScope'
  | 'missingPermission'
  | 'resourceNotFound'
  | 'methodNotAllowed'
  | 'notAcceptable'
  | 'unsupportedMediaType'
  | 'payloadTooLarge'
  | 'requestTimeout'
  | 'tooManyRequests'
  | 'internalServerError'
  | 'badGateway'
  | 'ledRegistrationMissing'
  | 'serviceUnavailable'
  | 'ledTimeout'
  | 'callerGone';

/**
 * What is wrong with which input; it never contains the value. `type` is the last part of the issue's problem type.
 * `detail` says what is wrong here.
 */
export type FaultIssue = {
  type:
    | 'schemaViolation'
    | 'invalidInput'
    | 'unknownInput'
    | 'referencedResourceNotFound'
    | 'canceledSsin'
    | 'replacedSsin';
  in: 'body' | 'header' | 'path' | 'query';
  name: string;
  detail: string;
  code?: string;
};

type Details = {
  issues?: readonly FaultIssue[];
  retryAfter?: number;
  limit?: number;
  requiredScopes?: readonly string[];
  cause?: unknown;
};

/**
 * The only error that the service throws on purpose. `code` decides the answer. `reason` is a stable and more precise
 * word for logs and metrics (`ledUnreachable`, `breakerOpen`). `retryAfter` is in seconds. `limit` is what the caller
 * exceeded, in bytes or requests per minute. `requiredScopes`: the token needs one of them. The message and the cause are
 * never sent to a caller.
 */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly reason: string;
  readonly issues: readonly FaultIssue[];
  readonly retryAfter: number | undefined;
  readonly limit: number | undefined;
  readonly requiredScopes: readonly string[] | undefined;

  constructor(code: FaultCode, reason: string, details: Details = {}) {
    super(reason, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Fault';
    this.code = code;
    this.reason = reason;
    this.issues = details.issues ?? [];
    this.retryAfter = details.retryAfter;
    this.limit = details.limit;
    this.requiredScopes = details.requiredScopes;
  }
}

/** What is wrong with a member of the body. `name` is its path, or `body` for the whole body. */
export const bodyIssue = (type: FaultIssue['type'], name: string, detail: string, code?: string): FaultIssue =>
  defined({ type, in: 'body' as const, name, detail, code });

/**
 * The last part of a problem type; `src/http/problem-types.ts` holds the one table that turns it into status, type and
 * title. `callerGone` never reaches a caller: it marks the audit line of an answer nobody waited for.
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

/** Which input was wrong and how; never its value. `type` is the last part of the issue's problem type. */
export type FaultIssue = {
  type:
    | 'schemaViolation'
    | 'invalidInput'
    | 'unknownInput'
    | 'referencedResourceNotFound'
    | 'canceledSsin'
    | 'replacedSsin';
  in: 'body' | 'header' | 'path';
  name: string;
  title: string;
  code?: string;
};

type Details = { issues?: readonly FaultIssue[]; retryAfter?: number; cause?: unknown };

/**
 * The one error of the service. `code` decides the answer; `reason` is a stable, finer word for logs and metrics
 * (`ledUnreachable`, `breakerOpen`); `retryAfter` is in seconds. Message and cause never reach a caller.
 */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly reason: string;
  readonly issues: readonly FaultIssue[];
  readonly retryAfter: number | undefined;

  constructor(code: FaultCode, reason: string, details: Details = {}) {
    super(reason, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Fault';
    this.code = code;
    this.reason = reason;
    this.issues = details.issues ?? [];
    this.retryAfter = details.retryAfter;
  }
}

import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault, type FaultCode } from '../fault.ts';
import { errorCode } from '../lib/error-code.ts';
import { type Log, traceOf } from '../lib/log.ts';
import { setCommonHeaders } from './answer-headers.ts';
import { isCutOff } from './body-bytes.ts';
import { wwwAuthenticate } from './credentials.ts';
import { problemHref, problemOf } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the request was not answered with a success. */
    fault: Fault | undefined;
  }
  interface FastifyInstance {
    /** The path prefix of the business listener, without a slash at its end. The operations listener has none. */
    basePath?: string;
  }
}

/** Answers a request with the problem for `error`, and keeps the fault for the log and the audit line. */
export const answerFault = (log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  const fault = isCutOff(request.raw) ? new Fault('callerGone', 'requestCutOff') : toFault(error);
  request.fault = fault;
  if (fault.code === 'internalServerError') log.error({ id: request.id, ...traceOf(error) }, 'unexpected error');
  const { status, headers, body } = problemOf(fault, request.id, explanationOf(fault.code, request));
  // Fastify refuses some requests before the hook that sets these headers.
  if (!reply.hasHeader('belgov-trace-id')) setCommonHeaders(request, reply);
  const challenge = wwwAuthenticate(fault, body.detail);
  if (challenge !== undefined) reply.header('www-authenticate', challenge);
  reply.code(status).headers(headers).serializer(JSON.stringify).send(body);
};

/** The reference from a request to the page's section on a kind of problem. Only the business listener has the page. */
export const explanationOf = (code: FaultCode, { url, server: { basePath } }: FastifyRequest): string | undefined =>
  basePath === undefined ? undefined : problemHref(code, url, basePath);

/** Turns anything that was thrown into a fault. An error that is not known is a failure of this service. */
export const toFault = (error: unknown): Fault => {
  if (error instanceof Fault) return error;
  const code = errorCode(error, '');
  const known = frameworkFaults[code];
  if (known !== undefined) return new Fault(known, code, { cause: error });
  return fileFaultOf(error) ?? new Fault('internalServerError', 'unexpected', { cause: error });
};

/** What is wrong with a request for a file of the page, by the status of the error; undefined for any other error. */
const fileFaultOf = (error: unknown): Fault | undefined => {
  switch ((error as { readonly statusCode?: unknown } | null | undefined)?.statusCode) {
    case 400:
    case 403:
    case 404:
      return new Fault('resourceNotFound', 'file', { cause: error });
    case 412:
      return headerFault('If-Match, If-Unmodified-Since', 'the file is another one', error);
    case 416:
      return headerFault('Range', 'is no part of the file', error);
  }
  return undefined;
};

const headerFault = (name: string, detail: string, cause: unknown): Fault =>
  new Fault('badRequest', 'condition', { cause, issues: [{ type: 'invalidInput', in: 'header', name, detail }] });

/** Fastify's errors that are the caller's fault. */
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

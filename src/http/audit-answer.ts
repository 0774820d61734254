import { performance } from 'node:perf_hooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AccessDraft, accessOf, startDraft } from '../audit/access-draft.ts';
import { type AuditStream, auditUnavailable } from '../audit/stream.ts';
import type { Metrics } from '../lib/metrics.ts';
import { explanationOf } from './answer-fault.ts';
import { problemOf } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `draftOf`. Only requests of the business context have one. */
    draft: AccessDraft | undefined;
  }
}

/** Returns the draft of the request's audit lines. The first call starts it. */
export const draftOf = (request: FastifyRequest): AccessDraft => {
  request.draft ??= startDraft(request.id);
  return request.draft;
};

/**
 * Writes the `access` line before the answer leaves, counts the answer, and returns the body to send. That is
 * `payload`, unless the audit stream cannot take the line: then it is a 503 problem, without a decision.
 */
export const auditAnswer = async (
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  { audit, metrics }: { readonly audit: AuditStream; readonly metrics: Metrics },
): Promise<unknown> => {
  // The caller left before the request was complete: there is no answer to audit.
  if (!request.raw.complete && request.raw.destroyed) return payload;
  // If the stream cannot take the line now, it writes the line later. The line must then say that the answer was a 503.
  let body = audit.state() === 'usable' ? payload : withholdAnswer(request, reply);
  try {
    await audit.write(accessLine(request, reply));
  } catch {
    body = withholdAnswer(request, reply);
  }
  countAnswer(request, reply, metrics);
  return body;
};

const accessLine = (request: FastifyRequest, reply: FastifyReply) => {
  const now = performance.now();
  return accessOf(draftOf(request), {
    status: reply.statusCode,
    problem: request.fault?.code ?? 'internalServerError',
    durationMs: now - request.arrivedAt,
    now,
  });
};

/** Replaces the answer with the 503 problem, and returns its body. */
const withholdAnswer = (request: FastifyRequest, reply: FastifyReply): string => {
  const fault = auditUnavailable();
  request.fault = fault;
  const { status, headers, body } = problemOf(fault, request.id, explanationOf(fault.code, request));
  reply.code(status).headers(headers);
  reply.removeHeader('content-language').removeHeader('vary');
  return JSON.stringify(body);
};

const countAnswer = (request: FastifyRequest, { statusCode }: FastifyReply, metrics: Metrics): void => {
  const decided = statusCode === 200 ? draftOf(request).decided?.outcome : undefined;
  metrics.requests.inc({ outcome: decided ?? 'none', status: String(statusCode) });
  metrics.requestDuration.observe((performance.now() - request.arrivedAt) / 1000);
};

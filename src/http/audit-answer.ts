import { performance } from 'node:perf_hooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AccessDraft, accessOf, startDraft } from '../audit/access-draft.ts';
import type { AuditStream } from '../audit/stream.ts';
import { Fault } from '../fault.ts';
import type { Metrics } from '../lib/metrics.ts';
import { problemOf } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    draft: AccessDraft | undefined;
  }
}

/** The draft of the request's audit lines; it is started when it is first asked for, however early the request ends. */
export const draftOf = (request: FastifyRequest): AccessDraft => {
  request.draft ??= startDraft(request.id);
  return request.draft;
};

/**
 * Writes the `access` line before the answer leaves, and returns the body to send: `payload`, or, where the audit
 * stream cannot take the line, that of a 503 which holds no decision.
 */
export const auditAnswer = async (
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  { audit, metrics }: { readonly audit: AuditStream; readonly metrics: Metrics },
): Promise<unknown> => {
  // A request that did not arrive whole, and whose caller has left, gets no answer.
  if (!request.raw.complete && request.raw.destroyed) return payload;
  const draft = draftOf(request);
  let body = payload;
  const withhold = (): void => {
    body = answerAuditUnavailable(request, reply);
  };
  if (audit.state() !== 'usable') withhold();
  try {
    const now = performance.now();
    await audit.write(
      accessOf(draft, {
        status: reply.statusCode,
        problem: request.fault?.code ?? 'internalServerError',
        durationMs: now - request.arrivedAt,
        now,
      }),
    );
  } catch {
    withhold();
  }
  const status = reply.statusCode;
  metrics.requests.inc({
    outcome: (status === 200 ? draft.decided?.outcome : undefined) ?? 'none',
    status: String(status),
  });
  metrics.requestDuration.observe((performance.now() - request.arrivedAt) / 1000);
  return body;
};

const answerAuditUnavailable = (request: FastifyRequest, reply: FastifyReply): string => {
  const fault = new Fault('serviceUnavailable', 'auditUnavailable', { retryAfter: 5 });
  request.fault = fault;
  const problem = problemOf(fault, request.id);
  reply.code(problem.status).headers(problem.headers);
  reply.removeHeader('content-language').removeHeader('vary');
  return JSON.stringify(problem.body);
};

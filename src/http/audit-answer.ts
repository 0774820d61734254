import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AccessDraft, accessOf, startDraft } from '../audit/access-draft.ts';
import { makeReceipt } from '../audit/receipt.ts';
import type { SigningKey } from '../audit/signing-key.ts';
import { type AuditStream, auditUnavailable } from '../audit/stream.ts';
import type { Metrics } from '../lib/metrics.ts';
import { explanationOf } from './answer-fault.ts';
import { isCutOff } from './body-bytes.ts';
import { problemOf } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `draftOf`. Only requests of the business context have one. */
    draft: AccessDraft | undefined;
  }
}

type AuditAnswerDeps = {
  readonly audit: AuditStream;
  readonly metrics: Metrics;
  /** With a signer, each decision gets a receipt. */
  readonly receipts?: { readonly signer?: SigningKey };
  /** The wall clock (ms since 1970). */
  readonly now: () => number;
};

/** Returns the draft of the request's audit lines. The first call starts it. */
export const draftOf = (request: FastifyRequest): AccessDraft => {
  request.draft ??= startDraft(request.id);
  return request.draft;
};

/**
 * Writes the `access` line before the answer leaves, adds the receipt of a decision, counts the answer, and returns the
 * body to send. That is `payload`, unless the audit stream cannot take the line: then it is a 503 problem, without a
 * decision.
 */
export const auditAnswer = async (
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  { audit, metrics, receipts, now }: AuditAnswerDeps,
): Promise<unknown> => {
  if (isCutOff(request.raw)) return payload;
  // If the stream cannot take the line now, it writes the line later. The line must then say that the answer was a 503.
  let body = audit.state() === 'usable' ? payload : withholdAnswer(request, reply);
  const signed = receipts?.signer && giveReceipt(receipts.signer, request, reply, body, now());
  try {
    await audit.write(accessLine(request, reply));
    if (signed) {
      reply.header('decision-receipt', signed.jws);
      body = signed.body;
    }
  } catch {
    body = withholdAnswer(request, reply);
  }
  countAnswer(request, reply, metrics);
  return body;
};

/**
 * Makes the receipt of a decision, and notes it for the line. The body comes back as the bytes that the receipt is
 * about. Any other answer has no receipt.
 */
const giveReceipt = (key: SigningKey, request: FastifyRequest, reply: FastifyReply, payload: unknown, now: number) => {
  const draft = draftOf(request);
  const { id, why, receiptSubject: subject, decided } = draft;
  if (reply.statusCode !== 200 || typeof payload !== 'string' || !decided || !why || !subject) return undefined;
  const body = Buffer.from(payload);
  const { jws, line } = makeReceipt(key, body, {
    decisionId: id,
    ruleSet: { id: why.ruleSet, version: why.version, digest: why.digest },
    subject,
    issuedAt: Math.floor(now / 1000),
    salt: randomBytes(16),
  });
  draft.receipt = line;
  return { jws, body };
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
  reply.removeHeader('content-language').removeHeader('vary').removeHeader('www-authenticate');
  return JSON.stringify(body);
};

const countAnswer = (request: FastifyRequest, { statusCode }: FastifyReply, metrics: Metrics): void => {
  const decided = statusCode === 200 ? draftOf(request).decided?.outcome : undefined;
  metrics.requests.inc({ outcome: decided ?? 'none', status: String(statusCode) });
  metrics.requestDuration.observe((performance.now() - request.arrivedAt) / 1000);
};

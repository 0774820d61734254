import { performance } from 'node:perf_hooks';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { type AccessEvent, auditClientId } from '../audit/line.ts';
import type { AuditStream } from '../audit/stream.ts';
import { Decision, present } from '../decision.ts';
import { defined } from '../defined.ts';
import { type Assess, EligibilityRequest, ledService, type Notes } from '../eligibility.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type Authenticator, authorizationHeader, type Caller } from './auth.ts';
import { parseJsonBody } from './json-body.ts';
import { languageOf } from './language.ts';
import { Problem, problemOf } from './problems.ts';
import { validatorCompiler } from './validation.ts';

export type EligibilityRouteDeps = {
  readonly assess: Assess;
  readonly authenticator: Authenticator;
  readonly audit: AuditStream;
  readonly auditKey: Buffer;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Milliseconds for everything from the whole request's arrival on. */
  readonly timeoutMs: number;
  readonly rateLimitPerMinute?: number;
  readonly now: () => number;
};

declare module 'fastify' {
  interface FastifyRequest {
    notes: Notes;
    caller: Caller | undefined;
  }
}

/**
 * The business context: authenticated, and audited by its own hook, so that every answer leaves an `access` line,
 * refusals included. Nothing registered here leaks into the documents or the operations.
 */
export const eligibilityRoutes = async (app: FastifyInstance, deps: EligibilityRouteDeps): Promise<void> => {
  app.decorateRequest('caller', undefined);
  app.decorateRequest('notes');

  // Who asks is settled before anything that they sent is read.
  app.addHook('onRequest', async (request) => {
    request.notes = { id: request.id, trail: { references: [], exceptions: [] } };
    const socket = request.raw.socket as { getPeerCertificate?: () => { subject?: { CN?: string } } };
    const certificateSubject = socket.getPeerCertificate?.().subject?.CN;
    request.caller = await deps.authenticator.authenticate({
      authorization: authorizationHeader(request.raw.rawHeaders),
      ...(certificateSubject === undefined ? {} : { certificateSubject }),
    });
    const { id, org } = request.caller.client;
    request.notes.client = defined({
      id: auditClientId(deps.auditKey, id),
      org: org === undefined ? undefined : auditClientId(deps.auditKey, org),
    });
  });

  if (deps.rateLimitPerMinute !== undefined) {
    // Its route hook runs after the hook above, so that it counts known clients; the store is bounded by its LRU.
    await app.register(rateLimit, {
      max: deps.rateLimitPerMinute,
      timeWindow: 60_000,
      keyGenerator: (request) => {
        const id = request.caller?.client.id ?? 'anonymous';
        return id === 'anonymous' ? request.ip : id;
      },
      errorResponseBuilder: (_, { ttl }) =>
        new Fault('tooManyRequests', 'rateLimit', { retryAfter: Math.max(1, Math.ceil(ttl / 1000)) }),
      addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
      addHeaders: {
        'x-ratelimit-limit': false,
        'x-ratelimit-remaining': false,
        'x-ratelimit-reset': false,
        'retry-after': false,
      },
    });
  }

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) =>
    parseJsonBody(body),
  );
  app.setValidatorCompiler(validatorCompiler);
  app.addHook('onSend', (request, reply, payload) => account(request, reply, payload, deps));

  app.withTypeProvider<ZodTypeProvider>().route({
    method: 'POST',
    url: '/eligibility',
    bodyLimit: 16_384,
    schema: {
      operationId: 'assessEligibility',
      tags: ['eligibility'],
      summary: 'Decide whether a person’s diplomas meet the diploma condition',
      description:
        'Asks LED for the person’s diplomas, judges each by the rule set and answers with the outcome, its reasons and the attributes of the diplomas that count. A fault of LED is a problem, never an outcome.',
      body: EligibilityRequest,
      response: { 200: Decision, default: Problem },
    },
    handler: async (request, reply) => {
      const { caller, notes } = request;
      if (!caller) throw new Fault('internalServerError', 'noCaller');
      const limit = limitOf(reply, deps.timeoutMs);
      try {
        const assessment = await deps.assess(request.body, caller, notes, limit);
        countRules(assessment, deps.metrics);
        const language = languageOf(request.headers['accept-language']);
        reply.headers({ 'cache-control': 'no-store', 'content-language': language, vary: 'Accept-Language' });
        return present(assessment, { id: notes.id, decidedAt: new Date(deps.now()).toISOString(), language });
      } finally {
        limit.release();
      }
    },
  });
};

/** Fires at the deadline, or when the caller is gone before the answer; its reason is the fault to answer with. */
const limitOf = (reply: FastifyReply, timeoutMs: number) => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Fault('ledTimeout', 'ledTimeout')), timeoutMs);
  const gone = (): void => {
    if (!reply.raw.writableFinished) controller.abort(new Fault('callerGone', 'callerGone'));
  };
  reply.raw.once('close', gone);
  return {
    signal: controller.signal,
    deadline: performance.now() + timeoutMs,
    release: (): void => {
      clearTimeout(timer);
      reply.raw.off('close', gone);
    },
  };
};

/**
 * Lets no answer leave before its `access` line has been taken. Where the audit stream cannot take it, the answer
 * becomes a 503 that holds no decision.
 */
const account = async (
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  deps: EligibilityRouteDeps,
): Promise<unknown> => {
  // A request that never arrived whole and has nobody waiting any more was not answered.
  if (!request.raw.complete && request.raw.destroyed) return payload;
  let sent = payload;
  const withhold = (): void => {
    const fault = new Fault('serviceUnavailable', 'auditUnavailable', { retryAfter: 5 });
    request.fault = fault;
    const problem = problemOf(fault, request.id);
    reply.code(problem.status).headers(problem.headers);
    reply.removeHeader('content-language').removeHeader('vary');
    sent = JSON.stringify(problem.body);
  };
  if (deps.audit.state() !== 'usable') withhold();
  try {
    await deps.audit.write(accessEvent(request, reply.statusCode));
  } catch {
    withhold();
  }
  const status = reply.statusCode;
  deps.metrics.requests.inc({
    outcome: (status === 200 ? request.notes.outcome : undefined) ?? 'none',
    status: String(status),
  });
  deps.metrics.requestDuration.observe((performance.now() - request.arrivedAt) / 1000);
  return sent;
};

const accessEvent = (request: FastifyRequest, status: number): AccessEvent => {
  const { trail, outcome, shadow, disclosed, dropped, ...known } = request.notes;
  const asked = trail.startedAt !== undefined;
  const decided = status === 200;
  return defined({
    kind: 'access' as const,
    ...known,
    what: asked ? ledService : undefined,
    led: asked
      ? {
          references: trail.references,
          attempts: trail.references.length,
          exceptions: trail.exceptions,
          durationMs: Math.round((trail.endedAt ?? performance.now()) - (trail.startedAt ?? 0)),
        }
      : undefined,
    result: decided ? ('decided' as const) : status < 499 ? ('refused' as const) : ('failed' as const),
    problem: decided ? undefined : (request.fault?.code ?? 'internalServerError'),
    ...(decided ? { outcome, shadow, disclosed, dropped } : {}),
    status,
    durationMs: Math.round(performance.now() - request.arrivedAt),
  });
};

const countRules = ({ ruling, ruleSet, shadow }: Awaited<ReturnType<Assess>>, metrics: Metrics): void => {
  for (const [reason, count] of Object.entries(ruling.dropped)) {
    if (count > 0) metrics.recordsDropped.inc({ reason }, count);
  }
  for (const [kind, count] of Object.entries(ruling.quality)) metrics.dataQuality.inc({ kind }, count);
  for (const { reasons } of [...ruling.diplomas, ...ruling.rejected]) {
    for (const code of reasons) metrics.ruleReasons.inc({ rule_set: ruleSet.source.id, code });
  }
  for (const { ruleSet: candidate, outcome } of shadow) {
    const result = outcome === ruling.outcome ? 'same' : `${ruling.outcome}>${outcome}`;
    metrics.ruleShadow.inc({ rule_set: candidate.source.id, version: candidate.source.version, result });
  }
};

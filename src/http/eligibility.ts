import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { type AccessEvent, type AuditKey, auditClientId } from '../audit/line.ts';
import type { AuditStream } from '../audit/stream.ts';
import { Decision, present } from '../decision.ts';
import { defined } from '../defined.ts';
import { type Assess, EligibilityRequest, ledService, type Notes } from '../eligibility.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { qualityKinds } from '../rules/judge.ts';
import { type Authenticator, authorizationHeader, type Caller } from './auth.ts';
import { unavailable } from './auth-fetch.ts';
import { parseJsonBody } from './json-body.ts';
import { languageOf } from './language.ts';
import { createLoopWatch } from './loop-watch.ts';
import { problemOf } from './problems.ts';
import { createRateLimit } from './rate-limit.ts';
import { validatorCompiler } from './validation.ts';

export type EligibilityRouteDeps = {
  readonly assess: Assess;
  readonly authenticator: Authenticator;
  readonly audit: AuditStream;
  readonly auditKey: AuditKey;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Milliseconds for everything from the whole request's arrival on. */
  readonly timeoutMs: number;
  readonly rateLimitPerMinute?: number;
  /** Whether LED could not be asked anyway, so many wait for it. */
  readonly isFull: () => boolean;
  readonly now: () => number;
};

declare module 'fastify' {
  interface FastifyRequest {
    notes: Notes | undefined;
    caller: Caller | undefined;
    authenticatedAt: number;
  }
}

/**
 * The business context: authenticated, and audited by its own hook, so that every answer leaves an `access` line,
 * refusals included. Nothing registered here leaks into the documents or the operations.
 */
export const eligibilityRoutes = async (app: FastifyInstance, deps: EligibilityRouteDeps): Promise<void> => {
  app.decorateRequest('caller', undefined);
  app.decorateRequest('notes', undefined);
  app.decorateRequest('authenticatedAt', 0);

  const loop = createLoopWatch();
  app.addHook('onClose', async () => loop.close());
  const count = deps.rateLimitPerMinute === undefined ? undefined : createRateLimit(deps.rateLimitPerMinute);

  // Who asks is settled before anything that they sent is read.
  app.addHook('onRequest', async (request) => {
    // Refused before anything costs time: what is saved here goes to those who are served.
    if (loop.late()) throw new Fault('serviceUnavailable', 'eventLoopDelay', { retryAfter: 1 });
    if (deps.isFull()) throw new Fault('serviceUnavailable', 'overload', { retryAfter: 1 });
    request.caller = await within(deps.timeoutMs, deps.authenticator.authenticate(credentialsOf(request)));
    request.authenticatedAt = performance.now();
    const { id, org } = request.caller.client;
    notesOf(request).client = defined({
      id: auditClientId(deps.auditKey, id),
      org: org === undefined ? undefined : auditClientId(deps.auditKey, org),
    });
    // Who left meanwhile is not noticed any more by whoever reads the body.
    if (request.raw.destroyed) throw new Fault('callerGone', 'callerGone');
    count?.(id === 'anonymous' ? request.ip : id);
  });

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
      description: [
        'Asks LED for the person’s diplomas, judges each by the rule set, and answers with the outcome, its reasons and what may be seen of the diplomas that count.',
        'A fault of LED is a problem, never an outcome. Nothing is stored but the audit trail, so it is safe to ask again; each question is audited, and LED is asked anew.',
      ].join('\n\n'),
      security: [{ accessToken: [] }, {}],
      inLanguages: true,
      body: EligibilityRequest,
      response: { 200: Decision },
      problems: [
        'badRequest',
        'noAccessToken',
        'invalidAccessToken',
        'expiredAccessToken',
        'missingScope',
        'missingPermission',
        'payloadTooLarge',
        'unsupportedMediaType',
        'tooManyRequests',
        'internalServerError',
        'badGateway',
        'ledRegistrationMissing',
        'serviceUnavailable',
        'ledTimeout',
      ],
    },
    handler: async (request, reply) => {
      const { caller } = request;
      if (!caller) throw new Fault('internalServerError', 'noCaller');
      const notes = notesOf(request);
      // The token service's time counts; that of a body which came slowly does not.
      const limit = limitOf(reply, deps.timeoutMs - (request.authenticatedAt - request.arrivedAt));
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

/** What is known of a request from its first moment, however early it is refused. */
const notesOf = (request: FastifyRequest): Notes => {
  request.notes ??= { id: request.id, trail: { references: [], exceptions: [] } };
  return request.notes;
};

/** The token, and the subject of the client certificate that the listener has verified. */
const credentialsOf = ({ raw }: FastifyRequest) => {
  const certificate = (raw.socket as Partial<TLSSocket>).getPeerX509Certificate?.();
  return {
    authorization: authorizationHeader(raw.rawHeaders),
    ...(certificate && { certificateSubject: certificate.subject }),
  };
};

/** The promise, or the fault of a token service that is not there once so many ms have passed. */
const within = async <T>(ms: number, promise: Promise<T>): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(unavailable()), ms);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
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
    outcome: (status === 200 ? notesOf(request).outcome : undefined) ?? 'none',
    status: String(status),
  });
  deps.metrics.requestDuration.observe((performance.now() - request.arrivedAt) / 1000);
  return sent;
};

const accessEvent = (request: FastifyRequest, status: number): AccessEvent => {
  const { trail, outcome, shadow, disclosed, dropped, ...known } = notesOf(request);
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

const droppedReasons = ['otherHolder', 'outOfScope'] as const;

const countRules = ({ ruling, ruleSet, shadow }: Awaited<ReturnType<Assess>>, metrics: Metrics): void => {
  const { dropped, quality } = ruling;
  for (const reason of droppedReasons) if (dropped[reason] > 0) metrics.recordsDropped.inc({ reason }, dropped[reason]);
  for (const kind of qualityKinds) if (quality[kind] > 0) metrics.dataQuality.inc({ kind }, quality[kind]);
  for (const judged of [ruling.diplomas, ruling.rejected]) {
    for (const { reasons } of judged) {
      for (const code of reasons) metrics.ruleReasons.inc({ rule_set: ruleSet.source.id, code });
    }
  }
  for (const { ruleSet: candidate, outcome } of shadow) {
    const result = outcome === ruling.outcome ? 'same' : `${ruling.outcome}>${outcome}`;
    metrics.ruleShadow.inc({ rule_set: candidate.source.id, version: candidate.source.version, result });
  }
};

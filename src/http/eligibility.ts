import { performance } from 'node:perf_hooks';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { noteClient } from '../audit/access-draft.ts';
import type { NamedAuditKey } from '../audit/key.ts';
import type { AuditStream } from '../audit/stream.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { tokenServiceUnavailable } from '../auth/token-service.ts';
import type { Caller } from '../caller.ts';
import { Decision, present } from '../decision.ts';
import type { Assess } from '../eligibility.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import { withTimeout } from '../lib/promises.ts';
import { qualityKinds } from '../rules/judge.ts';
import { auditAnswer, draftOf } from './audit-answer.ts';
import { credentialsOf } from './credentials.ts';
import { EligibilityRequest } from './eligibility-request.ts';
import { parseJsonBody } from './json-body.ts';
import { languageOf } from './language.ts';
import { createLoopWatch } from './loop-watch.ts';
import { createRateLimit } from './rate-limit.ts';
import { validatorCompiler } from './validation.ts';

export type EligibilityRouteDeps = {
  readonly assess: Assess;
  readonly authenticator: Authenticator;
  readonly audit: AuditStream;
  readonly auditKey: NamedAuditKey;
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
  app.decorateRequest('draft', undefined);
  app.decorateRequest('authenticatedAt', 0);

  const loop = createLoopWatch();
  app.addHook('onClose', async () => loop.close());
  const count = deps.rateLimitPerMinute === undefined ? undefined : createRateLimit(deps.rateLimitPerMinute);

  // Who asks is settled before anything that they sent is read.
  app.addHook('onRequest', async (request) => {
    // Refused before anything costs time: what is saved here goes to those who are served.
    if (loop.late()) throw new Fault('serviceUnavailable', 'eventLoopDelay', { retryAfter: 1 });
    if (deps.isFull()) throw new Fault('serviceUnavailable', 'overload', { retryAfter: 1 });
    const authenticated = deps.authenticator.authenticate(credentialsOf(request));
    request.caller = await withTimeout(deps.timeoutMs, authenticated, tokenServiceUnavailable);
    request.authenticatedAt = performance.now();
    const { client } = request.caller;
    noteClient(draftOf(request), deps.auditKey, client);
    // Who left meanwhile is not noticed any more by whoever reads the body.
    if (request.raw.destroyed) throw new Fault('callerGone', 'callerGone');
    count?.(client.id === 'anonymous' ? request.ip : client.id);
  });

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) =>
    parseJsonBody(body),
  );
  app.setValidatorCompiler(validatorCompiler);
  app.addHook('onSend', (request, reply, payload) => auditAnswer(request, reply, payload, deps));

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
      const draft = draftOf(request);
      // The token service's time counts; that of a body which came slowly does not.
      const limit = limitOf(reply, deps.timeoutMs - (request.authenticatedAt - request.arrivedAt));
      try {
        const assessment = await deps.assess(request.body, caller, draft, limit);
        countRules(assessment, deps.metrics);
        const language = languageOf(request.headers['accept-language']);
        reply.headers({ 'cache-control': 'no-store', 'content-language': language, vary: 'Accept-Language' });
        return present(assessment, { id: draft.id, decidedAt: new Date(deps.now()).toISOString(), language });
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

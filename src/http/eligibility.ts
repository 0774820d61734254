import { performance } from 'node:perf_hooks';
import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { noteClient } from '../audit/access-draft.ts';
import type { NamedAuditKey } from '../audit/key.ts';
import type { SigningKey } from '../audit/signing-key.ts';
import type { AuditStream } from '../audit/stream.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { tokenServiceUnavailable } from '../auth/token-service.ts';
import { anonymous, type Caller } from '../caller.ts';
import { Decision, present } from '../decision.ts';
import type { Assess, Inquiry } from '../eligibility.ts';
import { Fault, type FaultCode } from '../fault.ts';
import { overload } from '../led/behaviours/queue.ts';
import { isObject } from '../lib/is-object.ts';
import type { Metrics } from '../lib/metrics.ts';
import { networkOf } from '../lib/network.ts';
import { withTimeout } from '../lib/promises.ts';
import { refuseUnacceptable } from './accept.ts';
import { auditAnswer, draftOf } from './audit-answer.ts';
import { type BodyBytes, collectBody } from './body-bytes.ts';
import { credentialsOf } from './credentials.ts';
import { startDeadline } from './deadline.ts';
import { EligibilityRequest, inquiryOf } from './eligibility-request.ts';
import { checkBodyForm, parseJsonBody } from './json-body.ts';
import { inLanguage } from './language.ts';
import { createLoopWatch } from './loop-watch.ts';
import { MOST_BYTES } from './problem-types.ts';
import { queryIssues } from './query.ts';
import { createRateLimit } from './rate-limit.ts';
import { countAssessment } from './rule-metrics.ts';

export type EligibilityRouteDeps = {
  readonly assess: Assess;
  readonly authenticator: Authenticator;
  readonly audit: AuditStream;
  readonly auditKey: NamedAuditKey;
  readonly metrics: Metrics;
  /** With a signer, each decision gets a receipt. */
  readonly receipts?: { readonly signer?: SigningKey };
  /** Milliseconds for the whole answer, without the time in which the body arrives. */
  readonly timeoutMs: number;
  /** Requests per client and minute; no limit if it is left out. */
  readonly rateLimitPerMinute?: number;
  /** Whether LED has no room for another call. */
  readonly isFull: () => boolean;
  /** The wall clock (ms since 1970). */
  readonly now: () => number;
};

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
    bodyBytes: Promise<BodyBytes>;
    /** The moment on the monotonic clock (ms). */
    authenticatedAt: number;
  }
}

/**
 * The business context: authenticated and audited. Its own hook writes an `access` line for every answer, also when it
 * refuses the request. Its hooks and its parser do not apply to the other contexts.
 */
export const eligibilityRoutes = async (app: FastifyInstance, deps: EligibilityRouteDeps): Promise<void> => {
  app.decorateRequest('caller', undefined);
  app.decorateRequest('draft', undefined);
  app.decorateRequest('bodyBytes');
  app.decorateRequest('authenticatedAt', 0);

  app.addHook('onRequest', async (request) => {
    request.bodyBytes = collectBody(request.raw, MOST_BYTES);
  });
  // Before the body is looked at: a caller who is refused costs no more than the headers.
  app.addHook('onRequest', createOverloadCheck(app, deps));
  app.addHook('onRequest', createCallerCheck(deps));
  app.addHook('onRequest', refuseUnacceptable);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest) => {
    checkBodyForm(request.headers);
    const bytes = await request.bodyBytes;
    if (bytes === 'tooLarge') throw new Fault('payloadTooLarge', 'bodyTooLarge');
    if (bytes === 'cutOff') throw new Fault('callerGone', 'requestCutOff');
    return parseJsonBody(bytes, queryIssues(request));
  });
  app.addHook('onSend', (request, reply, payload) => auditAnswer(request, reply, payload, deps));

  // What is wrong with the form does not stop the request here, so that the answer names everything at once.
  const options = { schema, attachValidation: true };
  app.withTypeProvider<ZodTypeProvider>().post('/eligibility', options, async (request, reply) => {
    const { caller } = request;
    if (!caller) throw new Fault('internalServerError', 'noCaller');
    const draft = draftOf(request);
    // The time that the token service took counts. The time in which the body arrived does not.
    const limit = startDeadline(reply, deps.timeoutMs - (request.authenticatedAt - request.arrivedAt));
    try {
      const assessment = await deps.assess(readInquiry(request), caller, draft, limit);
      countAssessment(assessment, deps.metrics);
      reply.header('cache-control', 'no-store');
      const language = inLanguage(request, reply);
      return present(assessment, { id: draft.id, decidedAt: new Date(deps.now()).toISOString(), language });
    } finally {
      limit.release();
    }
  });
};

/** What a request asks, and what is wrong with its form. Throws the Fault `badRequest` if the body is no object. */
const readInquiry = (request: Pick<FastifyRequest, 'body' | 'url' | 'validationError'>): Inquiry => {
  const { body, validationError } = request;
  const ofBody = validationError instanceof Fault ? validationError.issues : [];
  const issues = [...ofBody, ...queryIssues(request)];
  if (!isObject(body)) throw new Fault('badRequest', 'input', { issues });
  return inquiryOf(body, issues);
};

/** Refuses requests while the service is overloaded, before they cost time that other requests need. */
const createOverloadCheck = (app: FastifyInstance, { isFull }: EligibilityRouteDeps) => {
  const loop = createLoopWatch();
  app.addHook('onClose', async () => loop.close());
  return async (): Promise<void> => {
    if (loop.late()) throw new Fault('serviceUnavailable', 'eventLoopDelay', { retryAfter: 1 });
    if (isFull()) throw overload();
  };
};

/**
 * Finds out who calls, notes it for the audit lines, and applies the rate limit: by client, and by address for callers
 * that do not prove who they are.
 */
const createCallerCheck = ({ authenticator, auditKey, timeoutMs, rateLimitPerMinute }: EligibilityRouteDeps) => {
  const newLimit = () => (rateLimitPerMinute === undefined ? undefined : createRateLimit(rateLimitPerMinute));
  const countOfClient = newLimit();
  const countOfNetwork = newLimit();
  return async (request: FastifyRequest): Promise<void> => {
    const network = networkOf(request.ip);
    const authenticated = authenticator.authenticate(credentialsOf(request));
    try {
      request.caller = await withTimeout(timeoutMs, authenticated, tokenServiceUnavailable);
    } catch (error) {
      // Counted after the check, so that what others do at this address never stops a request whose token is good.
      if (error instanceof Fault && ofToken.has(error.code)) countOfNetwork?.(network);
      throw error;
    }
    request.authenticatedAt = performance.now();
    const client = noteClient(draftOf(request), auditKey, request.caller.client);
    // The caller may have left during the authentication.
    if (request.raw.socket.destroyed) throw new Fault('callerGone', 'callerGone');
    if (request.caller.client === anonymous) countOfNetwork?.(network);
    else countOfClient?.(client.id);
  };
};

/** The faults of a request that does not prove who calls. */
const ofToken: ReadonlySet<FaultCode> = new Set([
  'noAccessToken',
  'invalidAccessToken',
  'expiredAccessToken',
  'missingScope',
]);

const schema = {
  operationId: 'assessEligibility',
  tags: ['Eligibility'],
  summary: 'Decide whether a person’s diplomas meet the diploma condition',
  description: [
    'The service asks LED for the person’s diplomas and judges each of them by the rule set. It answers with the outcome, the reasons, and those data of the relevant diplomas that you may see.',
    'A failure of LED is a problem, never an outcome. The service stores nothing but the audit trail, so it is safe to ask again. Each question is audited, and each asks LED again.',
  ].join('\n\n'),
  security: [{ AccessToken: [] }, {}],
  inLanguages: true,
  answerHeaders: ['Decision-Receipt'],
  body: EligibilityRequest,
  response: { 200: Decision },
  problems: [
    'badRequest',
    'noAccessToken',
    'invalidAccessToken',
    'expiredAccessToken',
    'missingScope',
    'missingPermission',
    'notAcceptable',
    'payloadTooLarge',
    'unsupportedMediaType',
    'tooManyRequests',
    'internalServerError',
    'badGateway',
    'ledRegistrationMissing',
    'serviceUnavailable',
    'ledTimeout',
  ],
} satisfies FastifySchema;

import { randomUUID, randomUUIDv7 } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Fault } from './fault.ts';
import { collectApi, documentRoutes } from './http/document/document.ts';
import { type EligibilityRouteDeps, eligibilityRoutes } from './http/eligibility.ts';
import { healthRoute, operationsRoutes } from './http/operations.ts';
import { problemOf, toFault, wwwAuthenticate } from './http/problems.ts';
import { ruleSetRoutes } from './http/rule-sets.ts';
import { validatorCompiler } from './http/validation.ts';
import { type Log, traceOf } from './lib/log.ts';
import { isUuid } from './lib/uuid.ts';
import type { Catalogue } from './rules/catalogue.ts';

/** What a listener over TLS needs: PEM texts. With `ca`, callers must show a client certificate. */
export type ListenerTls = { readonly cert: string; readonly key: string; readonly ca?: string };

export type AppDeps = EligibilityRouteDeps & {
  readonly catalogue: Catalogue;
  readonly version: string;
  readonly today: () => string;
  readonly health: () => 'UP' | 'DEGRADED' | 'DOWN';
  /** Whether the process is ending: callers are then told to connect anew, elsewhere. */
  readonly stopping: () => boolean;
  readonly tls?: ListenerTls;
};

declare module 'fastify' {
  interface FastifyRequest {
    arrivedAt: number;
    fault: Fault | undefined;
  }
}

const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** What Node itself holds every connection to, over TLS or not; a body has to be whole within `requestTimeout` below. */
const connectionLimits = {
  headersTimeout: 8_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
  // Refused below, in our own form and with an audit line: Node's answer would pass every hook by.
  requireHostHeader: false,
};

/** Connections at a time; further ones are closed unheard, so that a flood of them costs no more memory than this. */
const mostConnections = 8_192;

/** A listener that answers in the Belgian form, whatever goes wrong, and logs no more than codes and routes. */
const createListener = (log: Log, level: 'info' | 'debug', tls?: ListenerTls): FastifyInstance => {
  const app = fastify({
    logger: false,
    genReqId: () => randomUUIDv7(),
    requestIdHeader: false,
    bodyLimit: 16_384,
    requestTimeout: 8_000,
    keepAliveTimeout: 72_000,
    http: connectionLimits,
    // Fastify's own 503 while closing would pass every hook by: no line, no problem.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => answerFault(log, error, request, reply as FastifyReply),
    ...(tls && {
      https: {
        ...tls,
        minVersion: 'TLSv1.2' as const,
        ...(tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
        handshakeTimeout: 8_000,
        ...connectionLimits,
      },
    }),
  }) as FastifyInstance;

  app.server.maxConnections = mostConnections;
  // An expectation that nobody knows may be ignored (RFC 9110, section 10.1.1); Node's own 417 would pass every hook by.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));

  app.decorateRequest('arrivedAt', 0);
  app.decorateRequest('fault', undefined);
  app.setValidatorCompiler(validatorCompiler as never);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler((error: FastifyError, request, reply) => answerFault(log, error, request, reply));

  const methodsOf = new Map<string, { readonly path: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const path = new RegExp(`^${url.replace(/:[^/]+/g, '[^/]+').replace('*', '.*')}$`);
    const known = methodsOf.get(url) ?? { path, methods: new Set() };
    for (const each of [method].flat()) known.methods.add(each);
    methodsOf.set(url, known);
  });

  const misdirected = (request: FastifyRequest, reply: FastifyReply): Fault | undefined => {
    if (request.raw.headers.host === undefined && request.raw.httpVersion !== '1.0') {
      return new Fault('badRequest', 'noHost', { issues: [noHost] });
    }
    if (!request.is404) return undefined;
    const path = request.url.split('?')[0] ?? '';
    const allowed = [...methodsOf.values()]
      .filter((route) => route.path.test(path))
      .flatMap(({ methods }) => [...methods]);
    if (allowed.length === 0) return new Fault('resourceNotFound', 'route');
    reply.header('allow', allowed.join(', '));
    return new Fault('methodNotAllowed', 'method');
  };
  app.addHook('onRequest', (request, reply, done) => {
    request.arrivedAt = performance.now();
    putHeaders(request, reply);
    done(misdirected(request, reply));
  });

  app.addHook('onResponse', (request, reply, done) => {
    log[level](
      {
        id: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        durationMs: Math.round(performance.now() - request.arrivedAt),
        ...(request.fault && { problem: request.fault.code, reason: request.fault.reason }),
      },
      'answered',
    );
    done();
  });
  return app;
};

/** RFC 9112, section 3.2. */
const noHost = { type: 'schemaViolation', in: 'header', name: 'Host', title: 'is required' } as const;

/** Headers of every answer: a trace id of its own, the caller's if it is a UUID, and what browsers must not do. */
const putHeaders = (request: FastifyRequest, reply: FastifyReply): void => {
  reply.headers(securityHeaders).header('belgov-trace-id', randomUUID());
  const related = request.headers['belgov-trace-id'];
  if (typeof related === 'string' && isUuid(related)) reply.header('belgov-related-trace-id', related);
};

const answerFault = (log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  const fault = toFault(error);
  request.fault = fault;
  if (fault.code === 'internalServerError') log.error({ id: request.id, ...traceOf(error) }, 'unexpected error');
  const { status, headers, body } = problemOf(fault, request.id);
  if (!reply.hasHeader('belgov-trace-id')) putHeaders(request, reply);
  const challenge = wwwAuthenticate(fault.code);
  if (challenge !== undefined) reply.header('www-authenticate', challenge);
  reply.code(status).headers(headers).serializer(JSON.stringify).send(body);
};

/**
 * What Node refuses before there is a request: it has no route and no hooks, so it is written by hand. Once a request
 * has begun on the connection, that would be taken for its answer and have no audit line: the connection is closed
 * instead. A body that does not come in time is the exception, for the caller did not send what would be answered.
 */
const answerBrokenRequest = (error: Error & { code?: string }, socket: Socket): void => {
  const pending = (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && pending?.headersSent === false && !pending.req.complete;
  if (error.code === 'ECONNRESET' || !socket.writable || (pending !== undefined && !late)) {
    socket.destroy();
    return;
  }
  const code =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 'requestTimeout'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? 'payloadTooLarge'
        : 'badRequest';
  const { status, headers, body } = problemOf(new Fault(code, 'brokenRequest'), randomUUIDv7());
  const text = JSON.stringify(body);
  const lines = Object.entries({
    ...securityHeaders,
    ...headers,
    'belgov-trace-id': randomUUID(),
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${body.title}\r\n${lines.join('')}\r\n${text}`, () => socket.destroy());
};

/** The business listener: three contexts that share nothing but the form of their answers. Not yet listening. */
export const buildApp = async (deps: AppDeps): Promise<FastifyInstance> => {
  const app = createListener(deps.log, 'info', deps.tls);
  // Decided when an answer leaves, not when its request came: what is under way at the end must not keep its connection.
  app.addHook('onSend', (_, reply, payload, done) => {
    if (deps.stopping()) reply.header('connection', 'close');
    done(null, payload);
  });
  // First, for it documents only what is registered after it.
  await collectApi(app, deps);
  // Business: authenticated and audited; its hooks, parser and limits stay inside.
  await app.register(async (business) => eligibilityRoutes(business, deps));
  // Documents: the rules and the API's description, open to anyone.
  await app.register(async (documents) => {
    await ruleSetRoutes(documents, deps);
    await documentRoutes(documents, deps);
  });
  // How the service is, for its callers.
  await app.register(async (health) => healthRoute(health, deps));
  await app.ready();
  return app;
};

/** The operations listener: probes and metrics, plain HTTP, never exposed. Not yet listening. */
export const buildOperations = async (deps: Parameters<typeof operationsRoutes>[1] & { readonly log: Log }) => {
  const app = createListener(deps.log, 'debug');
  await app.register(async (operations) => operationsRoutes(operations, deps));
  await app.ready();
  return app;
};

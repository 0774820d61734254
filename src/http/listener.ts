import { randomUUIDv7 } from 'node:crypto';
import type { Server as HttpServer, RequestListener } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { SecureContext } from 'node:tls';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Fault } from '../fault.ts';
import { errorCode } from '../lib/error-code.ts';
import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import { tlsSuites } from '../lib/tls-suites.ts';
import { answerFault } from './answer-fault.ts';
import { setCommonHeaders } from './answer-headers.ts';
import { answerBrokenRequest, brokenKinds } from './broken-request.ts';
import { limitConnections } from './connections.ts';
import { collectMethods } from './known-methods.ts';
import { MOST_BYTES } from './problem-types.ts';
import { headerFault, MOST_HEADERS } from './request-headers.ts';
import { createRequestTurns } from './request-turns.ts';
import { validatorCompiler } from './validation.ts';

// An import of `node:http` reads every member of it, and one of them loads the whole of Node's own `fetch`: 20 ms and 3 MB.
const { createServer: createHttpServer } = process.getBuiltinModule('node:http');
const { createServer: createHttpsServer } = process.getBuiltinModule('node:https');

/** What a listener over TLS needs, as PEM texts. With `ca`, callers must show a client certificate. */
export type ListenerTls = { readonly cert: string; readonly key: string; readonly ca?: string };

declare module 'fastify' {
  interface FastifyRequest {
    /** When the request's headers had arrived, on the monotonic clock (ms). */
    arrivedAt: number;
  }
}

export type ListenerOptions = {
  readonly log: Log;
  /** The level of the line about each answer. */
  readonly level: 'info' | 'debug';
  readonly maxConnections: number;
  readonly keepAliveTimeoutMs: number;
  /** Without it the listener speaks plain HTTP. */
  readonly tls?: ListenerTls;
  /** Counts connections that the listener closes, and requests that are no HTTP. */
  readonly metrics?: Pick<Metrics, 'connectionsOpen' | 'connectionsClosed' | 'brokenRequests'>;
};

/**
 * Creates a listener without routes. It does not listen yet. Every answer that is not a success is a problem, also if
 * Node or Fastify itself refuses the request. For each answer it logs one line at `level`: codes, the route and the
 * time, nothing that the caller sent.
 */
export const createListener = (options: ListenerOptions): FastifyInstance => {
  const { log, level } = options;
  const app = fastify({
    bodyLimit: MOST_BYTES,
    logger: false,
    genReqId: () => randomUUIDv7(),
    requestIdHeader: false,
    // Fastify's own 503 while it closes would skip every hook: no audit line, no problem.
    return503OnClosing: false,
    clientErrorHandler: () => {},
    frameworkErrors: (error, request, reply) => answerFault(log, error, request, reply as FastifyReply),
    serverFactory: (handler) => createLimitedServer(handler as RequestListener, options),
  }) as FastifyInstance;

  app.decorateRequest('arrivedAt', 0);
  app.decorateRequest('fault', undefined);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler((error: FastifyError, request, reply) => answerFault(log, error, request, reply));

  // For files of the page. A path without a route is refused below, before its hooks run.
  app.setNotFoundHandler((request, reply) => answerFault(log, new Fault('resourceNotFound', 'file'), request, reply));

  const methodsOf = collectMethods(app);
  app.addHook('onRequest', (request, reply, done) => {
    request.arrivedAt = performance.now();
    setCommonHeaders(request, reply);
    done(headerFault(request.raw) ?? routeFault(request, reply, methodsOf));
  });
  app.addHook('onSend', (request, _, payload, done) => {
    request.raw.socket.setTimeout(ANSWER_TIMEOUT_MS);
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    log[level](answerSummary(request, reply), 'answered');
    done();
  });
  return app;
};

/** A caller that reads nothing of an answer for so long loses the connection. */
const ANSWER_TIMEOUT_MS = 8_000;

/** Why the listener closes a connection, as the metric names it. */
const closingReasons = [
  'gaveWay',
  'flood',
  'stalled',
  'refused',
  'handshakeTimeout',
  'handshakeFailed',
  'pipelined',
  'answerUnread',
] as const;
type ClosingReason = (typeof closingReasons)[number];

/** The limits that Node itself sets on every connection, with and without TLS. */
const nodeLimits = {
  headersTimeout: 8_000,
  /** A body must be complete within this time. */
  requestTimeout: 8_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: MOST_BYTES,
  // `headerFault` refuses such requests, with a problem and an audit line. Node's own answer would skip every hook.
  requireHostHeader: false,
};

/** Creates the server of a listener: it limits connections, and the requests of each connection. */
const createLimitedServer = (
  handler: RequestListener,
  { maxConnections, keepAliveTimeoutMs, tls, metrics }: ListenerOptions,
): HttpServer => {
  const countClosed = (reason: ClosingReason): void => metrics?.connectionsClosed.inc({ reason });
  const { listener, held } = createRequestTurns(handler, () => countClosed('pipelined'));
  const limits = { ...nodeLimits, keepAliveTimeout: keepAliveTimeoutMs };
  const server = tls ? createTlsServer(tls, limits, listener) : createHttpServer(limits, listener);
  server.maxHeadersCount = MOST_HEADERS;
  limitConnections(server, {
    most: maxConnections,
    tls: tls !== undefined,
    held,
    onClosed: countClosed,
    onCount: (open) => metrics?.connectionsOpen.set(open),
  });
  // A counter that begins with its first event would hide that event from `increase`.
  for (const reason of closingReasons) metrics?.connectionsClosed.inc({ reason }, 0);
  for (const kind of brokenKinds) metrics?.brokenRequests.inc({ kind }, 0);

  server.on('timeout', (socket) => {
    if (held(socket) === 'whole') countClosed('answerUnread');
    socket.destroy();
  });
  server.on('clientError', (error, socket) => {
    metrics?.brokenRequests.inc({ kind: answerBrokenRequest(error, socket as Socket) });
  });
  // Node's own listener passes the error to `clientError`, where an answer would wait for the end of the handshake.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (error, socket) => {
    countClosed(errorCode(error) === 'ERR_TLS_HANDSHAKE_TIMEOUT' ? 'handshakeTimeout' : 'handshakeFailed');
    socket.destroy();
  });
  // An unknown expectation may be ignored (RFC 9110, section 10.1.1). Node's own 417 would skip every hook.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  return server;
};

const createTlsServer = (tls: ListenerTls, limits: typeof nodeLimits, listener: RequestListener): HttpsServer => {
  const callers = tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  const server = createHttpsServer({ ...limits, ...callers, handshakeTimeout: 8_000 }, listener);
  useCertificate(server, tls);
  return server;
};

/**
 * Gives a listener over TLS its certificate and the authorities of its callers, at the start and whenever the files
 * change. Connections that are open keep theirs.
 */
export const useCertificate = (server: HttpsServer, tls: ListenerTls): void => {
  // Node drops every option of before that is not given again.
  server.setSecureContext({ ...tls, ...tlsSuites, honorCipherOrder: true });
  // Node's servers do not pass `allowPartialTrustChain` on, and keep their context in this member.
  const { _sharedCreds: context } = server as HttpsServer & { readonly _sharedCreds?: SecureContext };
  if (tls.ca !== undefined) context?.context.setAllowPartialTrustChain();
};

/** The fault of a request for which there is no route. Sets the header `Allow` if the path knows other methods. */
const routeFault = (
  request: FastifyRequest,
  reply: FastifyReply,
  methodsOf: (path: string) => readonly string[],
): Fault | undefined => {
  if (!request.is404) return undefined;
  const allowed = methodsOf(request.url.split('?')[0] ?? '');
  if (allowed.length === 0) return new Fault('resourceNotFound', 'route');
  reply.header('allow', allowed.join(', '));
  return new Fault('methodNotAllowed', 'method');
};

const answerSummary = (request: FastifyRequest, reply: FastifyReply) => ({
  id: request.id,
  method: request.method,
  route: request.routeOptions.url ?? 'unknown',
  status: reply.statusCode,
  durationMs: Math.round(performance.now() - request.arrivedAt),
  ...(request.fault && { problem: request.fault.code, reason: request.fault.reason }),
});

import { randomUUIDv7 } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Fault } from '../fault.ts';
import type { Log } from '../lib/log.ts';
import { answerFault } from './answer-fault.ts';
import { setCommonHeaders } from './answer-headers.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { collectMethods } from './known-methods.ts';
import { validatorCompiler } from './validation.ts';

/** What a listener over TLS needs, as PEM texts. With `ca`, callers must show a client certificate. */
export type ListenerTls = { readonly cert: string; readonly key: string; readonly ca?: string };

declare module 'fastify' {
  interface FastifyRequest {
    /** When the request's headers had arrived, on the monotonic clock (ms). */
    arrivedAt: number;
  }
}

/**
 * Creates a listener without routes. It does not listen yet. Every answer that is not a success is a problem, also if
 * Node or Fastify itself refuses the request. For each answer it logs one line at `level`: codes, the route and the
 * time, nothing that the caller sent.
 */
export const createListener = (log: Log, level: 'info' | 'debug', tls?: ListenerTls): FastifyInstance => {
  const app = fastify({
    ...limits,
    logger: false,
    genReqId: () => randomUUIDv7(),
    requestIdHeader: false,
    // Fastify's own 503 while it closes would skip every hook: no audit line, no problem.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => answerFault(log, error, request, reply as FastifyReply),
    http: nodeLimits,
    ...(tls && { https: { ...tlsOptions(tls), ...nodeLimits } }),
  }) as FastifyInstance;

  app.server.maxConnections = MOST_CONNECTIONS;
  // An unknown expectation may be ignored (RFC 9110, section 10.1.1). Node's own 417 would skip every hook.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));

  app.decorateRequest('arrivedAt', 0);
  app.decorateRequest('fault', undefined);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler((error: FastifyError, request, reply) => answerFault(log, error, request, reply));

  const methodsOf = collectMethods(app);
  app.addHook('onRequest', (request, reply, done) => {
    request.arrivedAt = performance.now();
    setCommonHeaders(request, reply);
    done(hostFault(request) ?? routeFault(request, reply, methodsOf));
  });
  app.addHook('onResponse', (request, reply, done) => {
    log[level](answerSummary(request, reply), 'answered');
    done();
  });
  return app;
};

/** A body must be complete within `requestTimeout` (ms). */
const limits = { bodyLimit: 16_384, requestTimeout: 8_000, keepAliveTimeout: 72_000 };

/** The limits that Node itself sets on every connection, with and without TLS. */
const nodeLimits = {
  headersTimeout: 8_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
  // `hostFault` refuses such requests, with a problem and an audit line. Node's own answer would skip every hook.
  requireHostHeader: false,
};

/** More connections are closed without reading from them, so that a flood of connections costs little memory. */
const MOST_CONNECTIONS = 8_192;

const tlsOptions = (tls: ListenerTls) => ({
  ...tls,
  minVersion: 'TLSv1.2' as const,
  ...(tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
  handshakeTimeout: 8_000,
});

/** The fault of a request without the header Host (RFC 9112, section 3.2). */
const hostFault = ({ raw }: FastifyRequest): Fault | undefined =>
  raw.headers.host === undefined && raw.httpVersion !== '1.0'
    ? new Fault('badRequest', 'noHost', {
        issues: [{ type: 'schemaViolation', in: 'header', name: 'Host', detail: 'is required' }],
      })
    : undefined;

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

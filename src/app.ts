import type { FastifyInstance } from 'fastify';
import { collectApi } from './http/document/document.ts';
import { type DocumentDeps, documentRoutes } from './http/document/page.ts';
import { type EligibilityRouteDeps, eligibilityRoutes } from './http/eligibility.ts';
import { type HealthDeps, healthRoute } from './http/health.ts';
import { createListener, type ListenerTls } from './http/listener.ts';
import { type OperationsDeps, operationsRoutes } from './http/operations.ts';
import { type ReceiptKeysDeps, receiptKeysRoute } from './http/receipt-keys.ts';
import { type RuleSetDeps, ruleSetRoutes } from './http/rule-sets.ts';
import type { Log } from './lib/log.ts';
import type { Metrics } from './lib/metrics.ts';

type AppDeps = EligibilityRouteDeps &
  RuleSetDeps &
  DocumentDeps &
  HealthDeps &
  ReceiptKeysDeps & {
    readonly log: Log;
    readonly metrics: Metrics;
    readonly version: string;
    readonly maxConnections: number;
    readonly keepAliveTimeoutMs: number;
    /** Whether the process is ending. Then each answer closes its connection, so that callers connect elsewhere. */
    readonly stopping: () => boolean;
    /** The path prefix of the business listener, such as `/REST/ledEligibility/v1`; empty if there is none. */
    readonly basePath: string;
    /** Without it the listener speaks plain HTTP. */
    readonly tls?: ListenerTls;
  };

/** Builds the business listener: contexts that share nothing but the form of their answers. It does not listen yet. */
export const buildApp = async (deps: AppDeps): Promise<FastifyInstance> => {
  const app = createListener({ ...deps, level: 'info' });
  // This is checked when the answer leaves: a request that is under way when the process stops must not keep its
  // connection.
  app.addHook('onSend', (_, reply, payload, done) => {
    if (deps.stopping()) reply.header('connection', 'close');
    done(null, payload);
  });
  app.decorate('basePath', deps.basePath);
  // First, because it documents only the routes that are registered after it.
  await collectApi(app, deps);
  // Business: authenticated and audited. In a context of its own, so that its hooks, parser and limits stay inside.
  const prefix = { prefix: deps.basePath };
  await app.register(async (business) => eligibilityRoutes(business, deps), prefix);
  // Documents: the rules and the description of the API, open to everyone.
  await app.register(async (ruleSets) => ruleSetRoutes(ruleSets, deps), prefix);
  await app.register(async (documents) => {
    await receiptKeysRoute(documents, deps);
    await documentRoutes(documents, deps);
  }, prefix);
  // Health: for callers, who do not see the operations listener.
  await app.register(async (health) => healthRoute(health, deps), prefix);
  await app.ready();
  return app;
};

/** Builds the operations listener: probes and metrics over plain HTTP, never exposed. It does not listen yet. */
export const buildOperations = async (deps: OperationsDeps & { readonly log: Log }): Promise<FastifyInstance> => {
  // Logs its answers at `debug`, because the platform probes every few seconds.
  const app = createListener({ log: deps.log, level: 'debug', ...operationsLimits });
  await app.register(async (operations) => operationsRoutes(operations, deps));
  await app.ready();
  return app;
};

/** The platform asks from a few places, every few seconds. */
const operationsLimits = { maxConnections: 256, keepAliveTimeoutMs: 65_000 };

import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../lib/metrics.ts';

export type OperationsDeps = { readonly ready: () => boolean; readonly metrics: Metrics };

/** Probes and metrics for the platform. They belong on the operations listener, which is never exposed. */
export const operationsRoutes = async (app: FastifyInstance, { ready, metrics }: OperationsDeps): Promise<void> => {
  app.get('/livez', async () => ({ status: 'UP' }));
  app.get('/readyz', async (_, reply) => {
    const isReady = ready();
    reply.code(isReady ? 200 : 503);
    return { status: isReady ? 'UP' : 'DOWN' };
  });
  app.get('/metrics', async (_, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
};

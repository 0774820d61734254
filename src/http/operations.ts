import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Metrics } from '../lib/metrics.ts';

const Health = z
  .strictObject({
    status: z
      .enum(['UP', 'DEGRADED', 'DOWN'])
      .describe(
        [
          '- `UP`: ask.',
          '- `DEGRADED`: ask, but expect problems or waiting: of the last minute’s calls to LED many failed or were slow.',
          '- `DOWN`: every question is answered with 503, for nothing can be decided that cannot be audited.',
        ].join('\n'),
      ),
  })
  .meta({ id: 'Health', description: 'How the service is, judged from real calls; LED is never called to find out' });

/** How the service is, for its callers; on the business listener. */
export const healthRoute = async (
  app: FastifyInstance,
  { health }: { readonly health: () => 'UP' | 'DEGRADED' | 'DOWN' },
): Promise<void> => {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/health',
    {
      schema: {
        operationId: 'getHealth',
        tags: ['health'],
        summary: 'Say how the service is',
        description:
          'For your own monitoring. A decision is always worth a try: health is about the last minute, not about your question.',
        security: [],
        response: { 200: Health, 503: Health },
      },
    },
    async (_, reply) => {
      const status = health();
      reply.code(status === 'DOWN' ? 503 : 200).header('cache-control', 'no-store');
      return { status };
    },
  );
};

/** Probes and metrics, for the platform; on the operations listener, which is never exposed. */
export const operationsRoutes = async (
  app: FastifyInstance,
  { ready, metrics }: { readonly ready: () => boolean; readonly metrics: Metrics },
): Promise<void> => {
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

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';

const Health = z
  .strictObject({
    status: z
      .enum(['UP', 'DEGRADED', 'DOWN'])
      .describe(
        [
          '- `UP`: ask.',
          '- `DEGRADED`: ask, but expect problems or delays: many of the last minute’s calls to LED failed or were slow.',
          '- `DOWN`: every question is answered with 503, because the service decides nothing that it cannot audit.',
        ].join('\n'),
      ),
  })
  .meta({
    id: 'Health',
    description: 'The state of the service, judged from real calls. LED is never called to find out',
  });

export type HealthDeps = { readonly health: () => z.infer<typeof Health>['status'] };

const schema = {
  operationId: 'getHealth',
  tags: ['Health'],
  summary: 'Show the state of the service',
  description:
    'For your own monitoring. It is always worth asking for a decision: health is about the last minute, not about your question.',
  security: [],
  response: { 200: Health, 503: Health },
};

/** The state of the service, for its callers. */
export const healthRoute = async (app: FastifyInstance, { health }: HealthDeps): Promise<void> => {
  app.withTypeProvider<ZodTypeProvider>().get('/health', { schema }, async (_, reply) => {
    const status = health();
    reply.code(status === 'DOWN' ? 503 : 200).header('cache-control', 'no-store');
    return { status };
  });
};

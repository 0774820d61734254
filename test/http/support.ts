import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { createListener } from '../../src/http/listener.ts';
import { createLog } from '../../src/lib/log.ts';

/** Starts a listener with these routes on a free port, for one test. */
export const startListener = async (
  register: (app: FastifyInstance) => void | Promise<void>,
  level: 'info' | 'debug' = 'info',
) => {
  const stream = new PassThrough();
  const log = createLog('debug', stream);
  const app = createListener({ log, level, maxConnections: 100, keepAliveTimeoutMs: 5_000 });
  await register(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    /** Closes the listener and returns the lines of its log, parsed. */
    closeAndReadLog: async (): Promise<Record<string, unknown>[]> => {
      await app.close();
      log.flush();
      const text = String(stream.read() ?? '');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    },
  };
};

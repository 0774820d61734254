import { PassThrough } from 'node:stream';
import { buildApp } from '../app.ts';
import { openapiYaml } from '../http/document/document.ts';
import { build } from '../lib/build.ts';
import { createLog } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics.ts';

const never = async (): Promise<never> => {
  throw new Error('this app only describes its routes');
};

/**
 * Returns the OpenAPI document as YAML, from the routes of an app that never listens. `openapi/openapi.yaml` is a copy.
 */
export const renderOpenapi = async (): Promise<string> => {
  const app = await buildApp({
    assess: never,
    authenticator: { authenticate: never, close: async () => {} },
    audit: { write: never, close: never, state: () => 'broken' },
    basePath: '',
    auditKey: { id: '', key: Buffer.alloc(0) },
    catalogue: { all: [], find: () => ({ ok: false, reason: 'unknown' }), candidates: () => [] },
    health: () => 'DOWN',
    log: createLog('silent', new PassThrough()),
    metrics: createMetrics(),
    isFull: () => false,
    now: () => 0,
    stopping: () => false,
    timeoutMs: 0,
    today: () => '',
    version: build.version,
    maxConnections: 1,
    keepAliveTimeoutMs: 1,
  });
  const text = openapiYaml(app);
  await app.close();
  return text;
};

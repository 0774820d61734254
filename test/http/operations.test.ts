import { expect, test } from 'vitest';
import { operationsRoutes } from '../../src/http/operations.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { startListener } from './support.ts';

test('a service that is not ready is alive: the platform sends it no requests, and does not restart it', async () => {
  let ready = true;
  const { url } = await startListener((app) => operationsRoutes(app, { ready: () => ready, metrics: createMetrics() }));
  const statuses = async () => [(await fetch(`${url}/livez`)).status, (await fetch(`${url}/readyz`)).status];
  expect(await statuses()).toEqual([200, 200]);
  ready = false;
  expect(await statuses()).toEqual([200, 503]);
});

test('the metrics are those of this service, in the text format of Prometheus', async () => {
  const metrics = createMetrics();
  metrics.ledRetries.inc(3);
  const { url } = await startListener((app) => operationsRoutes(app, { ready: () => true, metrics }));
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=/);
  expect(await response.text()).toMatch(/^led_retries_total 3$/m);
});

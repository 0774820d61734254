import { expect, test } from 'vitest';
import { healthRoute } from '../../src/http/health.ts';
import { startListener } from './support.ts';

test.each([
  ['UP', 200],
  ['DEGRADED', 200],
  ['DOWN', 503],
] as const)('%s is answered with %i, and not cached', async (status, expected) => {
  const { url } = await startListener((app) => healthRoute(app, { health: () => status }));
  const response = await fetch(`${url}/health`);
  expect(response.status).toBe(expected);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({ status });
});

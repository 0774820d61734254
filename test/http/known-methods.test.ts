import fastify from 'fastify';
import { expect, test } from 'vitest';
import { collectMethods } from '../../src/http/known-methods.ts';

const app = fastify({ exposeHeadRoutes: true });
const methodsOf = collectMethods(app);
const answer = async () => ({});
app.get('/', answer);
app.post('/things', answer);
app.get('/things/:id', answer);
app.delete('/things/:id', answer);
app.get('/things/mine', answer);
app.put('/things/:id/parts/:part', answer);
app.get('/files/*', answer);
app.route({ method: ['PUT', 'PATCH'], url: '/both', handler: answer });
await app.register(async (inner) => void inner.post('/inner', answer), { prefix: '/in' });
await app.ready();

test.each([
  ['/', ['GET', 'HEAD']],
  ['/things', ['POST']],
  ['/things/1', ['GET', 'HEAD', 'DELETE']],
  ['/things/1/parts/2', ['PUT']],
  ['/files/a/b', ['GET', 'HEAD']],
  ['/both', ['PUT', 'PATCH']],
  ['/in/inner', ['POST']],
])('%s: %j', (path, methods) => {
  expect(methodsOf(path)).toEqual(methods);
});

test('a path that fits several routes has the methods of all of them', () => {
  expect(new Set(methodsOf('/things/mine'))).toEqual(new Set(['GET', 'HEAD', 'DELETE']));
});

test.each(['/thing', '/things/', '/things/1/parts', '/things/1/parts/2/more', '/x/things', '/inner', '', '*'])(
  '%j: none',
  (path) => {
    expect(methodsOf(path)).toEqual([]);
  },
);

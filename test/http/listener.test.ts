import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { json } from '../support/service.ts';
import { startListener } from './support.ts';

// What the listener does with bytes that are hardly a request, and with limits, is tested in test/wire.

describe('an error that no code expects', () => {
  test('is a 500 problem that says nothing of the error', async () => {
    const { url } = await startListener((app) => {
      app.get('/fails', async () => {
        throw new TypeError('secret');
      });
    });
    const response = await fetch(`${url}/fails`);
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.text()).not.toContain('secret');
  });

  test('is logged by its class and its place in the code, without its message', async () => {
    const { url, closeAndReadLog } = await startListener((app) => {
      app.get('/fails', async () => {
        throw new TypeError('secret');
      });
    });
    const { instance } = await json(await fetch(`${url}/fails`));
    const lines = await closeAndReadLog();
    const id = instance.slice('urn:uuid:'.length);
    expect(lines.find(({ message }) => message === 'unexpected error')).toMatchObject({
      level: 50,
      id,
      error: 'TypeError',
      at: expect.arrayContaining([expect.stringContaining('listener.test.ts')]),
    });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});

describe('the log line of an answer', () => {
  test('names the route as it was registered, not the path that was sent', async () => {
    const { url, closeAndReadLog } = await startListener((app) => {
      app.get('/things/:id', async () => ({}));
    });
    await fetch(`${url}/things/secret?also=secret`);
    const lines = await closeAndReadLog();
    expect(lines).toEqual([
      {
        level: 30,
        time: expect.any(String),
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        method: 'GET',
        route: '/things/:id',
        status: 200,
        durationMs: expect.any(Number),
        message: 'answered',
      },
    ]);
  });

  test('names the problem and the reason of a fault', async () => {
    const { url, closeAndReadLog } = await startListener((app) => {
      app.get('/busy', async () => {
        throw new Fault('serviceUnavailable', 'overload', { retryAfter: 1 });
      });
    });
    await fetch(`${url}/busy`);
    await fetch(`${url}/secret`);
    const lines = await closeAndReadLog();
    expect(lines).toMatchObject([
      { route: '/busy', status: 503, problem: 'serviceUnavailable', reason: 'overload' },
      { route: 'unknown', status: 404, problem: 'resourceNotFound', reason: 'route' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('has the level that the listener was given', async () => {
    const { url, closeAndReadLog } = await startListener((app) => {
      app.get('/probe', async () => ({}));
    }, 'debug');
    await fetch(`${url}/probe`);
    expect(await closeAndReadLog()).toMatchObject([{ level: 20, message: 'answered' }]);
  });
});

test('a 405 lists the methods of every route that fits the path', async () => {
  const { url } = await startListener((app) => {
    app.get('/things/:id', async () => ({}));
    app.post('/things/:id', async () => ({}));
    app.delete('/things/:id/parts', async () => ({}));
    app.put('/files/*', async () => ({}));
  });
  const allowed = async (path: string): Promise<string | null> => {
    const response = await fetch(`${url}${path}`, { method: 'PATCH' });
    return response.status === 405 ? response.headers.get('allow') : String(response.status);
  };
  expect(await allowed('/things/1')).toBe('GET, HEAD, POST');
  expect(await allowed('/things/1/parts')).toBe('DELETE');
  expect(await allowed('/files/a/b')).toBe('PUT');
  expect(await allowed('/things')).toBe('404');
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { personWith } from '../support/persons.ts';
import { root } from '../support/tools.ts';
import { buildImages, type Container, engine } from './engine.ts';
import { createContainerWorld, metric, ready, tlsFiles, type World } from './world.ts';

const body = JSON.stringify({ insz: personWith('eligible'), caseHandler: { id: 'handler-1' } });

/** Asks over a new TLS connection. Resolves with the status, or with the error, and the time it took. */
const ask = (service: Container, ca: string): Promise<{ status: number | string; ms: number }> =>
  new Promise((resolve) => {
    const began = performance.now();
    const end = (status: number | string): void => resolve({ status, ms: performance.now() - began });
    const { hostname, port } = new URL(service.url(8080));
    const call = request({
      ...{ hostname, port, ca, agent: false, method: 'POST', path: '/eligibility', timeout: 5_000 },
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    });
    call.once('timeout', () => call.destroy());
    call.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    call.once('response', (response) => {
      response.resume();
      response.once('end', () => end(response.statusCode ?? 0));
    });
    call.end(body);
  });

const timed = async (what: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await what();
  return performance.now() - began;
};

const most = (values: readonly number[]): number => Math.round(Math.max(...values));
const median = (values: readonly number[]): number =>
  Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);

describe.skipIf(!engine)('thousands of connections (skipped without a container engine)', { timeout: 120_000 }, () => {
  let world: World;

  beforeAll(buildImages, 600_000);
  beforeAll(async () => {
    world = await createContainerWorld();
    const pair = await world.authority.issue({ commonName: 'service', names: ['127.0.0.1'], use: 'server' });
    await world.writeSecret('server', tlsFiles(pair));
    await world.startSimulator();
  }, 60_000);
  afterAll(() => world?.close());

  test.each([
    ['silent', 8_000],
    ['halfHandshake', 8_000],
    ['keepAlive', 8_000],
    ['halfBody', 8_000],
    ['pipelined', 10],
  ])('of kind %s, %i of them, in 256 MB: it lives, and a good caller is served', async (kind, count) => {
    const service = await world.startService({
      TLS_CERT_FILE: '/certificates/server/tls.crt',
      TLS_KEY_FILE: '/certificates/server/tls.key',
    });
    const { cert } = world.authority;
    expect((await ask(service, cert)).status).toBe(200);
    const startedAt = await metric(service, 'process_start_time_seconds');
    const { port } = new URL(service.url(8080));
    const flood = spawn(process.execPath, [join(root, 'test/container/flood.ts'), kind, port, String(count), cert], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const flooded = once(flood.stdout, 'data');
      let isFlooded = false;
      flooded.then(() => {
        isFlooded = true;
      });
      const asked: { status: number | string; ms: number }[] = [];
      const livez: number[] = [];
      let usage = 0;
      let resident = 0;
      const look = async (): Promise<void> => {
        livez.push(await timed(() => fetch(`${service.url(8081)}/livez`).then((answer) => answer.text())));
        asked.push(await ask(service, cert));
        usage = Math.max(usage, (await service.memory()).usage);
        resident = Math.max(resident, (await metric(service, 'process_resident_memory_bytes')) ?? 0);
      };
      while (!isFlooded) await look();
      for (let times = 0; times < 5; times += 1) await look();
      const good = asked.flatMap(({ status, ms }) => (status === 200 ? [ms] : []));
      const mb = (bytes: number): string => (bytes / 1_048_576).toFixed(0);
      console.log(
        `${count} ${kind}: at most ${mb(usage)} MiB by the engine's count, ${mb(resident)} MiB resident; /livez in ` +
          `${median(livez)} ms, at most ${most(livez)}; ${good.length} of ${asked.length} good callers served, in ` +
          `${median(good)} ms, at most ${most(good)}`,
      );
      expect((await service.memory()).limit).toBe(256 * 1_048_576);
      expect(await metric(service, 'process_start_time_seconds')).toBe(startedAt);
      expect(await ready(service)).toBe(200);
      // The medians, because other work on this machine can delay one answer.
      expect(median(livez)).toBeLessThan(200);
      expect(median(good)).toBeLessThan(1_000);
      expect(good.length).toBeGreaterThan(asked.length / 2);
    } finally {
      flood.kill('SIGKILL');
      await service.remove();
    }
  });
});

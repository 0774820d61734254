import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, json, until } from '../support/service.ts';
import { engine, root } from './engine.ts';

/** Docker's own, or Podman's where that is the engine; `CONTAINER_TESTS=required` takes either for promised. */
const implementations = [['docker', 'compose'], ['podman-compose']] as const;
const works = ([program, ...args]: readonly string[]): boolean =>
  spawnSync(program ?? '', [...args, 'version'], { stdio: 'ignore' }).status === 0;
const [program, ...prefix] = implementations.find(works) ?? [];
const promised = process.env.CONTAINER_TESTS === 'required';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

describe.skipIf(!engine || !(program || promised))('docker/compose.yaml (skipped where there is no compose)', () => {
  const project = `led-eligibility-test-${process.pid}`;
  let ports: { PORT: string; OPS_PORT: string };
  const compose = (...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn(program ?? 'docker', [...prefix, '-f', 'docker/compose.yaml', '-p', project, ...args], {
        cwd: root,
        // Podman's builds keep health checks, and share what testcontainers has built, in Docker's format only.
        env: { ...process.env, ...ports, BUILDAH_FORMAT: 'docker' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
      child.once('error', reject);
      child.once('close', (code) =>
        code === 0 ? resolve(output) : reject(new Error(`${args[0]}: ${code}\n${output}`)),
      );
    });

  beforeAll(async () => {
    ports = { PORT: String(await freePort()), OPS_PORT: String(await freePort()) };
    await compose('up', '--build', '-d');
  }, 600_000);
  afterAll(async () => {
    if (ports) await compose('down', '-v');
  }, 60_000);

  test('comes up, and the service decides', async () => {
    await until(async () => {
      const ready = await fetch(`http://127.0.0.1:${ports.OPS_PORT}/readyz`).catch(() => undefined);
      return ready?.status === 200;
    });
    const response = await ask(
      { url: `http://127.0.0.1:${ports.PORT}` },
      { insz: '90610100155', caseHandler: { id: 'demo' } },
    );
    expect({ status: response.status, ...(await json(response)) }).toMatchObject({ status: 200, outcome: 'eligible' });
  });
});

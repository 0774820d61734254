import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, json, until } from '../support/service.ts';
import { freePort, root, yaml } from '../support/tools.ts';
import { engine } from './engine.ts';

/** Docker's compose, or else Podman's. With `CONTAINER_TESTS=required` one of them must be there. */
const implementations = [['docker', 'compose'], ['podman-compose']] as const;
const works = ([program, ...args]: readonly string[]): boolean =>
  spawnSync(program ?? '', [...args, 'version'], { stdio: 'ignore' }).status === 0;
const [program, ...prefix] = implementations.find(works) ?? [];
const required = process.env.CONTAINER_TESTS === 'required';

test('without a profile, compose uses only images that it builds', () => {
  const services = Object.entries<Record<string, unknown>>(yaml('docker/compose.yaml').services);
  const byDefault = services.filter(([, { profiles }]) => profiles === undefined);
  expect(byDefault.map(([name]) => name).sort()).toEqual(['certificates', 'service', 'simulator']);
  for (const [name, service] of byDefault) expect(service, name).toHaveProperty('build');
});

describe.skipIf(!engine || !(program || required))('docker/compose.yaml (skipped without compose)', () => {
  const project = `led-eligibility-test-${process.pid}`;
  let ports: { PORT: string; OPS_PORT: string };
  const compose = (...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn(program ?? 'docker', [...prefix, '-f', 'docker/compose.yaml', '-p', project, ...args], {
        cwd: root,
        // Only in Docker's format does Podman keep health checks and reuse the layers that testcontainers has built.
        env: { ...process.env, ...ports, BUILDAH_FORMAT: 'docker' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      let said = '';
      child.stdout.on('data', (bytes) => (output += bytes));
      child.stderr.on('data', (bytes) => (said += bytes));
      child.once('error', reject);
      child.once('close', (code) =>
        code === 0 ? resolve(output) : reject(new Error(`${args.join(' ')}: ${code}\n${output}${said}`)),
      );
    });

  beforeAll(async () => {
    ports = { PORT: String(await freePort()), OPS_PORT: String(await freePort()) };
    await compose('up', '--build', '-d');
  }, 600_000);
  afterAll(async () => {
    if (ports) await compose('down', '-v');
  }, 60_000);

  test.each([
    { profiles: [], services: ['certificates', 'service', 'simulator'] },
    { profiles: ['observability'], services: ['certificates', 'grafana', 'prometheus', 'service', 'simulator'] },
    {
      profiles: ['mock'],
      services: ['certificates', 'magda-mock', 'magda-mock-proxy', 'service', 'service-with-mock', 'simulator'],
    },
  ])('reads the file, with the profiles $profiles', async ({ profiles, services }) => {
    const output = await compose(...profiles.flatMap((name) => ['--profile', name]), 'config', '--services');
    expect(output.trim().split(/\s+/).sort()).toEqual(services);
  });

  test('starts, and the service decides', async () => {
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

import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeReceipt } from '../../src/audit/receipt.ts';
import { readSigningKey } from '../../src/audit/signing-key.ts';
import { commandsIn } from '../documents/commands.ts';
import { ask, json } from '../support/service.ts';
import { freePort, root, text, yaml } from '../support/tools.ts';
import { until } from '../support/until.ts';
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

  test('the recipes of the runbook work: the streams apart, the command in the image, a rotation', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'recipes-'));
    const docker = join(folder, 'docker');
    // Podman's compose cannot name a service in `ps`.
    const other = `#!/bin/sh
case "$*" in
  compose*'ps -q service') exec podman ps -q --filter "name=${project}_service_1" ;;
  compose*) shift; exec podman-compose "$@" ;;
esac
exec podman "$@"
`;
    if (program !== 'docker') writeFileSync(docker, other, { mode: 0o755 });
    const sh = (command: string): { code: number | null; out: string } => {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
        cwd: root,
        encoding: 'utf8',
        env: {
          ...process.env,
          ...ports,
          PATH: `${folder}:${process.env.PATH}`,
          COMPOSE_PROJECT_NAME: project,
          PWD: folder,
        },
      });
      return { code: status, out: `${stdout}${stderr}` };
    };
    const recipe = (words: RegExp, page = 'RUNBOOK.md'): string => {
      const found = commandsIn(page, text(page), () => false).filter(({ text }) => words.test(text));
      expect(found.map(({ text }) => text)).toHaveLength(1);
      return found[0]?.text ?? '';
    };
    try {
      expect(sh(recipe(/^docker logs [\s\S]*audit verify -$/))).toMatchObject({
        code: 0,
        out: expect.stringContaining('1 chain'),
      });
      const log = sh(recipe(/^docker logs .*2>&1 >\/dev\/null$/));
      expect(log.code).toBe(0);
      expect(log.out).toContain('"message":"listening"');
      expect(log.out).not.toContain('"kind":"start"');

      const lines = sh('docker logs "$(docker compose -f docker/compose.yaml ps -q service)" 2>/dev/null').out;
      mkdirSync(join(folder, 'archive'));
      for (const name of ['lines.log', 'archive/day.log']) writeFileSync(join(folder, name), lines);
      const within = (command: string) => sh(`cd ${folder} && ${command}`);
      expect(within(recipe(/^docker run -i --rm led-eligibility audit verify < lines.log$/))).toMatchObject({
        code: 0,
      });
      const auditor = recipe(/^docker run .*--network none/);
      const [, name = ''] = /(registry\.example\S+)/.exec(auditor) ?? [];
      expect(sh(`docker tag led-eligibility ${name}`)).toMatchObject({ code: 0 });
      expect(within(auditor)).toMatchObject({ code: 0 });
      const key = readSigningKey(
        `${generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })}`,
      );
      if (!key) throw new Error('no key');
      const body = Buffer.from('{}');
      const { jws } = makeReceipt(key, body, {
        decisionId: '0190f3a2-0000-7000-8000-000000000000',
        ruleSet: { id: 'begeleider-ama', version: '1.1.0', digest: 'sha256:00' },
        subject: { key: 'k1', hmac: '' },
        issuedAt: 0,
        salt: Buffer.alloc(16),
      });
      // Only their owner can read them, as curl.sh leaves them.
      const kept = { 'body.json': body, 'receipt.txt': jws, 'keys.json': JSON.stringify({ keys: [key.jwk] }) };
      for (const [file, content] of Object.entries(kept)) writeFileSync(join(folder, file), content, { mode: 0o600 });
      expect(within(recipe(/^docker run [\s\S]*audit receipt/, 'openapi/README.md'))).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^sound$/m),
      });
      expect(sh(`docker rmi ${name}`)).toMatchObject({ code: 0 });

      expect(sh(recipe(/^docker compose .*--renew/))).toMatchObject({
        code: 0,
        out: expect.stringContaining('written: '),
      });
      await until(async () => {
        const metrics = await (await fetch(`http://127.0.0.1:${ports.OPS_PORT}/metrics`)).text();
        return metrics.includes('certificate_reloads_total{use="led",result="ok"} 1');
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 180_000);
});

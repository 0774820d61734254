import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { personWith } from '../support/persons.ts';
import { ask, json, runCommand, wholeLines } from '../support/service.ts';
import { root } from '../support/tools.ts';
import { base, buildImages, type Container, commit, engine, images, inspectImage, runContainer } from './engine.ts';
import { createContainerWorld, type World } from './world.ts';

const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const node = '/nodejs/bin/node';

describe.skipIf(!engine)('the image (skipped without a container engine)', { timeout: 60_000 }, () => {
  let world: World;
  let simulator: Container;
  let service: Container;

  beforeAll(buildImages, 600_000);
  beforeAll(async () => {
    world = await createContainerWorld();
    simulator = await world.startSimulator();
    service = await world.startService();
  });
  afterAll(() => world?.close());

  test.each(['eligible', 'manualReview', 'notDemonstrated'] as const)(
    'decides %s, and asks LED in another container over mutual TLS',
    async (outcome) => {
      const response = await ask(
        { url: service.url(8080) },
        { insz: personWith(outcome), caseHandler: { id: 'handler-1' } },
      );
      const decision = await json(response);
      expect({ status: response.status, outcome: decision.outcome }).toEqual({ status: 200, outcome });

      const { stdout } = await service.streams();
      const lines = wholeLines(stdout).filter((line) => line.id === decision.decisionId);
      expect(lines.map(({ kind }) => kind)).toEqual(['intent', 'access']);
      expect(lines[1]).toMatchObject({ result: 'decided', outcome, svc: { name: 'led-eligibility', version, commit } });
    },
  );

  test('LED answers no caller without a client certificate', async () => {
    const { code, stdout, stderr } = await runContainer({
      image: images.simulator,
      command: [
        '-e',
        `https.get('https://simulator:8443/', { ca: fs.readFileSync('/certificates/led-ca/ca.crt') }, () => console.log('answered'))
           .on('error', ({ code }) => console.log(code))`,
      ],
      network: world.network,
      volumes: [world.volume],
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim()).toMatch(/^(ERR_SSL_|ECONNRESET|EPROTO)/);
  });

  test('listens soon after its start', async () => {
    const line = wholeLines((await service.streams()).stderr).find(({ message }) => message === 'listening');
    const ms = new Date(line?.time).getTime() - service.startedAt.getTime();
    console.log(`the service listens ${ms} ms after the start of the container`);
    // It takes less than a second on an idle machine, but this machine may be busy.
    expect(ms).toBeLessThan(10_000);
  });

  test('has its probes and its metrics on the operations port only', async () => {
    for (const path of ['/livez', '/readyz']) {
      const response = await fetch(`${service.url(8081)}${path}`);
      expect({ path, status: response.status, body: await json(response) }).toEqual({
        path,
        status: 200,
        body: { status: 'UP' },
      });
    }
    const metrics = await (await fetch(`${service.url(8081)}/metrics`)).text();
    expect(metrics).toContain(`build_info{version="${version}",commit="${commit}"} 1`);
    expect(metrics).toMatch(/^process_resident_memory_bytes \d/m);
    for (const path of ['/livez', '/readyz', '/metrics']) {
      expect((await fetch(`${service.url(8080)}${path}`)).status).toBe(404);
    }
  });

  test('serves the page of the API', async () => {
    const page = await fetch(`${service.url(8080)}/doc/`);
    expect({ status: page.status, type: page.headers.get('content-type') }).toMatchObject({
      status: 200,
      type: expect.stringContaining('text/html'),
    });
    const assets = [...(await page.text()).matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(
      ([, path]) => path ?? '',
    );
    expect(assets.length).toBeGreaterThan(2);
    for (const path of assets) {
      const asset = await fetch(new URL(path, page.url));
      expect({ path, status: asset.status }).toEqual({ path, status: 200 });
      expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  test('has a health check that succeeds while the process is well and fails without it', async () => {
    for (const [container, port] of [
      [service, 'OPS_PORT'],
      [simulator, 'SIMULATOR_HEALTH_PORT'],
    ] as const) {
      const [form, ...command] = container.healthCheck;
      expect(form).toBe('CMD');
      expect(await container.exec(command)).toMatchObject({ code: 0 });
      expect(await container.exec(command, { [port]: '1' })).toMatchObject({ code: 1 });
    }
  });

  test('runs as a numeric user, without capabilities or new privileges, with a read-only root, in 256 MB', async () => {
    const { Config } = await inspectImage(images.service);
    expect(Config.User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const look = `
      const status = fs.readFileSync('/proc/1/status', 'utf8');
      const field = (name) => status.match(new RegExp('^' + name + ':\\\\s+(\\\\S+)', 'm'))[1];
      const written = ['/x', '/app/x', '/home/nonroot/x'].filter((file) => { try { fs.writeFileSync(file, ''); return true } catch { return false } });
      console.log(JSON.stringify({ uid: field('Uid'), capabilities: field('CapEff') + field('CapBnd'),
        noNewPrivileges: field('NoNewPrivs'), memory: process.constrainedMemory(), written }))`;
    const { output } = await service.exec([node, '-e', look]);
    expect(JSON.parse(output)).toEqual({
      uid: '65532',
      capabilities: '0'.repeat(32),
      noNewPrivileges: '1',
      memory: 256 * 1024 * 1024,
      written: [],
    });
  });

  test('holds production dependencies and compiled code only: no tools, and no file that its user can write', async () => {
    const look = `
      const all = fs.readdirSync('/app', { recursive: true });
      const writable = all.filter((file) => { try { fs.accessSync('/app/' + file, fs.constants.W_OK); return true } catch { return false } });
      const tools = ['sh', 'bash', 'dash', 'ash', 'busybox', 'npm', 'npx', 'apt', 'apt-get', 'dpkg', 'curl', 'wget'];
      const folders = ['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin', '/busybox', '/nodejs/bin'];
      console.log(JSON.stringify({
        top: fs.readdirSync('/app').sort(),
        tools: folders.flatMap((folder) => tools.map((tool) => folder + '/' + tool)).filter(fs.existsSync),
        sources: all.filter((file) => /\\.(m|c)?ts$|\\.map$/.test(file) && file.startsWith('dist')),
        modules: all.filter((file) => /^node_modules\\/(@[^/]+\\/)?[^@/.][^/]*$/.test(file)).map((file) => file.slice(13)),
        writable }))`;
    const { stdout } = await runContainer({ image: images.service, entrypoint: [node], command: ['-e', look] });
    const { modules, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({
      top: ['LICENSE', 'dist', 'node_modules', 'package.json', 'sbom.cdx.json'],
      tools: [],
      sources: [],
      writable: [],
    });
    expect(modules).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(modules.filter((name: string) => lock.packages[`node_modules/${name}`]?.dev)).toEqual([]);
    await expect(
      runContainer({ image: images.service, entrypoint: ['sh'], command: ['-c', 'true'] }),
    ).rejects.toThrow();
  });

  test('is less than 40 MB larger than its base, and has labels and a version', async () => {
    const { Size, Config } = await inspectImage(images.service);
    const above = Size - (await inspectImage(base('RUN_BASE'))).Size;
    console.log(`the image is ${(above / 1e6).toFixed(1)} MB larger than its base`);
    expect(above).toBeLessThan(40e6);
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'led-eligibility',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': commit,
      'org.opencontainers.image.licenses': 'EUPL-1.2',
    });
    expect((await runContainer({ image: images.service, command: ['--version'] })).stdout).toBe(
      `${version} (${commit})\n`,
    );
  });

  test('runs the other commands too', async () => {
    const command = ['rules', 'explain', 'begeleider-ama', '--lang', 'en'];
    const inside = await runContainer({ image: images.service, command });
    expect(inside).toEqual(await runCommand(command));
    expect(inside.code).toBe(0);
  });

  test('without configuration: exit 78, every required variable is named', async () => {
    const { code, stdout, stderr } = await runContainer({ image: images.service });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(wholeLines(stderr).map(({ message }) => message)).toEqual([
      'AUTH_MODE: must be one of jwt, introspection, none',
      'LED_URL: is required',
      'LED_SENDER_ID: is required',
      'AUDIT_KEY_FILE: is required',
    ]);
  });

  test('with bad configuration: exit 78, every error is named, no value is shown', async () => {
    const bad = {
      AUTH_MODE: 'introspection',
      AUTH_INTROSPECTION_URL: 'secret-value',
      LED_URL: 'http://led.secret-value.example/',
      LED_TIMEOUT_MS: '-1',
      AUDIT_KEY_FILE: '/certificates/absent-secret-value.key',
      PORT: 'secret-value',
      LOG_LEVEL: 'secret-value',
    };
    const { code, stdout, stderr } = await runContainer({
      image: images.service,
      // The key also belongs to another certificate.
      environment: { ...world.environment, ...bad, LED_CLIENT_KEY_FILE: '/certificates/simulator/tls.key' },
      volumes: [world.volume],
    });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    const named = wholeLines(stderr).map(({ message }) => message.split(':')[0]);
    expect(named.sort()).toEqual(
      [...Object.keys(bad), 'AUTH_CLIENT_ID', 'AUTH_CLIENT_KEY_FILE', 'LED_CLIENT_CERT_FILE']
        .filter((name) => name !== 'AUTH_MODE')
        .sort(),
    );
    expect(stderr).not.toContain('secret-value');
  });
});

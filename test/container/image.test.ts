import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Network, type StartedNetwork } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Person, persons } from '../../docker/simulator/persons.ts';
import { type AuditLine, ask, json, runCommand, until } from '../support/service.ts';
import {
  buildImages,
  type Container,
  commit,
  createVolume,
  engine,
  images,
  inspectImage,
  root,
  runContainer,
  startContainer,
} from './engine.ts';

const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const everyone = [...persons.values()];
const personWith = (outcome: string): Person => {
  const found = everyone.find(({ expects }) => expects.status === 200 && expects.outcome === outcome);
  if (!found) throw new Error(`no test person is ${outcome}`);
  return found;
};
const node = '/nodejs/bin/node';
const linesOf = (text: string): AuditLine[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.skipIf(!engine)('the image (skipped where there is no container engine)', { timeout: 60_000 }, () => {
  let network: StartedNetwork;
  let volume: Awaited<ReturnType<typeof createVolume>>;
  let simulator: Container;
  let service: Container;
  const environment = {
    AUTH_MODE: 'none',
    ALLOW_TEST_INSZ: 'true',
    LED_URL: 'https://simulator:8443/GeefBewijsDienst-02.00/soap/WebService',
    LED_SENDER_ID: 'container.example/led-eligibility',
    LED_CLIENT_CERT_FILE: '/certificates/led-client.crt',
    LED_CLIENT_KEY_FILE: '/certificates/led-client.key',
    LED_CA_FILE: '/certificates/ca.pem',
    AUDIT_KEY_FILE: '/certificates/audit.key',
  };
  const startService = async (more: Record<string, string> = {}): Promise<Container> => {
    const container = await startContainer({
      image: images.service,
      environment: { ...environment, ...more },
      network: network.getName(),
      volumes: [`${volume.name}:/certificates:ro`],
      ports: [8080, 8081],
    });
    await until(async () => {
      const ready = await fetch(`${container.url(8081)}/readyz`).catch(() => undefined);
      await ready?.body?.cancel();
      return ready?.status === 200;
    });
    return container;
  };

  beforeAll(buildImages, 600_000);
  beforeAll(async () => {
    network = await new Network().start();
    volume = await createVolume();
    const made = await runContainer({
      image: images.simulator,
      command: ['docker/make-certificates.ts', '/certificates', 'simulator'],
      volumes: [`${volume.name}:/certificates`],
    });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    simulator = await startContainer({
      image: images.simulator,
      environment: {
        SIMULATOR_CERT_FILE: '/certificates/led-server.crt',
        SIMULATOR_KEY_FILE: '/certificates/led-server.key',
        SIMULATOR_CA_FILE: '/certificates/ca.pem',
      },
      network: network.getName(),
      alias: 'simulator',
      volumes: [`${volume.name}:/certificates:ro`],
    });
    await until(async () => (await simulator.streams()).stdout.includes('"listening"'));
    service = await startService();
  });
  afterAll(async () => {
    await service?.remove();
    await simulator?.remove();
    await volume?.remove();
    await network?.stop();
  });

  test.each(['eligible', 'manualReview', 'notDemonstrated'])(
    'decides %s, LED asked over mutual TLS from container to container',
    async (outcome) => {
      const { insz } = personWith(outcome);
      const response = await ask({ url: service.url(8080) }, { insz, caseHandler: { id: 'handler-1' } });
      const decision = await json(response);
      expect({ status: response.status, outcome: decision.outcome }).toEqual({ status: 200, outcome });

      const { stdout } = await service.streams();
      const lines = linesOf(stdout).filter((line) => line.id === decision.decisionId);
      expect(lines.map(({ kind }) => kind)).toEqual(['intent', 'access']);
      expect(lines[1]).toMatchObject({ result: 'decided', outcome, svc: { name: 'led-eligibility', version, commit } });
    },
  );

  test('LED answers nobody without a client certificate', async () => {
    const { code, stdout, stderr } = await runContainer({
      image: images.simulator,
      command: [
        '-e',
        `https.get('https://simulator:8443/', { ca: fs.readFileSync('/certificates/ca.pem') }, () => console.log('answered'))
           .on('error', ({ code }) => console.log(code))`,
      ],
      network: network.getName(),
      volumes: [`${volume.name}:/certificates:ro`],
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim()).toMatch(/^(ERR_SSL_|ECONNRESET|EPROTO)/);
  });

  test('is live, ready and measured on the operations port, and on no other', async () => {
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

  test('its health check agrees with the process', async () => {
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

  test('runs as a numeric user without capabilities or new privileges, on a root it cannot write, in 256 MB', async () => {
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

  test('holds production dependencies and compiled code, nothing to look around with, nothing its user may change', async () => {
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
    expect(rest).toEqual({ top: ['dist', 'node_modules', 'package.json'], tools: [], sources: [], writable: [] });
    expect(modules).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(modules.filter((name: string) => lock.packages[`node_modules/${name}`]?.dev)).toEqual([]);
    await expect(
      runContainer({ image: images.service, entrypoint: ['sh'], command: ['-c', 'true'] }),
    ).rejects.toThrow();
  });

  test('is less than 40 MB larger than its base, and says what it is', async () => {
    const base = readFileSync(join(root, 'Dockerfile'), 'utf8').match(/^ARG RUN_BASE=(.*)$/m)?.[1] ?? '';
    const { Size, Config } = await inspectImage(images.service);
    const above = Size - (await inspectImage(base)).Size;
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

  test('is the command line too', async () => {
    const command = ['rules', 'explain', 'begeleider-ama', '--lang', 'en'];
    const inside = await runContainer({ image: images.service, command });
    expect(inside).toEqual(await runCommand(command));
    expect(inside.code).toBe(0);
  });

  test('without configuration: exit 78, every fault named', async () => {
    const { code, stdout, stderr } = await runContainer({ image: images.service });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    const named = linesOf(stderr).map(({ message }) => String(message).split(':')[0]);
    expect(named).toEqual(expect.arrayContaining(['AUTH_MODE', 'LED_URL', 'LED_SENDER_ID', 'AUDIT_KEY_FILE']));
  });

  test('with bad configuration: exit 78, every fault named, no value told', async () => {
    const { code, stdout, stderr } = await runContainer({
      image: images.service,
      environment: {
        ...environment,
        LED_URL: 'http://led.secret-value.example/',
        AUDIT_KEY_FILE: '/certificates/absent-secret-value.key',
        PORT: 'secret-value',
      },
    });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    for (const name of ['LED_URL', 'AUDIT_KEY_FILE', 'PORT']) expect(stderr).toContain(name);
    expect(stderr).not.toContain('secret-value');
  });

  test('SIGTERM: not ready, a last answer, then the stop line and exit 0; a whole chain, no INSZ in either stream', async () => {
    const container = await startService({ SHUTDOWN_DELAY_MS: '1500' });
    try {
      const { insz } = personWith('eligible');
      const question = { insz, caseHandler: { id: 'handler-1' } };
      expect((await ask({ url: container.url(8080) }, question)).status).toBe(200);
      await container.signal('SIGTERM');
      await until(async () => (await fetch(`${container.url(8081)}/readyz`)).status === 503);
      expect((await ask({ url: container.url(8080) }, question)).status).toBe(200);
      expect(await container.exited()).toBe(0);

      const { stdout, stderr } = await container.streams();
      const kinds = linesOf(stdout).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind !== 'heartbeat')).toEqual([
        'start',
        ...['intent', 'access'],
        ...['intent', 'access'],
        'stop',
      ]);
      expect(await runCommand(['audit', 'verify', '--complete'], { stdin: stdout })).toMatchObject({ code: 0 });
      expect(stdout + stderr).not.toContain(insz);
    } finally {
      await container.remove();
    }
  });
});

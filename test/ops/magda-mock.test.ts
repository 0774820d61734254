import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { makeCertificates } from '../../docker/make-certificates.ts';
import { persons } from '../../docker/simulator/persons.ts';
import { startSimulator } from '../../docker/simulator/server.ts';
import { ask, createWorld, json, startService, until } from '../support/service.ts';
import { has, root, yaml } from './tools.ts';

const { services } = yaml('docker/compose.mock.yaml');

test('the profile starts with the profile only, and its parts name each other', () => {
  for (const service of Object.values(services)) expect(service).toMatchObject({ profiles: ['mock'] });
  const { LED_URL } = services['service-with-mock'].environment;
  const { hostname, port, pathname } = new URL(LED_URL);
  expect(pathname).toBe('/api/Magda-02.00/soap/WebService');
  expect(services['magda-mock-certificates'].command).toContain(hostname);
  expect(services[hostname].environment.LISTEN).toBe(`*:${port}`);
  expect(Object.keys(services)).toContain(services[hostname].environment.MOCK.split(':')[0]);
});

test.skipIf(!has('haproxy', '-v'))(
  'through the proxy the service gets its answer; without a certificate nobody does (needs haproxy)',
  async () => {
    const world = await createWorld();
    const plain = await startSimulator({ requireSignature: false });
    const reserved = createServer().listen(0, '127.0.0.1');
    await once(reserved, 'listening');
    const address = reserved.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    reserved.close();
    await once(reserved, 'close');
    await makeCertificates(world.folder, ['localhost', '127.0.0.1']);
    const proxy = spawn('haproxy', ['-db', '-f', `${root}/docker/magda-mock/haproxy.cfg`], {
      env: {
        PATH: process.env.PATH ?? '',
        CERTIFICATES: world.folder,
        LISTEN: `127.0.0.1:${port}`,
        MOCK: `127.0.0.1:${plain.port}`,
      },
      stdio: 'ignore',
    });
    // Turned away in the handshake once it listens; refused before.
    await until(() =>
      fetch(`https://127.0.0.1:${port}/`).then(
        () => false,
        (error) => error.cause?.code !== 'ECONNREFUSED',
      ),
    );
    const service = await startService({
      ...world.environment,
      LED_URL: `https://localhost:${port}${new URL(plain.url).pathname}`,
      LED_CLIENT_CERT_FILE: `${world.folder}/led-client.crt`,
      LED_CLIENT_KEY_FILE: `${world.folder}/led-client.key`,
    });
    const eligible = [...persons.values()].find(
      ({ expects }) => expects.status === 200 && expects.outcome === 'eligible',
    );
    const answer = await ask(service, { insz: eligible?.insz, caseHandler: { id: 'handler-1' } });
    expect(await json(answer)).toMatchObject({ outcome: 'eligible' });
    expect(plain.requests.total).toBe(1);
    await service.stop();
    proxy.kill('SIGTERM');
    await once(proxy, 'exit');
    await plain.close();
    await world.close();
  },
);

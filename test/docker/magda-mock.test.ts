import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { makeCertificates } from '../../docker/make-certificates.ts';
import { startSimulator } from '../../docker/simulator/server.ts';
import { personWith } from '../support/persons.ts';
import { ask, createWorld, json, startService } from '../support/service.ts';
import { freePort, hasTool, root, yaml } from '../support/tools.ts';
import { until } from '../support/until.ts';

const { services } = yaml('docker/compose.yaml');

test('the profile replaces the simulator by the mock, behind the proxy', () => {
  const service = services['service-with-mock'];
  const { hostname, port, pathname } = new URL(service.environment.LED_URL);
  expect(pathname).toBe('/api/Magda-02.00/soap/WebService');
  expect(services.certificates.command).toContain(hostname);
  expect(services[hostname].environment.LISTEN).toBe(`*:${port}`);
  const mock = services[hostname].environment.MOCK.split(':')[0];
  for (const name of ['service-with-mock', hostname, mock]) expect(services[name].profiles, name).toEqual(['mock']);
  expect(Object.keys(service.depends_on)).not.toContain('simulator');
  const { LED_URL: _, ...rest } = services.service.environment;
  expect(service.environment).toMatchObject(rest);
  expect(service.ports).not.toEqual(services.service.ports);
});

test.skipIf(!hasTool('haproxy'))(
  'the proxy lets the service through, and no caller without a certificate (needs haproxy)',
  async () => {
    const world = await createWorld();
    const plain = await startSimulator({ requireSignature: false });
    const port = await freePort();
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
    // The connection is refused until the proxy listens. After that the TLS handshake fails.
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
    const answer = await ask(service, { insz: personWith('eligible'), caseHandler: { id: 'handler-1' } });
    expect(await json(answer)).toMatchObject({ outcome: 'eligible' });
    expect(plain.requests.total).toBe(1);
    await service.stop();
    proxy.kill('SIGTERM');
    await once(proxy, 'exit');
    await plain.close();
    await world.close();
  },
);

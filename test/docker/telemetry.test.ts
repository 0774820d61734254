import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { personWith } from '../support/persons.ts';
import { ask, createWorld, startService } from '../support/service.ts';
import { root, text } from '../support/tools.ts';
import { until } from '../support/until.ts';

/** A copy of the folder with its own packages, as the runbook says. */
const folder = mkdtempSync(join(tmpdir(), 'telemetry-'));
for (const file of ['package.json', 'package-lock.json', 'register.mjs']) {
  cpSync(join(root, 'docker/telemetry', file), join(folder, file));
}
const installed =
  spawnSync('npm', ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline'], {
    cwd: folder,
    stdio: 'ignore',
    timeout: 60_000,
  }).status === 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the service itself does not use OpenTelemetry', () => {
  expect(text('package.json')).not.toContain('opentelemetry');
});

test.skipIf(!installed)(
  'loaded with --import, caller and LED are in one trace, without anything that a caller typed (needs npm’s registry)',
  async () => {
    // One server is both collector and LED, so that it sees everything that leaves the service.
    let exported = '';
    const sentToLed: string[] = [];
    const receiver = createServer((request, response) => {
      const toLed = request.url === '/led';
      if (toLed) sentToLed.push(...Object.keys(request.headers));
      request.setEncoding('utf8').on('data', (part: string) => {
        if (!toLed) exported += part;
      });
      request.on('end', () => response.writeHead(toLed ? 503 : 200).end('{}'));
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    const world = await createWorld();
    const service = await startService({
      ...world.environment,
      LED_URL: `${origin}/led`,
      NODE_OPTIONS: `--import file://${folder}/register.mjs`,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${origin}/v1/traces`,
    });
    const insz = personWith('eligible');
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01`, tracestate: `x=${insz}`, 'user-agent': insz };
    expect((await ask(service, { insz, caseHandler: { id: 'handler-1' } }, headers)).status).toBe(503);
    expect((await fetch(`${service.url}/ruleSets/${insz}?insz=${insz}`)).status).toBe(400);
    await fetch(`${service.opsUrl}/metrics`);
    await until(() => exported.includes('"intValue":400'));
    expect(await service.stop()).toBe(0);
    await world.close();
    receiver.close();

    expect(exported).not.toContain(insz);
    expect(exported).not.toMatch(/metrics|url\.|user_agent/);
    // Two spans in the caller's trace: the request and the call to LED.
    expect(exported.split(trace)).toHaveLength(3);
    expect(exported).toContain('"stringValue":"/eligibility"');
    expect(sentToLed).toContain('soapaction');
    expect(sentToLed).not.toContain('traceparent');
  },
);

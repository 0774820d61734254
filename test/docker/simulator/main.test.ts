import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificateFiles, makeCertificates } from '../../../docker/make-certificates.ts';
import { path } from '../../../docker/simulator/server.ts';
import { start } from '../process.ts';
import { question } from './client.ts';

const sofie = '90610100155';
let folder: string;
const file = (name: keyof typeof certificateFiles): string => join(folder, certificateFiles[name]);
const read = (name: keyof typeof certificateFiles): string => readFileSync(file(name), 'utf8');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  await makeCertificates(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the temporary certificates', () => {
  test('can be read by a container that does not own them, and are kept while they are valid', async () => {
    for (const name of Object.values(certificateFiles)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o644);
    expect(Buffer.from(read('auditKey'), 'base64')).toHaveLength(32);
    expect(new X509Certificate(read('clientCert')).publicKey.asymmetricKeyType).toBe('rsa');
    expect(new X509Certificate(read('serverCert')).checkHost('led-simulator')).toBe('led-simulator');
    const before = read('clientCert');
    expect(await makeCertificates(folder)).toEqual([]);
    expect(read('clientCert')).toBe(before);
  });

  test('are made again where one is missing, damaged, or for another name', async () => {
    const own = mkdtempSync(join(tmpdir(), 'certificates-'));
    const { auditKey, ca, caKey, ...pairs } = certificateFiles;
    expect(await makeCertificates(own)).toEqual([ca, caKey, ...Object.values(pairs), auditKey]);
    const key = readFileSync(join(own, auditKey), 'utf8');
    rmSync(join(own, pairs.clientKey));
    expect(await makeCertificates(own)).toEqual(Object.values(pairs));
    truncateSync(join(own, pairs.serverCert), 100);
    expect(await makeCertificates(own)).toEqual(Object.values(pairs));
    writeFileSync(join(own, pairs.serverKey), readFileSync(join(own, pairs.clientKey)));
    expect(await makeCertificates(own)).toEqual(Object.values(pairs));
    expect(await makeCertificates(own, ['led.example'])).toEqual(Object.values(pairs));
    expect(readFileSync(join(own, auditKey), 'utf8')).toBe(key);
    writeFileSync(join(own, auditKey), 'short');
    expect(await makeCertificates(own, ['led.example'])).toEqual([auditKey]);
    writeFileSync(join(own, caKey), readFileSync(join(own, pairs.clientKey)));
    expect(await makeCertificates(own, ['led.example'])).toEqual([ca, caKey, ...Object.values(pairs)]);
    rmSync(own, { recursive: true });
  });

  test('are renewed under the same authority, so that a rotation can be tried', async () => {
    const own = mkdtempSync(join(tmpdir(), 'certificates-'));
    await makeCertificates(own);
    const certificate = (name: keyof typeof certificateFiles): X509Certificate =>
      new X509Certificate(readFileSync(join(own, certificateFiles[name])));
    const before = certificate('clientCert').serialNumber;
    const { auditKey, ca, caKey, ...pairs } = certificateFiles;
    expect(await makeCertificates(own, undefined, { renew: true })).toEqual(Object.values(pairs));
    expect(certificate('clientCert').serialNumber).not.toBe(before);
    for (const name of ['clientCert', 'serverCert'] as const) {
      expect(certificate(name).verify(certificate('ca').publicKey)).toBe(true);
    }
    rmSync(own, { recursive: true });
  });
});

describe('the simulator as a process', () => {
  test('reads its settings from the environment, logs no INSZ, and ends with exit code 0', async () => {
    const program = start('docker/simulator/main.ts', [], {
      SIMULATOR_HOST: '127.0.0.1',
      SIMULATOR_PORT: '0',
      SIMULATOR_HEALTH_PORT: '0',
      SIMULATOR_CERT_FILE: file('serverCert'),
      SIMULATOR_KEY_FILE: file('serverKey'),
      SIMULATOR_CA_FILE: file('ca'),
      SIMULATOR_FAILURE: 'tooMany',
      SIMULATOR_FAILURE_RATE: '0.5',
    });
    const [line] = await program.until(/^.*"listening".*$/m);
    const { port, healthPort } = JSON.parse(line) as { port: number; healthPort: number };
    const health = await fetch(`http://127.0.0.1:${healthPort}/health`);
    expect(await health.json()).toEqual({ status: 'UP' });
    expect((await fetch(`http://127.0.0.1:${healthPort}${path}`, { method: 'POST' })).status).toBe(404);

    const pair = { cert: read('clientCert'), key: read('clientKey') };
    const dispatcher = new Agent({ connect: { ...pair, ca: read('ca') } });
    const statuses: number[] = [];
    for (const body of [await question({ insz: sofie }, pair), await question({ insz: sofie, referte: sofie }, pair)]) {
      const headers = { 'content-type': 'text/xml;charset=UTF-8', soapaction: '""' };
      const url = `https://localhost:${port}${path}`;
      const reply = await request(url, { dispatcher, method: 'POST', headers, body });
      await reply.body.dump();
      statuses.push(reply.statusCode);
    }
    expect(statuses).toEqual([200, 429]);
    await dispatcher.destroy();
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(0);
    const lines = program.said.stdout.trim().split('\n');
    expect(lines.map((one) => (JSON.parse(one) as { event: string }).event)).toEqual([
      'listening',
      'answered',
      'failed',
      'stopped',
    ]);
    expect(program.said.stdout + program.said.stderr).not.toContain(sofie);
  });

  test('names every wrong setting in one message, and no value', async () => {
    const { said, ended } = start('docker/simulator/main.ts', [], {
      SIMULATOR_PORT: 'eighty',
      SIMULATOR_CERT_FILE: '/nowhere/cert.pem',
      SIMULATOR_FAILURE: 'explode',
      SIMULATOR_FAILURE_RATE: '2',
      SIMULATOR_STATUS: '600',
      SIMULATOR_FAIL_OVER_SECONDS: '0',
      SIMULATOR_REFUSE_TICKETS: 'maybe',
      SIMULATOR_STRICT: 'maybe',
      SIMULATOR_ROOT_ONLY: 'maybe',
      SIMULATOR_SIGN_ANSWERS: 'maybe',
      SIMULATOR_SOAP: '1.3',
      SIMULATOR_SAMPLES: '/nowhere',
    });
    expect(await ended).toBe(78);
    expect(said.stdout).toBe('');
    expect(
      said.stderr
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0])
        .sort(),
    ).toEqual([
      'SIMULATOR_CA_FILE',
      'SIMULATOR_CERT_FILE',
      'SIMULATOR_FAILURE',
      'SIMULATOR_FAILURE_RATE',
      'SIMULATOR_FAIL_OVER_SECONDS',
      'SIMULATOR_KEY_FILE',
      'SIMULATOR_PORT',
      'SIMULATOR_REFUSE_TICKETS',
      'SIMULATOR_ROOT_ONLY',
      'SIMULATOR_SAMPLES',
      'SIMULATOR_SIGN_ANSWERS',
      'SIMULATOR_SOAP',
      'SIMULATOR_STATUS',
      'SIMULATOR_STRICT',
    ]);
    expect(said.stderr).not.toMatch(/eighty|nowhere|explode|maybe/);
  });

  test('reports a folder that it cannot read, and a port in use', async () => {
    const settings = { SIMULATOR_PLAIN_HTTP: 'true', SIMULATOR_HOST: '127.0.0.1', SIMULATOR_PORT: '0' };
    const program = start('docker/simulator/main.ts', [], { ...settings, SIMULATOR_SAMPLES_DIR: join(folder, 'none') });
    expect(await program.ended).toBe(78);
    expect(program.said.stderr).toContain('SIMULATOR_SAMPLES_DIR');
    const first = start('docker/simulator/main.ts', [], settings);
    const [, port] = await first.until(/"port":(\d+)/);
    const second = start('docker/simulator/main.ts', [], { ...settings, SIMULATOR_PORT: port });
    expect(await second.ended).toBe(78);
    expect(second.said.stderr).toContain('EADDRINUSE');
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
  });

  test('lists its test persons', async () => {
    const { said, ended } = start('docker/simulator/main.ts', ['persons']);
    expect(await ended).toBe(0);
    expect(said.stdout).toContain(`${sofie}  Sofie           eligible: diplomaMatches\n`);
  });
});

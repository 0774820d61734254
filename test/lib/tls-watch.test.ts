import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pair } from '../../docker/certificates.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { type Credentials, loadCredentials } from '../../src/lib/tls-files.ts';
import { watchCredentials } from '../../src/lib/tls-watch.ts';
import { type Certificates, createCertificates } from '../support/certificates.ts';
import { metricValue } from '../support/hostile-led.ts';
import { until } from '../support/until.ts';

const day = 86_400_000;
const rsa = { use: 'led', rsa: true };
let world: Certificates;
let other: Pair;
beforeAll(async () => {
  world = await createCertificates();
  other = await world.authority.issue({ commonName: 'other', use: 'client', keyType: 'rsa' });
});
afterAll(() => world.remove());

const files = (cert: string, key: string) => ({
  certFile: world.write('tls.crt', cert),
  keyFile: world.write('tls.key', key),
});

const start = (
  given: ReturnType<typeof files>,
  times: { pollMs?: number; settleMs?: number } = {},
  onChange: (fresh: Credentials) => void = () => {},
) => {
  const metrics = createMetrics();
  const logs: { level: number; msg: string; problem?: string }[] = [];
  const changes: Credentials[] = [];
  const watcher = watchCredentials({
    files: given,
    expect: rsa,
    current: loadCredentials(given, rsa),
    onChange: (fresh) => {
      onChange(fresh);
      changes.push(fresh);
    },
    metrics,
    log: pino({}, { write: (line: string) => void logs.push(JSON.parse(line)) }),
    ...times,
  });
  const reloads = (result: string) => metricValue(metrics, 'certificate_reloads_total', { use: 'led', result });
  const expiry = () => metricValue(metrics, 'certificate_expiry_timestamp_seconds', { use: 'led' });
  return { logs, changes, reloads, expiry, close: watcher.close };
};

describe('watched files', () => {
  it('keeps the expiry metric, and logs a reminder from 30 days before the end', async () => {
    const ending = await world.authority.issue({
      commonName: 'ending',
      use: 'client',
      keyType: 'rsa',
      notAfter: new Date(Date.now() + 6.5 * day),
    });
    const near = start(files(ending.cert, ending.key));
    const { validToDate } = new X509Certificate(ending.cert);
    expect(await near.expiry()).toBe(validToDate.getTime() / 1000);
    expect(near.logs).toMatchObject([{ level: 40, msg: 'certificate expires soon', use: 'led', daysLeft: 6 }]);
    near.close();

    const lasting = await world.authority.issue({
      commonName: 'lasting',
      use: 'client',
      keyType: 'rsa',
      notAfter: new Date(Date.now() + 31 * day),
    });
    const far = start(files(lasting.cert, lasting.key));
    expect(far.logs).toEqual([]);
    far.close();
  });

  it.each([
    ['after an event', { pollMs: 60_000, settleMs: 10 }],
    ['by polling, when no event comes', { pollMs: 20, settleMs: 60_000 }],
  ])('are read again %s, and only a whole pair is used', async (_, times) => {
    const given = files(world.client.cert, world.client.key);
    const { changes, reloads, logs, close } = start(given, times);
    writeFileSync(given.certFile, other.cert);
    await until(() => logs.some(({ level }) => level === 50));
    expect(changes).toEqual([]);
    rmSync(given.keyFile);
    await until(() => logs.filter(({ level }) => level === 50).length === 2);
    writeFileSync(given.keyFile, other.key);
    await until(() => changes.length === 1);
    expect(changes[0]?.key).toBe(createPrivateKey(other.key).export({ type: 'pkcs8', format: 'pem' }));
    expect(await reloads('ok')).toBe(1);
    expect(await reloads('failed')).toBeGreaterThanOrEqual(2);
    close();
  });

  it('do not replace the pair in use if the user of the new pair fails', async () => {
    const given = files(world.client.cert, world.client.key);
    const times = { settleMs: 5, pollMs: 20 };
    const { logs, changes, reloads, expiry, close } = start(given, times, () => {
      throw new Error('cannot use it');
    });
    const before = await expiry();
    writeFileSync(given.keyFile, other.key);
    writeFileSync(given.certFile, other.cert);
    await until(() => logs.some(({ problem }) => problem === 'cannot use it'));
    expect(changes).toEqual([]);
    expect(await reloads('failed')).toBeGreaterThan(0);
    expect(await reloads('ok')).toBe(0);
    expect(await expiry()).toBe(before);
    close();
  });

  it('are not read again after close', async () => {
    const given = files(world.client.cert, world.client.key);
    const { logs, changes, close } = start(given, { settleMs: 5, pollMs: 10 });
    const open = start(given, { settleMs: 5, pollMs: 10 });
    close();
    writeFileSync(given.keyFile, other.key);
    writeFileSync(given.certFile, other.cert);
    await until(() => open.changes.length === 1);
    open.close();
    expect(changes).toEqual([]);
    expect(logs).toEqual([]);
  });

  it('are polled in a folder that cannot be watched, which is logged', async () => {
    const given = files(world.client.cert, world.client.key);
    const current = loadCredentials(given, rsa);
    const logs: { msg: string; code?: string }[] = [];
    const missing = { certFile: '/nowhere/tls.crt', keyFile: '/nowhere/tls.key' };
    const { close } = watchCredentials({
      files: missing,
      expect: rsa,
      current,
      onChange: () => {},
      metrics: createMetrics(),
      log: pino({}, { write: (line: string) => void logs.push(JSON.parse(line)) }),
    });
    close();
    expect(logs.map(({ msg, code }) => [msg, code])).toEqual([
      ['certificate folder cannot be watched, its files are polled only', 'ENOENT'],
      ['certificate files not taken up, the old pair stays', undefined],
    ]);
  });
});

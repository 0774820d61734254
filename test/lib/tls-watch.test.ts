import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pair } from '../../docker/certificates.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { type Credentials, loadCredentials } from '../../src/lib/tls-files.ts';
import { watchCredentials } from '../../src/lib/tls-watch.ts';
import { createWorld, metricValue, until, type World } from '../support/hostile-led.ts';

const day = 86_400_000;
const rsa = { use: 'led', rsa: true };
let world: World;
let other: Pair;
beforeAll(async () => {
  world = await createWorld();
  other = await world.authority.issue({ commonName: 'other', use: 'client', keyType: 'rsa' });
});
afterAll(() => world.scratch.remove());

const files = (cert: string, key: string) => ({
  certFile: world.scratch.write('tls.crt', cert),
  keyFile: world.scratch.write('tls.key', key),
});

describe('watched', () => {
  const start = (given: ReturnType<typeof files>, times: { pollMs?: number; settleMs?: number } = {}) => {
    const metrics = createMetrics();
    const logs: { level: number; msg: string }[] = [];
    const changes: Credentials[] = [];
    const watcher = watchCredentials({
      files: given,
      expect: rsa,
      current: loadCredentials(given, rsa),
      onChange: (fresh) => changes.push(fresh),
      metrics,
      log: pino({}, { write: (line: string) => void logs.push(JSON.parse(line)) }),
      ...times,
    });
    const reloads = (result: string) => metricValue(metrics, 'certificate_reloads_total', { use: 'led', result });
    return { metrics, logs, changes, reloads, close: watcher.close };
  };

  it('tells the end of validity, and warns from 30 days on', async () => {
    const ending = await world.authority.issue({
      commonName: 'ending',
      use: 'client',
      keyType: 'rsa',
      notAfter: new Date(Date.now() + 6.5 * day),
    });
    const near = start(files(ending.cert, ending.key));
    const { validToDate } = new X509Certificate(ending.cert);
    expect(await metricValue(near.metrics, 'certificate_expiry_timestamp_seconds', { use: 'led' })).toBe(
      validToDate.getTime() / 1000,
    );
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
    ['by events', { pollMs: 60_000, settleMs: 10 }],
    ['by looking, where no event comes', { pollMs: 20, settleMs: 60_000 }],
  ])('takes up a new pair %s, never half of one', async (_, times) => {
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

  it('keeps the old pair if the new one cannot be taken up by its user', async () => {
    const given = files(world.client.cert, world.client.key);
    const metrics = createMetrics();
    const watcher = watchCredentials({
      files: given,
      expect: rsa,
      current: loadCredentials(given, rsa),
      onChange: () => {
        throw new Error('no');
      },
      metrics,
      log: pino({ level: 'silent' }),
      settleMs: 5,
      pollMs: 20,
    });
    const expiry = () => metricValue(metrics, 'certificate_expiry_timestamp_seconds', { use: 'led' });
    const before = await expiry();
    writeFileSync(given.keyFile, other.key);
    writeFileSync(given.certFile, other.cert);
    let failed = 0;
    const end = performance.now() + 3000;
    while (failed === 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      failed = await metricValue(metrics, 'certificate_reloads_total', { use: 'led', result: 'failed' });
    }
    expect(failed).toBeGreaterThan(0);
    expect(await metricValue(metrics, 'certificate_reloads_total', { use: 'led', result: 'ok' })).toBe(0);
    expect(await expiry()).toBe(before);
    watcher.close();
  });
});

import type { TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pair } from '../../docker/certificates.ts';
import { holdLink, type Link, type LinkOptions } from '../../src/led/link.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { type Certificates, createCertificates, mutualTls } from '../support/certificates.ts';
import { type Call, good, type HostileLed, startHostileLed } from '../support/hostile-led.ts';
import { until } from '../support/until.ts';

let world: Certificates;
let led: HostileLed;
beforeAll(async () => {
  world = await createCertificates();
});
afterAll(() => world.remove());
beforeEach(async () => {
  led = await startHostileLed(mutualTls(world));
});
afterEach(async () => {
  vi.useRealTimers();
  await led.close();
});

const hold = (more: Partial<LinkOptions> = {}) =>
  holdLink(
    {
      url: led.url,
      signature: 'rsa-sha256',
      token: 'auto',
      connectTimeoutMs: 3000,
      timeoutMs: 3000,
      credentials: world.files,
      ...more,
    },
    { metrics: createMetrics(), log: pino({ level: 'silent' }) },
  );
const post = ({ connection }: Link) =>
  connection.post(Buffer.from('<Referte>r</Referte>'), new AbortController().signal, {
    head: () => {},
    data: () => {},
  });

/** A certificate (PEM) as one line of base64. */
const base64 = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, '');
/** The certificate with which this link signs. */
const signedWith = async ({ signer }: Link): Promise<string | undefined> =>
  /<wsse:BinarySecurityToken[^>]*>([^<]+)</.exec((await signer?.header('<Body/>')) ?? '')?.[1];
/** The certificate with which this call was sent. */
const sentWith = ({ stream }: Call): string | undefined =>
  (stream as TLSSocket).getPeerX509Certificate()?.raw.toString('base64');

describe('the link to LED', () => {
  it('connects and signs with the certificate of the files', async () => {
    const link = hold();
    await post(link.current());
    expect(led.calls.map(sentWith)).toEqual([base64(world.client.cert)]);
    expect(await signedWith(link.current())).toBe(base64(world.client.cert));
    await link.close();
  });

  it('has no signer if nothing is signed, and none without a certificate', async () => {
    const plain = await startHostileLed();
    const links = [hold({ signature: 'none' }), hold({ url: plain.url, credentials: undefined })];
    for (const link of links) {
      expect(link.current()).not.toHaveProperty('signer');
      expect(link.ready()).toBe(true);
      await post(link.current());
      await link.close();
    }
    expect([led.calls.length, plain.calls.length]).toEqual([1, 1]);
    await plain.close();
  });

  it('is not opened with files that cannot be used', () => {
    const credentials = { ...world.files, keyFile: '/nowhere/tls.key' };
    expect(() => hold({ credentials })).toThrow(/^led certificate: .*ENOENT/);
  });

  it('is ready until its certificate expires', async () => {
    const link = hold();
    expect(link.ready()).toBe(true);
    vi.setSystemTime(Date.now() + 365 * 86_400_000);
    expect(link.ready()).toBe(false);
    vi.useRealTimers();
    expect(link.ready()).toBe(true);
    await link.close();
  });
});

describe('new certificate files', () => {
  /** A link with a call under way. `replace` gives its files another certificate, and waits until it is used. */
  const withCallUnderWay = async () => {
    const credentials = {
      ...world.files,
      certFile: world.write('tls.crt', world.client.cert),
      keyFile: world.write('tls.key', world.client.key),
    };
    const link = hold({ credentials });
    const old = link.current();
    const held: Call[] = [];
    led.respond = (call) => void held.push(call);
    const underWay = post(old);
    await until(() => held.length === 1);
    led.respond = good;
    const replace = async (): Promise<Pair> => {
      const next = await world.authority.issue({ commonName: 'next', use: 'client', keyType: 'rsa' });
      world.write('tls.crt', next.cert);
      world.write('tls.key', next.key);
      await until(() => link.current() !== old);
      return next;
    };
    return { link, old, underWay, replace, answer: () => held.forEach(good) };
  };

  it('replace the connection and the signer together', async () => {
    const { link, old, underWay, replace, answer } = await withCallUnderWay();
    const next = await replace();
    await post(link.current());
    expect(led.calls.map(sentWith)).toEqual([base64(world.client.cert), base64(next.cert)]);
    expect(await signedWith(old)).toBe(base64(world.client.cert));
    expect(await signedWith(link.current())).toBe(base64(next.cert));
    answer();
    await underWay;
    await link.close();
  });

  it('let the call under way end on the old connection, which then closes', async () => {
    const { link, underWay, replace, answer } = await withCallUnderWay();
    await replace();
    await post(link.current());
    expect(led.open()).toBe(2);
    answer();
    await underWay;
    await until(() => led.open() === 1);
    await link.close();
    await until(() => led.open() === 0);
  });

  it('do not shorten close: it also waits for the calls on the old connection', async () => {
    const { link, underWay, replace, answer } = await withCallUnderWay();
    await replace();
    const ends: string[] = [];
    const call = underWay.then(() => ends.push('call'));
    const closing = link.close().then(() => ends.push('close'));
    answer();
    await Promise.all([call, closing]);
    expect(ends).toEqual(['call', 'close']);
  });
});

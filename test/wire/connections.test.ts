import { writeFileSync } from 'node:fs';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { halfClientHello, type OpenConnection, openConnection, openIdle, sent } from '../support/connections.ts';
import { personWith } from '../support/persons.ts';
import { createWorld, type RunningService, startService, type World } from '../support/service.ts';
import { until } from '../support/until.ts';

let world: World;
let tls: Record<string, string>;
beforeAll(async () => {
  world = await createWorld();
  const { cert, key } = await world.authority.issue({ commonName: 'service', names: ['127.0.0.1'], use: 'server' });
  tls = { TLS_CERT_FILE: world.write('server.crt', cert), TLS_KEY_FILE: world.write('server.key', key) };
});
afterAll(() => world?.close());

const body = JSON.stringify({ insz: personWith('eligible'), caseHandler: { id: 'handler-1' } });
const question = `POST /eligibility HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const metricOf = async (service: RunningService, name: string): Promise<number> => {
  const text = await (await fetch(`${service.opsUrl}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length) ?? Number.NaN,
  );
};
const closedFor = (service: RunningService, reason: string) =>
  metricOf(service, `connections_closed_total{reason="${reason}"}`);

/** Opens a connection that holds half a request. The service has read it when this resolves. */
const openHalf = async (to: Parameters<typeof openConnection>[0]): Promise<OpenConnection> => {
  const connection = await openConnection(to, sent.halfBody.replace('\r\n', '\r\nExpect: 100-continue\r\n'));
  await until(() => connection.text().includes('100 Continue') || connection.isClosed());
  return connection;
};

const protocols = ['plain', 'TLS'] as const;
/** Starts the service, and returns it with what a connection to it needs. */
const start = async (protocol: (typeof protocols)[number], settings: Record<string, string> = {}) => {
  const over = protocol === 'TLS' ? tls : {};
  const service = await startService({ ...world.environment, ...over, ...settings });
  const to = { port: service.port, ...(protocol === 'TLS' && { ca: world.authority.cert }) };
  return { service, to };
};

describe.each(protocols)('over %s, a caller that does not go on', (protocol) => {
  test('is closed within 10 s and counted, while a good caller is served', { timeout: 30_000 }, async () => {
    const { service, to } = await start(protocol);
    const raw = { port: service.port };
    const stalled: Promise<OpenConnection>[] = [];
    for (let index = 0; index < 60; index += 1) {
      stalled.push(openConnection(raw, protocol === 'TLS' ? halfClientHello : sent.nothing));
      if (protocol === 'TLS') stalled.push(openConnection(raw));
      else stalled.push(openConnection(to, sent.halfHeader), openConnection(to, sent.halfBody));
    }
    const connections = await Promise.all(stalled);
    const good = await openIdle(to);
    expect(good.text()).toContain('HTTP/1.1 200 OK');
    const took = await Promise.all(connections.map(({ closed }) => closed));
    expect(Math.max(...took)).toBeLessThan(10_000);
    expect(Math.min(...took)).toBeGreaterThan(5_000);
    const counted =
      protocol === 'TLS'
        ? await closedFor(service, 'handshakeTimeout')
        : await metricOf(service, 'broken_requests_total{kind="timeout"}');
    expect(counted).toBe(connections.length);
    expect(service.log().filter(({ level }) => Number(level) >= 50)).toEqual([]);
    good.socket.destroy();
    expect(await service.stop()).toBe(0);
  });
});

describe('as many connections as there may be', () => {
  test('the longest idle one of the network that holds most gives way', async () => {
    const { service, to } = await start('plain', { MAX_CONNECTIONS: '16' });
    const busy = await openConnection({ ...to, from: '127.0.0.2' }, sent.halfHeader);
    const few = await Promise.all([1, 2, 3].map(() => openIdle({ ...to, from: '127.0.0.3' })));
    const many: OpenConnection[] = [];
    for (let index = 0; index < 12; index += 1) many.push(await openIdle({ ...to, from: '127.0.0.2' }));
    // The first one is used again, so that the second one is idle longest.
    many[0]?.socket.write(sent.wholeRequest);
    await until(() => (many[0]?.text().split('HTTP/1.1 200').length ?? 0) > 2);

    const added = await openIdle({ ...to, from: '127.0.0.4' });
    await many[1]?.closed;
    expect(many.filter(({ isClosed }) => isClosed())).toHaveLength(1);
    expect([busy, added, ...few].filter(({ isClosed }) => isClosed())).toEqual([]);
    expect(await closedFor(service, 'gaveWay')).toBe(1);
    expect(await closedFor(service, 'refused')).toBe(0);

    busy.socket.write('\r\n');
    await until(() => busy.text().includes('HTTP/1.1 200'));
    await service.stop();
  });

  test('a connection with bytes of a request never gives way: the new one is closed', async () => {
    world.simulator.behave({ latencyMs: 60_000 });
    const { service, to } = await start('plain', { MAX_CONNECTIONS: '16' });
    const asking = await openConnection(to, question);
    await until(() => service.audit().some(({ kind }) => kind === 'intent'));
    const halves = await Promise.all(
      Array.from({ length: 15 }, (_, index) => openConnection(to, index % 2 ? sent.halfBody : sent.halfHeader)),
    );
    await until(async () => (await metricOf(service, 'connections_open')) === 16);
    const refused = await openConnection({ ...to, from: '127.0.0.9' }, sent.wholeRequest);
    await refused.closed;
    expect(refused.text()).toBe('');
    expect([asking, ...halves].filter(({ isClosed }) => isClosed())).toEqual([]);
    expect(await closedFor(service, 'refused')).toBe(1);
    expect(await closedFor(service, 'gaveWay')).toBe(0);
    // The operations listener has a limit of its own.
    expect((await fetch(`${service.opsUrl}/livez`)).status).toBe(200);
    world.simulator.behave({ latencyMs: 0 });
    await service.stop('SIGKILL');
  });

  test('a request of which no byte has come for a second gives way if nothing is idle', async () => {
    const { service, to } = await start('plain', { MAX_CONNECTIONS: '16' });
    const halves: OpenConnection[] = [];
    // A half body is confirmed by the service. By then it has read the half header that came before.
    for (let pair = 0; pair < 8; pair += 1) {
      halves.push(await openConnection(to, sent.halfHeader), await openHalf(to));
    }
    expect(await metricOf(service, 'connections_open')).toBe(16);
    await until(async () => {
      const good = await openConnection(to, sent.wholeRequest);
      await Promise.race([good.closed, until(() => good.text() !== '')]);
      return good.text().includes('HTTP/1.1 200');
    });
    await until(() => halves.some(({ isClosed }) => isClosed()));
    expect(await closedFor(service, 'stalled')).toBe(1);
    await service.stop();
  });

  test('an unfinished TLS handshake gives way', async () => {
    const { service, to } = await start('TLS', { MAX_CONNECTIONS: '16' });
    const stalled = await Promise.all(
      Array.from({ length: 40 }, () => openConnection({ port: service.port }, halfClientHello)),
    );
    const good = await openIdle(to);
    expect(good.text()).toContain('HTTP/1.1 200 OK');
    await until(() => stalled.filter(({ isClosed }) => isClosed()).length === 25);
    expect(await closedFor(service, 'gaveWay')).toBe(25);
    await service.stop();
  });

  test.each(protocols)('over %s, in a flood of half requests, the flooding network makes room', async (protocol) => {
    const { service, to } = await start(protocol, { MAX_CONNECTIONS: '200' });
    const slow = await openHalf({ ...to, from: '127.0.0.3' });
    const quiet = await openConnection(
      { port: service.port, from: '127.0.0.3' },
      protocol === 'TLS' ? halfClientHello : sent.nothing,
    );
    const flood: OpenConnection[] = [];
    for (let index = 0; index < 198; index += 1) flood.push(await openHalf({ ...to, from: '127.0.0.2' }));
    const good: OpenConnection[] = [];
    for (let index = 0; index < 5; index += 1) good.push(await openIdle({ ...to, from: '127.0.0.2' }));

    expect(await closedFor(service, 'flood')).toBe(5);
    await until(() => flood.filter(({ isClosed }) => isClosed()).length === 5);
    expect([slow, quiet, ...good].map(({ isClosed }) => isClosed())).not.toContain(true);
    slow.socket.write('x'.repeat(93));
    await until(() => slow.text().includes('HTTP/1.1 400'));
    await service.stop();
  });

  test('an idle connection is closed after KEEP_ALIVE_TIMEOUT_MS', async () => {
    const { service, to } = await start('plain', { KEEP_ALIVE_TIMEOUT_MS: '1000' });
    const idle = await openIdle(to);
    const took = await idle.closed;
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(4_000);
    await service.stop();
  });
});

describe('TLS 1.2', () => {
  const good = 'ECDHE-ECDSA-AES128-GCM-SHA256';
  const handshake = (port: number, options: ConnectionOptions): Promise<string> =>
    new Promise((resolve) => {
      const to = { port, host: '127.0.0.1', ca: world.authority.cert, maxVersion: 'TLSv1.2' } as const;
      const socket = connect({ ...to, ...options });
      socket.once('secureConnect', () => {
        resolve(socket.getCipher().name);
        socket.destroy();
      });
      socket.once('error', () => resolve('refused'));
    });

  test('has suites with forward secrecy only', async () => {
    const { service } = await start('TLS');
    expect(await handshake(service.port, { ciphers: good })).toBe(good);
    for (const suite of ['AES128-GCM-SHA256', 'AES256-SHA', 'ECDHE-ECDSA-AES128-SHA', 'DHE-RSA-AES128-GCM-SHA256']) {
      expect(await handshake(service.port, { ciphers: suite }), suite).toBe('refused');
    }
    await service.stop();
  });

  const replaceCertificate = async (service: RunningService): Promise<void> => {
    const pair = await world.authority.issue({ commonName: 'service', names: ['127.0.0.1'], use: 'server' });
    writeFileSync(tls.TLS_KEY_FILE ?? '', pair.key);
    writeFileSync(tls.TLS_CERT_FILE ?? '', pair.cert);
    await until(() => service.log().some(({ message }) => message === 'certificate replaced'));
  };

  test('has the same suites after the certificate was replaced', async () => {
    const { service } = await start('TLS');
    await replaceCertificate(service);
    expect(await handshake(service.port, { ciphers: good })).toBe(good);
    expect(await handshake(service.port, { ciphers: 'ECDHE-ECDSA-AES128-SHA' })).toBe('refused');
    await service.stop();
  });

  test('trusts an issuing authority in TLS_CLIENT_CA_FILE without its root, also after a replacement', async () => {
    const issuing = await world.authority.createIntermediate('Issuing authority of callers');
    const TLS_CLIENT_CA_FILE = world.write('issuing.pem', issuing.cert);
    const { service } = await start('TLS', { TLS_CLIENT_CA_FILE });
    const caller = await issuing.issue({ commonName: 'dossier-app', use: 'client' });
    const other = await world.authority.issue({ commonName: 'other', use: 'client' });
    expect(await handshake(service.port, { ...caller, ciphers: good })).toBe(good);
    await replaceCertificate(service);
    expect(await handshake(service.port, { ...caller, ciphers: good })).toBe(good);
    expect(await handshake(service.port, { ...other, ciphers: good })).toBe('refused');
    await service.stop();
  });
});

describe('a caller that does not read', () => {
  test('and pipelines requests loses the connection after eight', async () => {
    const { service, to } = await start('plain');
    const eight = await openConnection(to, sent.wholeRequest.repeat(8));
    await until(() => eight.text().split('HTTP/1.1 200').length === 9);
    const nine = await openConnection(to, sent.wholeRequest.repeat(2_000));
    await nine.closed;
    expect(await closedFor(service, 'pipelined')).toBe(1);
    expect(eight.isClosed()).toBe(false);
    await service.stop();
  });

  test('an answer for 8 s is closed and counted', { timeout: 30_000 }, async () => {
    const { service, to } = await start('plain');
    const page = 'GET /doc/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n';
    const unread = await Promise.all(
      Array.from({ length: 8 }, () => openConnection({ ...to, reads: false }, page.repeat(8))),
    );
    await until(async () => (await closedFor(service, 'answerUnread')) === 8);
    for (const { socket } of unread) socket.destroy();
    await service.stop();
  });
});

describe.each(protocols)('SIGTERM over %s', (protocol) => {
  test('drops connections without a whole request at once, and answers the others', async () => {
    world.simulator.behave({ latencyMs: 1_000 });
    // Longer than the test may take: no timeout closes anything.
    const { service, to } = await start(protocol, { SHUTDOWN_TIMEOUT_MS: '60000', SHUTDOWN_DELAY_MS: '0' });
    const operations = await Promise.all([
      openConnection({ port: service.opsPort }),
      openConnection({ port: service.opsPort }, 'GET /livez HTTP/1.1\r\n'),
    ]);
    const dropped = await Promise.all([
      openConnection(to),
      openConnection(to, sent.halfHeader),
      openConnection(to, sent.halfBody),
      openIdle(to),
      openConnection({ port: service.port }, protocol === 'TLS' ? halfClientHello : sent.nothing),
      openConnection({ port: service.port }),
    ]);
    const answered = await Promise.all([1, 2, 3].map(() => openConnection(to, question)));
    await until(() => service.audit().filter(({ kind }) => kind === 'intent').length === 3);

    const began = performance.now();
    service.process.kill('SIGTERM');
    await Promise.all(dropped.map(({ closed }) => closed));
    const droppedAfter = performance.now() - began;
    expect(await service.exited).toBe(0);
    expect(droppedAfter).toBeLessThan(700);
    // The probes of the platform work until the last answer has left.
    await Promise.all(operations.map(({ closed }) => closed));
    expect(performance.now() - began).toBeLessThan(4_000);
    for (const { text } of answered) expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*"outcome"/);
    expect(dropped.map(({ text }) => text()).filter((text) => text !== '')).toHaveLength(1);
    await until(() => service.audit().at(-1)?.kind === 'stop');
    expect(service.accesses()).toHaveLength(3);
    world.simulator.behave({ latencyMs: 0 });
  });
});

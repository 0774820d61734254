import { spawn } from 'node:child_process';
import { type Socket, connect as tcpConnect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noLedCalls } from '../../src/led/ask.ts';
import { type Certificates, createCertificates, mutualTls } from '../support/certificates.ts';
import {
  askOnce,
  connect,
  good,
  type HostileLed,
  metricValue,
  startHostileLed,
  type TestClient,
} from '../support/hostile-led.ts';
import { until } from '../support/until.ts';

let world: Certificates;
let led: HostileLed;
let client: TestClient;
beforeAll(async () => {
  world = await createCertificates();
});
afterAll(() => world.remove());
beforeEach(async () => {
  led = await startHostileLed(mutualTls(world));
  client = connect(led, world);
});
afterEach(async () => {
  await client.close();
  await until(() => led.open() === 0, 2000);
  await led.close();
});

const healthyAgain = async () => {
  led.respond = good;
  led.onTcp = () => false;
  const { answer, fault } = await askOnce(client);
  expect(fault?.reason).toBeUndefined();
  expect(answer?.records).toHaveLength(1);
};
const errorsLogged = () => client.logs.filter((line) => JSON.parse(line).level >= 50);

describe('a healthy LED', () => {
  it('gets signed requests with the headers it requires, over one connection that stays open', async () => {
    for (let i = 0; i < 5; i += 1) expect((await askOnce(client)).answer?.records).toHaveLength(1);
    expect(led.accepted()).toBe(1);
    const [call] = led.calls;
    expect(call?.head.split('\r\n')).toEqual([
      'POST /GeefBewijsDienst-02.00/soap/WebService HTTP/1.1',
      `host: 127.0.0.1:${led.port}`,
      'connection: keep-alive',
      'content-type: text/xml;charset=UTF-8',
      'soapaction: ""',
      'accept-encoding: identity',
      `content-length: ${Buffer.byteLength(call?.body ?? '')}`,
    ]);
    expect(call?.body).toContain('<ds:SignatureValue>');
    expect(new Set(led.calls.map(({ referte }) => referte)).size).toBe(5);
  });

  it('gets each Referte only after its intent, and the record of calls holds it', async () => {
    const { intents, calls } = await askOnce(client);
    expect(intents).toEqual([led.calls[0]?.referte]);
    expect(calls.references).toEqual(intents);
    expect((calls.endedAt ?? 0) - (calls.startedAt ?? 0)).toBeGreaterThan(0);
  });

  it('may have a URL with a host name', async () => {
    const named = connect({ url: new URL(`https://localhost:${led.port}/`) }, world);
    expect((await askOnce(named)).answer?.records).toHaveLength(1);
    await named.close();
  });

  it('closes an idle connection: the next call opens another one, without a retry', async () => {
    await askOnce(client);
    led.calls[0]?.stream.end();
    await until(() => led.open() === 0);
    await healthyAgain();
    expect(await metricValue(client.metrics, 'led_retries_total')).toBe(0);
  });

  it('gets no request when the audit stream rejects the intent', async () => {
    const question = {
      id: '',
      insz: '',
      sender: { id: 'us' },
      signal: new AbortController().signal,
      deadline: performance.now() + 1000,
    };
    const calls = noLedCalls();
    const intent = () => Promise.reject(new Error('no'));
    await expect(client.ask({ ...question, intent, calls })).rejects.toMatchObject({ code: 'internalServerError' });
    expect(led.calls).toHaveLength(0);
    expect(calls.references).toEqual([]);
  });
});

describe('unreachable', () => {
  it('connect refused: one retry with a new Referte, then 503', async () => {
    const { port } = led;
    await led.close();
    const { fault, intents, calls, ms } = await askOnce(client);
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledUnreachable', retryAfter: 5 });
    expect(new Set(intents).size).toBe(2);
    expect(calls.references).toEqual(intents);
    expect(ms, 'not by a timeout').toBeLessThan(2500);
    expect(port).toBeGreaterThan(0);
  });

  it('DNS failure: one retry, then 503', async () => {
    const lost = connect({ url: new URL('https://led.invalid/') }, world);
    const { fault, intents } = await askOnce(lost);
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledUnreachable' });
    expect(intents).toHaveLength(2);
    await lost.close();
  });

  it.each(['reset', 'end'] as const)('%s of a reused idle connection: one retry that succeeds', async (how) => {
    await askOnce(client);
    led.respond = (call) => {
      if (call.number > 1) return good(call);
      return how === 'reset' ? void call.tcp.resetAndDestroy() : void call.stream.end();
    };
    const { answer, intents } = await askOnce(client);
    expect(answer?.records).toHaveLength(1);
    expect(new Set(intents).size).toBe(2);
    expect(await metricValue(client.metrics, 'led_retries_total')).toBe(1);
  });

  it('a reset after one byte of an answer is not retried, also on a reused connection', async () => {
    await askOnce(client);
    led.respond = (call) => {
      call.stream.write('H', () => setTimeout(() => call.tcp.resetAndDestroy(), 50));
    };
    const { fault, intents } = await askOnce(client);
    expect(fault).toMatchObject({ code: 'badGateway', reason: 'ledCutOff' });
    expect(intents).toHaveLength(1);
    await healthyAgain();
  });

  it.each(['reset', 'end'] as const)('%s before the handshake: one retry, then 503', async (how) => {
    led.onTcp = (tcp) => {
      if (how === 'reset') tcp.resetAndDestroy();
      else tcp.end();
      return true;
    };
    const { fault, intents } = await askOnce(client);
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledUnreachable' });
    expect(intents).toHaveLength(2);
    await healthyAgain();
  });

  it('a handshake stalls: 503 after the connect timeout and one retry, at most 0.5 s late, sockets closed', async () => {
    led.onTcp = () => true;
    const { fault, intents, ms } = await askOnce(client);
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledUnreachable' });
    expect(intents).toHaveLength(2);
    expect(ms).toBeGreaterThanOrEqual(990);
    expect(ms).toBeLessThan(1500);
    await until(() => led.open() === 0, 2000);
    await healthyAgain();
  });

  it('a handshake stalls past the deadline: 504 at the deadline, socket closed', async () => {
    led.onTcp = () => true;
    const patient = connect(led, world, { connectTimeoutMs: 5000 });
    const { fault, ms } = await askOnce(patient, { timeoutMs: 300 });
    expect(fault?.code).toBe('ledTimeout');
    expect(ms).toBeLessThan(800);
    await until(() => led.open() === 0, 2000);
    await patient.close();
    await healthyAgain();
  });

  it('packets vanish: 503 after the connect timeout and one retry', async () => {
    // The listening process is stopped and its queue of connections is full, so the kernel drops new ones.
    const script =
      "require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},function(){process.stdout.write(String(this.address().port))})";
    const hole = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const port = Number(await new Promise((resolve) => hole.stdout.once('data', resolve)));
    hole.kill('SIGSTOP');
    const fillers: Socket[] = [];
    for (let i = 0; i < 4; i += 1) fillers.push(tcpConnect(port, '127.0.0.1').on('error', () => {}));
    await until(() => fillers.filter((filler) => !filler.connecting).length >= 2);
    const lost = connect({ url: new URL(`https://127.0.0.1:${port}/`) }, world);
    const { fault, intents, ms } = await askOnce(lost);
    for (const filler of fillers) filler.destroy();
    hole.kill('SIGKILL');
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledUnreachable' });
    expect(intents).toHaveLength(2);
    expect(ms).toBeGreaterThanOrEqual(990);
    expect(ms).toBeLessThan(1500);
    await lost.close();
  });
});

describe('TLS 1.2', () => {
  it.each([
    ['with authenticated encryption is used', 'ECDHE-ECDSA-AES128-GCM-SHA256', undefined, 1],
    ['without it is not used: nothing is sent', 'ECDHE-ECDSA-AES128-SHA', 'ledCertificateRefused', 0],
  ])('%s', async (_, ciphers, reason, calls) => {
    led.setTls(mutualTls(world, { maxVersion: 'TLSv1.2', ciphers }));
    expect((await askOnce(client)).fault?.reason).toBe(reason);
    expect(led.calls).toHaveLength(calls);
  });
});

describe('an LED that cannot be trusted: 503, no retry, an error in the log, nothing sent', () => {
  const untrusted = async (cause: RegExp) => {
    const { fault, intents, ms } = await askOnce(client);
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledUntrusted', retryAfter: 5 });
    expect(intents).toHaveLength(1);
    expect(ms, 'not by a timeout').toBeLessThan(2500);
    expect(led.calls).toHaveLength(0);
    expect(errorsLogged()).toHaveLength(1);
    expect(JSON.parse(errorsLogged()[0] ?? '').cause).toMatch(cause);
    expect(await metricValue(client.metrics, 'led_request_duration_seconds_count', { result: 'ledUntrusted' })).toBe(1);
    led.setTls(mutualTls(world));
    await healthyAgain();
  };

  it('expired certificate', async () => {
    const day = 86_400_000;
    const pair = await world.authority.issue({
      commonName: 'LED',
      names: ['127.0.0.1'],
      use: 'server',
      notBefore: new Date(Date.now() - 2 * day),
      notAfter: new Date(Date.now() - day),
    });
    led.setTls(mutualTls(world, pair));
    await untrusted(/CERT_HAS_EXPIRED/);
  });

  it('wrong authority', async () => {
    const other = await createCertificates();
    other.remove();
    led.setTls(mutualTls(world, other.server));
    await untrusted(/UNABLE_TO|CERT/);
  });

  it.each([
    ['an IP address', ['127.0.0.2']],
    ['a name', ['led.example']],
  ])('wrong name, %s', async (_, names) => {
    led.setTls(mutualTls(world, await world.authority.issue({ commonName: '127.0.0.1', names, use: 'server' })));
    await untrusted(/ALTNAME/);
  });

  it('TLS 1.1 and plain text on the TLS port', async () => {
    led.onTcp = (tcp) => {
      tcp.on('data', () => tcp.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      return true;
    };
    const { fault, intents } = await askOnce(client);
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledUntrusted' });
    expect(intents).toHaveLength(1);
    await healthyAgain();
  });
});

describe.each(['TLSv1.3', 'TLSv1.2'] as const)('our certificate refused under %s', (version) => {
  it('503, no retry, its own result in the metrics, an error in the log', async () => {
    const stranger = await createCertificates();
    const strict = await startHostileLed(
      mutualTls(world, { ca: stranger.authority.cert, minVersion: version, maxVersion: version }),
    );
    const refused = connect(strict, world);
    const { fault, intents, ms } = await askOnce(refused);
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledCertificateRefused', retryAfter: 5 });
    expect(intents).toHaveLength(1);
    expect(ms, 'not by a timeout').toBeLessThan(2500);
    expect(
      await metricValue(refused.metrics, 'led_request_duration_seconds_count', { result: 'ledCertificateRefused' }),
    ).toBe(1);
    expect(refused.logs.filter((line) => JSON.parse(line).level === 50)).toHaveLength(1);
    await refused.close();
    await until(() => strict.open() === 0);
    await strict.close();
    stranger.remove();
  });

  it('is not reported when LED accepts the certificate and closes the connection', async () => {
    const closing = await startHostileLed(mutualTls(world, { minVersion: version, maxVersion: version }));
    closing.respond = ({ stream }) => void stream.end();
    const accepted = connect(closing, world);
    const { fault, intents } = await askOnce(accepted);
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledClosed' });
    expect(intents).toHaveLength(1);
    await accepted.close();
    await until(() => closing.open() === 0);
    await closing.close();
  });
});

describe('the end of a call', () => {
  it('a caller leaves while LED works: the call is rejected immediately and the connection closed', async () => {
    led.respond = () => {};
    const leave = new AbortController();
    const asked = askOnce(client, { leave: leave.signal });
    await until(() => led.calls.length === 1);
    const left = performance.now();
    leave.abort();
    expect((await asked).fault?.code).toBe('callerGone');
    expect(performance.now() - left).toBeLessThan(500);
    await until(() => led.open() === 0, 2000);
    await healthyAgain();
  });

  it('close waits for the open call and leaves nothing open', async () => {
    let release = () => {};
    led.respond = (call) => {
      release = () => good(call);
    };
    const asked = askOnce(client);
    await until(() => led.calls.length === 1);
    const closed = client.close();
    release();
    expect((await asked).answer?.records).toHaveLength(1);
    await closed;
    await until(() => led.open() === 0, 2000);
  });
});

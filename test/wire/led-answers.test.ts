import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerXml, bachelorRecord, fault12Xml, faultXml, testInsz } from '../support/answers.ts';
import { type Certificates, createCertificates, mutualTls } from '../support/certificates.ts';
import { drip } from '../support/hostile-answers.ts';
import {
  askOnce,
  connect,
  good,
  goodXml,
  type HostileLed,
  metricValue,
  type Respond,
  respond,
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
  led.respond = good;
  const { answer, fault } = await askOnce(client);
  expect(fault?.reason).toBeUndefined();
  expect(answer?.records, 'the next good request succeeds').toHaveLength(1);
  await client.close();
  await until(() => led.open() === 0, 2000);
  await led.close();
  const logged = client.logs.join('');
  expect(logged).not.toContain(testInsz());
  expect(logged).not.toMatch(/Bachelor|soap:|<\//);
});

/** Checks an answer that cannot be used: 502 immediately, no retry, and counted with its own result. */
const refused = async (answer: Respond, reason: string | RegExp) => {
  led.respond = answer;
  const { fault, intents, ms } = await askOnce(client);
  expect(fault?.code).toBe('badGateway');
  expect(fault?.reason).toMatch(reason);
  expect(intents).toHaveLength(1);
  expect(ms, 'not by the deadline').toBeLessThan(2500);
  expect(await metricValue(client.metrics, 'led_request_duration_seconds_count', { result: fault?.reason ?? '' })).toBe(
    1,
  );
};

const deadline = async (answer: Respond, timeoutMs = 300) => {
  led.respond = answer;
  const { fault, intents, ms } = await askOnce(client, { timeoutMs });
  expect(fault?.code).toBe('ledTimeout');
  expect(intents).toHaveLength(1);
  expect(ms).toBeGreaterThanOrEqual(timeoutMs - 5);
  expect(ms).toBeLessThan(timeoutMs + 500);
  await until(() => led.open() === 0, 2000);
};

describe('time', () => {
  it('headers never come: 504 at the deadline', () => deadline(() => {}));
  it('headers drip: 504 at the deadline', () =>
    deadline((call) => {
      call.stream.write('HTTP/1.1 200 OK\r\n');
      drip(call, 'X-Drip: drip\r\n');
    }));
  it('interim answers never end: 504 at the deadline', () =>
    deadline((call) => drip(call, 'HTTP/1.1 102 Processing\r\n\r\n')));
  it('body drips: 504 at the deadline', () =>
    deadline((call) => {
      call.stream.write('HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n');
      drip(call, ' ');
    }));
  it('body stops halfway: 504 at the deadline', () =>
    deadline((call) => respond(call, goodXml(call.referte), { 'Content-Length': '100000' })));
});

describe('an answer that is cut off', () => {
  const half = (referte: string) => goodXml(referte).slice(0, 700);
  it('reset in the middle of the body', () =>
    refused((call) => {
      respond(call, half(call.referte), { 'Content-Length': '5000' });
      setImmediate(() => call.tcp.resetAndDestroy());
    }, /ledCutOff|ledMalformed/));
  it.each(['Content-Length', 'Transfer-Encoding', 'Connection'])('end in the middle of the body, by %s', (by) =>
    refused((call) => {
      const text = half(call.referte);
      if (by === 'Transfer-Encoding') {
        respond(call, `${text.length.toString(16)}\r\n${text}\r\n`, { 'Transfer-Encoding': 'chunked' });
      } else if (by === 'Content-Length') {
        respond(call, text, { 'Content-Length': '5000' });
      } else {
        call.stream.write(`HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n${text}`);
      }
      call.stream.end();
    }, /ledCutOff|ledMalformed|ledInvalidXml/),
  );
  it('reset in the middle of a body that ends with the connection', () =>
    refused((call) => {
      const text = `HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n${half(call.referte)}`;
      call.stream.write(text, () => setImmediate(() => call.tcp.resetAndDestroy()));
    }, /ledCutOff|ledMalformed|ledInvalidXml/));
  it('exactly between two records', () =>
    refused((call) => {
      const whole = answerXml({
        referte: call.referte,
        records: [bachelorRecord(testInsz()), bachelorRecord(testInsz())],
      });
      const text = whole.slice(0, whole.indexOf('</Bewijs>') + 9);
      respond(call, text);
    }, 'ledInvalidXml'));
});

describe('an answer that is not from LED', () => {
  const as =
    (type: string, body: string): Respond =>
    (call) =>
      respond(call, body, { 'Content-Type': type });
  it.each<[string, Respond, RegExp]>([
    ['HTML', as('text/html', '<html></html>'), /ledContentType/],
    ['HTML as XML', as('text/xml', '<html></html>'), /ledInvalid/],
    ['empty', as('text/xml', ''), /ledInvalid/],
    ['JSON', as('application/json', '{}'), /ledContentType/],
    ['JSON as XML', as('text/xml', '{}'), /ledInvalid/],
    ['multipart', as('multipart/related; type="text/xml"', '--x'), /ledContentType/],
    ['no content type', (call) => call.stream.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), /ledContentType/],
    [
      'two content types',
      (call) =>
        call.stream.write(
          'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n',
        ),
      /ledContentType/,
    ],
    ['no HTTP', (call) => call.stream.write('SSH-2.0-OpenSSH_9.2\r\n\r\n'), /ledMalformed/],
    [
      'two lengths',
      (call) => call.stream.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12'),
      /ledMalformed/,
    ],
    [
      'headers beyond 16 KiB',
      (call) => call.stream.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
      /ledMalformed/,
    ],
    [
      'an envelope of another namespace',
      (call) =>
        respond(
          call,
          goodXml(call.referte).replace(
            'http://schemas.xmlsoap.org/soap/envelope/',
            'http://www.w3.org/2001/12/soap-envelope',
          ),
          { 'Content-Type': 'application/soap+xml' },
        ),
      /ledInvalid/,
    ],
    [
      'another operation',
      (call) => respond(call, goodXml(call.referte).replaceAll('GeefBewijsResponse', 'GeefAndersResponse')),
      /ledInvalid/,
    ],
    [
      'answer to another Referte',
      (call) => respond(call, goodXml('6f1c1a6e-0d5c-4f6e-9a3e-0f0e0d0c0b0a')),
      /referteMismatch/,
    ],
  ])('%s: 502', async (_, answer, reason) => {
    await refused(answer, reason);
  });

  it('a throttle fault in SOAP 1.2 is busy, and a good answer in SOAP 1.2 is read', async () => {
    const headers = { 'Content-Type': 'application/soap+xml;charset=UTF-8' };
    led.respond = (call) => respond(call, fault12Xml('99995 - Te veel bevragingen'), headers, '500 Oops');
    const { fault } = await askOnce(client);
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledBusy', retryAfter: 5 });
    led.respond = (call) =>
      respond(
        call,
        goodXml(call.referte).replace(
          'http://schemas.xmlsoap.org/soap/envelope/',
          'http://www.w3.org/2003/05/soap-envelope',
        ),
        headers,
      );
    expect((await askOnce(client)).answer?.records).toHaveLength(1);
  });

  it('an answer to another Referte is logged as an error', async () => {
    led.respond = (call) => respond(call, goodXml('6f1c1a6e-0d5c-4f6e-9a3e-0f0e0d0c0b0a'));
    await askOnce(client);
    expect(client.logs.map((line) => JSON.parse(line)).filter(({ level }) => level === 50)).toMatchObject([
      { reason: 'referteMismatch', referte: led.calls[0]?.referte },
    ]);
  });
});

describe('status', () => {
  it.each([
    '201 Created',
    '204 No Content',
    '301 Moved',
    '400 Bad',
    '401 No',
    '403 No',
    '404 Gone',
    '502 Bad',
    '504 Slow',
  ])('%s: 502 unread', (status) =>
    refused((call) => respond(call, goodXml(call.referte), { Location: 'http://127.0.0.1:1/' }, status), 'ledStatus'),
  );
  it('500 with a good answer: 502', () =>
    refused((call) => respond(call, goodXml(call.referte), {}, '500 Oops'), 'ledInvalidStatus'));
  it('500 with HTML: 502', () =>
    refused((call) => respond(call, '<html>', { 'Content-Type': 'text/html' }, '500 Oops'), 'ledContentType'));
  it.each(['500 Oops', '200 OK'])('a SOAP Fault of a busy LED with %s: 503', async (status) => {
    led.respond = (call) => respond(call, faultXml('99995 - Te veel'), {}, status);
    const { fault, calls } = await askOnce(client);
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledBusy', retryAfter: 5 });
    expect(calls.exceptions).toEqual([{ id: '99995', origin: '', type: 'FOUT' }]);
    expect(await metricValue(client.metrics, 'led_exceptions_total', { id: '99995', origin: '' })).toBe(1);
  });
  it('an unsigned call is refused: 502 and an error in the log, because the caller did nothing wrong', async () => {
    led.respond = (call) => respond(call, faultXml('ERR_025: geen handtekening'), {}, '500 Oops');
    const { fault } = await askOnce(client);
    expect(fault).toMatchObject({ code: 'badGateway', reason: 'ledRefused' });
    expect(client.logs.map((line) => JSON.parse(line)).filter(({ level }) => level === 50)).toHaveLength(1);
  });
  it.each([
    ['7', 7],
    ['0', 1],
    ['3600', 60],
    ['a date', 30],
    ['soon', 5],
    [undefined, 5],
  ])('429 and 503 with Retry-After %s, unread: 503', async (value, seconds) => {
    for (const status of ['429 Many', '503 Busy']) {
      led.respond = (call) => {
        const text = value === 'a date' ? new Date(Date.now() + 30_000).toUTCString() : value;
        const headers = text === undefined ? {} : { 'Retry-After': text };
        respond(call, 'never read to its end', { ...headers, 'Content-Length': '1000000' }, status);
      };
      const { fault, intents, ms } = await askOnce(client);
      expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledBusy' });
      expect(Math.abs((fault?.retryAfter ?? 0) - seconds)).toBeLessThanOrEqual(1);
      expect(intents).toHaveLength(1);
      expect(ms, 'not by the deadline').toBeLessThan(2500);
    }
  });
});

describe('encoding', () => {
  const latin = (call: Parameters<Respond>[0]) =>
    Buffer.from(goodXml(call.referte).replace('Hogeschool', 'Universit\u00e9'), 'latin1');
  it('a BOM is fine', async () => {
    led.respond = (call) => respond(call, `\ufeff${goodXml(call.referte)}`);
    expect((await askOnce(client)).answer?.records).toHaveLength(1);
  });
  it.each([
    'text/xml',
    'application/xml; charset=UTF-8',
    'application/soap+xml;charset="utf-8"',
    'text/xml ; charset=us-ascii',
  ])('%s is fine', async (type) => {
    led.respond = (call) => respond(call, goodXml(call.referte), { 'Content-Type': type });
    expect((await askOnce(client)).answer?.records).toHaveLength(1);
  });
  it('ISO-8859-1 by name: 502', () =>
    refused(
      (call) => respond(call, latin(call), { 'Content-Type': 'text/xml; charset=ISO-8859-1' }),
      'ledContentType',
    ));
  it('broken UTF-8: 502', () => refused((call) => respond(call, latin(call)), 'ledInvalidEncoding'));
  it('gzip although refused: 502', () =>
    refused(
      (call) => respond(call, gzipSync(goodXml(call.referte)), { 'Content-Encoding': 'gzip' }),
      'ledContentEncoding',
    ));
  it('gzip without Content-Encoding: 502', () =>
    refused((call) => respond(call, gzipSync(goodXml(call.referte))), /ledInvalid/));
  it('a gzip bomb is never unpacked: 502, memory within 20 MB', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    const before = process.memoryUsage.rss();
    await refused((call) => respond(call, bomb, { 'Content-Encoding': 'gzip' }), 'ledContentEncoding');
    expect(process.memoryUsage.rss() - before).toBeLessThan(20_000_000);
  });
});

describe('50 MB', () => {
  const chunk = Buffer.alloc(65_536, ' ');
  /** Writes as fast as the other side reads, without a buffer. */
  const flood = (call: Parameters<Respond>[0], head: string, frame: (data: Buffer) => Buffer) => {
    let left = 50_000_000;
    call.stream.write(head);
    const more = () => {
      while (left > 0 && !call.stream.destroyed) {
        left -= chunk.length;
        written += chunk.length;
        if (!call.stream.write(frame(chunk))) return void call.stream.once('drain', more);
      }
    };
    more();
  };
  let written = 0;
  const hex = chunk.length.toString(16);
  it.each<[string, string, (data: Buffer) => Buffer]>([
    ['with Content-Length', 'Content-Length: 50000000\r\n\r\n', (data) => data],
    [
      'chunked',
      'Transfer-Encoding: chunked\r\n\r\n',
      (data) => Buffer.concat([Buffer.from(`${hex}\r\n`), data, Buffer.from('\r\n')]),
    ],
    ['until the connection ends', 'Connection: close\r\n\r\n', (data) => data],
  ])('%s: 502 at the limit, the rest is not read, memory within 20 MB', async (_, head, frame) => {
    // Once before the measurement: the first answer of a process needs memory that later ones do not.
    await askOnce(client);
    globalThis.gc?.();
    const before = process.memoryUsage();
    written = 0;
    led.respond = (call) => flood(call, `HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n${head}`, frame);
    const { fault, intents, ms } = await askOnce(client);
    const after = process.memoryUsage();
    expect(fault).toMatchObject({ code: 'badGateway' });
    expect(fault?.reason).toMatch(/ledTooLong|ledInvalidXml/);
    expect(intents).toHaveLength(1);
    expect(ms, 'not by the deadline').toBeLessThan(2500);
    await until(() => led.open() === 0, 2000);
    expect(written).toBeLessThan(20_000_000);
    expect(after.rss - before.rss).toBeLessThan(20_000_000);
  });

  it('an announced length of 50 MB is refused before the body comes', () =>
    refused(
      (call) => call.stream.write('HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 50000000\r\n\r\n'),
      'ledTooLong',
    ));

  it('a well-formed answer is accepted at the limit, and refused with one byte more', async () => {
    const size = Buffer.byteLength(goodXml('6f1c1a6e-0d5c-4f6e-9a3e-0f0e0d0c0b0a'));
    for (const [maxResponseBytes, headers] of [
      [size, undefined],
      [size - 1, undefined],
      [size - 1, { 'Transfer-Encoding': 'chunked' }],
    ] as const) {
      const bounded = connect(led, world, { maxResponseBytes });
      led.respond = (call) => {
        const text = goodXml(call.referte);
        if (headers === undefined) respond(call, text);
        else respond(call, `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`, headers);
      };
      const { answer, fault } = await askOnce(bounded);
      if (maxResponseBytes === size) expect(answer?.records).toHaveLength(1);
      else expect(fault).toMatchObject({ code: 'badGateway', reason: 'ledTooLong' });
      await bounded.close();
    }
  });
});

describe('connections', () => {
  it('an extra answer behind another one is never used for the next question', async () => {
    led.respond = (call) => {
      const text = goodXml(call.referte);
      const one = `HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
      call.stream.write(one + one);
    };
    expect((await askOnce(client)).answer?.records).toHaveLength(1);
    led.respond = good;
    const { answer, fault } = await askOnce(client);
    expect(fault?.reason).toBeUndefined();
    expect(answer?.records).toHaveLength(1);
  });
  it('LED closes after each answer: every call succeeds without a retry', async () => {
    led.respond = (call) => {
      respond(call, goodXml(call.referte), { Connection: 'close' });
      call.stream.end();
    };
    for (let i = 0; i < 5; i += 1) expect((await askOnce(client)).answer?.records).toHaveLength(1);
    expect(led.accepted()).toBe(5);
    expect(await metricValue(client.metrics, 'led_retries_total')).toBe(0);
  });
});

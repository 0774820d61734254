import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Socket, connect as tcpConnect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  envelopeXml,
  fault12Xml,
  faultXml,
  responseXml,
  securityHeaderXml,
  type TestException,
  testInsz,
  uitzonderingenXml,
} from '../support/answers.ts';
import { type Certificates, createCertificates, mutualTls } from '../support/certificates.ts';
import {
  askedInsz,
  chunkOf,
  drip,
  flood,
  recordsXml,
  resetSoon,
  respondChunked,
  sound,
  soundXml,
} from '../support/hostile-answers.ts';
import {
  type Call,
  type HostileLed,
  offersSession,
  type Respond,
  refuseHello,
  respond,
  startHostileLed,
} from '../support/hostile-led.ts';
import {
  type AuditLine,
  ask,
  environmentFor,
  idOf,
  type RunningService,
  runCommand,
  startService,
} from '../support/service.ts';
import { until } from '../support/until.ts';

/*
 * Every fault of LED, seen from outside: the whole service runs as a process, and LED is a hostile server over mutual
 * TLS. With FAULT_TABLE=file this test writes its measurements to that file, as a table.
 */

const TIMEOUT_MS = 1200;
const CONNECT_MS = 300;
const LOOP_MS = 100;
const MEMORY_MB = 20;

/** What a caller may get: an outcome, or a problem by the last part of its type. */
const answers = {
  eligible: [200, 'eligible'],
  manualReview: [200, 'manualReview'],
  notDemonstrated: [200, 'notDemonstrated'],
  badRequest: [400, 'belgif:badRequest'],
  badGateway: [502, 'belgif:badGateway'],
  ledRegistrationMissing: [502, 'zorg:ledRegistrationMissing'],
  serviceUnavailable: [503, 'belgif:serviceUnavailable'],
  ledTimeout: [504, 'zorg:ledTimeout'],
} as const;
type Says = keyof typeof answers;

type Expected = {
  readonly says: Says;
  /** The number of calls to LED. Default 1. */
  readonly attempts?: number;
  /** The reason in the log. */
  readonly reason?: string | RegExp;
  /** Seconds, exact to one second. Default 5. */
  readonly retryAfter?: number;
  /** The least and the most milliseconds in the service. In a busy process a timer may fire a little early. */
  readonly ms?: readonly [number, number];
  /** The HTTP status in the log line of the call. */
  readonly ledStatus?: number;
  /** The log has an error, because somebody must look at it. */
  readonly alarm?: true;
  /** `memory`: the peak grows by less than 20 MB. `loop`: no turn of the event loop takes 100 ms. */
  readonly bounded?: 'memory' | 'loop';
};

/** An answer. `waitedMs` is the time in which the process was ready to run but had no processor. */
type Measured = { status: number; id: string; text: string; access: AuditLine; headers: Headers; waitedMs: number };

let world: Certificates;
let led: HostileLed;
let service: RunningService;
const services: RunningService[] = [];
const secrets = new Set<string>();
const table: string[] = [];
let serial = 0;

const turnsFile = () => join(world.folder, 'turns');
const preload = (script: string) => ({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` });
/** Measures the longest turn of the event loop in processor time, so that other processes do not count. */
const watchTurns = () =>
  preload(`import { writeFileSync } from 'node:fs';
    let last = process.threadCpuUsage(), most = 0;
    setInterval(() => {
      const { user, system } = process.threadCpuUsage(last);
      last = process.threadCpuUsage();
      most = Math.max(most, (user + system) / 1000);
    }, 1).unref();
    process.on('SIGUSR2', () => { writeFileSync(${JSON.stringify(turnsFile())}, String(most)); most = 0; });`);

const start = async (environment: Record<string, string> = {}): Promise<RunningService> => {
  const started = await startService({
    ...environmentFor(led.url.href, world.files),
    LED_TIMEOUT_MS: String(TIMEOUT_MS),
    LED_CONNECT_TIMEOUT_MS: String(CONNECT_MS),
    ...environment,
  });
  services.push(started);
  return started;
};

beforeAll(async () => {
  world = await createCertificates();
  led = await startHostileLed(mutualTls(world));
  led.respond = sound;
  service = await start(watchTurns());
});
afterAll(async () => {
  await Promise.all(services.map((each) => each.stop()));
  await led?.close();
  world?.remove();
  const { FAULT_TABLE } = process.env;
  if (FAULT_TABLE !== undefined) {
    const head = '| fault | answer | ms | attempts | memory, peak | access line |\n|---|---|---|---|---|---|\n';
    writeFileSync(FAULT_TABLE, `${head}${table.join('\n')}\n`);
  }
});

/** The memory of the process in kilobytes: now, and the peak since `forgetPeak`. */
const memoryOf = ({ process: { pid } }: RunningService) => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return { now: field('VmRSS'), peak: field('VmHWM') };
};
const forgetPeak = ({ process: { pid } }: RunningService) => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** Milliseconds that the main thread has waited for a processor. That delay comes from the machine. */
const waitedOf = ({ process: { pid } }: RunningService): number => {
  const file = `/proc/${pid}/schedstat`;
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) / 1e6 : 0;
};

const metric = async (of: RunningService, line: RegExp): Promise<number> =>
  Number(line.exec(await (await fetch(`${of.opsUrl}/metrics`)).text())?.[1] ?? 0);
/** The longest turn in ms that `watchTurns` has measured since the last call of this function. */
const longestTurn = async ({ process: child }: RunningService): Promise<number> => {
  rmSync(turnsFile(), { force: true });
  child.kill('SIGUSR2');
  const measured = () => (existsSync(turnsFile()) ? readFileSync(turnsFile(), 'utf8') : '');
  await until(() => measured() !== '');
  return Number(measured());
};

const linesOf = (text: string, id: string): AuditLine[] =>
  text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.includes(id))
    .map((line) => JSON.parse(line));

/**
 * Asks about a new person and returns the answer with its audit line. A service that gets no processor refuses callers
 * without a call to LED; this function then asks again.
 */
const askAboutNew = async (of: RunningService): Promise<Measured> => {
  for (;;) {
    const measured = await askNow(of);
    if (logOf(of, measured.id)?.reason !== 'eventLoopDelay') return measured;
  }
};

const logOf = (of: RunningService, id: string) => linesOf(of.stderr(), id).find((line) => line.message === 'answered');

const askNow = async (of: RunningService): Promise<Measured> => {
  serial += 1;
  const insz = testInsz(serial % 1000);
  secrets.add(insz);
  const waited = waitedOf(of);
  const response = await ask(of, { insz, caseHandler: { id: 'handler-1' } });
  const text = await response.text();
  expect(text).not.toContain(insz);
  const id = idOf(JSON.parse(text));
  let access: AuditLine | undefined;
  await until(() => {
    access = linesOf(of.stdout(), id).find(({ kind }) => kind === 'access');
    return access !== undefined && logOf(of, id) !== undefined;
  });
  return {
    status: response.status,
    id,
    text,
    access: access ?? {},
    headers: response.headers,
    waitedMs: waitedOf(of) - waited,
  };
};

/** Sends good requests, more than the calls that failed, so that one row does not influence the next. */
const survive = async (of: RunningService, count: number): Promise<void> => {
  led.respond = sound;
  led.onTcp = () => false;
  for (let i = 0; i < count; i += 1) {
    const { status, text, access } = await askAboutNew(of);
    expect({ status, text }).toMatchObject({ status: 200 });
    expect(access).toMatchObject({ result: 'decided', outcome: 'eligible', led: { attempts: 1 } });
  }
};

/** Checks what must hold for every answer, and adds its row to the table. */
const check = (of: RunningService, fault: string, expected: Expected, measured: Measured, memory = ''): void => {
  const { says, attempts = 1, reason, retryAfter = 5, ms: [least, most] = [0, TIMEOUT_MS + 1000] } = expected;
  const { id, access, headers, text } = measured;
  const [status, word] = answers[says];
  const body = JSON.parse(text);
  expect({ status: measured.status, says: body.outcome ?? body.type?.replace('urn:problem-type:', '') }).toEqual({
    status,
    says: word,
  });
  const decided = status === 200;
  expect(headers.get('content-type')).toMatch(decided ? /^application\/json/ : /^application\/problem\+json/);
  if (status === 503) expect(Math.abs(Number(headers.get('retry-after')) - retryAfter)).toBeLessThanOrEqual(1);
  else expect(headers.get('retry-after')).toBeNull();

  const lines = linesOf(of.stdout(), id);
  expect(lines.filter(({ kind }) => kind === 'access')).toHaveLength(1);
  expect(access).toMatchObject({
    status,
    result: decided ? 'decided' : status === 400 ? 'refused' : 'failed',
    led: { attempts },
    ...(decided ? { outcome: word } : { problem: says }),
  });
  expect('outcome' in access || 'disclosed' in access).toBe(decided);
  const intents = lines.filter(({ kind }) => kind === 'intent').flatMap(({ led: { references } }) => references);
  expect(intents).toEqual(access.led.references);
  expect(new Set(intents).size).toBe(attempts);
  // Measured in the service, without the time in which it waited for a processor: that depends on the machine.
  expect(access.durationMs).toBeGreaterThanOrEqual(least);
  expect(access.durationMs - measured.waitedMs).toBeLessThan(most);

  const log = logOf(of, id);
  if (reason !== undefined) expect(log?.reason).toMatch(reason);
  const alarms = intents.flatMap((referte) => linesOf(of.stderr(), referte)).filter(({ level }) => level === 50);
  expect(alarms).toHaveLength(expected.alarm ? 1 : 0);
  const calls = linesOf(of.stderr(), id).filter(({ referte }) => referte !== undefined);
  // A fault about the person is no failed call.
  const failed = decided || says === 'badRequest' || says === 'ledRegistrationMissing' ? 0 : 1;
  expect(calls.length).toBeGreaterThanOrEqual(failed);
  if (failed === 1) expect(calls.at(-1)).toMatchObject({ id, reason: log?.reason });
  expect(calls.at(-1)?.ledStatus).toBe(expected.ledStatus);
  expect(of.process.exitCode).toBeNull();

  const retry = status === 503 ? `, Retry-After ${headers.get('retry-after')}` : '';
  const exceptions = access.led.exceptions.map((one: AuditLine) => `${one.id}.${one.origin || '-'}`).join(' ');
  const said = decided ? access.outcome : `${access.problem}${log?.reason ? ` (${log.reason})` : ''}`;
  const line = `${access.result} ${said}, ${intents.length} intent${exceptions && `, ${exceptions}`}`;
  table.push(`| ${fault} | ${status} ${word}${retry} | ${access.durationMs} | ${attempts} | ${memory} | ${line} |`);
};

const silent = new Set<Says>(['ledTimeout', 'serviceUnavailable']);

/** Runs one row: the fault, the checks of its answer, and the good requests after it. */
const suffer = async (fault: string, expected: Expected, of: RunningService = service): Promise<Measured> => {
  const { attempts = 1, says } = expected;
  const hostile = led.respond;
  forgetPeak(of);
  const before = memoryOf(of).now;
  let measured = await askAboutNew(of);
  // An answer that missed the deadline without a processor says nothing about the fault.
  while (measured.status === 504 && says !== 'ledTimeout' && measured.waitedMs > TIMEOUT_MS / 4) {
    await survive(of, 2);
    led.respond = hostile;
    measured = await askAboutNew(of);
  }
  const megabytes = (memoryOf(of).peak - before) / 1024;
  check(of, fault, expected, measured, `+${megabytes.toFixed(1)} MB`);
  if (expected.bounded === 'memory') expect(megabytes).toBeLessThan(MEMORY_MB);
  await survive(of, silent.has(says) || attempts > 1 ? attempts + 1 : 1);
  return measured;
};

/** Ends the idle connections, and waits until they are closed. */
const hangUp = async (): Promise<void> => {
  for (const { stream } of led.calls) stream.end();
  await until(() => led.open() === 0);
};

const raw =
  (text: string | ((insz: string) => string)): Respond =>
  (call) =>
    void call.stream.write(typeof text === 'string' ? text : text(askedInsz(call)));
const as =
  (type: string, body: string): Respond =>
  (call) =>
    respond(call, body.replace('INSZ', askedInsz(call)), { 'Content-Type': type });
/** A good answer with one change. */
const odd =
  (change: (xml: string) => string): Respond =>
  (call) =>
    respondChunked(call, change(soundXml(call, 2)));

type Row = readonly [fault: string, expected: Expected, hostile: Respond];
const unusable = (reason: string | RegExp, more: Partial<Expected> = {}): Expected => ({
  says: 'badGateway',
  reason,
  ...more,
});
const late: Expected = { says: 'ledTimeout', reason: 'ledTimeout', ms: [0.8 * TIMEOUT_MS, TIMEOUT_MS + 1000] };

describe('connection', () => {
  test('reset of a reused idle connection before the first byte: a second call', async () => {
    await survive(service, 1);
    const { number } = led.calls.at(-1) ?? { number: -1 };
    led.respond = (call) => (call.number === number + 1 ? void call.tcp.resetAndDestroy() : sound(call));
    await suffer('reset of a reused idle connection', { says: 'eligible', attempts: 2 });
  });

  test.each([2, 20])(
    'a load balancer fails over, %i kept connections, asked together and one after another',
    async (kept) => {
      const failOver = async (ask: () => Promise<Measured[]>): Promise<void> => {
        const held: Call[] = [];
        led.respond = (call) => {
          held.push(call);
          if (held.length === kept) held.forEach(sound);
        };
        await Promise.all(Array.from({ length: kept }, () => askAboutNew(service)));
        const old = new Set(led.calls.map(({ tcp }) => tcp));
        led.respond = (call) => (old.has(call.tcp) ? void call.tcp.resetAndDestroy() : sound(call));
        const all = await ask();
        expect(all.map(({ text }) => JSON.parse(text).outcome)).toEqual(all.map(() => 'eligible'));
        expect(await metric(service, /^led_breaker_state (\d)$/m)).toBe(0);
        const most = Math.max(...all.map(({ access }) => access.led.attempts));
        table.push(`| fail-over, ${kept} kept, ${all.length} asked | 200 eligible | | ${most} | | decided eligible |`);
        await survive(service, 15);
      };
      await failOver(() => Promise.all(Array.from({ length: 20 }, () => askAboutNew(service))));
      await failOver(async () => {
        const all: Measured[] = [];
        for (let i = 0; i < 20; i += 1) all.push(await askAboutNew(service));
        return all;
      });
    },
  );

  test.each(['TLSv1.3', 'TLSv1.2'] as const)('a TLS ticket that LED no longer takes, under %s', async (version) => {
    led.setTls(mutualTls(world, { minVersion: version, maxVersion: version }));
    for (const way of ['reset', 'alert', 'after'] as const) {
      await hangUp();
      // A service of its own: one that met a dead ticket offers none for five minutes.
      const resuming = await start();
      await survive(resuming, 1);
      await hangUp();
      let refused = 0;
      led.onSecure = (stream, tcp) => {
        if (way !== 'after' || !stream.isSessionReused()) return false;
        refused += 1;
        tcp.resetAndDestroy();
        return true;
      };
      if (way !== 'after') {
        led.onHello = (hello, tcp) => {
          if (!offersSession(hello)) return false;
          refused += 1;
          refuseHello(tcp, way);
          return true;
        };
      }
      const attempts = way === 'after' ? 2 : 1;
      await suffer(`dead ticket under ${version}: ${way}`, { says: 'eligible', attempts }, resuming);
      expect(refused).toBe(1);
      led.onHello = undefined;
      led.onSecure = () => false;
      await resuming.stop();
    }
    led.setTls(mutualTls(world));
  });

  test('LED_CA_FILE with the issuing authority alone', async () => {
    const issuing = await world.authority.createIntermediate('Issuing');
    led.setTls(mutualTls(world, await issuing.issue({ commonName: 'LED', names: ['127.0.0.1'], use: 'server' })));
    const caFile = world.write('issuing.crt', issuing.cert);
    await suffer('the issuing authority alone is trusted', { says: 'eligible' }, await start({ LED_CA_FILE: caFile }));
    led.setTls(mutualTls(world));
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 and an LED of another authority: not trusted, and the start says so', async () => {
    const unsafe = await start({ NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_OPTIONS: '--inspect=127.0.0.1:0' });
    // Node.js writes lines of its own about both.
    expect(unsafe.stderr()).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED: ignored.*NODE_OPTIONS: opens an inspector/);
    const stranger = await createCertificates();
    stranger.remove();
    led.setTls(mutualTls(world, stranger.server));
    const sent = led.calls.length;
    const expected = { says: 'serviceUnavailable', reason: 'ledUntrusted', alarm: true } as const;
    check(unsafe, 'LED of another authority, NODE_TLS_REJECT_UNAUTHORIZED=0', expected, await askAboutNew(unsafe));
    expect(led.calls).toHaveLength(sent);
    led.setTls(mutualTls(world));
    await survive(unsafe, 2);
  });

  test('and the second call reset too', async () => {
    await survive(service, 1);
    led.respond = (call) => void call.tcp.resetAndDestroy();
    const expected = { says: 'serviceUnavailable', attempts: 2, reason: 'ledClosed' } as const;
    await suffer('the same, and the second call reset too', expected);
  });

  test('TLS handshake stalls', async () => {
    await hangUp();
    led.onTcp = () => true;
    await suffer('TLS handshake stalls', {
      says: 'serviceUnavailable',
      attempts: 2,
      reason: 'ledUnreachable',
      ms: [1.6 * CONNECT_MS, 2 * CONNECT_MS + 500],
    });
  });

  test('TLS handshake stalls and the deadline comes first', async () => {
    await hangUp();
    led.onTcp = () => true;
    const patient = await start({ LED_CONNECT_TIMEOUT_MS: '5000' });
    await suffer('TLS handshake stalls, deadline first', late, patient);
  });

  /** A listener in front of LED, in a separate process that can be stopped and killed. */
  const openFront = async (port = 0): Promise<{ process: ChildProcess; port: number }> => {
    const script = `const { createServer, connect } = require('net');
      createServer((near) => {
        const far = connect(${led.port}, '127.0.0.1');
        near.on('error', () => far.destroy()).pipe(far).on('error', () => near.destroy()).pipe(near);
      }).listen({ port: ${port}, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port); });`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    return { process: child, port: Number(await new Promise((resolve) => child.stdout?.once('data', resolve))) };
  };

  test('packets vanish; connect refused', async () => {
    const front = await openFront();
    const far = await start({ LED_URL: `https://127.0.0.1:${front.port}/` });
    // The listening process is stopped and its queue of connections is full, so the kernel drops new ones.
    front.process.kill('SIGSTOP');
    const fillers: Socket[] = [];
    const knock = () => fillers.push(tcpConnect(front.port, '127.0.0.1').on('error', () => {}));
    for (let i = 0; i < 4; i += 1) knock();
    await until(() => fillers.filter(({ connecting }) => !connecting).length >= 2);
    const unreachable = { says: 'serviceUnavailable', attempts: 2, reason: 'ledUnreachable' } as const;
    const vanished = await askAboutNew(far);
    for (const filler of fillers) filler.destroy();
    front.process.kill('SIGCONT');
    const ms = [1.6 * CONNECT_MS, 2 * CONNECT_MS + 500] as const;
    check(far, 'packets vanish', { ...unreachable, ms }, vanished);
    await survive(far, 3);

    front.process.kill('SIGKILL');
    await new Promise((resolve) => front.process.once('close', resolve));
    const refused = await askAboutNew(far);
    check(far, 'connect refused', unreachable, refused);
    const again = await openFront(front.port);
    await survive(far, 3);
    again.process.kill('SIGKILL');
  });

  test('DNS failure', async () => {
    // The real resolver fails. After that, a file makes the name resolve, since no test can change DNS.
    const cured = join(world.folder, 'cured');
    const cure = `import dns from 'node:dns'; import { existsSync } from 'node:fs'; const { lookup } = dns;
      dns.lookup = (name, ...rest) => lookup(existsSync(${JSON.stringify(cured)}) ? '127.0.0.1' : name, ...rest);`;
    const pair = await world.authority.issue({ commonName: 'LED', names: ['127.0.0.1', 'led.invalid'], use: 'server' });
    led.setTls(mutualTls(world, pair));
    const lost = await start({
      LED_URL: `https://led.invalid:${led.port}/`,
      ...preload(cure),
    });
    const measured = await askAboutNew(lost);
    check(lost, 'DNS failure', { says: 'serviceUnavailable', attempts: 2, reason: 'ledUnreachable' }, measured);
    writeFileSync(cured, '');
    await survive(lost, 3);
    led.setTls(mutualTls(world));
  });

  test('the caller leaves while LED works', async () => {
    await survive(service, 1);
    led.respond = () => {};
    const leave = new AbortController();
    const asked = led.calls.length;
    const insz = testInsz(999);
    secrets.add(insz);
    const left = fetch(`${service.url}/eligibility`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ insz, caseHandler: { id: 'handler-1' } }),
      signal: leave.signal,
    });
    await until(() => led.calls.length > asked);
    leave.abort();
    await expect(left).rejects.toThrow();
    const gone = () => service.audit().filter(({ problem }) => problem === 'callerGone');
    await until(() => gone().length > 0 && led.open() === 0);
    expect(gone()).toMatchObject([{ kind: 'access', result: 'failed', status: 499, led: { attempts: 1 } }]);
    table.push(`| the caller leaves | none (499) | ${gone()[0]?.durationMs} | 1 | | failed callerGone, 1 intent |`);
    await survive(service, 1);
  });
});

describe('trust', () => {
  const day = 86_400_000;
  const issue = (names: string[], more = {}) =>
    world.authority.issue({ commonName: 'LED', names, use: 'server', ...more });
  const yesterday = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };

  test.each([
    ['LED’s certificate expired', () => issue(['127.0.0.1'], yesterday)],
    ['LED’s certificate of a wrong CA', () => createWorldPair()],
    ['LED’s certificate for a wrong name', () => issue(['led.example', '127.0.0.2'])],
  ])('%s: 503, no retry, an error in the log, nothing sent', async (fault, pair) => {
    led.setTls(mutualTls(world, await pair()));
    await hangUp();
    const sent = led.calls.length;
    const expected = { says: 'serviceUnavailable', reason: 'ledUntrusted', alarm: true } as const;
    check(service, fault, expected, await askAboutNew(service));
    expect(led.calls).toHaveLength(sent);
    led.setTls(mutualTls(world));
    await survive(service, 2);
  });

  const createWorldPair = async () => {
    const other = await createCertificates();
    other.remove();
    return other.server;
  };

  test.each(['TLSv1.3', 'TLSv1.2'] as const)('our certificate refused under %s', async (version) => {
    const stranger = await createCertificates();
    stranger.remove();
    led.setTls(mutualTls(world, { ca: stranger.authority.cert, minVersion: version, maxVersion: version }));
    await hangUp();
    const refused = /^led_request_duration_seconds_count\{result="ledCertificateRefused"\} (\d+)$/m;
    const before = await metric(service, refused);
    const expected = { says: 'serviceUnavailable', reason: 'ledCertificateRefused', alarm: true } as const;
    check(service, `our certificate refused under ${version}`, expected, await askAboutNew(service));
    expect(await metric(service, refused)).toBe(before + 1);
    led.setTls(mutualTls(world));
    await survive(service, 2);
  });
});

describe('time, size, encoding and form', () => {
  const half = (call: Parameters<Respond>[0]) => soundXml(call, 2).slice(0, 900);
  const bomb = gzipSync(Buffer.alloc(200_000_000));
  const name = 'Sociaal-agogisch werk';
  const many = (count: number, one: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => one(i)).join('');
  const inName = (text: string) => odd((xml) => xml.replace(name, () => text));
  const inFront = (text: string) => odd((xml) => xml.replace('<soap:Envelope', () => `${text}<soap:Envelope`));
  const twice = (element: string) =>
    odd((xml) => xml.replace(new RegExp(`<${element}>.*</${element}>`, 's'), (whole) => whole + whole));
  const loop = (reason: string | RegExp) => unusable(reason, { bounded: 'loop' });
  const memory = (reason: string | RegExp) => unusable(reason, { bounded: 'memory' });
  const busy = (ledStatus: 429 | 503, retryAfter: number): Expected => ({
    says: 'serviceUnavailable',
    reason: 'ledBusy',
    ledStatus,
    retryAfter,
  });
  const status = (line: string, headers: Record<string, string> | (() => Record<string, string>)): Respond => {
    return (call) => {
      const all = typeof headers === 'function' ? headers() : headers;
      respond(call, 'never read to its end', { ...all, 'Content-Length': '1000000' }, line);
    };
  };

  const rows: readonly Row[] = [
    ['headers never come', late, () => {}],
    [
      'headers drip',
      late,
      (call) => {
        raw('HTTP/1.1 200 OK\r\n')(call);
        drip(call, 'X-Drip: drip\r\n');
      },
    ],
    ['interim answers without end', late, (call) => drip(call, 'HTTP/1.1 102 Processing\r\n\r\n')],
    [
      'body drips',
      late,
      (call) => {
        raw('HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 99999\r\n\r\n')(call);
        drip(call, ' ');
      },
    ],
    ['body stops in the middle', late, (call) => respond(call, half(call), { 'Content-Length': '99999' })],
    [
      'reset after one byte',
      unusable('ledCutOff'),
      (call) => {
        raw('H')(call);
        resetSoon(call);
      },
    ],
    [
      'reset in the middle of the body',
      unusable(/ledCutOff|ledMalformed/),
      (call) => {
        respond(call, half(call), { 'Content-Length': '99999' });
        resetSoon(call);
      },
    ],
    [
      'end in the middle of the body, Content-Length',
      unusable(/ledCutOff|ledMalformed/),
      (call) => {
        respond(call, half(call), { 'Content-Length': '99999' });
        call.stream.end();
      },
    ],
    [
      'end in the middle of the body, chunked',
      unusable(/ledCutOff|ledMalformed/),
      (call) => {
        respond(call, chunkOf(Buffer.from(half(call))), { 'Transfer-Encoding': 'chunked' });
        call.stream.end();
      },
    ],
    [
      'end in the middle of the body, until close',
      unusable('ledInvalidXml'),
      (call) => {
        raw(`HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n${half(call)}`)(call);
        call.stream.end();
      },
    ],
    [
      'end exactly between two records',
      unusable('ledInvalidXml'),
      (call) => {
        const xml = soundXml(call, 2);
        respond(call, xml.slice(0, xml.indexOf('</Bewijs>') + 9));
      },
    ],

    ['HTML', unusable('ledContentType'), as('text/html', '<html>INSZ</html>')],
    ['HTML said to be XML', unusable(/ledInvalid/), as('text/xml', '<html>INSZ</html>')],
    ['empty', unusable(/ledInvalid/), as('text/xml', '')],
    ['JSON', unusable('ledContentType'), as('application/json', '{"insz":"INSZ"}')],
    [
      'another SOAP operation',
      unusable('ledInvalidOperation'),
      odd((xml) => xml.replaceAll('GeefBewijsResponse', 'GeefAndersResponse')),
    ],
    [
      'an envelope of another namespace',
      unusable('ledInvalidEnvelope'),
      odd((xml) => xml.replace('http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2001/12/soap-envelope')),
    ],
    [
      'a good answer in SOAP 1.2',
      { says: 'eligible' },
      (call) =>
        respond(
          call,
          soundXml(call).replace(
            'http://schemas.xmlsoap.org/soap/envelope/',
            'http://www.w3.org/2003/05/soap-envelope',
          ),
          { 'Content-Type': 'application/soap+xml; charset=utf-8; action="urn:x"' },
        ),
    ],
    [
      'a good answer that is signed, mustUnderstand',
      { says: 'eligible' },
      odd((xml) => xml.replace('<soap:Header/>', securityHeaderXml)),
    ],
    ['multipart', unusable('ledContentType'), as('multipart/related; type="text/xml"', '--INSZ')],
    ['no HTTP', unusable('ledMalformed'), raw((insz) => `SSH-2.0-${insz}\r\n\r\n`)],
    [
      '404',
      unusable('ledStatus', { ledStatus: 404 }),
      raw((insz) => `HTTP/1.1 404 ${insz}\r\nX: ${insz}\r\nContent-Length: 11\r\n\r\n${insz}`),
    ],
    ['403', unusable('ledStatus', { ledStatus: 403 }), status('403 Forbidden', {})],
    [
      'redirect',
      unusable('ledStatus', { ledStatus: 307 }),
      status('307 Elsewhere', { Location: 'http://127.0.0.1:1/' }),
    ],
    ['headers beyond 16 KiB', unusable('ledMalformed'), raw(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)],

    ['429 with Retry-After 7', busy(429, 7), status('429 Many', { 'Retry-After': '7' })],
    ['429 without Retry-After', busy(429, 5), status('429 Many', {})],
    ['503 with Retry-After 3600', busy(503, 60), status('503 Busy', { 'Retry-After': '3600' })],
    ['503 with Retry-After 0', busy(503, 1), status('503 Busy', { 'Retry-After': '0' })],
    [
      '503 with Retry-After, a date in 30 s',
      busy(503, 30),
      status('503 Busy', () => ({ 'Retry-After': new Date(Date.now() + 30_000).toUTCString() })),
    ],
    [
      '503 with Retry-After, a date long ago',
      busy(503, 1),
      status('503 Busy', { 'Retry-After': new Date(0).toUTCString() }),
    ],
    ['503 with Retry-After, nonsense', busy(503, 5), status('503 Busy', { 'Retry-After': 'soon, -1' })],

    ['BOM', { says: 'eligible' }, odd((xml) => `\ufeff${xml}`)],
    [
      'ISO-8859-1 by header',
      unusable('ledContentType'),
      (call) =>
        respond(call, Buffer.from(soundXml(call), 'latin1'), { 'Content-Type': 'text/xml; charset=ISO-8859-1' }),
    ],
    ['ISO-8859-1 by declaration', unusable('ledInvalidEncoding'), odd((xml) => xml.replace('UTF-8', 'ISO-8859-1'))],
    [
      'broken UTF-8',
      unusable('ledInvalidEncoding'),
      (call) => respond(call, Buffer.from(soundXml(call).replace(name, 'vérité'), 'latin1')),
    ],
    [
      'gzip although refused',
      unusable('ledContentEncoding'),
      (call) => respond(call, gzipSync(soundXml(call)), { 'Content-Encoding': 'gzip' }),
    ],
    ['gzip bomb', memory('ledContentEncoding'), (call) => respond(call, bomb, { 'Content-Encoding': 'gzip' })],
    ['gzip bomb that does not say so', memory(/ledInvalid/), (call) => respond(call, bomb)],
    ['50 MB, Content-Length', memory('ledTooLong'), (call) => flood(call, 'Content-Length: 50000000')],
    ['50 MB, chunked', memory(/ledTooLong|ledInvalid/), (call) => flood(call, 'Transfer-Encoding: chunked', chunkOf)],
    [
      '50 MB, in chunks of four octets',
      memory('ledTooLong'),
      (call) => flood(call, 'Transfer-Encoding: chunked', () => Buffer.from('4\r\n    \r\n'.repeat(10_000))),
    ],
    ['50 MB, until close', memory(/ledTooLong|ledInvalid/), (call) => flood(call, 'Connection: close')],
    [
      '50 MB of well-formed records',
      memory('ledTooLong'),
      (call) => {
        const [, record = ''] = /(<Bewijs>.*?<\/Bewijs>)/s.exec(soundXml(call)) ?? [];
        const data = chunkOf(Buffer.from(record.repeat(30)));
        const [head = ''] = soundXml(call).split(record);
        raw('HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n')(call);
        call.stream.write(chunkOf(Buffer.from(head)));
        const more = (): void => {
          while (!call.stream.destroyed) if (!call.stream.write(data)) return void call.stream.once('drain', more);
        };
        more();
      },
    ],

    ['DOCTYPE', loop('ledInvalidDoctype'), inFront('<!DOCTYPE Envelope>')],
    [
      'entity bomb',
      loop('ledInvalidDoctype'),
      inFront(`<!DOCTYPE x [<!ENTITY a0 "ha">${many(30, (i) => `<!ENTITY a${i + 1} "&a${i};&a${i};">`)}]>`),
    ],
    ['external entity', loop('ledInvalidDoctype'), inFront('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>')],
    ['undeclared entity', loop('ledInvalidXml'), inName('&lol;')],
    ['100 000 levels deep', loop('ledInvalidDepth'), inName('<x>'.repeat(100_000))],
    [
      '200 000 attributes',
      loop('ledInvalidAttributes'),
      // Short ones, so that they are not refused because of their size.
      inName(`<x${many(64, (i) => ` a${i}=""`)}${' x=""'.repeat(200_000)}/>`),
    ],
    ['1 MB in one name', loop(/ledInvalid/), inName(`<${'x'.repeat(1_000_000)}`)],
    ['1 MB in one attribute', loop(/ledInvalid/), inName(`<x a="${'&lt;'.repeat(250_000)}`)],
    ['1 MB of small elements', loop(/ledInvalid/), inName(`<x>${'<y/>'.repeat(240_000)}`)],
    [
      '1 MB of elements that are not read, in a good answer',
      { says: 'eligible', bounded: 'loop' },
      odd((xml) => xml.replace('</Afgeleid>', `</Afgeleid><x>${'<y/>'.repeat(240_000)}</x>`)),
    ],
    ['1 MB of entities, then cut', loop(/ledInvalid/), inName(`${'&amp;'.repeat(200_000)}<`)],
    ['two roots', loop('ledInvalidXml'), odd((xml) => `${xml}<a/>`)],
    ['junk after the root', loop('ledInvalidXml'), odd((xml) => `${xml}junk`)],
    ['NUL', loop('ledInvalidXml'), inName('\0')],

    ['two Antwoord', unusable('ledInvalidDuplicate'), twice('Antwoord')],
    ['two Repliek', unusable('ledInvalidDuplicate'), twice('Repliek')],
    ['a second Body', unusable('ledInvalidDuplicate'), twice('soap:Body')],
    [
      'one element twice in a record',
      unusable('ledInvalidDuplicate'),
      odd((xml) => xml.replace('<Graad>', '<Graad><Naam>Master</Naam></Graad><Graad>')),
    ],
    [
      'answer to another Referte',
      unusable('referteMismatch', { alarm: true }),
      (call) => respond(call, soundXml({ ...call, referte: '6f1c1a6e-0d5c-4f6e-9a3e-0f0e0d0c0b0a' })),
    ],
    ['a good answer with 500', unusable('ledInvalidStatus'), (call) => respond(call, soundXml(call), {}, '500 Oops')],

    [
      'a record of another holder',
      { says: 'manualReview' },
      (call) => respond(call, recordsXml(call, { holder: testInsz(998) })),
    ],
    [
      'a code outside the filter',
      { says: 'notDemonstrated' },
      (call) => respond(call, recordsXml(call, { onderwerp: { code: '144001' } })),
    ],
    [
      'missing elements',
      { says: 'manualReview' },
      (call) =>
        respond(
          call,
          soundXml(call).replace(/<Basis>.*<\/Afgeleid>/s, '<Basis><Onderwerp><Code>762003</Code></Onderwerp></Basis>'),
        ),
    ],
    [
      'unknown values',
      { says: 'manualReview' },
      (call) => respond(call, recordsXml(call, { status: '7', bewijstype: 'Oorkonde', categorie: 'Andere' })),
    ],
  ];

  test.each(rows)('%s', async (fault, expected, hostile) => {
    if (expected.bounded === 'memory') {
      // Once without a measurement: the first answer of its kind needs memory that later ones do not.
      led.respond = hostile;
      await askAboutNew(service);
    }
    led.respond = hostile;
    await longestTurn(service);
    await suffer(fault, expected);
    const turn = await longestTurn(service);
    if (expected.bounded !== 'loop') return;
    expect(turn).toBeLessThan(LOOP_MS);
    table.push((table.pop() ?? '').replace(' MB |', ` MB; loop held ${turn.toFixed(0)} ms |`));
  });

  test('XML cut anywhere', async () => {
    let length = 0;
    const size = 3000;
    for (let i = 0; i < 40; i += 1) {
      const at = i / 40;
      led.respond = (call) => {
        const xml = soundXml(call, 3);
        length = Math.max(size, xml.length);
        respond(call, Buffer.from(xml).subarray(0, Math.floor(at * length)));
      };
      const measured = await askAboutNew(service);
      check(service, 'XML cut at 40 places', unusable(/ledInvalid/), measured);
      if (i > 0) table.pop();
    }
    await survive(service, 1);
  });
});

describe('Uitzonderingen and SOAP Faults', () => {
  const classes: readonly (readonly [string, readonly string[], Expected, asFault?: Expected])[] = [
    [
      'no data',
      ['40000.LED', '15021.MAGDA', '30001.LED', '30101.LED'],
      { says: 'notDemonstrated' },
      unusable('ledUnknownException'),
    ],
    ['INSZ malformed', ['20002.MAGDA'], { says: 'badRequest', reason: 'ledInszMalformed' }],
    ['INSZ cancelled', ['30002.MAGDA'], { says: 'badRequest', reason: 'ledInszCancelled' }],
    ['INSZ unknown', ['30003.MAGDA'], { says: 'badRequest', reason: 'ledInszUnknown' }],
    ['INSZ replaced', ['30004.MAGDA'], { says: 'badRequest', reason: 'ledInszReplaced' }],
    ['not registered', ['13202.MAGDA', '40003.MAGDA', '13303.MAGDA'], { says: 'ledRegistrationMissing' }],
    [
      'we are refused',
      ['10001', '13001', '13101', '13501', '20005', '40001', '40005', '40006', '60011', 'ERR_025'],
      unusable('ledRefused', { alarm: true }),
    ],
    [
      'busy or down',
      ['99994', '99995', '99996', '99997', '90000.LED', '60006', '60010', '60013'],
      { says: 'serviceUnavailable', reason: 'ledBusy' },
    ],
    ['anything else', ['12345', '40000.MAGDA', ''], unusable('ledUnknownException')],
  ];
  const levels: readonly (readonly [string, (exception: TestException) => Respond])[] = [
    [
      'Antwoord',
      (exception) => (call) =>
        respond(call, envelopeXml(responseXml({ referte: call.referte, exceptions: [exception] }))),
    ],
    [
      'Repliek',
      (exception) => (call) =>
        respond(call, envelopeXml(responseXml({ referte: call.referte, repliekExceptions: [exception] }))),
    ],
    [
      'Fault, 500',
      ({ identificatie, diagnose }) =>
        (call) =>
          respond(call, faultXml(`${identificatie} - ${diagnose}${askedInsz(call)}`), {}, '500 Oops'),
    ],
    [
      'Fault, 200',
      ({ identificatie, diagnose }) =>
        (call) =>
          respond(call, faultXml(`${identificatie} - ${diagnose}${askedInsz(call)}`)),
    ],
    [
      'Fault in SOAP 1.2, 500',
      ({ identificatie, diagnose }) =>
        (call) =>
          respond(
            call,
            fault12Xml(`${identificatie} - ${diagnose}${askedInsz(call)}`),
            { 'Content-Type': 'application/soap+xml;charset=UTF-8' },
            '500 Oops',
          ),
    ],
  ];

  test.each(classes.flatMap((each) => levels.map((level) => [each[0], level[0], each, level] as const)))(
    '%s, %s',
    async (name, at, [, codes, asFout, asFault = asFout], [, build]) => {
      const expected = at.startsWith('Fault') ? asFault : asFout;
      for (const [index, code] of codes.entries()) {
        const [identificatie = '', oorsprong = 'MAGDA'] = code.split('.');
        const diagnose = `INSZ ${testInsz(997)} `;
        secrets.add(testInsz(997));
        led.respond = build({ identificatie, oorsprong, type: 'FOUT', diagnose });
        const measured = await askAboutNew(service);
        check(service, `${name} (${codes.length}), ${at}`, expected, measured);
        expect(measured.access.led.exceptions).toEqual([
          { id: identificatie, origin: at.startsWith('Fault') ? '' : oorsprong, type: 'FOUT' },
        ]);
        if (index > 0) table.pop();
      }
      await survive(service, 1);
    },
  );

  test.each<Row>([
    ['INFORMATIE with a record', { says: 'eligible' }, withException('99995', 'INFORMATIE')],
    ['a harmless WAARSCHUWING with a record', { says: 'eligible' }, withException('99984', 'WAARSCHUWING')],
    ['incomplete, with a record that matches', { says: 'eligible' }, withException('30040', 'WAARSCHUWING')],
    ['incomplete, with no data', { says: 'manualReview' }, withoutRecords('40000.FOUT', '30042.INFORMATIE')],
    ['incomplete alone', unusable('ledInvalidEmpty'), withoutRecords('30040.INFORMATIE')],
    ['another WAARSCHUWING with a record', { says: 'manualReview' }, withException('30004', 'WAARSCHUWING')],
    ['no data with a record', { says: 'eligible' }, withException('40000', 'FOUT')],
    ['a FOUT with a record', unusable('ledUnknownException'), withException('12345', 'FOUT')],
    [
      'neither records nor a FOUT',
      unusable('ledInvalidEmpty'),
      (call) => respond(call, envelopeXml(responseXml({ referte: call.referte }))),
    ],
  ])('%s', async (fault, expected, hostile) => {
    led.respond = hostile;
    await suffer(fault, expected);
  });
});

/** An answer without records, with these Uitzonderingen of LED: `code.type`. */
const withoutRecords =
  (...list: readonly string[]): Respond =>
  (call) => {
    const exceptions = list.map((each) => {
      const [identificatie = '', type = ''] = each.split('.');
      return { identificatie, oorsprong: 'LED', type };
    });
    respond(call, envelopeXml(responseXml({ referte: call.referte, exceptions })));
  };

const withException =
  (identificatie: string, type: string): Respond =>
  (call) =>
    respond(
      call,
      soundXml(call).replace(
        '</Inhoud></Antwoord>',
        `</Inhoud>${uitzonderingenXml([{ identificatie, oorsprong: 'LED', type }])}</Antwoord>`,
      ),
    );

describe('after all faults', () => {
  test('every answer has one access line, and the chain is whole', async () => {
    const lines = service.accesses();
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
    expect(await runCommand(['audit', 'verify'], { stdin: service.stdout() })).toMatchObject({ code: 0 });
  });

  test('no stream of any process holds personal data', () => {
    for (const each of services) {
      const streams = each.stdout() + each.stderr();
      expect([...secrets].filter((insz) => streams.includes(insz))).toEqual([]);
      expect(streams).not.toMatch(/Sociaal-agogisch|Hogeschool|maatschappelijk|soap:|<\//);
    }
  });

  test('the breaker is closed, and no connection is left open', async () => {
    expect(await metric(service, /^led_breaker_state (\d)$/m)).toBe(0);
    expect(await metric(service, /^led_in_flight (\d+)$/m)).toBe(0);
    await hangUp();
    const open = () => readdirSync(`/proc/${service.process.pid}/fd`).length;
    // The callers of the rows about fail-overs keep their connections for as long as the service allows, 65 s.
    await until(() => open() < 40);
  }, 90_000);
});

import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Agent, request } from 'undici';
import { answerXml, bachelorRecord, faultXml, type TestAnswer, testInsz } from '../support/answers.ts';
import { createCertificates, mutualTls } from '../support/certificates.ts';
import { askedInsz, chunkOf, drip, flood, resetSoon } from '../support/hostile-answers.ts';
import { type Call, type Respond, respond, startHostileLed } from '../support/hostile-led.ts';
import { type AuditLine, environmentFor, idOf, runCommand, startService } from '../support/service.ts';
import { asStarted } from './as-started.ts';
import { usageOf } from './usage.ts';

/*
 * Runs minutes of load against an LED that fails half of its calls, in changing ways: node test/bench/soak.ts [minutes].
 * Compares each decision with what LED sent for that person. Prints a table. Exits with 1 if a promise is broken.
 */

const minutes = Number(process.argv[2] ?? 10);
const EVERY_MS = 25;
const FAILING_MS = 16_000;
const HEALTHY_MS = 8_000;
const RECOVERY_MS = 5_000;
const TIMEOUT_MS = 1500;
const GROWTH_MB = 10;

const until = async (condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> => {
  for (const end = performance.now() + withinMs; performance.now() < end; await pause(100)) {
    if (await condition()) return true;
  }
  return false;
};

const serials = new Map(Array.from({ length: 1000 }, (_, serial) => [testInsz(serial), serial]));

/** What LED knows about a person, and the right decision about it. The name is different for each person. */
const personOf = (insz: string): { sent: Omit<TestAnswer, 'referte'>; outcome: string; names: string[] } => {
  const serial = serials.get(insz) ?? -1;
  const volledigeNaam = `Bachelor van proefpersoon ${serial}`;
  const diploma = { ...bachelorRecord(insz), volledigeNaam };
  switch (serial % 4) {
    case 0:
      return { sent: { records: [diploma] }, outcome: 'eligible', names: [volledigeNaam] };
    case 1: {
      const exceptions = [{ identificatie: '40000', oorsprong: 'LED', type: 'FOUT' }];
      return { sent: { exceptions }, outcome: 'notDemonstrated', names: [] };
    }
    case 2:
      return { sent: { records: [{ ...diploma, status: '7' }] }, outcome: 'manualReview', names: [volledigeNaam] };
    default: {
      const cancelled = { ...diploma, status: '10', volledigeNaam: 'ingetrokken' };
      return { sent: { records: Array(8).fill(cancelled) }, outcome: 'notDemonstrated', names: [] };
    }
  }
};
const soundXml = (call: Call) => answerXml({ referte: call.referte, ...personOf(askedInsz(call)).sent });
const sound: Respond = (call) => void setTimeout(() => respond(call, soundXml(call)), 5 + Math.random() * 40);

const fault =
  (text: string, status = '500 Oops'): Respond =>
  (call) =>
    respond(call, faultXml(`${text} ${askedInsz(call)}`), {}, status);
const change =
  (to: (xml: string) => string | Buffer, headers: Record<string, string> = {}): Respond =>
  (call) =>
    respond(call, to(soundXml(call)), headers);
const cut = (xml: string) => xml.slice(0, Math.floor(Math.random() * xml.length));

const silent: Respond[] = [
  ({ tcp }) => void tcp.resetAndDestroy(),
  ({ stream }) => void stream.end(),
  () => {},
  (call) => drip(call, 'HTTP/1.1 102 Processing\r\n\r\n'),
];
const busy: Respond[] = [
  (call) => respond(call, 'x', { 'Retry-After': '3' }, '503 Busy'),
  (call) => respond(call, 'x', {}, '429 Many'),
  fault('99995 - Te veel'),
  fault('99996 - Bezet', '200 OK'),
];
const unusable: Respond[] = [
  (call) => respond(call, '<html/>', { 'Content-Type': 'text/html' }),
  change(cut),
  (call) => {
    respond(call, cut(soundXml(call)), { 'Content-Length': '99999' });
    resetSoon(call);
  },
  (call) => respond(call, soundXml({ ...call, referte: '6f1c1a6e-0d5c-4f6e-9a3e-0f0e0d0c0b0a' })),
  change((xml) => gzipSync(xml), { 'Content-Encoding': 'gzip' }),
  change((xml) => `${xml}${xml}`),
  change((xml) => xml.replace('<soap:Header/>', '<x>'.repeat(10_000))),
  (call) => flood(call, 'Transfer-Encoding: chunked', chunkOf),
];
const refusing: Respond[] = [fault('ERR_025: geen handtekening'), fault('13001 - Geen toegang'), fault('Onbekend')];
/** The kept connections, all of which die with the next call: a load balancer fails over. */
const failedOver = new WeakSet<Call['tcp']>();
let failOvers = 0;
let deadTickets = 0;
const networks: Respond[] = [
  (call) => {
    failOvers += 1;
    for (const tcp of open) failedOver.add(tcp);
    call.tcp.resetAndDestroy();
  },
];
const families: readonly (readonly [string, Respond[]])[] = [
  // First, because no ticket is offered for five minutes after a dead one.
  ['network', networks],
  ['silent', silent],
  ['busy', busy],
  ['unusable', unusable],
  ['refusing', refusing],
  ['all kinds', [...silent, ...busy, ...unusable, ...refusing, ...networks]],
];

const world = await createCertificates();
const led = await startHostileLed(mutualTls(world));
const service = await startService({
  ...environmentFor(led.url.href, world.files),
  LED_TIMEOUT_MS: String(TIMEOUT_MS),
  LED_CONNECT_TIMEOUT_MS: '500',
  ...asStarted.environment,
  NODE_OPTIONS: asStarted.flags.join(' '),
});
const { pid } = service.process;

const received = new Set<string>();
const open = new Set<Call['tcp']>();
const failing = (ways: Respond[] | undefined): void => {
  const pick = () => ways?.[Math.floor(Math.random() * ways.length)];
  led.respond = (call) => {
    received.add(call.referte);
    if (!open.has(call.tcp)) call.tcp.once('close', () => open.delete(call.tcp));
    open.add(call.tcp);
    if (failedOver.has(call.tcp)) {
      call.tcp.resetAndDestroy();
      return;
    }
    led.calls.length = 0;
    if (ways === undefined || Math.random() < 0.5) sound(call);
    else pick()?.(call);
  };
  // Where the network fails, LED closes each connection that resumes a TLS session.
  led.onSecure = (stream, tcp) => {
    if (ways?.includes(networks[0] as Respond) !== true || !stream.isSessionReused()) return false;
    deadTickets += 1;
    tcp.resetAndDestroy();
    return true;
  };
  // Where LED does not answer calls, it also resets half of the connections or never completes their handshake.
  led.onTcp = (tcp) => {
    if (ways?.includes(silent[0] as Respond) !== true || Math.random() < 0.5) return false;
    if (Math.random() < 0.5) tcp.resetAndDestroy();
    return true;
  };
};

const url = `${service.url}/eligibility`;
const callers = new Agent({ keepAliveTimeout: 1000, keepAliveMaxTimeout: 1000 });

type Seen = { id: string; at: number; phase: string; failing: boolean; status: number; ms: number; wrong: boolean };
const seen: Seen[] = [];
let left = 0;
let broken = 0;
let phase = 'before';
let isFailing = false;
let next = 0;

const one = async (): Promise<void> => {
  const insz = testInsz(next++ % 1000);
  const at = performance.now();
  const during = { at, phase, failing: isFailing };
  // One caller in fifty does not wait for the answer.
  const leave = next % 50 === 0 ? AbortSignal.timeout(20) : undefined;
  try {
    const body = JSON.stringify({ insz, caseHandler: { id: 'handler-1' } });
    const headers = { 'content-type': 'application/json' };
    const more = leave === undefined ? {} : { signal: leave };
    const response = await request(url, { method: 'POST', headers, body, dispatcher: callers, ...more });
    const answer = (await response.body.json()) as AuditLine;
    const id = idOf(answer);
    const { outcome, names } = personOf(insz);
    const got = (answer.diplomas ?? []).map(({ attributes }: AuditLine) => attributes.volledigeNaam);
    const right = answer.outcome === outcome && JSON.stringify(got) === JSON.stringify(names);
    const wrong = response.statusCode === 200 ? !right : 'outcome' in answer;
    seen.push({ ...during, id, status: response.statusCode, ms: performance.now() - at, wrong });
  } catch (error) {
    if (leave?.aborted) left += 1;
    else {
      broken += 1;
      console.error('a request failed:', error);
    }
  }
};

const metrics = async (): Promise<string> =>
  (await request(`${service.opsUrl}/metrics`, { dispatcher: callers })).body.text();
const sum = (text: string, line: RegExp): number =>
  [...text.matchAll(line)].reduce((total, [, value]) => total + Number(value), 0);
const residentMb = usageOf(pid ?? 0).memoryMiB;
const openFiles = () => readdirSync(`/proc/${pid}/fd`).length;
const holdings = async () => ({
  files: openFiles(),
  timers: sum(await metrics(), /^nodejs_active_resources\{type="Timeout"\} (\d+)$/gm),
  sockets: sum(await metrics(), /^nodejs_active_resources\{type="(?:TCP|TLS)\w*"\} (\d+)$/gm),
  toLed: led.open(),
});

/** Sends requests at a fixed rate for `forMs`, without waiting for answers. Resolves once all are answered. */
const load = async (forMs: number, each: () => void = () => {}): Promise<void> => {
  const under: Promise<void>[] = [];
  const started = performance.now();
  let asked = 0;
  while (performance.now() - started < forMs) {
    for (; asked < (performance.now() - started) / EVERY_MS; asked += 1) under.push(one());
    each();
    await pause(5);
  }
  await Promise.all(under);
};
/** Waits longer than any idle connection stays open. */
const rest = async () => {
  await until(() => led.open() === 0, 20_000);
  await pause(6000);
};

failing(undefined);
await load(3000);
await rest();
const before = await holdings();
seen.length = 0;

const samples: { at: number; rss: number; heap: number; files: number }[] = [];
const started = performance.now();
let lastSample = 0;
const sample = (): void => {
  const at = performance.now();
  if (at - lastSample < 1000) return;
  lastSample = at;
  void metrics().then((text) => {
    const heap = sum(text, /^nodejs_heap_size_used_bytes (\d+)$/gm) / 1_048_576;
    samples.push({ at: at - started, rss: residentMb(), heap, files: openFiles() });
  });
};
/** The answers that were not 200 although LED was healthy again, and how many ms after its recovery. */
const unwell: { after: number; what: Seen }[] = [];
for (let round = 0; performance.now() - started < minutes * 60_000; round += 1) {
  const [name, ways] = families[round % families.length] ?? ['', []];
  phase = name;
  isFailing = true;
  failing(ways);
  await load(FAILING_MS, sample);
  isFailing = false;
  failing(undefined);
  const healthy = performance.now();
  await load(HEALTHY_MS, sample);
  for (const what of seen) {
    if (what.at >= healthy && what.status !== 200) unwell.push({ after: what.at + what.ms - healthy, what });
  }
}
const afterLoad = await metrics();
await rest();
const atEnd = await holdings();
const exitCode = await service.stop();
await led.close();

/** Least squares: megabytes a minute, and their standard error. */
const trendOf = (points: readonly (readonly [minute: number, mb: number])[]): { slope: number; error: number } => {
  const total = (of: (minute: number, mb: number) => number) => points.reduce((sum, each) => sum + of(...each), 0);
  const x = total((minute) => minute) / points.length;
  const y = total((_, mb) => mb) / points.length;
  const spread = total((minute) => (minute - x) ** 2);
  const slope = total((minute, mb) => (minute - x) * (mb - y)) / spread;
  const rest = total((minute, mb) => (mb - y - slope * (minute - x)) ** 2);
  return { slope, error: Math.sqrt(rest / Math.max(1, points.length - 2) / spread) };
};
const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const late = samples.filter(({ at }) => at >= 60_000);
const windows = Map.groupBy(late, ({ at }) => Math.floor(at / 24_000));
const trend = (of: 'rss' | 'heap') =>
  trendOf([...windows].map(([, each]) => [(each[0]?.at ?? 0) / 60_000, median(each.map((one) => one[of]))]));
const [rss, heap] = [trend('rss'), trend('heap')];
const lateMinutes = ((late.at(-1)?.at ?? 0) - (late[0]?.at ?? 0)) / 60_000;

const lines = service.audit();
const access = lines.filter(({ kind }) => kind === 'access');
// A service that gets no processor answers 503 itself. That is right, and says nothing about LED.
const machineLate = new Set(
  service
    .log()
    .filter(({ reason }) => reason === 'eventLoopDelay')
    .map(({ id }) => id),
);
const relapses = unwell.filter(({ what }) => !machineLate.has(what.id));
const recovery = Math.max(0, ...relapses.map(({ after }) => after));
const answered = seen.map(({ id }) => id);
const onLine = new Set(access.map(({ id }) => id));
const intents = lines.filter(({ kind }) => kind === 'intent').flatMap(({ led: { references } }) => references);
const intended = new Set(intents);
const retries = access.filter(({ led: asked }) => asked?.attempts > 1).length;
const counted = sum(afterLoad, /^led_retries_total (\d+)$/gm);
const calls = sum(afterLoad, /^led_request_duration_seconds_count\{[^}]*\} (\d+)$/gm);
const openings = service.log().filter(({ message }) => message === 'LED does not answer: breaker open');
const verified = await runCommand(['audit', 'verify', '--complete'], { stdin: service.stdout() });
const streams = service.stdout() + service.stderr();
world.remove();

const slowest = Math.max(...access.map(({ durationMs }) => durationMs));
const perStatus = [...Map.groupBy(seen, ({ status }) => status)].map(([status, all]) => `${status}: ${all.length}`);
const refused = seen.filter(({ status }) => ![200, 502, 503, 504].includes(status)).length;
const breakerWords = service.log().filter(({ reason }) => reason === 'breakerOpen').length;
const mb = (value: number) => `${value.toFixed(1)} MB`;
const firstMinute = median(samples.filter(({ at }) => at >= 40_000 && at < 80_000).map(({ rss }) => rss));
const lastMinute = median(late.slice(-40).map(({ rss }) => rss));

type Promised = readonly [what: string, measured: string, kept: boolean];
const promises: readonly Promised[] = [
  ['answers', `${seen.length} (${perStatus.sort().join(', ')}), ${left} callers left`, seen.length > 0 && broken === 0],
  ['wrong decisions', String(seen.filter(({ wrong }) => wrong).length), seen.every(({ wrong }) => !wrong)],
  ['answers of another status', String(refused), refused === 0],
  ['slowest answer', `${slowest} ms in the service`, slowest < TIMEOUT_MS + 1000],
  ['fail-overs, dead tickets', `${failOvers}, ${deadTickets}`, failOvers > 0 && deadTickets > 0],
  ['calls, retries made', `${calls}, ${retries}`, retries <= 10 + (calls - retries) / 10],
  ['retries counted', String(counted), counted <= 10 + (calls - counted) / 10],
  [
    'breaker opened',
    `${openings.length} times, ${breakerWords} answers by it`,
    openings.length > 0 && breakerWords > 0,
  ],
  ['normal after', `${recovery.toFixed(0)} ms at most`, recovery < RECOVERY_MS],
  ['refused because the machine was late', String(machineLate.size), true],
  ['file handles', `${before.files} before, ${atEnd.files} after`, atEnd.files <= before.files],
  ['timers', `${before.timers} before, ${atEnd.timers} after`, atEnd.timers <= before.timers],
  ['sockets', `${before.sockets} before, ${atEnd.sockets} after`, atEnd.sockets <= before.sockets],
  ['connections to LED', `${before.toLed} before, ${atEnd.toLed} after`, atEnd.toLed === 0],
  [
    'memory after the first minute',
    `${mb(firstMinute)} then, ${mb(lastMinute)} at the end; ${rss.slope.toFixed(2)} ± ${rss.error.toFixed(2)} MB/min (heap ${heap.slope.toFixed(2)} ± ${heap.error.toFixed(2)})`,
    // Garbage collection makes it go up and down. Only more than that noise is growth. A short run shows nothing.
    windows.size < 3 || (rss.slope - 2 * rss.error) * lateMinutes < GROWTH_MB,
  ],
  [
    'answers without their access line',
    String(answered.filter((id) => !onLine.has(id)).length),
    answered.every((id) => onLine.has(id)),
  ],
  ['access lines written twice', String(access.length - onLine.size), access.length === onLine.size],
  [
    'calls without their intent',
    String([...received].filter((id) => !intended.has(id)).length),
    [...received].every((id) => intended.has(id)),
  ],
  ['audit verify --complete', `exit ${verified.code}`, verified.code === 0],
  [
    'persons in the streams',
    String([...serials.keys()].filter((insz) => streams.includes(insz)).length),
    ![...serials.keys()].some((insz) => streams.includes(insz)),
  ],
  ['end of the process', `exit ${exitCode}`, exitCode === 0],
];
console.log(`| ${minutes} minutes | measured | kept |\n|---|---|---|`);
for (const [what, measured, kept] of promises) console.log(`| ${what} | ${measured} | ${kept ? 'yes' : '**NO**'} |`);
for (const { what, after } of relapses.filter(({ after }) => after >= RECOVERY_MS)) {
  const { reason } = service.log().find((line) => line.id === what.id) ?? {};
  console.log(`${what.status} ${reason}, ${after.toFixed(0)} ms after ${what.phase}`);
}
if (process.env.SOAK_SAMPLES !== undefined) {
  for (const { at, rss, heap, files } of samples) {
    console.log(`${(at / 1000).toFixed(0)} s\t${rss.toFixed(1)}\t${heap.toFixed(1)}\t${files}`);
  }
}
process.exitCode = promises.every(([, , kept]) => kept) ? 0 : 1;

/**
 * Three replicas behind HAProxy, a steady load over kept connections, each replica told to end and replaced in turn:
 * no request may fail, and the three (then six) audit chains must be whole.
 *
 *   node test/bench/rolling-restart.ts [--rate 200] [--replicas 3]
 *
 * Needs `haproxy` (Debian's package of that name). Exit 0: it held; 1: it did not; 69: there is no HAProxy.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { personWith } from '../support/persons.ts';
import { createWorld, type RunningService, runCommand, startService, until } from '../support/service.ts';
import { freePort } from '../support/tools.ts';

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '200' }, replicas: { type: 'string', default: '3' } },
});
const rate = Number(values.rate);
const replicas = Number(values.replicas);
/** How often HAProxy looks, in ms; the delay of a replica that ends must be well above it. */
const checkMs = 200;
const delayMs = 1_000;

if (spawnSync('haproxy', ['-v']).status !== 0) {
  console.error('There is no haproxy on this machine (Debian: apt-get install haproxy): nothing was tried.');
  process.exit(69);
}

const world = await createWorld({ behaviour: { latencyMs: 20 } });
const ports: { port: number; opsPort: number }[] = [];
for (let i = 0; i < replicas; i += 1) ports.push({ port: await freePort(), opsPort: await freePort() });
const frontPort = await freePort();
const statsPort = await freePort();

/**
 * Ready is what `/readyz` on the operations port says; a replica that is not gets no new request. One that has just
 * started gets its share little by little: its code has yet to be compiled.
 */
const haproxyConfig = `
global
  maxconn 2000
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 20s
  timeout http-keep-alive 60s
frontend callers
  bind 127.0.0.1:${frontPort}
  default_backend service
backend service
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter ${checkMs}ms fall 1 rise 1 slowstart 3s
${ports.map(({ port, opsPort }, i) => `  server replica${i + 1} 127.0.0.1:${port} port ${opsPort}`).join('\n')}
frontend stats
  bind 127.0.0.1:${statsPort}
  stats enable
  stats uri /
`;
const configFile = join(world.folder, 'haproxy.cfg');
writeFileSync(configFile, haproxyConfig);

const children: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1));
setTimeout(() => {
  console.error('This takes more than five minutes: the machine is too slow or too busy to say anything.');
  process.exit(1);
}, 300_000).unref();

const start = async (i: number): Promise<RunningService> => {
  const service = await startService({
    ...world.environment,
    PORT: String(ports[i]?.port),
    OPS_PORT: String(ports[i]?.opsPort),
    SHUTDOWN_DELAY_MS: String(delayMs),
    LOG_LEVEL: 'info',
  });
  children.push(service.process);
  return service;
};

const isUp = async (i: number): Promise<boolean> => {
  const csv = await fetch(`http://127.0.0.1:${statsPort}/;csv`).then(
    (response) => response.text(),
    () => '',
  );
  return csv.split('\n').some((line) => line.startsWith(`service,replica${i + 1},`) && line.split(',')[17] === 'UP');
};

const body = JSON.stringify({
  insz: personWith('eligible'),
  caseHandler: { id: 'handler-1' },
  caseReference: 'file/1',
});

/** An open loop: requests leave when they are due, whether or not earlier ones have been answered. */
const createLoad = (origin: string) => {
  const pool = new Pool(origin, { connections: 64, pipelining: 1, keepAliveTimeout: 30_000 });
  const durations: number[] = [];
  const failures = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  const one = async (): Promise<void> => {
    const started = performance.now();
    let failure: string | undefined;
    try {
      const { statusCode, body: answer } = await pool.request({
        path: '/eligibility',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const text = await answer.text();
      if (statusCode !== 200) failure = `${statusCode} ${text.slice(0, 60)}`;
    } catch (error) {
      failure = String((error as { code?: unknown }).code ?? error);
    }
    if (failure === undefined) durations.push(performance.now() - started);
    else failures.set(failure, (failures.get(failure) ?? 0) + 1);
  };
  let began = 0;
  let timer: NodeJS.Timeout | undefined;
  const warmed = rate * 3;
  return {
    /** A few at a time until the code that serves them has been compiled; these count as well, but for durations. */
    warmUp: async () => {
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          while (sent < warmed) {
            sent += 1;
            await one();
          }
        }),
      );
      durations.length = 0;
    },
    begin: () => {
      began = performance.now();
      timer = setInterval(() => {
        const due = warmed + Math.floor(((performance.now() - began) * rate) / 1000);
        for (; sent < due; sent += 1) {
          const call: Promise<void> = one().finally(() => underWay.delete(call));
          underWay.add(call);
        }
      }, 5);
    },
    steady: () => sent - warmed,
    answered: () => durations.length,
    sent: () => sent,
    failed: () => [...failures.values()].reduce((sum, count) => sum + count, 0),
    stop: async () => {
      clearInterval(timer);
      const seconds = (performance.now() - began) / 1000;
      await Promise.all(underWay);
      await pool.close();
      durations.sort((a, b) => a - b);
      const at = (share: number): number => Math.round(durations[Math.floor(durations.length * share)] ?? 0);
      return { seconds, failures, p50: at(0.5), p99: at(0.99), max: Math.round(durations.at(-1) ?? 0) };
    },
  };
};

const residentMb = (service: RunningService): number =>
  Math.round(
    Number(spawnSync('ps', ['-o', 'rss=', '-p', String(service.process.pid)], { encoding: 'utf8' }).stdout) / 1024,
  );

const running: RunningService[] = await Promise.all(ports.map((_, i) => start(i)));
const ended: { replica: number; service: RunningService; code: number | null }[] = [];
const haproxy = spawn('haproxy', ['-db', '-f', configFile], { stdio: ['ignore', 'ignore', 'inherit'] });
children.push(haproxy);
await until(async () => (await Promise.all(ports.map((_, i) => isUp(i)))).every(Boolean));

const rows: Record<string, string | number>[] = [];
const load = createLoad(`http://127.0.0.1:${frontPort}`);
await load.warmUp();
load.begin();
await until(() => load.steady() > rate * 2);
for (const [i, old] of [...running].entries()) {
  const before = { sent: load.sent(), failed: load.failed() };
  const rss = residentMb(old);
  const stopping = performance.now();
  const code = await old.stop();
  const stopMs = Math.round(performance.now() - stopping);
  ended.push({ replica: i + 1, service: old, code });
  const starting = performance.now();
  running[i] = await start(i);
  const startMs = Math.round(performance.now() - starting);
  await until(() => isUp(i));
  // The next one goes only when this one has taken its share of the load.
  const seen = load.answered();
  await until(() => load.answered() + load.failed() > seen + rate);
  rows.push({
    replica: i + 1,
    'exit code': String(code),
    'SIGTERM to exit, ms': stopMs,
    'start to listening, ms': startMs,
    'memory before, MB': rss,
    requests: load.sent() - before.sent,
    failed: load.failed() - before.failed,
  });
}
const result = await load.stop();
for (const [i, service] of running.entries()) {
  ended.push({ replica: i + 1, service, code: await service.stop() });
}
haproxy.kill('SIGTERM');
await once(haproxy, 'exit');

const chains: Record<string, string | number>[] = [];
let lines = 0;
for (const { replica, service, code } of ended) {
  const verified = await runCommand(['audit', 'verify', '--complete'], { stdin: service.stdout() });
  const access = service.audit().filter(({ kind }) => kind === 'access').length;
  lines += access;
  chains.push({
    replica,
    'exit code': String(code),
    'access lines': access,
    'audit verify': verified.code === 0 ? 'whole' : `code ${verified.code}: ${verified.stdout.trim()}`,
  });
}
await world.close();

console.table(rows);
console.table(chains);
console.log(
  `${load.steady()} requests in ${result.seconds.toFixed(1)} s (${(load.steady() / result.seconds).toFixed(0)}/s) ` +
    `after ${load.sent() - load.steady()} to warm up, ` +
    `${load.failed()} failed; p50 ${result.p50} ms, p99 ${result.p99} ms, longest ${result.max} ms; ` +
    `${lines} access lines in ${chains.length} chains`,
);
for (const [failure, count] of result.failures) console.log(`failed ${count} times: ${failure}`);
// By the replicas' own words: `overload` and `eventLoopDelay` speak of the machine, others of the restart.
const reasons = new Map<string, number>();
for (const { status, reason } of ended.flatMap(({ service }) => service.log())) {
  if (Number(status) >= 400) reasons.set(String(reason), (reasons.get(String(reason)) ?? 0) + 1);
}
for (const [reason, count] of reasons) console.log(`refused by the replicas ${count} times: ${reason}`);

const held =
  load.failed() === 0 &&
  load.steady() / result.seconds > rate * 0.95 &&
  lines === load.sent() &&
  ended.every(({ code }) => code === 0) &&
  chains.every((chain) => chain['audit verify'] === 'whole');
console.log(held ? 'The rolling restart held.' : 'The rolling restart did NOT hold.');
process.exitCode = held ? 0 : 1;

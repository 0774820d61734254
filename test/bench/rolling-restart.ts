/**
 * Starts three replicas behind HAProxy, with a steady load over keep-alive connections. Then stops and replaces one
 * replica after the other. No request may fail, and all six audit chains must be whole.
 *
 *   node test/bench/rolling-restart.ts [--rate 200] [--replicas 3]
 *
 * Needs `haproxy` (the Debian package of that name). Exit 0: all well. 1: not. 69: there is no HAProxy.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { personWith } from '../support/persons.ts';
import { createWorld, type RunningService, runCommand, startService } from '../support/service.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { usageOf } from './usage.ts';

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '200' }, replicas: { type: 'string', default: '3' } },
});
const rate = Number(values.rate);
const replicas = Number(values.replicas);
/** The interval of HAProxy's checks in ms. The shutdown delay of a replica must be much longer. */
const checkMs = 200;
const delayMs = 1_000;

if (spawnSync('haproxy', ['-v']).status !== 0) {
  console.error('There is no haproxy on this machine (Debian: apt-get install haproxy). Nothing was tested.');
  process.exit(69);
}

const world = await createWorld({ behaviour: { latencyMs: 20 } });
const ports: { port: number; opsPort: number }[] = [];
for (let i = 0; i < replicas; i += 1) ports.push({ port: await freePort(), opsPort: await freePort() });
const frontPort = await freePort();
const statsPort = await freePort();

/**
 * HAProxy checks `/readyz` on the operations port. A replica that is not ready gets no new request. A new replica gets
 * its share slowly, because Node has not compiled its code yet.
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
  console.error('This takes more than five minutes: the machine is too slow or too busy for a result.');
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

/** A load at a fixed rate: each request leaves when it is due, without waiting for earlier answers. */
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
    /** A few requests at a time, until Node has compiled the code. They count too, except for the durations. */
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

const residentMb = (service: RunningService): number => Math.round(usageOf(service.process.pid ?? 0).memoryMiB());

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
  // The next replica stops only after this one has answered its share of the load.
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
  const access = service.accesses().length;
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
// The reasons in the replicas' logs: `overload` and `eventLoopDelay` come from the machine, others from the restart.
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
console.log(held ? 'The rolling restart went well.' : 'The rolling restart FAILED.');
process.exitCode = held ? 0 : 1;

import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { persons } from '../../docker/simulator/persons.ts';
import type { AuthorisationServer } from './authorisation-server.ts';
import { type Secrets, valuesOf } from './secrets.ts';
import { ask, idOf, json, type RunningService, runCommand, startService, type World } from './service.ts';
import { until } from './until.ts';

/** Persons about whom the service decides, and for whom LED answers without delay. */
const decidable = [...persons.values()].filter(({ expects, latencyMs }) => expects.status === 200 && !latencyMs);
const question = (index: number) => ({
  insz: decidable[index % decidable.length]?.insz ?? '',
  caseHandler: { id: 'handler-1' },
  caseReference: `file/${index}`,
});

/** Asks again and again on `connections` connections until `stop`. Keeps the id and status of each complete answer. */
export const traffic = (
  service: RunningService,
  { connections, headers = {}, secrets }: { connections: number; headers?: Record<string, string>; secrets?: Secrets },
) => {
  const answered = new Map<string, number>();
  let going = true;
  let index = 0;
  const one = async (): Promise<void> => {
    while (going) {
      try {
        index += 1;
        const response = await ask(service, question(index), headers);
        const answer = await json(response);
        answered.set(idOf(answer), response.status);
        if (secrets) for (const { attributes } of answer.diplomas ?? []) valuesOf(attributes).forEach(secrets.addValue);
      } catch {
        // The connection was refused or cut off: the service ends.
        return;
      }
    }
  };
  const running = Promise.all(Array.from({ length: connections }, one));
  return {
    answered,
    stop: async () => {
      going = false;
      await running;
    },
  };
};

export type Ending = {
  readonly answers: number;
  readonly good: number;
  readonly withoutLine: number;
  readonly callsWithoutIntent: number;
  readonly linesTwice: number;
  readonly verified: boolean;
  readonly exit: number | null;
  readonly leaks: readonly string[];
};

/** Puts the service under full load, sends the signal after `after` answers, and compares answers with audit lines. */
export const endUnderLoad = async (
  world: World,
  server: AuthorisationServer,
  options: { signal: 'SIGTERM' | 'SIGKILL'; after: number; secrets: Secrets },
): Promise<Ending> => {
  const { signal, after, secrets } = options;
  const service = await startService({
    ...world.environment,
    ...server.environment,
  });
  const token = await server.sign();
  secrets.addToken(token);
  const before = world.simulator.requests.received.length;
  const load = traffic(service, { connections: 32, headers: { authorization: `Bearer ${token}` }, secrets });
  await until(() => load.answered.size >= after);
  const exit = await service.stop(signal);
  await load.stop();
  const lines = service.audit();
  const access = lines.filter(({ kind }) => kind === 'access').map(({ id }) => id);
  const known = new Set(access);
  const intended = new Set(lines.filter(({ kind }) => kind === 'intent').flatMap(({ led }) => led.references));
  const received = world.simulator.requests.received.slice(before).map(({ referte }) => referte);
  const complete = signal === 'SIGTERM' ? ['--complete'] : [];
  const { code } = await runCommand(['audit', 'verify', ...complete], { stdin: service.stdout() });
  return {
    answers: load.answered.size,
    good: [...load.answered.values()].filter((status) => status === 200).length,
    withoutLine: [...load.answered.keys()].filter((id) => !known.has(id)).length,
    callsWithoutIntent: received.filter((referte) => !intended.has(referte)).length,
    linesTwice: access.length - known.size,
    verified: code === 0,
    exit,
    leaks: [...secrets.search(service.stdout()), ...secrets.search(service.stderr())],
  };
};

/** Resident set of the service in MiB, from its own metrics. */
const residentMiB = async (service: RunningService): Promise<number> => {
  const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1] ?? 0) / 1_048_576;
};

export type Stall = {
  /** The duration of the first 503, and of the slowest later one. */
  readonly firstRefusalMs: number;
  readonly slowestRefusalMs: number;
  readonly slowestLivezMs: number;
  readonly ledCallsWhileStuck: number;
  readonly decisionsWhileStuck: number;
  readonly readyWhileStuck: boolean;
  readonly backAfterMs: number;
  readonly refusals: number;
  readonly withoutLine: number;
  readonly verified: boolean;
  readonly leaks: readonly string[];
};

/** Stops the reader of standard output for `forMs` while callers continue to ask. */
export const stall = async (world: World, forMs: number, secrets: Secrets): Promise<Stall> => {
  const service = await startService(world.environment);
  const asked: { status: number; id: string; ms: number; at: number }[] = [];
  let going = true;
  const one = async (index: number): Promise<void> => {
    while (going) {
      const began = performance.now();
      const response = await ask(service, question(index));
      const answer = await json(response);
      const at = performance.now();
      asked.push({ status: response.status, id: idOf(answer), ms: at - began, at });
      // A caller who is refused waits a little. Otherwise the queue of 10 000 lines would be full in seconds.
      if (response.status === 503) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const running = Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(one));
  await until(() => asked.length > 50);
  service.stallReader();
  // A pipe holds 64 KiB. Until it is full, the service works as usual.
  await until(() => asked.some(({ status }) => status === 503));
  const stuckAt = performance.now();
  // Calls whose intent was written before the stream was blocked do not count.
  await until(() => performance.now() - stuckAt > 300);
  const callsBefore = world.simulator.requests.total;
  const from = performance.now();
  let slowestLivezMs = 0;
  let ready = false;
  await until(async () => {
    const began = performance.now();
    await (await fetch(`${service.opsUrl}/livez`)).text();
    slowestLivezMs = Math.max(slowestLivezMs, performance.now() - began);
    ready ||= (await fetch(`${service.opsUrl}/readyz`)).ok;
    return performance.now() - stuckAt > forMs;
  });
  const ledCallsWhileStuck = world.simulator.requests.total - callsBefore;
  const until503 = performance.now();
  service.resumeReader();
  await until(() => asked.some(({ status, at }) => at > until503 && status === 200));
  const back = asked.find(({ status, at }) => at > until503 && status === 200)?.at ?? Number.POSITIVE_INFINITY;
  going = false;
  await running;
  await service.stop();
  const refusals = asked.filter(({ status }) => status === 503);
  const stuck = asked.filter(({ at }) => at > from && at < until503);
  const known = new Set(service.audit().flatMap(({ kind, id }) => (kind === 'access' ? [id] : [])));
  const { code } = await runCommand(['audit', 'verify', '--complete'], { stdin: service.stdout() });
  return {
    firstRefusalMs: Math.max(...refusals.filter(({ at }) => at <= from).map(({ ms }) => ms)),
    slowestRefusalMs: Math.max(...stuck.map(({ ms }) => ms)),
    slowestLivezMs,
    ledCallsWhileStuck,
    decisionsWhileStuck: stuck.filter(({ status }) => status === 200).length,
    readyWhileStuck: ready,
    backAfterMs: back - until503,
    refusals: refusals.length,
    withoutLine: asked.filter(({ id }) => !known.has(id)).length,
    verified: code === 0,
    leaks: [...secrets.search(service.stdout()), ...secrets.search(service.stderr())],
  };
};

type Shot = { readonly status: number; readonly ms: number };

/** Sends questions over plain sockets at a fixed rate, without waiting for answers. Uses little processor time. */
const openLoop = async (port: number, perSecond: number, seconds: number) => {
  const body = JSON.stringify(question(0));
  const bytes = `POST /eligibility HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const shots: Shot[] = [];
  let lost = 0;
  let waiting = 0;
  const idle: Socket[] = [];
  const all = new Set<Socket>();
  const began = new Map<Socket, number>();
  const open = (): Socket => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
      if (head < 0 || text.length < head + 4 + length) return;
      shots.push({ status: Number(text.slice(9, 12)), ms: performance.now() - (began.get(socket) ?? 0) });
      text = '';
      began.delete(socket);
      waiting -= 1;
      idle.push(socket);
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      all.delete(socket);
      if (began.delete(socket)) {
        waiting -= 1;
        lost += 1;
      }
    });
    all.add(socket);
    return socket;
  };
  const start = performance.now();
  let sent = 0;
  while (performance.now() - start < seconds * 1000) {
    const due = Math.floor(((performance.now() - start) * perSecond) / 1000);
    for (; sent < due; sent += 1) {
      let socket = idle.pop();
      while (socket?.destroyed) socket = idle.pop();
      socket ??= open();
      began.set(socket, performance.now());
      waiting += 1;
      socket.write(bytes);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const elapsed = (performance.now() - start) / 1000;
  const inTime = shots.filter(({ status }) => status === 200).length;
  await until(() => waiting === 0);
  for (const socket of all) socket.destroy();
  return { shots, sent, lost, goodPerSecond: inTime / elapsed };
};

const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;

export type Overload = {
  readonly bestPerSecond: number;
  readonly offeredPerSecond: number;
  readonly goodPerSecond: number;
  readonly refused: number;
  readonly medianRefusalMs: number;
  readonly slowestMs: number;
  readonly oddStatuses: readonly number[];
  readonly lost: number;
  readonly grownMiB: number;
  readonly withoutLine: number;
  readonly breakerOpened: boolean;
};

/**
 * Measures the best rate of the service with a LED that takes 100 ms: `maxInFlight` callers who each wait for their
 * answer. Then sends ten times as much, without waiting for answers.
 */
export const overload = async (world: World, maxInFlight: number, seconds: number): Promise<Overload> => {
  world.simulator.behave({ latencyMs: 100 });
  const service = await startService({ ...world.environment, LED_MAX_IN_FLIGHT: String(maxInFlight) });
  try {
    const warm = traffic(service, { connections: maxInFlight });
    await until(() => warm.answered.size > 2 * maxInFlight);
    const countedFrom = warm.answered.size;
    const began = performance.now();
    await until(() => performance.now() - began > seconds * 1000);
    const bestPerSecond = (warm.answered.size - countedFrom) / ((performance.now() - began) / 1000);
    await warm.stop();
    const before = await residentMiB(service);
    const { shots, sent, lost, goodPerSecond } = await openLoop(service.port, bestPerSecond * 10, seconds);
    const after = await residentMiB(service);
    const refused = shots.filter(({ status }) => status === 503).map(({ ms }) => ms);
    await service.stop();
    const access = service.accesses().length;
    return {
      bestPerSecond,
      offeredPerSecond: sent / seconds,
      goodPerSecond,
      refused: refused.length,
      medianRefusalMs: quantile(refused, 0.5),
      slowestMs: Math.max(...shots.map(({ ms }) => ms)),
      oddStatuses: [...new Set(shots.map(({ status }) => status))].filter((status) => status !== 200 && status !== 503),
      lost,
      grownMiB: after - before,
      withoutLine: warm.answered.size + shots.length - access,
      breakerOpened: service.stderr().includes('breaker open'),
    };
  } finally {
    world.simulator.behave({ latencyMs: 0 });
    await service.stop();
  }
};

// Puts load on a service over keep-alive connections, in a separate process. It gets a task and returns the result as
// messages.
import { connect, type Socket } from 'node:net';

/**
 * With `rate`: that many requests a second, evenly spread, without waiting for earlier answers. Without `rate`: each
 * connection sends the next request after every answer.
 */
export type Task = {
  readonly port: number;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
  readonly rate?: number;
};
/** Latencies are in ms. `perSecond` counts from the first request to the last answer. */
export type Result = {
  readonly requests: number;
  readonly failed: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** The median latency of the answers other than 200, ms. 0 if there are none. */
  readonly refusedP50: number;
};

type Lane = { readonly socket: Socket; begun: number; waiting: number; refused: boolean };

const run = async (task: Task): Promise<Result> => {
  const request = Buffer.from(
    `POST /eligibility HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${task.body.length}\r\n\r\n${task.body}`,
  );
  const latencies: number[] = [];
  const refusals: number[] = [];
  const lanes: Lane[] = [];
  const free: Lane[] = [];
  const due: number[] = [];
  let failed = 0;
  let underWay = 0;
  let end = Number.POSITIVE_INFINITY;
  let onIdle: (() => void) | undefined;

  const send = (lane: Lane, begun: number): void => {
    underWay += 1;
    lane.begun = begun;
    lane.waiting = 0;
    lane.socket.write(request);
  };
  const answered = (lane: Lane): void => {
    const now = performance.now();
    underWay -= 1;
    latencies.push(now - lane.begun);
    if (lane.refused) refusals.push(now - lane.begun);
    if (task.rate === undefined && now < end) send(lane, now);
    else {
      const late = now < end ? due.shift() : undefined;
      if (late === undefined) free.push(lane);
      else send(lane, late);
    }
    if (underWay === 0 && now >= end) onIdle?.();
  };
  const open = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(task.port, '127.0.0.1').setNoDelay(true);
      const lane: Lane = { socket, begun: 0, waiting: 0, refused: false };
      socket.once('connect', () => {
        lanes.push(lane);
        free.push(lane);
        resolve();
      });
      socket.once('error', reject);
      socket.on('data', (chunk: Buffer) => {
        if (lane.waiting === 0) {
          const head = chunk.toString('latin1', 0, Math.min(chunk.length, 1500));
          const bodyAt = head.indexOf('\r\n\r\n') + 4;
          lane.refused = !head.startsWith('HTTP/1.1 200');
          if (lane.refused) failed += 1;
          lane.waiting = bodyAt + Number(/content-length: *(\d+)/i.exec(head)?.[1]);
        }
        lane.waiting -= chunk.length;
        if (lane.waiting === 0) answered(lane);
      });
    });
  await Promise.all(Array.from({ length: task.connections }, open));

  const start = performance.now();
  end = start + task.seconds * 1000;
  const idle = new Promise<void>((resolve) => {
    onIdle = resolve;
    setTimeout(() => underWay === 0 && resolve(), task.seconds * 1000 + 1);
  });
  if (task.rate === undefined) for (const lane of free.splice(0)) send(lane, performance.now());
  else {
    const spacing = 1000 / task.rate;
    let at = start;
    const tick = (): void => {
      const now = performance.now();
      for (; at <= now && at < end; at += spacing) {
        const lane = free.pop();
        if (lane === undefined) due.push(at);
        else send(lane, now - at < 2 ? now : at);
      }
      if (at < end) setTimeout(tick, Math.max(0, at - performance.now()));
    };
    tick();
  }
  await idle;
  const took = (performance.now() - start) / 1000;
  for (const { socket } of lanes) socket.destroy();
  latencies.sort((a, b) => a - b);
  const quantile = (q: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? 0;
  return {
    requests: latencies.length,
    failed,
    perSecond: latencies.length / took,
    p50: quantile(0.5),
    p99: quantile(0.99),
    p999: quantile(0.999),
    refusedP50: refusals.sort((a, b) => a - b)[Math.floor(refusals.length / 2)] ?? 0,
  };
};

process.on('message', (task: Task) => void run(task).then((result) => process.send?.(result)));
process.on('disconnect', () => process.exit(0));

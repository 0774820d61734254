// A process that owns its standard output through createAuditStream and does what its parent asks over IPC.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AuditEvent } from '../../src/audit/event.ts';
import { readSigningKey } from '../../src/audit/signing-key.ts';
import { createAuditStream } from '../../src/audit/stream.ts';
import { Fault } from '../../src/fault.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { sampleRefusal, svc } from './sample.ts';

/** `write`: writes the event `times` times at once, each with a new id. `flood`: writes until the process is killed. */
export type Order =
  | { do: 'write'; event: AuditEvent; times: number }
  | { do: 'flood' }
  | { do: 'close' }
  | { do: 'state' };

export type Answer = {
  state: string;
  accepted: string[];
  rejected: string[];
  /** The faults, as `code/reason/retryAfter`. */
  reasons: string[];
  /** Milliseconds until the last write was settled, and the longest time that the event loop was blocked meanwhile. */
  tookMs: number;
  heldUpMs: number;
  counts: Record<string, number>;
};

const [timeoutMs = '500', heartbeatMs = '60000', keep, keyFile] = process.argv.slice(2);
const signer = keyFile === undefined ? undefined : readSigningKey(readFileSync(keyFile, 'utf8'));
const metrics = createMetrics();
const send = (message: unknown): void => void process.send?.(message);
const stream = createAuditStream({
  out: process.stdout,
  inst: randomUUID(),
  svc,
  timeoutMs: Number(timeoutMs),
  heartbeatMs: Number(heartbeatMs),
  ...(keep && { keep: Number(keep) }),
  ...(signer && { signer }),
  now: Date.now,
  metrics,
  onStuck: () => send({ change: 'stuck' }),
  onUsable: () => send({ change: 'usable' }),
  onBroken: (error) => send({ broken: 'code' in error ? error.code : error.message }),
});

const counts = async (): Promise<Record<string, number>> => {
  const lines = await metrics.auditLines.get();
  const failures = await metrics.auditFailures.get();
  return {
    ...Object.fromEntries(lines.values.map(({ labels, value }) => [`${labels.kind}`, value])),
    failures: failures.values[0]?.value ?? 0,
  };
};

const obey = async (order: Order): Promise<Answer> => {
  const accepted: string[] = [];
  const rejected: string[] = [];
  const reasons = new Set<string>();
  const started = performance.now();
  let last = started;
  let heldUpMs = 0;
  const tick = setInterval(() => {
    heldUpMs = Math.max(heldUpMs, performance.now() - last - 5);
    last = performance.now();
  }, 5);
  if (order.do === 'write') {
    await Promise.all(
      Array.from({ length: order.times }, async () => {
        const id = randomUUID();
        const event = 'id' in order.event ? { ...order.event, id } : order.event;
        await stream.write(event).then(
          () => accepted.push(id),
          (error: unknown) => {
            rejected.push(id);
            reasons.add(error instanceof Fault ? `${error.code}/${error.reason}/${error.retryAfter}` : String(error));
          },
        );
      }),
    );
  }
  if (order.do === 'flood') {
    const one = async (): Promise<never> => {
      for (;;) {
        const id = randomUUID();
        await stream.write(sampleRefusal(id)).then(
          () => send({ answered: id }),
          () => new Promise((resolve) => setTimeout(resolve, 5)),
        );
      }
    };
    await Promise.all(Array.from({ length: 20 }, one));
  }
  if (order.do === 'close') await stream.close({ kind: 'stop' });
  clearInterval(tick);
  const tookMs = performance.now() - started;
  return { state: stream.state(), accepted, rejected, reasons: [...reasons], tookMs, heldUpMs, counts: await counts() };
};

process.on('message', async ({ call, order }: { call: number; order: Order }) => {
  send({ call, answer: await obey(order) });
});
send({ ready: true });

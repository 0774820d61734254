import { Writable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { createAuditStream } from '../../src/audit/stream.ts';
import { Fault } from '../../src/fault.ts';
import { auditAnswer, draftOf } from '../../src/http/audit-answer.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { type AuditLine, json } from '../support/service.ts';
import { until } from '../support/until.ts';
import { startListener } from './support.ts';

type Take = (error?: Error) => void;

/** A listener with the hook, with an audit stream that writes a line only when the test calls `take`. */
const start = async () => {
  const metrics = createMetrics();
  const lines: AuditLine[] = [];
  const held: Take[] = [];
  const out = new Writable({
    write: (chunk, _, done) => {
      lines.push(
        ...String(chunk)
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
      held.push(done);
    },
  });
  const audit = createAuditStream({
    out,
    inst: '019ab000-4d2a-7c3e-9f10-5b2c8d7e6f00',
    svc: { name: 'led-eligibility', version: '0.1.0', commit: 'unknown' },
    timeoutMs: 20_000,
    now: Date.now,
    metrics,
    onBroken: () => {},
  });
  onTestFinished(() => void out.destroy());
  const { url } = await startListener((app) => {
    app.decorateRequest('draft', undefined);
    app.addHook('onSend', (request, reply, payload) =>
      auditAnswer(request, reply, payload, { audit, metrics, now: Date.now }),
    );
    app.get('/decided', async (request, reply) => {
      draftOf(request).decided = { outcome: 'eligible' };
      reply.headers({ 'content-language': 'nl', vary: 'Accept-Language' });
      return { outcome: 'eligible' };
    });
    app.get('/refused', async () => {
      throw new Fault('badRequest', 'input');
    });
  });
  return {
    lines,
    ask: (path: string) => fetch(`${url}${path}`),
    /** Waits until a line is written, and settles its write. */
    take: async (error?: Error) => {
      await until(() => held.length > 0);
      held.shift()?.(error);
    },
    counted: async () => {
      const text = await metrics.registry.metrics();
      return text.split('\n').filter((line) => line.startsWith('eligibility_requests_total{'));
    },
  };
};

test('an answer leaves only after its line was taken', async () => {
  const { ask, take, lines, counted } = await start();
  let answered = false;
  const asked = ask('/decided').finally(() => {
    answered = true;
  });
  await until(() => lines.length === 1);
  expect(answered).toBe(false);
  await take();
  const response = await asked;
  expect([response.status, await response.json()]).toEqual([200, { outcome: 'eligible' }]);
  expect(lines).toMatchObject([{ kind: 'access', result: 'decided', outcome: 'eligible', status: 200 }]);
  expect(await counted()).toEqual(['eligibility_requests_total{outcome="eligible",status="200"} 1']);
});

test('a refusal has a line too, with the same id as the problem', async () => {
  const { ask, take, lines, counted } = await start();
  const asked = ask('/refused');
  await take();
  const { instance } = await json(await asked);
  expect(lines).toMatchObject([
    { kind: 'access', id: instance.slice('urn:uuid:'.length), result: 'refused', problem: 'badRequest', status: 400 },
  ]);
  expect(await counted()).toEqual(['eligibility_requests_total{outcome="none",status="400"} 1']);
});

test('without a line there is no decision: 503, and at once while the stream is broken', async () => {
  const { ask, take, counted } = await start();
  const asked = ask('/decided');
  await take(new Error('EPIPE'));
  for (const response of [await asked, await ask('/decided')]) {
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    for (const name of ['content-language', 'vary']) expect(response.headers.has(name)).toBe(false);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ type: 'urn:problem-type:belgif:serviceUnavailable', status: 503 });
    expect(text).not.toContain('eligible');
  }
  expect(await counted()).toEqual(['eligibility_requests_total{outcome="none",status="503"} 2']);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { AuditEvent } from '../../src/audit/event.ts';
import { verify } from '../../src/audit/verify/verify.ts';
import { openPipe as openPipeAt } from '../support/pipe.ts';
import { sampleAccess, sampleIntent, sampleRefusal, sampleStart } from './sample.ts';
import type { Answer, Order } from './writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-stream-'));
const children: ChildProcess[] = [];
const cleanups: (() => void)[] = [];
let made = 0;

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  for (const cleanup of cleanups.splice(0)) cleanup();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const openPipe = () => {
  made += 1;
  const pipe = openPipeAt(join(folder, `pipe-${made}`));
  cleanups.push(() => pipe.reader.destroy());
  return pipe;
};

type Options = { timeoutMs?: number; heartbeatMs?: number; keep?: number };

const startWriter = async (stdout: number, { timeoutMs = 500, heartbeatMs = 60_000, keep }: Options = {}) => {
  const args = [join(import.meta.dirname, 'writer.ts'), `${timeoutMs}`, `${heartbeatMs}`, ...(keep ? [`${keep}`] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', stdout, 'inherit', 'ipc'] });
  closeSync(stdout);
  children.push(child);
  const answered: string[] = [];
  const broken: string[] = [];
  const changes: string[] = [];
  const pending = new Map<number, (answer: Answer) => void>();
  let calls = 0;
  const ready = new Promise<void>((resolve) => {
    child.on(
      'message',
      (message: {
        ready?: true;
        call?: number;
        answer?: Answer;
        answered?: string;
        broken?: string;
        change?: string;
      }) => {
        if (message.ready) resolve();
        if (message.answered) answered.push(message.answered);
        if (message.broken) broken.push(message.broken);
        if (message.change) changes.push(message.change);
        if (message.call !== undefined && message.answer) pending.get(message.call)?.(message.answer);
      },
    );
  });
  await ready;
  const order = (what: Order): Promise<Answer> => {
    calls += 1;
    const call = calls;
    child.send({ call, order: what });
    return new Promise((resolve) => pending.set(call, resolve));
  };
  return {
    child,
    answered,
    broken,
    changes,
    order,
    write: (event: AuditEvent, times = 1) => order({ do: 'write', event, times }),
    close: () => order({ do: 'close' }),
    state: async () => (await order({ do: 'state' })).state,
  };
};

const end = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
};

type Line = { kind: string; id?: string; seq: number; count?: number; result?: string; ts: string };
const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

/** The writer of these tests writes no start of its own: that is no fault here. */
const judged = async (text: string, complete = false) => {
  const chunks = (async function* () {
    yield Buffer.from(text);
  })();
  const { faults, notes, lines, chains } = await verify([{ name: '-', chunks }], { complete });
  const found = faults.filter(({ kind }) => kind !== 'noStart');
  return { ok: found.length === 0, faults: found, notes, lines, chains };
};

describe('while the reader reads', () => {
  it('writes each line immediately, in a chain that ends with stop', async () => {
    const pipe = openPipe();
    pipe.reader.resume();
    const writer = await startWriter(pipe.writeEnd);
    expect(await writer.write(sampleStart())).toMatchObject({ state: 'usable', rejected: [] });
    const { accepted, tookMs } = await writer.write(sampleAccess(''), 3000);
    expect(accepted).toHaveLength(3000);
    expect(tookMs).toBeLessThan(3000);
    const closed = await writer.close();
    expect(closed.counts).toEqual({ start: 1, access: 3000, stop: 1, failures: 0 });
    expect(await writer.write(sampleRefusal(''))).toMatchObject({
      accepted: [],
      reasons: ['serviceUnavailable/auditUnavailable/5'],
    });
    await end(writer.child);
    const text = await pipe.rest();
    const lines = linesOf(text);
    expect(lines.map(({ kind }) => kind)).toEqual(['start', ...accepted.map(() => 'access'), 'stop']);
    expect(lines.slice(1, -1).map(({ id }) => id)).toEqual(accepted);
    expect(await judged(text, true)).toMatchObject({ ok: true, lines: 3002 });
  });

  it('writes heartbeats', async () => {
    const pipe = openPipe();
    pipe.reader.resume();
    const writer = await startWriter(pipe.writeEnd, { heartbeatMs: 20 });
    await vi.waitFor(() =>
      expect(linesOf(pipe.text()).filter(({ kind }) => kind === 'heartbeat').length).toBeGreaterThan(2),
    );
    await writer.close();
    await end(writer.child);
    expect(await judged(await pipe.rest(), true)).toMatchObject({ ok: true });
  });

  it('writes to a file too', async () => {
    const path = join(folder, 'audit.log');
    const writer = await startWriter(openSync(path, 'w'));
    await writer.write(sampleStart());
    await writer.write(sampleRefusal(''), 100);
    await writer.close();
    expect(await judged(readFileSync(path, 'utf8'), true)).toMatchObject({ ok: true, lines: 102 });
  });

  describe('while the reader does not read', () => {
    it('rejects at the deadline, then immediately; is usable within a second when it reads again; the chain is whole', async () => {
      const pipe = openPipe();
      const writer = await startWriter(pipe.writeEnd, { timeoutMs: 500, heartbeatMs: 20 });
      await writer.write(sampleStart());

      const first = await writer.write(sampleAccess(''), 400);
      expect(first.state).toBe('stuck');
      expect(first.accepted.length).toBeGreaterThan(20);
      expect(first.rejected.length).toBeGreaterThan(100);
      expect(first.reasons).toEqual(['serviceUnavailable/auditUnavailable/5']);
      expect(first.tookMs).toBeGreaterThan(400);
      expect(first.tookMs).toBeLessThan(700);
      expect(first.heldUpMs).toBeLessThan(150);

      const intents = await writer.write(sampleIntent(''), 50);
      const accesses = await writer.write(sampleRefusal(''), 50);
      for (const { accepted, rejected, reasons, tookMs } of [intents, accesses]) {
        expect([accepted.length, rejected.length, reasons]).toEqual([0, 50, ['serviceUnavailable/auditUnavailable/5']]);
        expect(tookMs).toBeLessThan(100);
      }
      const stuckFrom = Date.now();
      const until = performance.now() + 500;
      while (performance.now() < until) expect(await writer.state()).toBe('stuck');

      const stuckTo = Date.now();
      const returned = performance.now();
      pipe.reader.resume();
      await vi.waitFor(async () => expect((await writer.write(sampleIntent(''))).accepted).toHaveLength(1), {
        interval: 5,
      });
      expect(performance.now() - returned).toBeLessThan(1000);
      expect(writer.changes).toEqual(['stuck', 'usable']);

      const closed = await writer.close();
      await end(writer.child);
      const text = await pipe.rest();
      const lines = linesOf(text);
      const written = new Set(lines.map(({ id }) => id));
      for (const id of [...first.accepted, ...first.rejected, ...accesses.rejected]) expect(written).toContain(id);
      for (const id of intents.rejected) expect(written).not.toContain(id);
      const beats = lines.filter(({ kind }) => kind === 'heartbeat').map(({ ts }) => Date.parse(ts));
      expect(beats.filter((at) => at > stuckFrom && at < stuckTo)).toEqual([]);
      expect(beats.length).toBeGreaterThan(0);
      expect(closed.counts.failures).toBeGreaterThanOrEqual(first.rejected.length + 100);
      expect(await judged(text)).toMatchObject({
        ok: true,
        notes: expect.arrayContaining([expect.objectContaining({ kind: 'intentWithoutAccess' })]),
      });
    });

    it('keeps 10 000 lines in order, and counts the others in a gap line after them', async () => {
      const pipe = openPipe();
      const writer = await startWriter(pipe.writeEnd, { timeoutMs: 100 });
      await writer.write(sampleStart());
      const first = await writer.write(sampleRefusal(''), 1000);
      expect(first.state).toBe('stuck');
      const many = await writer.write(sampleRefusal(''), 12_000);
      expect([many.accepted.length, many.rejected.length]).toEqual([0, 12_000]);

      pipe.reader.resume();
      const returned = performance.now();
      await vi.waitFor(async () => expect(await writer.state()).toBe('usable'), { interval: 5 });
      expect(performance.now() - returned).toBeLessThan(1000);
      await writer.close();
      await end(writer.child);
      const text = await pipe.rest();
      const lines = linesOf(text);
      const gaps = lines.filter(({ kind }) => kind === 'gap');
      expect(gaps).toHaveLength(1);
      const position = lines.findIndex(({ kind }) => kind === 'gap');
      const before = lines.slice(1, position).map(({ id }) => id);
      const stalled = [...first.accepted, ...first.rejected, ...many.rejected];
      expect(before).toEqual(stalled.slice(0, before.length));
      expect(before.length + (gaps[0]?.count ?? 0)).toBe(stalled.length);
      expect(before.length - first.accepted.length).toBe(10_000);
      const report = await judged(text);
      expect([report.faults, report.notes.map(({ kind }) => kind)]).toEqual([[], ['gap']]);
    });

    it('does not hang at the stop: close gives up at the deadline', async () => {
      const pipe = openPipe();
      const writer = await startWriter(pipe.writeEnd, { timeoutMs: 200 });
      expect((await writer.write(sampleAccess(''), 300)).state).toBe('stuck');
      const { tookMs } = await writer.close();
      expect(tookMs).toBeGreaterThan(150);
      expect(tookMs).toBeLessThan(400);
    });
  });

  describe('when the process is killed under load', () => {
    it('has written a line for every answer, and cut no line in two', async () => {
      for (let round = 0; round < 4; round += 1) {
        const pipe = openPipe();
        const writer = await startWriter(pipe.writeEnd, { timeoutMs: 1000 });
        void writer.order({ do: 'flood' });
        // A reader that is slower than the writer, so that the pipe is full most of the time.
        const slow = setInterval(() => {
          pipe.reader.resume();
          pipe.reader.once('data', () => pipe.reader.pause());
        }, 2);
        await vi.waitFor(() => expect(writer.answered.length).toBeGreaterThan(500 + 130 * round), { interval: 1 });
        const exited = once(writer.child, 'exit');
        writer.child.kill('SIGKILL');
        await exited;
        clearInterval(slow);
        const text = await pipe.rest();
        expect(text.endsWith('}\n')).toBe(true);
        const written = new Set(linesOf(text).map(({ id }) => id));
        expect(writer.answered.filter((id) => !written.has(id))).toEqual([]);
        const report = await judged(text);
        expect([report.faults, report.notes.map(({ kind }) => kind)]).toEqual([[], ['noStop']]);
      }
    });
  });

  describe('when standard output is lost', () => {
    it('because its reader closes it: broken for good, reported once', async () => {
      const pipe = openPipe();
      const writer = await startWriter(pipe.writeEnd);
      expect(await writer.write(sampleStart())).toMatchObject({ rejected: [] });
      pipe.reader.destroy();
      await once(pipe.reader, 'close');
      const lost = await writer.write(sampleAccess(''), 20);
      expect(lost).toMatchObject({ state: 'broken', accepted: [], reasons: ['serviceUnavailable/auditUnavailable/5'] });
      expect(lost.tookMs).toBeLessThan(250);
      expect(await writer.write(sampleIntent(''), 5)).toMatchObject({ state: 'broken', accepted: [] });
      expect((await writer.close()).tookMs).toBeLessThan(100);
      expect(writer.broken).toEqual(['EPIPE']);
      expect(writer.child.exitCode).toBeNull();
    });

    it('while lines wait: all are rejected', async () => {
      const pipe = openPipe();
      const writer = await startWriter(pipe.writeEnd, { timeoutMs: 1000 });
      const waiting = writer.write(sampleAccess(''), 400);
      await vi.waitFor(async () => expect((await writer.order({ do: 'state' })).counts.access).toBeGreaterThan(20));
      pipe.reader.destroy();
      const { state, rejected, tookMs } = await waiting;
      expect(state).toBe('broken');
      expect(rejected.length).toBeGreaterThan(100);
      expect(tookMs).toBeLessThan(900);
      expect(writer.broken).toEqual(['EPIPE']);
    });

    it('because the disk is full: broken', async () => {
      const writer = await startWriter(openSync('/dev/full', 'w'));
      expect(await writer.write(sampleStart())).toMatchObject({ state: 'broken', accepted: [] });
      await vi.waitFor(() => expect(writer.broken).toEqual(['ENOSPC']));
    });
  });
});

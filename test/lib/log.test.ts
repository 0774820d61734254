import { once } from 'node:events';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createLog, traceOf } from '../../src/lib/log.ts';

/** A stream that keeps each write; a stalled one takes the first write and never asks for another. */
const reader = ({ stalled = false } = {}) => {
  const writes: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      writes.push(String(chunk));
      if (!stalled) done();
    },
  });
  return { stream, writes };
};

describe('the operational log', () => {
  test('writes a JSON line with level, time and message, and nothing of the machine', () => {
    const { stream, writes } = reader();
    const log = createLog('info', stream);
    log.info({ port: 8080 }, 'listening');
    log.flush();
    expect(writes).toHaveLength(1);
    expect(writes[0]).toMatch(/\n$/);
    expect(JSON.parse(writes[0] ?? '')).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      port: 8080,
      message: 'listening',
    });
  });

  test('drops lines below its level', () => {
    const { stream, writes } = reader();
    const log = createLog('warn', stream);
    log.info('no');
    log.warn('yes');
    log.flush();
    expect(writes.join('').match(/"message":"\w+"/g)).toEqual(['"message":"yes"']);
  });

  test('writes the lines of a moment together, without being flushed', async () => {
    const writes: string[] = [];
    const stream = new Writable({
      write: (chunk, _, done) => {
        writes.push(String(chunk));
        stream.emit('written');
        done();
      },
    });
    const log = createLog('info', stream);
    const written = once(stream, 'written');
    log.info('one');
    log.info('two');
    expect(writes).toEqual([]);
    // The timer of the log does not keep a process alive, so something else must.
    const alive = setInterval(() => {}, 1_000);
    await written;
    clearInterval(alive);
    expect(writes).toEqual([expect.stringMatching(/"one"}\n.*"two"}\n$/)]);
  });

  test('writes a fatal line at once, with the lines before it', () => {
    const { stream, writes } = reader();
    const log = createLog('info', stream);
    log.info('before');
    log.fatal('the end');
    expect(writes).toEqual([expect.stringMatching(/"before"}\n.*"the end"}\n$/)]);
  });

  test('writes many lines at once when they are long', () => {
    const { stream, writes } = reader();
    createLog('info', stream).info('x'.repeat(20_000));
    expect(writes).toHaveLength(1);
  });

  test('drops lines, and keeps its memory, while its reader stalls', () => {
    const { stream } = reader({ stalled: true });
    const log = createLog('info', stream);
    const text = 'x'.repeat(100_000);
    for (let n = 0; n < 200; n += 1) log.info(text);
    expect(stream.writableLength).toBeGreaterThan(4_194_304);
    expect(stream.writableLength).toBeLessThan(4_194_304 + 110_000);
  });

  test('goes on when its reader has gone', () => {
    const { stream } = reader();
    const log = createLog('info', stream);
    expect(() => stream.emit('error', new Error('EPIPE'))).not.toThrow();
    stream.destroy();
    log.info('unread');
    expect(() => log.flush()).not.toThrow();
  });
});

describe('what is logged of an unexpected error', () => {
  test('is its name, code, frames and cause, but no message', () => {
    const cause = Object.assign(new TypeError('secret of the cause'), { code: 'ENOENT' });
    const error = new Error('secret\n    at secret:1:1', { cause });
    const trace = traceOf(error);
    expect(trace).toEqual({
      error: 'Error',
      at: expect.any(Array),
      cause: { error: 'TypeError', code: 'ENOENT', at: expect.any(Array) },
    });
    expect((trace.at as string[]).some((frame) => frame.includes('log.test.ts'))).toBe(true);
    expect((trace.at as string[]).length).toBeLessThanOrEqual(6);
    expect(JSON.stringify(trace)).not.toContain('secret');
  });

  test('of a value that is not an error is its type', () => {
    expect(traceOf('secret')).toEqual({ error: 'string' });
    expect(traceOf(undefined)).toEqual({ error: 'undefined' });
  });

  test('has no code that is not a text', () => {
    expect(traceOf(Object.assign(new Error(), { code: 7 }))).not.toHaveProperty('code');
    expect(traceOf(Object.assign(new Error(), { stack: undefined }))).toEqual({ error: 'Error', at: [] });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswerBuffers } from '../../../src/led/answer/answer-buffer.ts';

const bytesOf = (seed: number, length: number) => Uint8Array.from({ length }, (_, at) => ((seed + at) % 255) + 1);
const chunkList = fc.array(
  fc.record({ seed: fc.nat(), length: fc.oneof(fc.nat(5), fc.nat(70_000), fc.constantFrom(16_383, 16_384, 16_385)) }),
  { maxLength: 8 },
);

describe('the buffer of an answer', () => {
  it('returns the bytes in order, however they were split, while other answers arrive too', () => {
    fc.assert(
      fc.property(fc.array(chunkList, { maxLength: 4 }), (answers) => {
        const chunks = answers.map((each) => each.map(({ seed, length }) => bytesOf(seed, length)));
        const shared = createAnswerBuffers();
        const buffers = answers.map(() => shared.start());
        for (let at = 0; at < 8; at += 1) {
          for (const [which, buffer] of buffers.entries()) {
            const chunk = chunks[which]?.[at];
            if (chunk !== undefined) buffer.add(chunk);
          }
        }
        for (const [which, buffer] of buffers.entries()) {
          const whole = Buffer.concat(chunks[which] ?? []);
          expect(Buffer.concat(buffer.pieces()).equals(whole)).toBe(true);
          buffer.release();
        }
      }),
      { numRuns: 200 },
    );
  });

  it('copies its chunks, and overwrites its bytes on release', () => {
    const buffer = createAnswerBuffers().start();
    const chunk = bytesOf(1, 40_000);
    buffer.add(chunk);
    chunk.fill(7);
    const pieces = buffer.pieces();
    expect(Buffer.concat(pieces).equals(Buffer.from(bytesOf(1, 40_000)))).toBe(true);
    buffer.release();
    for (const { buffer } of pieces) expect(Buffer.from(buffer).every((byte) => byte === 0)).toBe(true);
    expect(buffer.pieces()).toEqual([]);
  });

  it('gives its memory to a later answer, wiped', () => {
    const buffers = createAnswerBuffers();
    const first = buffers.start();
    first.add(bytesOf(1, 40_000));
    const used = new Set(first.pieces().map(({ buffer }) => buffer));
    first.release();
    const second = buffers.start();
    second.add(bytesOf(2, 1));
    second.add(bytesOf(3, 16_384));
    const pieces = second.pieces();
    expect(pieces.every(({ buffer }) => used.has(buffer))).toBe(true);
    const [, last] = pieces;
    expect(last).toHaveLength(1);
    // After its one byte, the block holds nothing of the first answer.
    expect(new Uint8Array(last?.buffer ?? new ArrayBuffer(0), 1).every((byte) => byte === 0)).toBe(true);
    second.release();
  });

  it('does not share memory with the buffers of another factory', () => {
    const first = createAnswerBuffers().start();
    first.add(bytesOf(1, 40_000));
    const used = new Set(first.pieces().map(({ buffer }) => buffer));
    first.release();
    const other = createAnswerBuffers().start();
    other.add(bytesOf(2, 40_000));
    expect(other.pieces().some(({ buffer }) => used.has(buffer))).toBe(false);
  });

  it('keeps at most 4 MB of released memory', () => {
    const buffers = createAnswerBuffers();
    const block = bytesOf(1, 16_384);
    const large = buffers.start();
    for (let i = 0; i < 300; i += 1) large.add(block);
    const used = new Set(large.pieces().map(({ buffer }) => buffer));
    large.release();
    const next = buffers.start();
    for (let i = 0; i < 300; i += 1) next.add(block);
    expect(next.pieces().filter(({ buffer }) => used.has(buffer))).toHaveLength(256);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startAnswerBuffer } from '../../../src/led/answer/answer-buffer.ts';

const bytesOf = (seed: number, length: number) => Uint8Array.from({ length }, (_, at) => ((seed + at) % 255) + 1);
const chunkList = fc.array(
  fc.record({ seed: fc.nat(), length: fc.oneof(fc.nat(5), fc.nat(70_000), fc.constantFrom(16_383, 16_384, 16_385)) }),
  { maxLength: 8 },
);

describe('buffer an answer', () => {
  it('gives back what came, in order, however it was cut and whatever other answers come in between', () => {
    fc.assert(
      fc.property(fc.array(chunkList, { maxLength: 4 }), (answers) => {
        const chunks = answers.map((each) => each.map(({ seed, length }) => bytesOf(seed, length)));
        const buffers = answers.map(startAnswerBuffer);
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

  it('keeps nothing of the chunks given, and wipes what it held', () => {
    const buffer = startAnswerBuffer();
    const chunk = bytesOf(1, 40_000);
    buffer.add(chunk);
    chunk.fill(7);
    const pieces = buffer.pieces();
    expect(Buffer.concat(pieces).equals(Buffer.from(bytesOf(1, 40_000)))).toBe(true);
    buffer.release();
    for (const { buffer } of pieces) expect(Buffer.from(buffer).every((byte) => byte === 0)).toBe(true);
    expect(buffer.pieces()).toEqual([]);
  });

  it('shares its memory with the answers that follow', () => {
    const first = startAnswerBuffer();
    first.add(bytesOf(1, 40_000));
    const used = new Set(first.pieces().map(({ buffer }) => buffer));
    first.release();
    const second = startAnswerBuffer();
    second.add(bytesOf(2, 40_000));
    expect(second.pieces().every(({ buffer }) => used.has(buffer))).toBe(true);
    second.release();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../../src/audit/verify/read-lines.ts';

const chunked = async function* (bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield Buffer.from(bytes.subarray(start, start + size));
};

/** Reads files in chunks of `size` bytes. A line in capitals is whole. Returns the calls in order. */
const read = async (files: readonly string[], size = 3, enough = Number.POSITIVE_INFINITY) => {
  const calls: string[] = [];
  let lines = 0;
  const at = ({ file, line }: { file: number; line: number }): string => `${file}:${line}`;
  await readLines(
    files.map((text, index) => ({ name: `${index}`, chunks: chunked(Buffer.from(text), size) })),
    {
      onLine: (bytes, start, end, spot) => {
        lines += 1;
        calls.push(`${at(spot)} ${bytes.toString('utf8', start, end)}`);
      },
      isWhole: (bytes) => /^[A-Z]+$/.test(bytes.toString()),
      onNoLineFeed: (spot) => calls.push(`${at(spot)} has no line feed`),
      onCut: (spot) => calls.push(`${at(spot)} is cut`),
      isEnough: () => lines >= enough,
    },
  );
  return calls;
};

describe('reading lines', () => {
  it('numbers them within each file', async () => {
    expect(await read(['one\ntwo\n', '', 'three\n\n'])).toEqual(['0:1 one', '0:2 two', '2:1 three', '2:2 ']);
  });

  it('joins a line that goes on in the next file, under the place where it begins', async () => {
    expect(await read(['one\ntw', 'o', '\nthree\n'])).toEqual(['0:1 one', '0:2 two', '2:2 three']);
  });

  it('accepts a whole line without a line feed at the end of a file', async () => {
    expect(await read(['ONE', 'TWO\n'])).toEqual(['0:1 ONE', '1:1 TWO']);
  });

  it('says that the last line of all has no line feed, or is cut', async () => {
    expect(await read(['one\nTWO'])).toEqual(['0:1 one', '0:2 has no line feed', '0:2 TWO']);
    expect(await read(['one\ntw', 'o'])).toEqual(['0:1 one', '0:2 is cut']);
    expect(await read([''])).toEqual([]);
  });

  it('gives the same lines however the bytes arrive', async () => {
    const text = fc.array(fc.constantFrom('a', 'é', '\n', 'Z'), { maxLength: 60 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 20 }), async (any, size) => {
        expect(await read([any], size)).toEqual(await read([any], 1000));
      }),
    );
  });

  it('stops as soon as it is enough, and opens no more files', async () => {
    let opened = 0;
    const sources = ['a\nb\nc\n', 'd\n'].map((text) => ({
      name: '',
      chunks: (async function* () {
        opened += 1;
        yield Buffer.from(text);
      })(),
    }));
    let lines = 0;
    await readLines(sources, {
      onLine: () => {
        lines += 1;
      },
      isWhole: () => false,
      onNoLineFeed: () => {},
      onCut: () => {},
      isEnough: () => lines === 2,
    });
    expect([lines, opened]).toEqual([2, 1]);
  });

  it('measures a line that is too long and does not keep it', async () => {
    const megabyte = Buffer.alloc(1_048_576, 'x');
    const sizes: number[][] = [];
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const chunks = (async function* () {
      for (let sent = 0; sent < 50; sent += 1) {
        yield megabyte;
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
      yield Buffer.from('\nshort\n');
    })();
    await readLines([{ name: '', chunks }], {
      onLine: (bytes, start, end) => sizes.push([bytes.length, end - start]),
      isWhole: () => true,
      onNoLineFeed: () => {},
      onCut: () => {},
      isEnough: () => false,
    });
    expect(sizes).toEqual([
      [0, 50 * 1_048_576],
      [7, 5],
    ]);
    expect(most).toBeLessThan(10 * 1_048_576);
  });

  it('rejects if a source cannot be read', async () => {
    const chunks = (async function* () {
      yield Buffer.from('one\n');
      throw new Error('EIO');
    })();
    const handler = {
      onLine: () => {},
      isWhole: () => false,
      onNoLineFeed: () => {},
      onCut: () => {},
      isEnough: () => false,
    };
    await expect(readLines([{ name: '', chunks }], handler)).rejects.toThrow('EIO');
  });
});

import { describe, expect, it } from 'vitest';
import { readLines } from '../../../src/audit/verify/read-lines.ts';

/** Reads one file. Returns its lines with their numbers, and what was noticed. */
const read = async (text: string | Buffer, stream: 'stdout' | 'stderr' = 'stdout') => {
  const lines: string[] = [];
  const noticed: string[] = [];
  const chunks = (async function* () {
    yield Buffer.from(text);
  })();
  await readLines(
    [{ name: 'a.log', chunks }],
    {
      onLine: (bytes, start, end, { line }) => lines.push(`${line} ${bytes.toString('utf8', start, end)}`),
      isWhole: (bytes) => bytes.toString().endsWith('}'),
      onPassage: (passage, { line }) => noticed.push(`${passage}@${line}`),
      onNoLineFeed: ({ line }) => noticed.push(`noLineFeed@${line}`),
      onCut: ({ line }) => noticed.push(`cut@${line}`),
    },
    stream,
  );
  return { lines, noticed };
};

const time = '2026-11-23T10:15:30.123456789+01:00';
const docker = (log: string, stream = 'stdout'): string => `${JSON.stringify({ log, stream, time })}\n`;

describe('what is put around a line', () => {
  it('is nothing, as the service writes it', async () => {
    expect(await read('{"v":"1"}\n{"v":"é"}\n')).toEqual({ lines: ['1 {"v":"1"}', '2 {"v":"é"}'], noticed: [] });
  });

  it('is nothing around a line that is too short for it, also at the end', async () => {
    expect(await read('hello\nx\n')).toEqual({ lines: ['1 hello', '2 x'], noticed: [] });
  });

  it('by Windows: CR LF and a byte order mark are taken off, and said once', async () => {
    expect(await read('\ufeff{"a":1}\r\n{"b":2}\r\n')).toEqual({
      lines: ['1 {"a":1}', '2 {"b":2}'],
      noticed: ['bom@1', 'crlf@1'],
    });
  });

  it('by a container runtime (CRI), with lines cut into parts and the other stream left out', async () => {
    const text = [
      `${time} stdout F {"a":1}`,
      `${time} stderr F {"level":30}`,
      `${time} stdout P {"b":`,
      `${time} stderr P {"lev`,
      `${time} stdout F 2}`,
      `2026-11-23T10:15:30.1Z stdout F:tag {"c":3}`,
    ].join('\n');
    expect(await read(text)).toEqual({
      lines: ['1 {"a":1}', '3 {"b":2}', '6 {"c":3}'],
      noticed: ['cri@1', 'otherStream@2', 'noLineFeed@6'],
    });
    expect((await read(`${time} stderr F {"level":30}\n${time} stdout F {"a":1}\n`, 'stderr')).lines).toEqual([
      '1 {"level":30}',
    ]);
    expect((await read(`${time} stdout P {"b":\n`)).noticed).toEqual(['cri@1', 'cut@1']);
  });

  it('by Docker (JSON), with lines cut into parts and the other stream left out', async () => {
    const text = docker('{"a":"é"}\n') + docker('x\n', 'stderr') + docker('{"b":') + docker('2}\n');
    expect(await read(text)).toEqual({
      lines: ['1 {"a":"é"}', '3 {"b":2}'],
      noticed: ['docker@1', 'otherStream@2'],
    });
  });

  it('is left alone if it only looks like that', async () => {
    const others = ['{"log":1}', '{"log":"x"', '2026-11-23T10:15:30Z stdout X {"a":1}', '12', ''];
    expect((await read(others.map((line) => `${line}\n`).join(''))).lines).toEqual(
      others.map((line, index) => `${index + 1} ${line}`),
    );
  });
});

import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../src/audit/event.ts';
import { type Report, verify } from '../../../src/audit/verify/verify.ts';
import { createChain, sampleAccess, sampleIntent, sampleRefusal, sampleStart } from '../sample.ts';

const chunked = async function* (text: string, size = 777): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield Buffer.from(bytes.subarray(start, start + size));
};

const check = (text: string | string[], complete = false, size?: number): Promise<Report> =>
  verify([{ name: 'audit.log', chunks: chunked(typeof text === 'string' ? text : text.join(''), size) }], { complete });

const checkFiles = (...files: string[][]): Promise<Report> =>
  verify(files.map((lines, index) => ({ name: `${index + 1}.log`, chunks: chunked(lines.join('')) })));

/** What was found, in short: `missing@4`. */
const found = (report: Report): string[] => report.faults.map(({ kind, line }) => `${kind}@${line}`);
const noted = (report: Report): string[] => report.notes.map(({ kind, line }) => `${kind}@${line}`);

/** A whole chain: start, two lines for each request, stop. */
const wholeChain = (requests: number): string[] => {
  const chain = createChain();
  const lines = [chain(sampleStart())];
  for (let made = 0; made < requests; made += 1) {
    const id = randomUUID();
    lines.push(chain(sampleIntent(id)), chain(sampleAccess(id)));
  }
  lines.push(chain({ kind: 'stop' }));
  return lines;
};

const rehashed = (line: string, change: (text: string) => string): string => {
  const body = change(line.trimEnd().replace(/,"hash":"[0-9a-f]{64}"}$/, '}'));
  return `${body.slice(0, -1)},"hash":"${createHash('sha256').update(body).digest('hex')}"}\n`;
};

const at = (lines: readonly string[], index: number): string => lines[index] ?? '';
const interleaved = (chains: readonly string[][], picks: readonly number[]): { line: string; chain: number }[] => {
  const queues = chains.map((lines) => [...lines]);
  const mixed: { line: string; chain: number }[] = [];
  for (let step = 0; queues.some((queue) => queue.length > 0); step += 1) {
    const from = (picks[step % picks.length] ?? 0) % queues.length;
    const chain = queues[from]?.length ? from : queues.findIndex((queue) => queue.length > 0);
    mixed.push({ line: queues[chain]?.shift() ?? '', chain });
  }
  return mixed;
};

describe('a sound trail', () => {
  it('is reported with its chains', async () => {
    const lines = wholeChain(3);
    const report = await check(lines, true);
    expect(report).toMatchObject({ ok: true, lines: 8, faultCount: 0, noteCount: 0 });
    expect(report.chains).toEqual([
      { inst: expect.any(String), firstSeq: 1, lastSeq: 8, lines: 8, stopped: true, lastHash: expect.any(String) },
    ]);
  });

  it('may begin later or still run: a note, or a fault if it must be complete', async () => {
    const part = wholeChain(4).slice(3, 7);
    const report = await check(part);
    expect([report.ok, found(report), noted(report)]).toEqual([true, [], ['beginsLater@1', 'noStop@4']]);
    expect(found(await check(part, true))).toEqual(['beginsLater@1', 'noStop@4']);
  });

  it('may have calls under way when the process was killed', async () => {
    const chain = createChain();
    const lines = [chain(sampleStart()), chain(sampleIntent('a')), chain(sampleIntent('b')), chain(sampleAccess('a'))];
    const report = await check(lines);
    expect([found(report), noted(report)]).toEqual([[], ['intentWithoutAccess@3', 'noStop@4']]);
    const complete = await check(lines, true);
    expect([found(complete), noted(complete)]).toEqual([['noStop@4'], ['intentWithoutAccess@3']]);
  });

  it('may be cut into files anywhere, also within a line', async () => {
    const text = wholeChain(5).join('');
    const report = await checkFiles([text.slice(0, 2000)], [text.slice(2000, 2100)], [text.slice(2100)]);
    expect(report).toMatchObject({ ok: true, lines: 12, noteCount: 0 });
  });

  it('may lack the last line feed, or the one between two files', async () => {
    const lines = wholeChain(2);
    expect(noted(await check(lines.join('').trimEnd()))).toEqual(['noLineFeed@6']);
    const report = await checkFiles([lines.slice(0, 3).join('').trimEnd()], lines.slice(3));
    expect(report).toMatchObject({ ok: true, lines: 6, noteCount: 0 });
  });

  it('may have a gap, which excuses that many intents before it', async () => {
    const chain = createChain();
    const lines = [
      chain(sampleStart()),
      chain(sampleIntent('a')),
      chain(sampleIntent('b')),
      chain({ kind: 'gap', count: 1 }),
      chain({ kind: 'stop' }),
    ];
    const report = await check(lines);
    expect([found(report), noted(report)]).toEqual([[], ['intentWithoutAccess@2', 'intentWithoutAccess@3', 'gap@4']]);
    expect(found(await check(lines, true))).toEqual(['gap@4']);
  });

  it('that is empty is a note, or a fault if it must be complete', async () => {
    expect(noted(await check(''))).toEqual(['empty@0']);
    expect(found(await check('', true))).toEqual(['empty@0']);
  });
});

describe('a trail that was tampered with', () => {
  const lines = wholeChain(4);

  it('edited: names the line once, whichever member was changed', async () => {
    const changes: [RegExp, string][] = [
      [/intake-desk/, 'somebodyelse'],
      [/"seq":5/, '"seq":8'],
      [/"prev":"./, '"prev":"x'],
      [/"inst":"./, '"inst":"x'],
      [/"hash":"./, '"hash":"x'],
      [/,"hash":"[^"]*"/, ',"hash":""'],
      [/"}\n$/, '" }\n'],
    ];
    for (const [from, to] of changes) {
      const edited = lines.with(4, at(lines, 4).replace(from, to));
      expect(edited[4]).not.toBe(lines[4]);
      expect(found(await check(edited))[0]).toBe('edited@5');
    }
    const edited = lines.with(4, at(lines, 4).replace('intake-desk', 'somebodyelse'));
    expect(found(await check(edited, true))).toEqual(['edited@5']);
    expect(found(await check(lines.with(4, at(lines, 4).replace(/"hash":"./, '"hash":"x')), true))).toEqual([
      'edited@5',
    ]);
    expect(found(await check(lines.with(4, at(lines, 4).replace('"seq":5', '"seq":8')), true))).toEqual(['edited@5']);
  });

  it('replaced by a line with a hash of its own: names that line and the one after it', async () => {
    const forged = lines.with(
      4,
      rehashed(at(lines, 4), (text) => text.replace('eligible', 'notDemonstrated')),
    );
    const report = await check(forged, true);
    expect(found(report)).toEqual(['replaced@6']);
    expect(report.faults[0]?.text).toContain('line 5');
    const first = lines.with(
      0,
      rehashed(at(lines, 0), (text) => text.replace(/"prev":"00/, '"prev":"11')),
    );
    expect(found(await check(first))).toContain('replaced@1');
  });

  it('missing: names the lines on both sides', async () => {
    const report = await check(lines.toSpliced(3, 2));
    expect(found(report)).toEqual(['missing@4']);
    expect(report.faults[0]).toMatchObject({
      seq: 4,
      text: expect.stringMatching(/2 lines.*seq 4 to 5.*after line 3/),
    });
  });

  it('missing access: also names the intent without it', async () => {
    const report = await check(lines.toSpliced(2, 1));
    expect([found(report), noted(report)]).toEqual([['missing@3'], ['intentWithoutAccess@2']]);
  });

  it('doubled: names the second one', async () => {
    expect(found(await check(lines.toSpliced(4, 0, at(lines, 3)), true))).toEqual(['doubled@5']);
    expect(found(await check(lines.toSpliced(8, 0, at(lines, 3)), true))).toEqual(['doubled@9']);
    expect(found(await check([...lines, ...lines]))).toEqual(['doubled@11']);
  });

  it('reordered: names the line that comes too late', async () => {
    expect(found(await check(lines.with(3, at(lines, 4)).with(4, at(lines, 3)), true))).toEqual(['reordered@5']);
  });

  it('files in the wrong order: says so', async () => {
    const report = await checkFiles(lines.slice(6), lines.slice(0, 3), lines.slice(3, 6));
    expect(found(report)).toEqual(['reordered@1']);
    expect(report.faults[0]).toMatchObject({
      file: '2.log',
      text: expect.stringContaining('give the files in the order'),
    });
  });

  it('cut: names the last line', async () => {
    expect(found(await check(lines.join('').slice(0, -20)))).toEqual(['truncated@10']);
    expect(found(await check(lines.with(4, `${at(lines, 4).slice(0, 200)}\n`)))).toEqual(['truncated@5', 'missing@6']);
  });

  it('foreign, empty and overlong lines: names each', async () => {
    const others = ['hello\n', '\n', '{"level":30}\n', `${'x'.repeat(5000)}\n`, `${'x'.repeat(3_000_000)}\n`];
    const report = await check([...lines, ...others], true, 65_536);
    expect(found(report)).toEqual([
      'notAuditLine@11',
      'notAuditLine@12',
      'notAuditLine@13',
      'tooLong@14',
      'notAuditLine@14',
      'tooLong@15',
    ]);
    expect(report.faults.at(-1)?.text).toContain('3000001 bytes');
  });

  it('a chain that goes on after its stop', async () => {
    const chain = createChain();
    const after = [chain(sampleStart()), chain({ kind: 'stop' }), chain(sampleRefusal('a'))];
    expect(found(await check(after, true))).toEqual(['afterStop@3']);
  });

  it('an intent without access, of a process that stopped and of one that runs on', async () => {
    const stopped = createChain();
    const lost = [stopped(sampleStart()), stopped(sampleIntent('a')), stopped({ kind: 'stop' })];
    expect(noted(await check(lost, true))).toEqual(['intentWithoutAccess@2']);
    const running = createChain();
    const old = [running(sampleStart()), running(sampleIntent('a'))];
    for (let beat = 0; beat < 5; beat += 1) old.push(running({ kind: 'heartbeat' }));
    expect(noted(await check(old))).toContain('intentWithoutAccess@2');
  });

  it('lines in no order at all: stops early, in bounded time', async () => {
    const chain = createChain();
    const shuffled = Array.from({ length: 110_000 }, () => chain({ kind: 'heartbeat' })).reverse();
    expect(found(await check(shuffled, false, 65_536))).toContain('disorder@100002');
    const every = Array.from({ length: 20_000 }, () => chain({ kind: 'heartbeat' })).filter((_, index) => index % 2);
    const started = performance.now();
    const report = await check(every, false, 65_536);
    expect(report).toMatchObject({ ok: false, faultCount: 9999 });
    expect(report.faults).toHaveLength(1000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('a trail that takes time', () => {
  /** How long a check takes, in ms, and its report. */
  const timed = async (lines: string[]): Promise<{ report: Report; ms: number }> => {
    const started = performance.now();
    const report = await check(lines, false, 65_536);
    return { report, ms: performance.now() - started };
  };
  const manyChains = (count: number): string[][] =>
    Array.from({ length: count }, () => {
      const chain = createChain();
      return [chain(sampleStart()), chain(sampleRefusal(randomUUID())), chain({ kind: 'stop' })];
    });

  it('of 20 000 chains with 20 000 edits takes about twice as long as half of them', { timeout: 60_000 }, async () => {
    // Each edit hides the process, so that only the hash of the line before shows where the line belongs.
    const edited = (count: number): string[] => {
      const chains = manyChains(count).map((chain) => chain.with(1, at(chain, 1).replace(/"inst":"./, '"inst":"x')));
      return [0, 1, 2].flatMap((index) => chains.map((chain) => at(chain, index)));
    };
    const half = await timed(edited(10_000));
    const whole = await timed(edited(20_000));
    expect(whole.report).toMatchObject({ lines: 60_000, faultCount: 20_000 });
    expect(new Set(whole.report.faults.map(({ kind }) => kind))).toEqual(new Set(['edited']));
    // Time by the square would be four times as much; a hundred times as much for ten times the lines.
    expect(whole.ms).toBeLessThan(20_000);
    expect(whole.ms / half.ms).toBeLessThan(3.5);
  });

  it('of many doubled lines that share a number is checked in little time', { timeout: 60_000 }, async () => {
    const [one, two] = [createChain('inst-1'), createChain('inst-1')].map((chain) => [
      chain(sampleStart()),
      chain(sampleRefusal('a')),
      chain({ kind: 'stop' }),
    ]);
    const lines = [...Array(20_000).fill(one?.[0]), ...Array(20_000).fill(two?.[1])] as string[];
    const { report, ms } = await timed(lines);
    expect(report.ok).toBe(false);
    expect(ms).toBeLessThan(20_000);
  });
});

describe('a trail with odd lines', () => {
  it('names doubled members, a start too many, unknown kinds and a second access for what they are', async () => {
    const chain = createChain();
    const lines = [
      chain(sampleStart()),
      chain(sampleRefusal('a')),
      chain(sampleStart()),
      chain(sampleRefusal('a')),
      chain({ kind: 'pause' } as unknown as AuditEvent),
      chain({ kind: 'stop' }),
    ];
    expect(found(await check(lines))).toEqual(['secondStart@3', 'secondAccess@4', 'unknownKind@5']);
    const last = createChain();
    const doubled = rehashed(last(sampleStart()), (text) =>
      text.replace('"testInsz":true', '"testInsz":false,"testInsz":true'),
    );
    expect(found(await check([doubled]))).toEqual(['doubledMember@1']);
    const edited = at(lines, 0).replace('"testInsz":true', '"testInsz":false,"testInsz":true');
    expect(found(await check([edited]))).toEqual(expect.arrayContaining(['doubledMember@1', 'edited@1']));
  });

  it('is sound, with a note, after a passage through Windows or a container runtime', async () => {
    const lines = wholeChain(2);
    const windows = await check(`\ufeff${lines.join('').replaceAll('\n', '\r\n')}`, true);
    expect([windows.ok, windows.lines, noted(windows)]).toEqual([true, 6, ['passage@1', 'passage@1']]);
    const time = '2026-11-23T10:15:30.123456789Z';
    const cri = await check(
      lines.map((line) => `${time} stdout F ${line}${time} stderr F {"level":30}\n`),
      true,
    );
    expect([cri.ok, cri.lines, noted(cri)]).toEqual([true, 6, ['passage@1', 'passage@2']]);
    const docker = await check(
      lines.map((line) => `${JSON.stringify({ log: line, stream: 'stdout', time })}\n`),
      true,
    );
    expect([docker.ok, docker.lines, noted(docker)]).toEqual([true, 6, ['passage@1']]);
  });

  it('says missing, never removed', async () => {
    const lines = wholeChain(3);
    const { faults, notes } = await check([...lines.slice(0, 2), ...lines.slice(4), ...wholeChain(1).slice(1)]);
    expect(JSON.stringify([faults, notes])).not.toMatch(/remov/);
  });
});

describe('any trail', () => {
  const trail = fc
    .record({
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      picks: fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }),
      chunk: fc.integer({ min: 1, max: 5000 }),
    })
    .map(({ sizes, picks, chunk }) => ({ mixed: interleaved(sizes.map(wholeChain), picks), chunk }));
  const texts = (mixed: readonly { line: string }[]): string[] => mixed.map(({ line }) => line);

  it('is sound as it was written, however its chains are mixed and its bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(trail, async ({ mixed, chunk }) => {
        expect(await check(texts(mixed), true, chunk)).toMatchObject({ ok: true, noteCount: 0, lines: mixed.length });
      }),
    );
  });

  it('shows every changed byte', async () => {
    await fc.assert(
      fc.asyncProperty(trail, fc.nat(), fc.integer({ min: 1, max: 255 }), async ({ mixed }, where, change) => {
        const bytes = Buffer.from(texts(mixed).join(''));
        const index = where % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ change;
        const chunks = (async function* () {
          yield bytes;
        })();
        const report = await verify([{ name: '-', chunks }], { complete: false });
        expect(report.ok).toBe(false);
        const line =
          texts(mixed).join('').length === bytes.length
            ? bytes.subarray(0, index).filter((byte) => byte === 10).length + 1
            : 0;
        if (line > 0) expect(report.faults.map((fault) => fault.line)).toContain(line);
      }),
      { numRuns: 300 },
    );
  });

  it('shows every removed, doubled and moved line and every cut', async () => {
    await fc.assert(
      fc.asyncProperty(trail, fc.nat(), fc.nat(), async ({ mixed }, a, b) => {
        const lines = texts(mixed);
        const one = a % lines.length;
        const other = b % lines.length;
        expect((await check(lines.toSpliced(one, 1), true)).ok).toBe(false);
        const inner =
          mixed.some(({ chain }, index) => index < one && chain === mixed[one]?.chain) &&
          mixed.some(({ chain }, index) => index > one && chain === mixed[one]?.chain);
        expect((await check(lines.toSpliced(one, 1))).ok).toBe(!inner);
        expect((await check(lines.toSpliced(other, 0, at(lines, one)))).ok).toBe(false);
        if (one !== other && mixed[one]?.chain === mixed[other]?.chain) {
          expect((await check(lines.with(one, at(lines, other)).with(other, at(lines, one)))).ok).toBe(false);
        }
        const text = lines.join('');
        expect((await check(text.slice(0, 1 + (b % (text.length - 2))), true)).ok).toBe(false);
      }),
    );
  });
});

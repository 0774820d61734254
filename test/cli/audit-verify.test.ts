import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/audit/event.ts';
import { runAuditCommand } from '../../src/cli/audit.ts';
import { createChain, sampleAccess, sampleIntent, sampleStart } from '../audit/sample.ts';
import { newKey } from '../support/keys.ts';
import { file, folder, runAudit } from './run.ts';

const chain = createChain(randomUUID());
const lines = [
  chain(sampleStart()),
  chain(sampleIntent('a')),
  chain(sampleAccess('a')),
  chain(sampleIntent('b')),
  chain(sampleAccess('b')),
  chain({ kind: 'stop' }),
];

describe('audit verify', () => {
  it('reads files, standard input, or both', async () => {
    const sound = { code: 0, out: '6 lines of 1 chain: sound, 0 notes\n', err: '' };
    const [first, second] = [file('1.log', lines.slice(0, 3).join('')), file('2.log', lines.slice(3).join(''))];
    expect(await runAudit(['verify', first, second])).toEqual(sound);
    expect(await runAudit(['verify'], lines.join(''))).toEqual(sound);
    expect(await runAudit(['verify', '-', '--complete'], lines.join(''))).toEqual(sound);
    expect(await runAudit(['verify', first, '-'], lines.slice(3).join(''))).toEqual(sound);
  });

  it.each([
    ['little endian', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['big endian', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ])('refuses a file in UTF-16, %s, and says what to do', async (_, encode) => {
    const path = join(folder, 'utf16.log');
    writeFileSync(path, encode(lines.join('')));
    const says = (input: string) => ({ code: 65, out: '', err: expect.stringContaining(`${input} is UTF-16, `) });
    const key = file('audit.key', randomBytes(32).toString('base64'));
    expect(await runAudit(['verify', path])).toEqual(says(path));
    expect(await runAudit(['quality', path])).toEqual(says(path));
    expect(await runAudit(['report', '--key-file', key, path], '90610100155')).toEqual(says(path));
  });

  it('exits 1 with the line numbers', async () => {
    const edited = lines.with(4, lines[4]?.replace('intake-desk', 'night-shift') ?? '');
    const { code, out } = await runAudit(['verify', file('edited.log', edited.join(''))]);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^fault: line 5: the line was changed after it was written.*seq 5\)\n6 lines of 1 chain: 1 fault, 0 notes\n$/,
    );
    const { out: several } = await runAudit([
      'verify',
      file('a.log', lines.slice(0, 3).join('')),
      file('b.log', edited.slice(3).join('')),
    ]);
    expect(several).toMatch(/^fault: .*b\.log, line 2: the line was changed/);
  });

  it('counts a missing beginning or end as a note, with --complete as a fault', async () => {
    const part = lines.slice(1, 5).join('');
    expect(await runAudit(['verify'], part)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/note: line 1: .*\nnote: line 4: .*\n.*sound, 2 notes/),
    });
    expect(await runAudit(['verify', '--complete'], part)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/fault: line 1: .*\nfault: line 4: /),
    });
  });

  it('speaks JSON', async () => {
    const { code, out } = await runAudit(['verify', '--json'], lines.toSpliced(2, 1).join(''));
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      lines: 5,
      faultCount: 1,
      chains: [{ firstSeq: 1, lastSeq: 6, lines: 5, stopped: true }],
      faults: [{ kind: 'missing', file: '-', line: 3, seq: 3 }],
      notes: [{ kind: 'intentWithoutAccess', file: '-', line: 2, seq: 2 }],
    });
  });

  it('exits 65 when a file cannot be read', async () => {
    const missing = join(folder, 'none.log');
    expect(await runAudit(['verify', missing])).toEqual({ code: 65, out: '', err: `cannot read ${missing}: ENOENT\n` });
    expect(await runAudit(['verify', folder])).toEqual({
      code: 65,
      out: '',
      err: expect.stringMatching(/^cannot read .*: EISDIR\n$/),
    });
  });

  it('exits 65 when standard input breaks', async () => {
    const broken = new Readable({ read: () => broken.destroy(Object.assign(new Error('gone'), { code: 'EIO' })) });
    const err: string[] = [];
    const code = await runAuditCommand(['verify'], { stdin: broken, out: () => {}, err: (text) => err.push(text) });
    expect([code, err]).toEqual([65, ['cannot read standard input: EIO']]);
  });

  it('exits 64 and shows the usage when the command line is wrong', async () => {
    const wrong = { code: 64, out: '', err: expect.stringMatching(/^usage:\n {2}led-eligibility audit verify/) };
    for (const args of [[], ['check'], ['verify', '--nonsense'], ['verify', '--json=yes']]) {
      expect(await runAudit(args)).toEqual(wrong);
    }
    expect((await runAudit(['verify', '--90610100137'])).err).not.toContain('90610100137');
  });
});

describe('audit verify with keys, seals and logs', () => {
  const [key, sealer] = [newKey(), newKey()];
  const [keyFile, setFile] = [
    file('key.pem', key.publicPem),
    file('set.json', JSON.stringify({ keys: [key.key.jwk] })),
  ];
  const otherFile = file('other.pem', newKey().publicPem);
  const [sealerFile, sealKey] = [file('sealer.key', sealer.privatePem), file('sealer.pem', sealer.publicPem)];
  const linesOf = (inst: string, ...events: AuditEvent[]): string[] => {
    const chain = createChain(inst, key.signer);
    return events.map((event) => chain(event));
  };
  const beat = { kind: 'heartbeat' } as const;
  const a = linesOf('inst-a', sampleStart(), sampleAccess('a'), beat, sampleAccess('b'), { kind: 'stop' });
  const long = linesOf('inst-b', sampleStart(), beat, sampleAccess('c'), beat, beat, { kind: 'stop' });
  const [b, b2] = [long.slice(0, 4), long.slice(4)];
  const day1 = file('day1.log', [...a, ...b].join(''));
  const day2 = file('day2.log', b2.join(''));

  const seal = async (name: string, ...args: string[]): Promise<string> => {
    const { code, out, err } = await runAudit(['seal', '--key', sealerFile, ...args]);
    if (code !== 0) throw new Error(err);
    return file(name, out);
  };

  it('says up to which line a chain is attested', async () => {
    const cut = file('cut.log', [...a.slice(0, 4), ...b].join(''));
    for (const pub of [keyFile, setFile]) {
      expect(await runAudit(['verify', '--key', pub, cut])).toMatchObject({
        code: 0,
        out: expect.stringMatching(
          /^chain inst-a: seq 1 to 4, attested up to seq 3\nchain inst-b: seq 1 to 4, attested up to seq 4\n[\s\S]*note: line 4: not attested: 1 line after the last signature/,
        ),
      });
    }
    const { out } = await runAudit(['verify', '--json', '--key', otherFile, '--key', keyFile, day1]);
    expect(JSON.parse(out).chains).toMatchObject([{ attested: 5 }, { attested: 4 }]);
  });

  it('exits 1 with another key, and 65 with a file that holds none', async () => {
    expect(await runAudit(['verify', '--key', otherFile, day1])).toMatchObject({
      code: 1,
      out: expect.stringContaining('signature does not fit'),
    });
    expect(await runAudit(['verify', '--key', day1, day1])).toMatchObject({ code: 65 });
    expect(await runAudit(['verify', '--key', file('private.pem', key.privatePem), day1])).toMatchObject({ code: 65 });
  });

  it('finds that everything sealed is there; a chain that goes on over midnight is no fault', async () => {
    const seal1 = await seal('seal1', day1);
    const seal2 = await seal('seal2', '--previous', seal1, day2);
    const sealed = { code: 0, out: expect.stringMatching(/: sound, \d notes?\n$/), err: '' };
    expect(await runAudit(['verify', '--seal', seal1, '--seal-key', sealKey, day1])).toEqual(sealed);
    const both = ['verify', '--complete', '--seal', seal1, '--seal', seal2, '--seal-key', sealKey, day1, day2];
    expect(await runAudit(both)).toEqual({ ...sealed, out: '11 lines of 2 chains: sound, 0 notes\n' });
    const alone = ['verify', '--complete', '--previous', seal1, '--seal', seal2, '--seal-key', sealKey, day2];
    expect(await runAudit(alone)).toEqual({ ...sealed, out: '2 lines of 1 chain: sound, 0 notes\n' });
    expect(await runAudit(['verify', '--complete', day2])).toMatchObject({ code: 1 });
  });

  it('finds what is missing or other than it was sealed', async () => {
    const seal1 = await seal('seal1', day1);
    const anew = linesOf('inst-b', sampleStart(), beat, beat, beat);
    const changes: [string[], RegExp][] = [
      [[...b], /fault: the whole process is missing: its lines seq 1 to 5 are sealed \(inst inst-a\)/],
      [[...a, ...b.slice(0, 3)], /the chain ends early: lines seq 4 to 4 are missing/],
      [[...a, ...b.slice(1)], /lines seq 1 to 1 of this process are missing/],
      [[...a, ...anew], /the chain is not the one that was sealed/],
    ];
    for (const [lines, expected] of changes) {
      const { code, out } = await runAudit(['verify', '--seal', seal1, '--seal-key', sealKey], lines.join(''));
      expect([code, out]).toEqual([1, expect.stringMatching(expected)]);
    }
    const added = [...a, ...b, ...linesOf('inst-c', sampleStart(), { kind: 'stop' })];
    expect(await runAudit(['verify', '--seal', seal1, '--seal-key', sealKey], added.join(''))).toMatchObject({
      code: 0,
      out: expect.stringContaining('no seal names this process'),
    });
  });

  it('finds a hole between the seal before and the first line, and another line there', async () => {
    const seal1 = await seal('seal1', day1);
    const previous = ['verify', '--previous', seal1, '--seal-key', sealKey];
    expect((await runAudit(previous, b2.slice(1).join(''))).out).toMatch(
      /1 line between the seal before and this line is missing \(seq 5\)/,
    );
    const anew = linesOf('inst-b', sampleStart(), beat, beat, beat, beat).slice(4);
    expect((await runAudit(previous, anew.join(''))).out).toMatch(
      /does not follow from the last line of this process in the seal before/,
    );
    expect((await runAudit(previous, a.join(''))).out).toMatch(/note: the process had not stopped at the seal before/);
  });

  it('exits 1 with a seal of another key, 65 with what is no seal, 64 without the key of the seal', async () => {
    const seal1 = await seal('seal1', day1);
    expect(await runAudit(['verify', '--seal', seal1, '--seal-key', otherFile, day1])).toMatchObject({
      code: 1,
      out: '',
    });
    expect(await runAudit(['verify', '--seal', day1, '--seal-key', sealKey, day1])).toMatchObject({ code: 65 });
    expect(await runAudit(['verify', '--seal', seal1, day1])).toMatchObject({ code: 64 });
    expect(await runAudit(['verify', '--seal-key', sealKey, day1])).toMatchObject({ code: 64 });
  });

  it('compares with the operational log: every answered request must have its line', async () => {
    const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
    const entry = (id: string, more: object = {}): string =>
      `${JSON.stringify({ level: 30, id, method: 'POST', route: '/eligibility', status: 200, message: 'answered', ...more })}\n`;
    const log = file(
      'service.log',
      [
        entry(ids[0]),
        'no JSON "answered"\n',
        entry(ids[1]),
        entry(ids[2], { status: 499 }),
        entry(ids[2], { route: '/health', method: 'GET' }),
      ].join(''),
    );
    const lines = linesOf('inst-d', sampleStart(), sampleAccess(ids[0]), { kind: 'stop' });
    expect(await runAudit(['verify', '--answered', log], lines.join(''))).toEqual({
      code: 1,
      out: `fault: request ${ids[1]} was answered, but its access line is missing\n3 lines of 1 chain: 1 fault, 0 notes\n`,
      err: '',
    });
    const whole = linesOf('inst-d', sampleStart(), sampleAccess(ids[0]), sampleAccess(ids[1]), { kind: 'stop' });
    expect(await runAudit(['verify', '--answered', log], whole.join(''))).toMatchObject({ code: 0 });
    expect((await runAudit(['verify', '--answered', day1], whole.join(''))).out).toContain(
      'names no request that was answered',
    );
  });
});

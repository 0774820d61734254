import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { auditId, subjectHmac } from '../../src/audit/identity.ts';
import { runAuditCommand } from '../../src/cli/audit.ts';
import { createChain, sampleAccess, sampleIntent, sampleStart } from '../audit/sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const run = async (args: string[], input = '') => {
  let out = '';
  let err = '';
  const code = await runAuditCommand(args, {
    stdin: Readable.from([Buffer.from(input)]),
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
  });
  return { code, out, err };
};

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
    expect(await run(['verify', first, second])).toEqual(sound);
    expect(await run(['verify'], lines.join(''))).toEqual(sound);
    expect(await run(['verify', '-', '--complete'], lines.join(''))).toEqual(sound);
    expect(await run(['verify', first, '-'], lines.slice(3).join(''))).toEqual(sound);
  });

  it('exits 1 with the line numbers', async () => {
    const edited = lines.with(4, lines[4]?.replace('intake-desk', 'night-shift') ?? '');
    const { code, out } = await run(['verify', file('edited.log', edited.join(''))]);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^fault: line 5: the line was changed after it was written.*seq 5\)\n6 lines of 1 chain: 1 fault, 0 notes\n$/,
    );
    const { out: several } = await run([
      'verify',
      file('a.log', lines.slice(0, 3).join('')),
      file('b.log', edited.slice(3).join('')),
    ]);
    expect(several).toMatch(/^fault: .*b\.log, line 2: the line was changed/);
  });

  it('counts a missing beginning or end as a note, with --complete as a fault', async () => {
    const part = lines.slice(1, 5).join('');
    expect(await run(['verify'], part)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/note: line 1: .*\nnote: line 4: .*\n.*sound, 2 notes/),
    });
    expect(await run(['verify', '--complete'], part)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/fault: line 1: .*\nfault: line 4: /),
    });
  });

  it('speaks JSON', async () => {
    const { code, out } = await run(['verify', '--json'], lines.toSpliced(2, 1).join(''));
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      lines: 5,
      faultCount: 2,
      chains: [{ firstSeq: 1, lastSeq: 6, lines: 5, stopped: true }],
      faults: [
        { kind: 'intentWithoutAccess', file: '-', line: 2, seq: 2 },
        { kind: 'missing', file: '-', line: 3, seq: 3 },
      ],
    });
  });

  it('exits 65 when a file cannot be read', async () => {
    const missing = join(folder, 'none.log');
    expect(await run(['verify', missing])).toEqual({ code: 65, out: '', err: `cannot read ${missing}: ENOENT\n` });
    expect(await run(['verify', folder])).toEqual({
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
      expect(await run(args)).toEqual(wrong);
    }
    expect((await run(['verify', '--90610100137'])).err).not.toContain('90610100137');
  });
});

describe('audit subject', () => {
  const insz = '90610100155';
  const key = randomBytes(32);
  const keyFile = file('key', `${key.toString('base64')}\n`);

  it('prints the HMAC to look for, and no digit of the INSZ', async () => {
    const { code, out, err } = await run(['subject', '--key-file', keyFile, '--key-id', 'k0'], `${insz}\n`);
    expect([code, out]).toEqual([0, `${subjectHmac(key, insz)}\n`]);
    expect(auditId(key, insz)).toBe(`hmac:${out.trim()}`);
    expect(err).toContain('key k0:');
    expect(out + err).not.toContain(insz);
  });

  it('exits 64 when an INSZ is an argument, and does not repeat it', async () => {
    const dotted = '90.61.01-001.37';
    for (const args of [[insz], [`--insz=${insz}`], ['--key-id', insz], [`--${insz}`], [dotted]]) {
      const { code, out, err } = await run(['subject', '--key-file', keyFile, ...args], insz);
      expect([code, out]).toEqual([64, '']);
      expect(err).toContain('never given as an argument');
      expect(err).not.toMatch(/\d/);
    }
  });

  it('exits 65 when standard input is not eleven digits, or the key file holds no key', async () => {
    for (const input of ['', '9061010013', `${insz}0`, `${insz} ${insz}`, 'x'.repeat(5000), '９０６１０１００１３７']) {
      const { code, out, err } = await run(['subject', '--key-file', keyFile], input);
      expect([code, out, err]).toEqual([65, '', expect.stringContaining('eleven digits')]);
    }
    for (const path of [file('short', Buffer.alloc(31).toString('base64')), join(folder, 'none')]) {
      expect(await run(['subject', '--key-file', path], insz)).toMatchObject({
        code: 65,
        out: '',
        err: expect.stringContaining('key file'),
      });
    }
  });

  it('exits 64 and shows the usage when there is no key file, or a word too many', async () => {
    for (const args of [['subject'], ['subject', '--key-file'], ['subject', '--key-file', keyFile, 'word']]) {
      expect(await run(args, insz)).toEqual({ code: 64, out: '', err: expect.stringContaining('usage:') });
    }
  });
});

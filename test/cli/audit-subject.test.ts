import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditId, subjectHmac } from '../../src/audit/identity.ts';
import { auditKeyCheck } from '../../src/audit/key.ts';
import { createChain, sampleStart } from '../audit/sample.ts';
import { file, folder, runAudit } from './run.ts';

describe('audit subject', () => {
  const insz = '90610100155';
  const key = randomBytes(32);
  const keyFile = file('key', `${key.toString('base64')}\n`);

  it('prints the HMAC to look for, and no digit of the INSZ', async () => {
    const { code, out, err } = await runAudit(['subject', '--key-file', keyFile, '--key-id', 'k0'], `${insz}\n`);
    expect([code, out]).toEqual([0, `${subjectHmac(key, insz)}\n`]);
    expect(auditId(key, insz)).toBe(`hmac:${out.trim()}`);
    expect(err).toContain('key k0:');
    expect(out + err).not.toContain(insz);
  });

  it('exits 64 when an INSZ is an argument, and does not repeat it', async () => {
    const dotted = '90.61.01-001.37';
    for (const args of [[insz], [`--insz=${insz}`], ['--key-id', insz], [`--${insz}`], [dotted]]) {
      const { code, out, err } = await runAudit(['subject', '--key-file', keyFile, ...args], insz);
      expect([code, out]).toEqual([64, '']);
      expect(err).toContain('never given as an argument');
      expect(err).not.toMatch(/\d/);
    }
  });

  it('exits 65 when standard input is not eleven digits, or the key file holds no key', async () => {
    for (const input of ['', '9061010013', `${insz}0`, `${insz} ${insz}`, 'x'.repeat(5000), '９０６１０１００１３７']) {
      const { code, out, err } = await runAudit(['subject', '--key-file', keyFile], input);
      expect([code, out, err]).toEqual([65, '', expect.stringContaining('eleven digits')]);
    }
    for (const path of [file('short', Buffer.alloc(31).toString('base64')), join(folder, 'none')]) {
      expect(await runAudit(['subject', '--key-file', path], insz)).toMatchObject({
        code: 65,
        out: '',
        err: expect.stringMatching(/the key file|cannot read .*none: ENOENT/),
      });
    }
  });

  it('exits 65 when the number has a typing error: no line can hold it', async () => {
    for (const mistyped of ['90610100154', '90610101155', '90630000155', '90991300155']) {
      const { code, out, err } = await runAudit(['subject', '--key-file', keyFile], mistyped);
      expect([code, out, err]).toEqual([65, '', expect.stringContaining('No audit line can hold it')]);
      expect(err).not.toMatch(/\d{5}/);
    }
  });

  it('compares its keys with the starts of the lines it is given, and refuses one that fits none', async () => {
    const [other, third] = [randomBytes(32), randomBytes(32)];
    const startOf = (id: string, of: Buffer): string =>
      createChain(`inst-${id}`)({ ...sampleStart(), auditKey: { id, check: auditKeyCheck(of) } });
    const lines = [startOf('k1', key), startOf('k2', other)];
    const [first, second] = [file('1.log', lines[0] ?? ''), file('2.log', lines[1] ?? '')];
    const otherFile = file('other', other.toString('base64'));
    expect(await runAudit(['subject', '--key-file', keyFile, '--key-file', otherFile, first, second], insz)).toEqual({
      code: 0,
      out: `${subjectHmac(key, insz)}\n${subjectHmac(other, insz)}\n`,
      err: expect.stringMatching(/^key k1: .*\nkey k2: /),
    });
    expect(await runAudit(['subject', '--key-file', keyFile, first, second], insz)).toEqual({
      code: 0,
      out: `${subjectHmac(key, insz)}\n`,
      err: expect.stringContaining('no key was given for the process inst-k2: its audit key is k2'),
    });
    const wrong = file('third', third.toString('base64'));
    expect(await runAudit(['subject', '--key-file', wrong, first, second], insz)).toEqual({
      code: 65,
      out: '',
      err: expect.stringContaining('is not the audit key of any of these lines'),
    });
    const noStart = file('none.log', createChain()({ kind: 'heartbeat' }));
    expect(await runAudit(['subject', '--key-file', wrong, noStart], insz)).toMatchObject({
      code: 0,
      err: expect.stringContaining('hold no start'),
    });
  });

  it('looks with --day only at processes that have a line on that day in Brussels', async () => {
    const other = randomBytes(32);
    const chainOf = (id: string, of: Buffer, ...times: string[]): string => {
      const add = createChain(`inst-${id}`);
      const [begin, ...later] = times;
      const start = add({ ...sampleStart(), auditKey: { id, check: auditKeyCheck(of) } }, begin);
      return start + later.map((time) => add({ kind: 'heartbeat' }, time)).join('');
    };
    const log = file(
      'days.log',
      chainOf('k1', key, '2026-11-19T08:00:00.000Z', '2026-11-20T22:59:59.000Z') +
        chainOf('k2', other, '2026-11-20T23:00:00.000Z', '2026-11-21T10:00:00.000Z'),
    );
    const on = (day: string) => runAudit(['subject', '--key-file', keyFile, '--day', day, log], insz);
    expect(await on('2026-11-20')).toMatchObject({ code: 0, out: `${subjectHmac(key, insz)}\n` });
    expect((await on('2026-11-20')).err).not.toContain('inst-k2');
    expect(await on('2026-11-21')).toMatchObject({ code: 65, out: '' });
    expect(await on('2026-11-31')).toMatchObject({ code: 64, out: '' });
  });

  it('exits 64 and shows the usage when there is no key file, or the lines are to come from standard input', async () => {
    for (const args of [['subject'], ['subject', '--key-file'], ['subject', '--key-file', keyFile, '-']]) {
      expect(await runAudit(args, insz)).toEqual({ code: 64, out: '', err: expect.stringContaining('usage:') });
    }
  });
});

import { createHash, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createChain, sampleAccess, sampleStart } from '../audit/sample.ts';
import { newKey } from '../support/keys.ts';
import { file, runAudit } from './run.ts';

const sealer = newKey();
const keyFile = file('sealer.key', sealer.privatePem);
const chain = createChain('inst-a');
const lines = [chain(sampleStart()), chain(sampleAccess('a')), chain({ kind: 'stop' })];
const archive = file('a.log', lines.join(''));

describe('audit seal', () => {
  it('prints a signed statement of the chains, which node:crypto alone can check', async () => {
    const { code, out, err } = await runAudit(['seal', '--key', keyFile, archive]);
    expect([code, err]).toEqual([0, '3 lines of 1 chain: sound, 0 notes\n']);
    const [head = '', payload = '', signature = ''] = out.trim().split('.');
    const signed = Buffer.from(`${head}.${payload}`);
    expect(verify(null, signed, sealer.publicPem, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toMatchObject({ alg: 'EdDSA', kid: sealer.key.kid });
    const { hash } = JSON.parse(lines[2] ?? '');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      iat: expect.any(Number),
      chains: [{ inst: 'inst-a', first: 1, last: 3, hash, ended: true }],
    });
  });

  it('names the seal before it, which must be genuine', async () => {
    const first = (await runAudit(['seal', '--key', keyFile, archive])).out;
    const next = createChain('inst-b');
    const more = file('b.log', next(sampleStart()));
    const { code, out } = await runAudit(['seal', '--key', keyFile, '--previous', file('first', first), more]);
    expect(code).toBe(0);
    const { previous } = JSON.parse(Buffer.from(out.split('.')[1] ?? '', 'base64url').toString());
    expect(previous).toBe(createHash('sha256').update(first.trim()).digest('hex'));
    const other = newKey();
    const rotated = ['seal', '--key', file('other.key', other.privatePem), '--previous', file('first', first)];
    expect(await runAudit([...rotated, more])).toMatchObject({ code: 1, out: '' });
    expect(await runAudit([...rotated, '--seal-key', file('sealer.pem', sealer.publicPem), more])).toMatchObject({
      code: 0,
    });
  });

  it('refuses an archive that is not sound, also one that does not follow from the seal before', async () => {
    const edited = file('edited.log', lines.with(1, lines[1]?.replace('eligible', 'manualReview') ?? '').join(''));
    expect(await runAudit(['seal', '--key', keyFile, edited])).toEqual({
      code: 1,
      out: '',
      err: expect.stringContaining('was not sealed'),
    });
    const open = createChain('inst-c');
    const before = file('c1.log', [open(sampleStart()), open({ kind: 'heartbeat' })].join(''));
    const sealed = file('before', (await runAudit(['seal', '--key', keyFile, before])).out);
    open({ kind: 'heartbeat' });
    const holed = file('c2.log', open({ kind: 'heartbeat' }));
    expect(await runAudit(['seal', '--key', keyFile, '--previous', sealed, holed])).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('between the seal before and this line is missing'),
    });
  });

  it('exits 64 without a key or files, and 65 when the key file holds none', async () => {
    expect(await runAudit(['seal', archive])).toMatchObject({ code: 64 });
    expect(await runAudit(['seal', '--key', keyFile])).toMatchObject({ code: 64 });
    expect(await runAudit(['seal', '--key', file('sealer.pem', sealer.publicPem), archive])).toMatchObject({
      code: 65,
      out: '',
    });
  });
});

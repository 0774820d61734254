import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeReceipt } from '../../src/audit/receipt.ts';
import { createChain, sampleAccess, sampleStart } from '../audit/sample.ts';
import { newKey } from '../support/keys.ts';
import { file, runAudit } from './run.ts';

const key = newKey();
const id = '019abcde-0000-7000-8000-000000000001';
const body = Buffer.from(`{"decisionId":"${id}","text":"é"}`);
const { jws, line } = makeReceipt(key.signer, body, {
  decisionId: id,
  ruleSet: { id: 'begeleider-ama', version: '1.0.0', digest: 'sha256:ab' },
  subject: { key: 'k1', hmac: 'h' },
  issuedAt: 1_795_000_000,
  salt: randomBytes(16),
});
const [answer, receipt, pub] = [
  file('answer', body.toString()),
  file('receipt', `${jws}\n`),
  file('pub', key.publicPem),
];
const logWith = (noted: object | undefined): string => {
  const chain = createChain();
  const access = chain({ ...sampleAccess(id), ...(noted && { receipt: noted as typeof line }) });
  return [createChain()(sampleStart()), access].join('');
};
const least = ['receipt', '--answer', answer, '--receipt', receipt, '--key', pub];

describe('audit receipt', () => {
  it('checks signature and commitment, and finds the line', async () => {
    expect(await runAudit(least)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/signature: genuine\ncommitment: fits.*\nsound\n$/),
    });
    const log = file('a.log', logWith(line));
    const { code, out } = await runAudit([...least, '--log', log]);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`line: the audit line of the decision is there (${log}, line 2)`),
    ]);
    const { out: text } = await runAudit([...least, '--log', log, '--json']);
    expect(JSON.parse(text)).toMatchObject({
      ok: true,
      decisionId: id,
      checks: [{ ok: true }, { ok: true }, { ok: true }],
    });
  });

  it('exits 1 for another answer, another key, and a receipt that was changed', async () => {
    const other = file('other', body.toString().replace('é', 'e'));
    expect(await runAudit(least.with(2, other))).toMatchObject({
      code: 1,
      out: expect.stringContaining('is not the one that was sent'),
    });
    const saved = file('saved', `${body}\n`);
    expect(await runAudit(least.with(2, saved))).toMatchObject({
      code: 1,
      out: expect.stringContaining('Without them it fits'),
    });
    expect(await runAudit(least.with(6, file('pub2', newKey().publicPem)))).toMatchObject({
      code: 1,
      out: expect.stringContaining('not among those given'),
    });
    const [head = '', payload = '', signature = ''] = jws.split('.');
    const changed = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('1.0.0', '1.0.1')).toString(
      'base64url',
    );
    expect(await runAudit(least.with(4, file('changed', `${head}.${changed}.${signature}`)))).toMatchObject({
      code: 1,
      out: expect.stringContaining('the receipt was changed'),
    });
  });

  it('exits 1 when the line is missing, has another receipt or none, or was edited', async () => {
    const cases: [string, string][] = [
      [createChain()(sampleStart()), 'is missing'],
      [logWith(undefined), 'has another receipt'],
      [logWith({ ...line, commitment: 'x'.repeat(43) }), 'has another receipt'],
      [logWith(line).replace('intake-desk', 'night-shift'), 'was changed after it was written'],
    ];
    for (const [log, expected] of cases) {
      expect(await runAudit([...least, '--log', '-'], log)).toMatchObject({
        code: 1,
        out: expect.stringContaining(expected),
      });
    }
  });

  it('exits 65 when a file is not what it should be, and 64 when one is not named', async () => {
    expect(await runAudit(least.with(4, answer))).toMatchObject({ code: 65 });
    expect(await runAudit(least.with(2, '/nowhere'))).toMatchObject({ code: 65 });
    expect(await runAudit(least.with(6, answer))).toMatchObject({ code: 65 });
    expect(await runAudit(least.slice(0, 5))).toMatchObject({ code: 64 });
  });
});

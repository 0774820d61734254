import { createHash, createHmac, randomBytes, randomUUIDv7 } from 'node:crypto';
import { expect, it } from 'vitest';
import { persons } from '../../docker/simulator/persons.ts';
import { parseJws } from '../../src/audit/jws.ts';
import { commitmentOf, makeReceipt, receiptHmac } from '../../src/audit/receipt.ts';
import { newKey } from '../support/keys.ts';
import { createSecrets, valuesOf } from '../support/secrets.ts';

/** The test persons of the simulator, and every value of their diplomas that is long enough to search for. */
const receiptPersons = [...persons.values()].map(({ insz, bewijzen }) => ({ insz, records: valuesOf(bewijzen ?? []) }));

const { signer } = newKey();
const body = Buffer.from('{"outcome":"eligible","text":"é"}');
const salt = Buffer.alloc(16, 3);
const subject = { key: 'k1', hmac: 'h' };
const ruleSet = { id: 'begeleider-ama', version: '1.0.0', digest: 'sha256:ab' };

it('a receipt holds the commitment and the salt, its line the commitment and never the salt', () => {
  const { jws, line } = makeReceipt(signer, body, { decisionId: 'd', ruleSet, subject, issuedAt: 7, salt });
  const commitment = createHash('sha256')
    .update(Buffer.concat([salt, body]))
    .digest('base64url');
  expect(line).toEqual({ key: signer.kid, commitment });
  expect(parseJws(jws)).toMatchObject({
    typ: 'decision-receipt+jwt',
    payload: {
      iss: 'led-eligibility',
      jti: 'd',
      iat: 7,
      commitment,
      salt: salt.toString('base64url'),
      ruleSet,
      subject,
    },
  });
});

it('ten thousand receipts hold no INSZ and no attribute', () => {
  const auditKey = Buffer.alloc(32, 9);
  const secrets = createSecrets();
  for (const { insz, records } of receiptPersons) {
    secrets.addValue(insz);
    for (const value of records) secrets.addValue(value);
  }
  const clear: string[] = [];
  for (let made = 0; made < 10_000; made += 1) {
    const person = receiptPersons[made % receiptPersons.length];
    const decisionId = randomUUIDv7();
    const { jws } = makeReceipt(signer, Buffer.from(JSON.stringify({ decisionId, diplomas: person?.records })), {
      decisionId,
      ruleSet,
      subject: { key: 'k1', hmac: receiptHmac(auditKey, decisionId, person?.insz ?? '') },
      issuedAt: 7,
      salt: randomBytes(16),
    });
    clear.push(jws, ...jws.split('.', 2).map((part) => Buffer.from(part, 'base64url').toString('latin1')));
  }
  expect(secrets.search(clear.join('\n'))).toEqual([]);
});

it('the HMAC of a receipt is under the audit key, and joins no other receipt', () => {
  const key = Buffer.alloc(32, 9);
  const expected = createHmac('sha256', key).update('receipt:d:90610100137').digest('base64url');
  expect(receiptHmac(key, 'd', '90610100137')).toBe(expected);
  expect(receiptHmac(key, 'e', '90610100137')).not.toBe(expected);
});

it('a commitment cannot be tested against guesses of the answer without its salt', () => {
  // The line shows the commitment. Here the guesser even knows the answer to the byte, and tries salts.
  const secret = createHash('sha256').update('a salt that the guesser does not know').digest().subarray(0, 16);
  const commitment = commitmentOf(secret, body);
  const guess = Buffer.alloc(16);
  for (let made = 0; made < 1_000_000; made += 1) {
    guess.writeUInt32LE(made);
    if (commitmentOf(guess, body) === commitment) throw new Error('a guess fits');
  }
  // Without a salt, and with the salt of another receipt, the right answer fits no better than a wrong one.
  expect([commitmentOf(Buffer.alloc(0), body), commitmentOf(salt, body)]).not.toContain(commitment);
  expect(commitmentOf(secret, body)).toBe(commitment);
});

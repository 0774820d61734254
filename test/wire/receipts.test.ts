import { createHash, createHmac, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKey } from '../support/keys.ts';
import { personWith } from '../support/persons.ts';
import { createSecrets, valuesOf } from '../support/secrets.ts';
import {
  type AuditLine,
  ask,
  createWorld,
  json,
  type RunningService,
  startService,
  type World,
} from '../support/service.ts';
import { until } from '../support/until.ts';

const caseHandler = { id: 'handler-1' };
const insz = personWith('eligible');
const current = newKey();
const old = newKey();

let world: World;
let environment: Record<string, string>;
let service: RunningService;

beforeAll(async () => {
  world = await createWorld();
  const file = world.write('receipt.key', current.privatePem);
  const folder = dirname(world.write('old/2025.pem', old.publicPem));
  // The key in use may be in the folder too: it is published once.
  world.write('old/2026.pem', current.publicPem);
  environment = { ...world.environment, RECEIPT_KEY_FILE: file, RECEIPT_OLD_KEYS_DIR: folder };
  service = await startService(environment);
});
afterAll(async () => {
  await service?.stop();
  await world?.close();
});

/** Everything that an auditor does with a receipt, with `node:crypto` alone. */
const checkAlone = (receipt: string, body: Buffer, keys: readonly JsonWebKey[]): AuditLine => {
  const [head = '', payload = '', signature = ''] = receipt.split('.');
  const read = (part: string): AuditLine => JSON.parse(Buffer.from(part, 'base64url').toString());
  const header = read(head);
  const jwk = keys.find(({ kid }) => kid === header.kid) ?? {};
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  expect(header).toEqual({ alg: 'EdDSA', typ: 'decision-receipt+jwt', kid: expect.any(String) });
  expect(verify(null, Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
  const claims = read(payload);
  const salt = Buffer.from(claims.salt, 'base64url');
  expect(salt).toHaveLength(16);
  expect(createHash('sha256').update(salt).update(body).digest('base64url')).toBe(claims.commitment);
  return claims;
};

const publishedKeys = async (): Promise<JsonWebKey[]> =>
  ((await json(await fetch(`${service.url}/doc/receipt-keys`))) as { keys: JsonWebKey[] }).keys;

describe('a receipt', () => {
  test('is checked with node:crypto alone: signature, commitment to the bytes, line, and person', async () => {
    const response = await ask(service, { insz, caseHandler });
    const body = Buffer.from(await response.arrayBuffer());
    const claims = checkAlone(response.headers.get('decision-receipt') ?? '', body, await publishedKeys());
    const decision = JSON.parse(body.toString());
    expect(claims).toEqual({
      iss: 'led-eligibility',
      jti: decision.decisionId,
      iat: Math.floor(Date.parse(decision.decidedAt) / 1000),
      commitment: expect.any(String),
      salt: expect.any(String),
      ruleSet: decision.ruleSet,
      subject: { key: 'k1', hmac: expect.any(String) },
    });
    const auditKey = Buffer.from(readFileSync(world.environment.AUDIT_KEY_FILE ?? '', 'utf8'), 'base64');
    const about = createHmac('sha256', auditKey).update(`receipt:${claims.jti}:${insz}`).digest('base64url');
    expect(claims.subject.hmac).toBe(about);
    const line = await service.accessOf(claims.jti);
    expect(line.receipt).toEqual({ key: current.key.kid, commitment: claims.commitment });
    expect(line.subject.hmac).not.toBe(about);
    expect(service.stdout() + service.stderr()).not.toContain(claims.salt);
  });

  test('belongs to a decision only: no other answer has one', async () => {
    for (const response of [
      await ask(service, { insz: '1', caseHandler }),
      await ask(service, '{'),
      await fetch(`${service.url}/ruleSets`),
    ]) {
      expect(response.headers.has('decision-receipt')).toBe(false);
    }
    const refused = () => service.audit().filter(({ result }) => result === 'refused');
    await until(() => refused().length === 2);
    for (const line of refused()) expect(line).not.toHaveProperty('receipt');
  });

  test('holds no INSZ and no attribute: a thousand of them', async () => {
    const secrets = createSecrets();
    const receipts: string[] = [];
    const salts = new Set<string>();
    const askSome = async (): Promise<void> => {
      while (receipts.length < 1_000) {
        const response = await ask(service, { insz, caseHandler, caseReference: 'DOS/1' });
        const receipt = response.headers.get('decision-receipt');
        if (receipt !== null) receipts.push(receipt);
        const { diplomas } = await json(response);
        for (const { attributes } of diplomas) for (const value of valuesOf(attributes)) secrets.addValue(value);
      }
    };
    await Promise.all(Array.from({ length: 12 }, askSome));
    expect(secrets.size()).toBeGreaterThan(20);
    const clear = receipts.map((receipt) => {
      const parts = receipt.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
      salts.add(JSON.parse(parts[1] ?? '').salt);
      return `${receipt} ${parts.slice(0, 2).join(' ')}`;
    });
    expect(secrets.search(clear.join('\n'))).toEqual([]);
    expect(salts.size).toBe(receipts.length);
  });
});

test('the published keys are those in use and of before, each once, and never a private part', async () => {
  const response = await fetch(`${service.url}/doc/receipt-keys`);
  expect(response.headers.get('content-type')).toContain('application/json');
  expect(await response.json()).toEqual({ keys: [current.key.jwk, old.key.jwk] });
});

test('the chain is signed, and its start names the signer and the check of the audit key', async () => {
  const [start] = service.audit();
  const auditKey = Buffer.from(readFileSync(world.environment.AUDIT_KEY_FILE ?? '', 'utf8'), 'base64');
  const check = createHmac('sha256', auditKey).update('led-eligibility').digest().subarray(0, 8).toString('base64url');
  expect(start).toMatchObject({ kind: 'start', signer: current.key.kid, auditKey: { id: 'k1', check } });
  expect(start?.sig).toMatch(/^[\w-]{86}$/);
});

test('receipts from before a rotation are still good after it, and without a key there are none', async () => {
  const response = await ask(service, { insz, caseHandler });
  const body = Buffer.from(await response.arrayBuffer());
  const receipt = response.headers.get('decision-receipt') ?? '';
  const next = newKey();
  const file = world.write('next.key', next.privatePem);
  const rotated = await startService({ ...environment, RECEIPT_KEY_FILE: file });
  const { keys } = await json(await fetch(`${rotated.url}/doc/receipt-keys`));
  expect(keys.map(({ kid }: JsonWebKey) => kid)).toEqual([next.key.kid, old.key.kid, current.key.kid]);
  checkAlone(receipt, body, keys);
  const after = await ask(rotated, { insz, caseHandler });
  const afterBody = Buffer.from(await after.arrayBuffer());
  checkAlone(after.headers.get('decision-receipt') ?? '', afterBody, keys);
  expect(await rotated.stop()).toBe(0);

  const plain = await startService(world.environment);
  expect((await ask(plain, { insz, caseHandler })).headers.has('decision-receipt')).toBe(false);
  expect(await json(await fetch(`${plain.url}/doc/receipt-keys`))).toEqual({ keys: [] });
  expect(await plain.stop()).toBe(0);
  for (const name of ['signer', 'sig', 'receipt']) expect(plain.stdout()).not.toContain(`"${name}"`);
});

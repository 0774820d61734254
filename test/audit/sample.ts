import { randomUUID } from 'node:crypto';
import type { AccessEvent, AuditEvent, IntentEvent, StartEvent } from '../../src/audit/event.ts';
import { formatLine } from '../../src/audit/line.ts';
import type { SigningKey } from '../../src/audit/signing-key.ts';

export const svc = { name: 'led-eligibility', version: '0.1.0', commit: '0123456789abcdef0123456789abcdef01234567' };
const digest = `sha256:${'ab'.repeat(32)}`;
const what = {
  service: 'LED.GeefBewijs',
  version: '02.00.0000',
  operation: 'read',
  sender: 'example.be/led',
  capacity: 'test',
};

export const sampleStart = (): StartEvent => ({
  kind: 'start',
  ruleSets: [{ id: 'begeleider-ama', version: '1.0.0', digest }],
  testInsz: true,
  auditKey: { id: 'k1', check: 'AAAAAAAAAAA' },
});

const known = (id: string) => ({
  id,
  what,
  client: { id: 'intake-desk' },
  user: { id: 'u-4711', role: 'caseworker', source: 'asserted' as const },
  why: {
    ruleSet: 'begeleider-ama',
    version: '1.0.0',
    digest,
    legalBasis: 'Besluit van de Vlaamse Regering, artikel 12 – diplomavoorwaarde',
    caseReference: 'DOS/2026/17',
  },
  subject: { key: 'k1', hmac: 'Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8' },
});

export const sampleIntent = (id: string): IntentEvent => ({
  kind: 'intent',
  ...known(id),
  led: { references: [randomUUID()] },
});

export const sampleAccess = (id: string): AccessEvent => ({
  kind: 'access',
  ...known(id),
  led: { references: [randomUUID()], attempts: 1, exceptions: [], durationMs: 101 },
  result: 'decided',
  outcome: 'eligible',
  disclosed: { diplomas: 1, attributes: ['categorie', 'onderwerp', 'uitreikingsdatum', 'volledigeNaam'] },
  dropped: { otherHolder: 0, outOfScope: 2 },
  status: 200,
  durationMs: 108,
});

/** An access without a call to LED. */
export const sampleRefusal = (id: string): AccessEvent => ({
  kind: 'access',
  id,
  result: 'refused',
  problem: 'badRequest',
  status: 400,
  durationMs: 1,
});

/**
 * Returns a function that turns events into the lines of a new chain, as a process with this key would. `at`: the time of
 * the line, if it matters.
 */
export const createChain = (
  inst: string = randomUUID(),
  signer?: SigningKey,
): ((event: AuditEvent, at?: string) => string) => {
  let seq = 0;
  let prev = '0'.repeat(64);
  return (event, at) => {
    seq += 1;
    const ts = at ?? new Date(1_795_000_000_000 + seq).toISOString();
    const { bytes, hash } = formatLine(event, { ts, inst, seq, svc, prev }, signer);
    prev = hash;
    return bytes.toString();
  };
};

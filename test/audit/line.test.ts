import { createHash, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/audit/event.ts';
import { auditId, auditIssuedId, subjectHmac } from '../../src/audit/identity.ts';
import { FIRST_PREV, formatLine, MAX_LINE_BYTES, type Place } from '../../src/audit/line.ts';
import type { SigningKey } from '../../src/audit/signing-key.ts';
import { Attributes } from '../../src/record.ts';
import { qualityKinds } from '../../src/rules/judge.ts';
import { newKey } from '../support/keys.ts';
import { sampleAccess, sampleIntent, sampleStart, svc } from './sample.ts';

const key = Buffer.alloc(32, 7);
const insz = '90610100137';
const place: Place = {
  ts: '2026-11-23T10:15:30.123Z',
  inst: '0190f0c4-7a1b-4c3d-8e5f-0123456789ab',
  seq: 7,
  svc,
  prev: 'c'.repeat(64),
};

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** Checks what holds for every line, and returns its members. */
const parsed = (event: AuditEvent, at: Place = place, signer?: SigningKey): Record<string, unknown> => {
  const { bytes, hash } = formatLine(event, at, signer);
  const text = bytes.toString();
  expect(text.endsWith('}\n')).toBe(true);
  expect(text.indexOf('\n')).toBe(text.length - 1);
  expect(bytes.length).toBeLessThanOrEqual(MAX_LINE_BYTES);
  const line = text.slice(0, -1);
  const tail = `,"hash":"${hash}"`;
  expect(line.endsWith(`${tail}}`)).toBe(true);
  expect(sha256(line.replace(tail, ''))).toBe(hash);
  const members = JSON.parse(line) as Record<string, unknown>;
  expect(Object.keys(members).at(-1)).toBe('hash');
  expect(members).toMatchObject({ v: '1', ts: at.ts, kind: event.kind, inst: at.inst, seq: at.seq, prev: at.prev });
  return members;
};

describe('the line', () => {
  it('of an intent holds its members and nothing else', () => {
    const event = sampleIntent('019abcde-0000-7000-8000-000000000001');
    const { hash, ...members } = parsed(event);
    expect(members).toEqual({
      v: '1',
      ts: place.ts,
      kind: 'intent',
      inst: place.inst,
      seq: 7,
      id: event.id,
      what: event.what,
      client: event.client,
      user: event.user,
      why: event.why,
      subject: event.subject,
      led: event.led,
      svc,
      prev: place.prev,
    });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('of an access holds what is known, to the byte', () => {
    const { bytes } = formatLine(
      { kind: 'access', id: 'a', result: 'refused', problem: 'badRequest', status: 400, durationMs: 3 },
      { ...place, seq: 1, prev: FIRST_PREV, svc: { name: 'n', version: '1', commit: 'c' } },
    );
    const body = `{"v":"1","ts":"2026-11-23T10:15:30.123Z","kind":"access","inst":"${place.inst}","seq":1,"id":"a","result":"refused","problem":"badRequest","status":400,"durationMs":3,"svc":{"name":"n","version":"1","commit":"c"},"prev":"${'0'.repeat(64)}"}`;
    expect(bytes.toString()).toBe(`${body.slice(0, -1)},"hash":"${sha256(body)}"}\n`);
  });

  it('of a start, gap, heartbeat and stop has its own members and no others', () => {
    const names = (event: AuditEvent) => Object.keys(parsed(event)).sort();
    const common = ['hash', 'inst', 'kind', 'prev', 'seq', 'svc', 'ts', 'v'];
    expect(names(sampleStart())).toEqual([...common, 'auditKey', 'ruleSets', 'testInsz'].sort());
    expect(names({ ...sampleStart(), signer: 'x' })).toEqual(
      [...common, 'auditKey', 'ruleSets', 'signer', 'testInsz'].sort(),
    );
    expect(names({ kind: 'gap', count: 3 })).toEqual([...common, 'count'].sort());
    expect(names({ kind: 'heartbeat' })).toEqual(common);
    expect(names({ kind: 'stop' })).toEqual(common);
  });

  it('of a start, heartbeat and stop is signed with a key: the member before its hash, over its place and its bytes', () => {
    const { signer, publicPem } = newKey();
    for (const event of [sampleStart(), { kind: 'heartbeat' }, { kind: 'stop' }] as const) {
      const members = parsed(event, place, signer);
      expect(Object.keys(members).slice(-2)).toEqual(['sig', 'hash']);
      const unsigned = formatLine(event, place)
        .bytes.toString()
        .replace(/,"hash":"[0-9a-f]{64}"}\n$/, '}');
      const text = `led-eligibility/chain/1\n${place.inst}\n${place.seq}\n${place.prev}\n${sha256(unsigned)}`;
      expect(verify(null, Buffer.from(text), publicPem, Buffer.from(`${members.sig}`, 'base64url'))).toBe(true);
    }
    for (const event of [sampleIntent('a'), sampleAccess('a'), { kind: 'gap', count: 1 }] as const) {
      expect(parsed(event, place, signer)).not.toHaveProperty('sig');
    }
  });

  it('that is signed has at most 4096 bytes too', () => {
    const { signer } = newKey();
    const ruleSets = Array.from({ length: 60 }, () => ({ id: 'x'.repeat(64), version: '1', digest: 'd' }));
    expect(parsed({ ...sampleStart(), ruleSets }, place, signer)).toMatchObject({ truncated: true });
  });

  it('has no member that its type does not name', () => {
    const event = sampleAccess('a');
    const exception = { id: '60013', origin: 'MAGDA', type: 'FOUT', diagnose: 'Jan Modaal' };
    const leaky = {
      ...event,
      insz,
      user: { id: 'u', source: 'token' as const, name: 'Jan Modaal' },
      subject: { key: 'k1', hmac: 'h', insz },
      led: { references: [], attempts: 1, durationMs: 1, exceptions: [exception] },
    };
    const text = formatLine(leaky, place).bytes.toString();
    expect(text).not.toContain('Modaal');
    expect(text).not.toContain(insz);
    expect(text).toContain('{"id":"60013","origin":"MAGDA","type":"FOUT"}');
  });

  it('that is too long loses exceptions from the end, keeps the first ones, and says so', () => {
    const exceptions = Array.from({ length: 200 }, (_, index) => ({
      id: `${10_000 + index}`,
      origin: 'LED',
      type: 'FOUT',
    }));
    const event = sampleAccess('a');
    const line = parsed({ ...event, led: { references: ['r1', 'r2'], attempts: 2, durationMs: 5, exceptions } });
    const led = line.led as { exceptions: unknown[]; references: string[] };
    expect(line.truncated).toBe(true);
    expect(led.references).toEqual(['r1', 'r2']);
    expect(led.exceptions.length).toBeGreaterThan(40);
    expect(led.exceptions).toEqual(exceptions.slice(0, led.exceptions.length));
    expect(line).toMatchObject({ outcome: 'eligible', disclosed: event.disclosed, why: event.why });
  });

  it('keeps a client that is a UUID, and masks eleven digits elsewhere', () => {
    const uuid = '550e8400-e29b-41d4-a716-446655440000';
    const { client, user } = parsed({
      ...sampleAccess('a'),
      client: { id: uuid, org: `org ${insz}` },
      user: { id: insz, role: `role ${insz}`, source: 'token' },
    });
    expect(client).toEqual({ id: uuid, org: 'org ***' });
    expect(user).toEqual({ id: '***', role: 'role ***', source: 'token' });
  });

  it('of 4096 bytes is whole, and is cut if it has one byte more', () => {
    const event = sampleAccess('a');
    const withOrigin = (length: number) => ({
      ...event,
      led: {
        references: ['r1'],
        attempts: 1,
        durationMs: 5,
        exceptions: [{ id: '1', origin: 'x'.repeat(length), type: 'FOUT' }],
      },
    });
    const size = formatLine(withOrigin(0), place).bytes.length;
    expect(formatLine(withOrigin(MAX_LINE_BYTES - size), place).bytes.length).toBe(MAX_LINE_BYTES);
    expect(parsed(withOrigin(MAX_LINE_BYTES - size))).not.toHaveProperty('truncated');
    expect(parsed(withOrigin(MAX_LINE_BYTES - size + 1))).toMatchObject({ truncated: true, led: { exceptions: [] } });
  });

  it('with the longest values that the service accepts loses nothing but exceptions', () => {
    const longest = 'x'.repeat(64);
    const digest = `sha256:${'f'.repeat(64)}`;
    const id = '019abcde-0000-7000-8000-000000000001';
    const dn = 'é'.repeat(100);
    const exceptions = Array.from({ length: 99 }, () => ({ id: longest, origin: longest, type: longest }));
    const event = {
      kind: 'access' as const,
      id,
      what: {
        service: 'LED.GeefBewijs',
        version: '02.00.0000',
        operation: 'read',
        sender: 'é'.repeat(120),
        capacity: 'é'.repeat(24),
      },
      client: { id: auditIssuedId(key, dn), org: auditIssuedId(key, dn) },
      user: { id: auditId(key, dn), role: longest, source: 'asserted' as const },
      why: { ruleSet: longest, version: longest, digest, legalBasis: '–'.repeat(300), caseReference: longest },
      subject: { key: 'k'.repeat(32), hmac: subjectHmac(key, insz) },
      led: { references: [id, id], attempts: 2, exceptions, durationMs: Number.MAX_SAFE_INTEGER },
      result: 'decided' as const,
      outcome: 'notDemonstrated' as const,
      shadow: [{ ruleSet: longest, version: longest, digest, outcome: 'notDemonstrated' as const }],
      disclosed: { diplomas: 99, attributes: Object.keys(Attributes.shape) },
      dropped: { otherHolder: 99, outOfScope: 99 },
      quality: Object.fromEntries(qualityKinds.map((kind) => [kind, 99])),
      receipt: { key: 'k'.repeat(43), commitment: 'c'.repeat(43) },
      status: 200,
      durationMs: Number.MAX_SAFE_INTEGER,
    };
    const line = parsed(event, { ...place, seq: Number.MAX_SAFE_INTEGER });
    const { kind, led, ...rest } = event;
    expect(line).toMatchObject({ ...rest, truncated: true });
    expect(line.client).toEqual({ id: dn, org: dn });
    expect((line.led as typeof led).references).toEqual(led.references);
  });

  it('is valid with any texts: JSON, at most 4096 bytes, its own hash, no number of eleven digits', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom(insz, `x${insz}`, `${insz}.${insz}`, '\u0000'.repeat(700), '\ud800', '"\\\n', '😀'.repeat(900)),
    );
    const plain = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }).filter((text) => !text.includes(insz)),
      fc.constantFrom('\u0000'.repeat(700), '\udfff', '"\\\n', '–'.repeat(2000)),
    );
    const count = fc.integer({ min: 0 });
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const known = {
      id: plain,
      what: optional(
        fc.record({ service: plain, version: plain, operation: plain, sender: plain, capacity: optional(plain) }),
      ),
      client: optional(fc.record({ id: hostile.map((id) => auditIssuedId(key, id)), org: optional(hostile) })),
      user: optional(
        fc.record({
          id: fc.oneof(
            hostile,
            hostile.map((id) => auditId(key, id)),
          ),
          role: optional(hostile),
          source: fc.constantFrom('token' as const, 'asserted' as const),
        }),
      ),
      why: optional(
        fc.record({
          ruleSet: plain,
          version: plain,
          digest: plain,
          legalBasis: plain,
          caseReference: optional(hostile),
        }),
      ),
      subject: optional(fc.record({ key: plain, hmac: plain })),
    };
    const outcome = fc.constantFrom('eligible' as const, 'manualReview' as const, 'notDemonstrated' as const);
    const event: fc.Arbitrary<AuditEvent> = fc.oneof(
      fc.record({ kind: fc.constant('intent' as const), ...known, led: fc.record({ references: fc.array(plain) }) }),
      fc.record({
        kind: fc.constant('access' as const),
        ...known,
        led: optional(
          fc.record({
            references: fc.array(plain),
            attempts: count,
            exceptions: fc.array(fc.record({ id: hostile, origin: hostile, type: hostile }), { maxLength: 120 }),
            durationMs: fc.double(),
          }),
        ),
        result: fc.constantFrom('decided' as const, 'refused' as const, 'failed' as const),
        outcome: optional(outcome),
        shadow: optional(
          fc.array(fc.record({ ruleSet: plain, version: plain, digest: plain, outcome }), { maxLength: 40 }),
        ),
        disclosed: optional(fc.record({ diplomas: count, attributes: fc.array(plain) })),
        dropped: optional(fc.record({ otherHolder: count, outOfScope: count })),
        quality: optional(fc.record({ otherHolder: count, levelConflict: count })),
        receipt: optional(fc.record({ key: plain, commitment: plain })),
        status: count,
        durationMs: fc.double(),
      }),
      fc.record({
        kind: fc.constant('start' as const),
        ruleSets: fc.array(fc.record({ id: plain, version: plain, digest: plain }), { maxLength: 60 }),
        testInsz: fc.boolean(),
        auditKey: fc.record({ id: plain, check: plain }),
        signer: optional(plain),
      }),
      fc.record({ kind: fc.constant('gap' as const), count }),
    );
    fc.assert(
      fc.property(event, plain, (any, text) => {
        const line = parsed(any, { ...place, svc: { name: text, version: text, commit: text } });
        expect(JSON.stringify(line)).not.toContain(insz);
      }),
      { numRuns: 400 },
    );
  });
});

import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditClientId, auditUserId, masked, subjectHmac } from '../../src/audit/identity.ts';

const key = Buffer.alloc(32, 7);
const insz = '90610100137';
const uuid = '550e8400-e29b-41d4-a716-446655440000';
const hmacOf = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');

describe('the person asked about', () => {
  it('is the HMAC of "insz:" and the digits', () => {
    expect(subjectHmac(key, insz)).toBe(hmacOf(`insz:${insz}`));
    expect(subjectHmac(key, insz)).toMatch(/^[\w-]{43}$/);
    expect(subjectHmac(createSecretKey(key), insz)).toBe(subjectHmac(key, insz));
  });
});

describe('the id of a case handler', () => {
  it('stays as it is, unless it holds eleven digits in a row', () => {
    expect(auditUserId(key, 'jan.modaal@example.be')).toBe('jan.modaal@example.be');
    expect(auditUserId(key, '9061010013')).toBe('9061010013');
    expect(auditUserId(key, `u:${insz}`)).toBe(`hmac:${hmacOf(`u:${insz}`)}`);
    expect(auditUserId(key, '906101001370')).toBe(`hmac:${hmacOf('906101001370')}`);
  });

  it('that is an INSZ becomes the HMAC under which a person is looked for', () => {
    expect(auditUserId(key, insz)).toBe(`hmac:${subjectHmac(key, insz)}`);
  });

  it('that looks like an HMAC becomes one, so that no id looks like another', () => {
    const forged = `hmac:${'A'.repeat(43)}`;
    expect(auditUserId(key, forged)).toBe(`hmac:${hmacOf(forged)}`);
  });

  it('of over 200 bytes becomes an HMAC', () => {
    expect(auditUserId(key, 'x'.repeat(200))).toBe('x'.repeat(200));
    expect(auditUserId(key, 'x'.repeat(201))).toBe(`hmac:${hmacOf('x'.repeat(201))}`);
    expect(auditUserId(key, 'é'.repeat(100))).toBe('é'.repeat(100));
    expect(auditUserId(key, 'é'.repeat(101))).toBe(`hmac:${hmacOf('é'.repeat(101))}`);
  });

  it('never looks the same as another one', () => {
    const id = fc.oneof(fc.string(), fc.stringMatching(/^\d{10,12}$/), fc.stringMatching(/^hmac:[\w-]{43}$/));
    fc.assert(
      fc.property(id, id, (one, other) => {
        expect(auditUserId(key, one) === auditUserId(key, other)).toBe(one === other);
        // What it became does not become itself again: a caller cannot send the id of somebody else's line.
        if (auditUserId(key, one) !== one)
          expect(auditUserId(key, auditUserId(key, one))).not.toBe(auditUserId(key, one));
      }),
    );
  });
});

describe('the id of a calling system', () => {
  it('that is a UUID stays as it is, with all its digits', () => {
    expect(auditClientId(key, uuid)).toBe(uuid);
    expect(auditClientId(key, uuid.toUpperCase())).toBe(uuid.toUpperCase());
    expect(auditClientId(key, `urn:uuid:${uuid}`)).toMatch(/^hmac:/);
  });

  it('is otherwise treated like that of a person', () => {
    expect(auditClientId(key, 'intake-desk')).toBe('intake-desk');
    const subject = `CN=app,SERIALNUMBER=${insz}`;
    expect(auditClientId(key, subject)).toBe(`hmac:${hmacOf(subject)}`);
  });
});

describe('a text from outside', () => {
  it('loses every run of eleven digits or more', () => {
    expect(masked(`case ${insz}, ${insz}0 and 9061010013`)).toBe('case ***, *** and 9061010013');
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(masked(`${before}${insz}${after}`)).not.toMatch(/\d{11}/);
      }),
    );
  });

  it('keeps a UUID and an HMAC: their digits are no INSZ', () => {
    const hmac = `hmac:${'1'.repeat(43)}`;
    expect([masked(uuid), masked(hmac)]).toEqual([uuid, hmac]);
    expect(masked(`${hmac}1`)).toBe('hmac:***');
  });
});

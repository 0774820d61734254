import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditId, auditIssuedId, masked, subjectHmac } from '../../src/audit/identity.ts';

const key = Buffer.alloc(32, 7);
const insz = '90610100155';
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
    expect(auditId(key, 'jan.modaal@example.be')).toBe('jan.modaal@example.be');
    expect(auditId(key, '9061010015')).toBe('9061010015');
    for (const id of [`u:${insz}`, '906101001550', '12345678901', 'u:90.61.01-001.55', 'CN=９０６１０１００１５５']) {
      expect(auditId(key, id)).toBe(`hmac:${hmacOf(`id:${id}`)}`);
    }
  });

  it('that is an INSZ becomes the HMAC under which a person is looked for', () => {
    for (const id of [insz, '90.61.01-001.55', '９０６１０１００１５５', '90%2061%2001%20001%2055']) {
      expect(auditId(key, id)).toBe(`hmac:${subjectHmac(key, insz)}`);
    }
  });

  it('that looks like what the service writes itself becomes an HMAC, so that no id looks like another', () => {
    const fingerprint = Array.from({ length: 32 }, () => 'A0').join(':');
    for (const id of [`hmac:${'A'.repeat(43)}`, 'hmac:', 'anonymous', fingerprint, 'two\nlines', 'a\u2028b']) {
      expect(auditId(key, id)).toBe(`hmac:${hmacOf(`id:${id}`)}`);
    }
    expect(masked(fingerprint)).toBe(fingerprint);
  });

  it('of over 200 bytes becomes an HMAC', () => {
    expect(auditId(key, 'x'.repeat(200))).toBe('x'.repeat(200));
    expect(auditId(key, 'x'.repeat(201))).toBe(`hmac:${hmacOf(`id:${'x'.repeat(201)}`)}`);
    expect(auditId(key, 'é'.repeat(100))).toBe('é'.repeat(100));
    expect(auditId(key, 'é'.repeat(101))).toBe(`hmac:${hmacOf(`id:${'é'.repeat(101)}`)}`);
  });

  it('never looks the same as another one', () => {
    const id = fc.oneof(fc.string(), fc.stringMatching(/^\d{10,12}$/), fc.stringMatching(/^hmac:[\w-]{43}$/));
    fc.assert(
      fc.property(id, id, (one, other) => {
        expect(auditId(key, one) === auditId(key, other)).toBe(one === other);
        // What it became does not become itself again: a caller cannot send the id of somebody else's line.
        if (auditId(key, one) !== one) expect(auditId(key, auditId(key, one))).not.toBe(auditId(key, one));
      }),
    );
  });
});

describe('the id of a calling system', () => {
  it('that is a UUID stays as it is, with all its digits', () => {
    expect(auditIssuedId(key, uuid)).toBe(uuid);
    expect(auditIssuedId(key, uuid.toUpperCase())).toBe(uuid.toUpperCase());
    expect(auditIssuedId(key, `urn:uuid:${uuid}`)).toMatch(/^hmac:/);
  });

  it('is otherwise treated like that of a person', () => {
    expect(auditIssuedId(key, 'intake-desk')).toBe('intake-desk');
    const subject = `CN=app,SERIALNUMBER=${insz}`;
    expect(auditIssuedId(key, subject)).toBe(`hmac:${hmacOf(`id:${subject}`)}`);
  });
});

describe('a text from outside', () => {
  it('loses every run of eleven digits or more', () => {
    expect(masked(`case ${insz}, ${insz}0 and 9061010015`)).toBe('case ***, *** and 9061010015');
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

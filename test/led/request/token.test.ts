import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../../../docker/certificates.ts';
import { writeRequest } from '../../../src/led/request/envelope.ts';
import { createSigner } from '../../../src/led/request/signature.ts';
import { createToken, type Token, type TokenForm } from '../../../src/led/request/token.ts';
import { testInsz } from '../../support/answers.ts';
import { hasTool } from '../../support/tools.ts';

const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0';

/** Our certificate, the one that issued it, and the root. */
let chain: [string, string, string];
let folder: string;
beforeAll(async () => {
  const root = await createAuthority('Root');
  const issuing = await root.createIntermediate('Issuing authority');
  const { cert } = await issuing.issue({ commonName: 'us', use: 'client', keyType: 'rsa' });
  chain = [cert, issuing.cert, root.cert];
  folder = mkdtempSync(join(tmpdir(), 'led-token-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const der = (pem: string): Buffer => new X509Certificate(pem).raw;
const bytesOf = ({ base64 }: Token): Buffer => Buffer.from(base64, 'base64');

/** The elements of a DER SEQUENCE, by the rules of X.690: read here, not with the code that writes them. */
const elementsOf = (sequence: Buffer): Buffer[] => {
  const sizeAt = (at: number): { start: number; end: number } => {
    const first = sequence.readUInt8(at + 1);
    const count = first < 0x80 ? 0 : first - 0x80;
    const start = at + 2 + count;
    return { start, end: start + (count === 0 ? first : sequence.readUIntBE(at + 2, count)) };
  };
  expect(sequence[0]).toBe(0x30);
  const whole = sizeAt(0);
  expect(whole.end).toBe(sequence.length);
  const found: Buffer[] = [];
  for (let at = whole.start; at < whole.end; at = sizeAt(at).end) found.push(sequence.subarray(at, sizeAt(at).end));
  return found;
};

describe('the token', () => {
  test('x509v3 is our certificate alone', () => {
    for (const token of [createToken(chain, 'x509v3'), createToken([chain[0]], 'auto')]) {
      expect(token).toMatchObject({ valueType: `${profile}#X509v3`, isPath: false });
      expect(bytesOf(token)).toEqual(der(chain[0]));
    }
  });

  test('pkipath is a sequence of all certificates, the one nearest the root first, ours last', () => {
    for (const token of [createToken(chain, 'pkipath'), createToken(chain, 'auto')]) {
      expect(token).toMatchObject({ valueType: `${profile}#X509PKIPathv1`, isPath: true });
      const path = elementsOf(bytesOf(token));
      expect(path).toEqual([chain[2], chain[1], chain[0]].map(der));
      const [root, issuing, us] = path.map((each) => new X509Certificate(each));
      expect(issuing?.checkIssued(root as X509Certificate)).toBe(true);
      expect(us?.checkIssued(issuing as X509Certificate)).toBe(true);
    }
  });

  test('pkipath holds what the file holds: two certificates, or ours alone', () => {
    expect(elementsOf(bytesOf(createToken([chain[0], chain[1]], 'auto')))).toEqual([chain[1], chain[0]].map(der));
    expect(elementsOf(bytesOf(createToken([chain[0]], 'pkipath')))).toEqual([der(chain[0])]);
  });

  test('pkipath has a length of as many bytes as it needs', () => {
    const long = Array.from({ length: 200 }, () => chain[1]);
    const path = bytesOf(createToken([chain[0], ...long], 'pkipath'));
    expect(path.length).toBeGreaterThan(0xffff);
    expect(path[1]).toBe(0x83);
    expect(elementsOf(path)).toHaveLength(201);
  });

  test('needs certificates', () => {
    expect(() => createToken(['none'], 'auto')).toThrow();
    expect(() => createToken([chain[0], 'none'], 'x509v3')).toThrow();
  });

  test.skipIf(!hasTool('openssl'))('openssl reads the same order in the path (needs openssl)', () => {
    const file = join(folder, 'path.der');
    const path = bytesOf(createToken(chain, 'pkipath'));
    writeFileSync(file, path);
    const top = execFileSync('openssl', ['asn1parse', '-inform', 'der', '-in', file]).toString();
    const subjects = [...top.matchAll(/^ *(\d+):d=1 +hl=(\d+) +l= *(\d+) cons: SEQUENCE/gm)].map(
      ([, from, head, length]) => {
        const end = Number(from) + Number(head) + Number(length);
        writeFileSync(file, path.subarray(Number(from), end));
        return execFileSync('openssl', ['x509', '-inform', 'der', '-in', file, '-noout', '-subject']).toString().trim();
      },
    );
    expect(subjects.map((subject) => subject.replace(/^subject=.*CN ?= ?/, ''))).toEqual([
      'Root',
      'Issuing authority',
      'us',
    ]);
  });
});

describe('the header', () => {
  const header = async (form: TokenForm): Promise<string> => {
    const signer = createSigner({
      token: createToken(chain, form),
      algorithm: 'rsa-sha256',
      sign: async (data) => data,
    });
    const question = { insz: testInsz(1), referte: 'r', at: 0, sender: { id: 'us' } };
    return (await writeRequest(question, signer)).toString();
  };

  test('names the form on the token and on the reference; for a path also on the SecurityTokenReference', async () => {
    const secext11 = 'http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd';
    for (const [form, type] of [
      ['x509v3', `${profile}#X509v3`],
      ['pkipath', `${profile}#X509PKIPathv1`],
    ] as const) {
      const xml = await header(form);
      expect(xml.match(/ValueType="[^"]*"/g)).toEqual([`ValueType="${type}"`, `ValueType="${type}"`]);
      const reference = /<wsse:SecurityTokenReference[^>]*>/.exec(xml)?.[0];
      expect(reference).toBe(
        form === 'x509v3'
          ? '<wsse:SecurityTokenReference>'
          : `<wsse:SecurityTokenReference xmlns:wsse11="${secext11}" wsse11:TokenType="${type}">`,
      );
    }
  });
});

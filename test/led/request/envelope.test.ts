import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { XmlDocument } from 'libxml2-wasm';
import { describe, expect, test } from 'vitest';
import { writeRequest } from '../../../src/led/request/envelope.ts';
import { testInsz } from '../../support/answers.ts';
import { hasTool } from '../../support/tools.ts';

const referte = '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10';
const input = {
  insz: testInsz(1),
  referte,
  at: Date.UTC(2026, 10, 23, 9, 15, 30, 123),
  sender: { id: 'kbo0123456789.be/led', capacity: 'begeleiders' },
};
const schema = join(
  import.meta.dirname,
  '../../../shared/led/xsd/LED.GeefBewijsDienst-02.00/WebService/GeefBewijs.xsd',
);

const text = async (...parameters: Parameters<typeof writeRequest>): Promise<string> =>
  (await writeRequest(...parameters)).toString('utf8');
const moment = async (at: number): Promise<string> => {
  const [, datum, tijd] = /<Datum>(.*)<\/Datum><Tijd>(.*)<\/Tijd>/.exec(await text({ ...input, at })) ?? [];
  return `${datum} ${tijd}`;
};

describe('the request of GeefBewijs', () => {
  test('is this text, to the byte', async () => {
    expect(await text({ ...input, user: testInsz(2) })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">' +
        '<soapenv:Header></soapenv:Header><soapenv:Body xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">' +
        '<geef:GeefBewijs xmlns:geef="http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be"><Verzoek><Context>' +
        '<Naam>GeefBewijs</Naam><Versie>02.00.0000</Versie><Bericht><Type>VRAAG</Type><Tijdstip><Datum>2026-11-23</Datum>' +
        `<Tijd>10:15:30.000</Tijd></Tijdstip><Afzender><Identificatie>kbo0123456789.be/led</Identificatie><Referte>${referte}</Referte>` +
        `<Hoedanigheid>begeleiders</Hoedanigheid><Gebruiker>${testInsz(2)}</Gebruiker></Afzender></Bericht></Context><Vragen><Vraag>` +
        `<Referte>${referte}</Referte><Inhoud><INSZ>${testInsz(1)}</INSZ></Inhoud></Vraag></Vragen></Verzoek></geef:GeefBewijs>` +
        '</soapenv:Body></soapenv:Envelope>',
    );
  });

  test('leaves out Hoedanigheid and Gebruiker where there are none, an empty capacity included', async () => {
    for (const sender of [{ id: 'x' }, { id: 'x', capacity: '' }]) {
      const request = await text({ ...input, sender });
      expect(request).not.toContain('Hoedanigheid');
      expect(request).not.toContain('Gebruiker');
    }
  });

  test('puts GeefBewijs alone in a namespace, by a prefix', async () => {
    const request = await text(input);
    expect(request.match(/<\w+:\w+/g)).toEqual([
      '<soapenv:Envelope',
      '<soapenv:Header',
      '<soapenv:Body',
      '<geef:GeefBewijs',
    ]);
    expect(request).not.toContain('xmlns=');
  });

  test('escapes configured text, whatever it is, and writes its Body in exclusive canonical form', async () => {
    const piece = fc.constantFrom('a', '&', '<', '>', ']]>', '"', "'", 'é', '😀', '\r', '\n', '\t', ' ', '&amp;');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 12 }), async (pieces) => {
        const id = pieces.join('');
        const bytes = await writeRequest({ ...input, sender: { id } });
        const document = XmlDocument.fromBuffer(bytes);
        try {
          expect(document.get('//Identificatie')?.content).toBe(id);
          const body = document.get('/*/*[local-name()="Body"]');
          expect(bytes.toString()).toContain(body?.canonicalizeToString({ mode: 1 }) ?? 'no Body');
        } finally {
          document.dispose();
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('Tijdstip', () => {
  test('is the time of Brussels with literal milliseconds', async () => {
    expect(await moment(Date.UTC(2026, 6, 1, 12, 0, 0, 999))).toBe('2026-07-01 14:00:00.000');
    expect(await moment(Date.UTC(2026, 0, 1, 12, 0, 0))).toBe('2026-01-01 13:00:00.000');
  });

  test('calls midnight 00, and turns the day, month and year with it', async () => {
    expect(await moment(Date.UTC(2026, 5, 30, 22, 0, 0))).toBe('2026-07-01 00:00:00.000');
    expect(await moment(Date.UTC(2026, 11, 31, 23, 0, 1))).toBe('2027-01-01 00:00:01.000');
    expect(await moment(Date.UTC(2026, 11, 31, 22, 59, 59, 999))).toBe('2026-12-31 23:59:59.000');
  });

  test('follows both changes of the clock', async () => {
    expect(await moment(Date.UTC(2026, 2, 29, 0, 59, 59))).toBe('2026-03-29 01:59:59.000');
    expect(await moment(Date.UTC(2026, 2, 29, 1, 0, 0))).toBe('2026-03-29 03:00:00.000');
    expect(await moment(Date.UTC(2026, 9, 25, 0, 59, 59))).toBe('2026-10-25 02:59:59.000');
    expect(await moment(Date.UTC(2026, 9, 25, 1, 0, 0))).toBe('2026-10-25 02:00:00.000');
  });

  test('is a date and time of the schema at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 0, 1) }), async (at) => {
        expect(await moment(at)).toMatch(/^20\d\d-[01]\d-[0-3]\d (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.000$/);
      }),
    );
  });
});

test.skipIf(!hasTool('xmllint') || !existsSync(schema))(
  'is valid by the schema of GeefBewijs (needs xmllint from libxml2-utils, and ../shared)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'led-request-'));
    try {
      const variants = [input, { ...input, user: testInsz(2) }, { ...input, sender: { id: 'a & b <c>' } }];
      for (const variant of variants) {
        const geefBewijs = /<geef:GeefBewijs .*<\/geef:GeefBewijs>/.exec(await text(variant))?.[0] ?? '';
        const file = join(folder, 'request.xml');
        writeFileSync(file, geefBewijs);
        execFileSync('xmllint', ['--noout', '--nonet', '--schema', schema, file], { stdio: 'pipe' });
        writeFileSync(file, geefBewijs.replace('VRAAG', 'VRAGEN'));
        expect(() =>
          execFileSync('xmllint', ['--noout', '--nonet', '--schema', schema, file], { stdio: 'pipe' }),
        ).toThrow();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

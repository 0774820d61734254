import fc from 'fast-check';
import { XmlDocument } from 'libxml2-wasm';
import { describe, expect, test } from 'vitest';
import { writeRequest } from '../../../src/led/request/envelope.ts';
import { testInsz } from '../../support/answers.ts';
import { schemaCheck } from '../../support/schema.ts';

const referte = '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10';
const input = {
  insz: testInsz(1),
  referte,
  at: Date.UTC(2026, 10, 23, 9, 15, 30, 123),
  sender: { id: 'kbo0123456789.be/led', capacity: 'begeleiders' },
};
const schemaFaults = schemaCheck(new URL('geef-bewijs.xsd', import.meta.url));

const text = async (...parameters: Parameters<typeof writeRequest>): Promise<string> =>
  (await writeRequest(...parameters)).toString('utf8');
const moment = async (at: number): Promise<string> => {
  const [, datum, tijd] = /<Datum>(.*)<\/Datum><Tijd>(.*)<\/Tijd>/.exec(await text({ ...input, at })) ?? [];
  return `${datum} ${tijd}`;
};

describe('the request of GeefBewijs', () => {
  test('is this text, byte for byte', async () => {
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

  test('leaves out Hoedanigheid and Gebruiker if they are missing or empty', async () => {
    for (const sender of [{ id: 'x' }, { id: 'x', capacity: '' }]) {
      const request = await text({ ...input, sender });
      expect(request).not.toContain('Hoedanigheid');
      expect(request).not.toContain('Gebruiker');
    }
  });

  test('puts only GeefBewijs in a namespace, with a prefix', async () => {
    const request = await text(input);
    expect(request.match(/<\w+:\w+/g)).toEqual([
      '<soapenv:Envelope',
      '<soapenv:Header',
      '<soapenv:Body',
      '<geef:GeefBewijs',
    ]);
    expect(request).not.toContain('xmlns=');
  });

  test('escapes any configured text, and writes its Body in exclusive canonical form', async () => {
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

  test('writes midnight as 00, and starts the day, month and year with it', async () => {
    expect(await moment(Date.UTC(2026, 5, 30, 22, 0, 0))).toBe('2026-07-01 00:00:00.000');
    expect(await moment(Date.UTC(2026, 11, 31, 23, 0, 1))).toBe('2027-01-01 00:00:01.000');
    expect(await moment(Date.UTC(2026, 11, 31, 22, 59, 59, 999))).toBe('2026-12-31 23:59:59.000');
  });

  test('follows the change to summer time and back', async () => {
    expect(await moment(Date.UTC(2026, 2, 29, 0, 59, 59))).toBe('2026-03-29 01:59:59.000');
    expect(await moment(Date.UTC(2026, 2, 29, 1, 0, 0))).toBe('2026-03-29 03:00:00.000');
    expect(await moment(Date.UTC(2026, 9, 25, 0, 59, 59))).toBe('2026-10-25 02:59:59.000');
    expect(await moment(Date.UTC(2026, 9, 25, 1, 0, 0))).toBe('2026-10-25 02:00:00.000');
  });

  test('is a date and a time at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 0, 1) }), async (at) => {
        expect(await moment(at)).toMatch(/^20\d\d-[01]\d-[0-3]\d (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.000$/);
      }),
    );
  });
});

describe('by the schema of GeefBewijs', () => {
  const geefBewijs = async (more: Partial<typeof input> & { user?: string } = {}): Promise<string> =>
    /<geef:GeefBewijs .*<\/geef:GeefBewijs>/s.exec(await text({ ...input, ...more }))?.[0] ?? '';

  test('every variant of the request is valid', async () => {
    const longest = { id: 'x'.repeat(120), capacity: 'y'.repeat(24) };
    for (const more of [
      {},
      { user: testInsz(2) },
      { sender: { id: 'a & b <c>', capacity: '' } },
      { sender: longest },
    ]) {
      expect(schemaFaults(await geefBewijs(more))).toEqual([]);
    }
  });

  test.each([
    ['another Type', /VRAAG/, 'VRAGEN'],
    ['another Versie', '02.00.0000', '02.00'],
    ['real milliseconds', '30.000', '30.123'],
    ['a Referte of 37 characters', `<Referte>${referte}`, `<Referte>${referte}0`],
    ['no Referte', /<Referte>[^<]*<\/Referte>/, ''],
    ['an Identificatie of 121 characters', '<Identificatie>', `<Identificatie>${'x'.repeat(101)}`],
    ['a Hoedanigheid of 25 characters', '<Hoedanigheid>', `<Hoedanigheid>${'x'.repeat(14)}`],
    ['an empty Hoedanigheid', '>begeleiders<', '><'],
    ['an INSZ of 10 digits', /<INSZ>\d/, '<INSZ>'],
    ['a second Vraag', /<Vraag>.*<\/Vraag>/, '$&$&'],
    ['another order', /(<Referte>[^<]*<\/Referte>)(<Hoedanigheid>[^<]*<\/Hoedanigheid>)/, '$2$1'],
    ['an unknown element', '<Vragen>', '<Annotaties/><Vragen>'],
    ['children in the namespace', /<(\/?)Verzoek>/g, '<$1geef:Verzoek>'],
  ])('%s is not', async (_, from, to) => {
    const request = await geefBewijs();
    const changed = request.replace(from, to);
    expect(changed).not.toBe(request);
    expect(schemaFaults(changed)).not.toEqual([]);
  });
});

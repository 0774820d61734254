import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../../src/fault.ts';
import { type ParsedAnswer, parseAnswer } from '../../../src/led/answer/parse.ts';
import { clean } from '../../../src/record.ts';
import {
  answerXml,
  bachelorRecord,
  bewijsXml,
  envelopeXml,
  faultXml,
  responseXml,
  type TestRecord,
  testInsz,
  uitzonderingenXml,
} from '../../support/answers.ts';
import { parse, refusal } from '../../support/parsing.ts';
import { schemaCheck } from '../../support/schema.ts';

const referte = '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10';
const holder = testInsz(1);
const record = bachelorRecord(holder);
const answer = answerXml({ referte, records: [record] });
const noData = { identificatie: '40000', oorsprong: 'LED', type: 'FOUT' };

const read = (xml: string) => parse(xml, referte);
const refused = (xml: string): string => refusal(xml, referte);
const first = (xml: string) => read(xml).records[0];
/** The answer with one record, changed as XML. */
const changed = (from: string | RegExp, to: string): string => {
  const result = answer.replace(from, () => to);
  expect(result).not.toBe(answer);
  return result;
};

describe('a record', () => {
  test('holds what the protocol grants and what steers the decision, nothing else', () => {
    expect(read(answer)).toEqual({
      exceptions: [],
      records: [
        {
          status: '1',
          holder,
          authenticity: 'Authentiek',
          iscedNiveau2011: '6',
          year: '2001',
          month: '06',
          day: '30',
          attributes: {
            taal: 'nld',
            land: 'BEL',
            categorie: 'Hoger onderwijs',
            graad: 'Bachelor',
            onderwijsvorm: 'Niet van toepassing',
            typeBewijs: 'Diploma',
            staatBewijs: 'Eindbewijs',
            instantie: 'Hogeschool',
            typeSchool: 'Niet van toepassing',
            onderwerp: { code: '762003', naam: 'Sociaal-agogisch werk' },
            iscedStudiegebied: { code: '762', naam: 'Maatschappelijk werk' },
            iscedNiveau: { code: '5A', naam: 'Hoger onderwijs, eerste fase' },
            vksNiveauOnderwijskwalificatie: { code: '6', naam: 'Niveau 6' },
            vksNiveauBeroepskwalificatie: { code: 'NBS', naam: 'Niet beschikbaar' },
            uitreikingsdatum: '2001-06-30',
            volledigeNaam: 'Bachelor in het sociaal werk',
            bijkomendeInformatie: [
              { type: 'Bewijs omschrijving', inhoud: 'Afstudeerrichting "maatschappelijk werk" & advies' },
            ],
          },
        },
      ],
    });
  });

  test('without any of its elements is empty, and still a record', () => {
    expect(read(answerXml({ referte, records: [{}] })).records).toEqual([{ attributes: {} }]);
    expect(read(answer.replace(/<Bewijs>.*<\/Bewijs>/, '<Bewijs/>')).records).toEqual([{ attributes: {} }]);
  });

  test('leaves out what is empty once cleaned, and a coded value with neither code nor naam', () => {
    const empty = {
      graad: ' \n ',
      status: '',
      taal: '\u00a0',
      onderwerp: { code: ' ', naam: '' },
      iscedNiveau: { naam: 'x' },
    };
    expect(
      read(answerXml({ referte, records: [{ ...empty, iscedStudiegebied: { code: '762', naam: ' ' } }] })).records,
    ).toEqual([{ attributes: { iscedNiveau: { naam: 'x' }, iscedStudiegebied: { code: '762' } } }]);
  });

  test('takes each BijkomendeInformatie alone, leaves out empty ones, and the list if none is left', () => {
    const list = [{ naam: 'A' }, { inhoud: 'b' }, {}, { naam: ' ', inhoud: '' }, { naam: 'C', inhoud: 'c' }];
    const [one, two] = read(
      answerXml({ referte, records: [{ bijkomendeInformatie: list }, { bijkomendeInformatie: [{}] }] }),
    ).records;
    expect(one?.attributes.bijkomendeInformatie).toEqual([{ type: 'A' }, { inhoud: 'b' }, { type: 'C', inhoud: 'c' }]);
    expect(two).toEqual({ attributes: {} });
  });

  test('takes nothing over from the record before it', () => {
    expect(read(answerXml({ referte, records: [record, {}, record] })).records[1]).toEqual({ attributes: {} });
  });

  test.each([
    ['2001', '06', '30', '2001-06-30'],
    ['2001', '06', undefined, '2001-06'],
    ['2001', undefined, undefined, '2001'],
    ['2001', undefined, '30', '2001'],
    ['2001', '6', '30', '2001'],
    ['2001', '13', '30', '2001'],
    ['2001', '00', '30', '2001'],
    ['2001', 'NBS', '01', '2001'],
    ['2001', '06', '31', '2001-06'],
    ['2001', '06', '00', '2001-06'],
    ['2001', '06', '1', '2001-06'],
    ['2001', '06', '٣٠', '2001-06'],
    ['2001', '02', '29', '2001-02'],
    ['2004', '02', '29', '2004-02-29'],
    ['1900', '02', '29', '1900-02'],
    ['2000', '02', '29', '2000-02-29'],
    ['2001', '12', '31', '2001-12-31'],
    ['2001', '11', '31', '2001-11'],
    ['1800', '06', '30', undefined],
    ['2101', '06', '30', undefined],
    ['01', '06', '30', undefined],
    [undefined, '06', '30', undefined],
  ])('date %s %s %s is shown as %s, and kept as LED gave it', (jaar, maand, dag, shown) => {
    const uitreikingsdatum = {
      ...(jaar === undefined ? {} : { jaar }),
      ...(maand === undefined ? {} : { maand }),
      ...(dag === undefined ? {} : { dag }),
    };
    const one = first(answerXml({ referte, records: [{ uitreikingsdatum }] }));
    expect(one?.attributes.uitreikingsdatum).toBe(shown);
    expect([one?.year, one?.month, one?.day]).toEqual([jaar, maand, dag]);
  });

  test('has its values clean, whatever they hold', () => {
    const piece = fc.constantFrom(
      'a',
      'B',
      'é',
      'e\u0301',
      ' ',
      '\n',
      '\t',
      '\r',
      '\u00a0',
      '\u2028',
      '&',
      '<',
      ']]>',
      '😀',
      '0',
    );
    const value = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));
    const members = ['graad', 'land', 'instantie', 'volledigeNaam', 'taal'] as const;
    fc.assert(
      fc.property(fc.record(Object.fromEntries(members.map((name) => [name, value])), { requiredKeys: [] }), (some) => {
        const described: TestRecord = some;
        const expected = members
          .map((name) => [name, clean(described[name] ?? '')] as const)
          .filter(([, text]) => text !== '');
        expect(first(answerXml({ referte, records: [described] }))?.attributes).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 300 },
    );
  });

  test('reads the direct text of a leaf: CDATA, references and comments in it, but not what children hold', () => {
    const leaf = 'Ba<!-- x -->ch<![CDATA[e<l>]]>&#111;<x>not <Naam>this</Naam></x>r&#x26;<?pi?>';
    expect(first(changed('<Graad><Naam>Bachelor</Naam>', `<Graad><Naam>${leaf}</Naam>`))?.attributes.graad).toBe(
      'Bache<l>or&',
    );
  });
});

test('clean is NFC with single spaces, also where it can do without looking closer', () => {
  const plainly = (value: string): string => value.normalize('NFC').replace(/\s+/g, ' ').trim();
  const below = Array.from({ length: 0x300 }, (_, i) => String.fromCharCode(i));
  for (const one of below) {
    // Every pair of characters of which none combines.
    const pairs = below.map((other) => `${one}${other}`).join('');
    expect(pairs.normalize('NFC')).toBe(pairs);
    for (const value of [`a${one}b`, ` ${one} `, `${one}${one}`, `a ${one}b`, `a${one}\u0301`]) {
      expect(clean(value)).toBe(plainly(value));
    }
  }
});

describe('records that are wanted', () => {
  const parseWanted = (xml: string, wanted: (subjectCode: string, holder: string) => boolean) =>
    parseAnswer([Buffer.from(xml)], { referte, wanted }).records;
  const other: TestRecord = { ...record, onderwerp: { code: ' 10001 ', naam: 'Algemene vorming' } };
  const without: TestRecord = { graad: 'Bachelor', onderwerp: { naam: 'x' } };
  const records = [record, other, without, other, record];
  const xml = answerXml({ referte, records });

  test('are read whole, the others by their holder and subject alone', () => {
    const [whole] = read(answer).records;
    const unwanted = { holder, attributes: { onderwerp: { code: '10001' } } };
    expect(parseWanted(xml, (code) => code === '762003')).toEqual([
      whole,
      unwanted,
      { attributes: {} },
      unwanted,
      whole,
    ]);
    expect(parseWanted(xml, () => true)).toEqual(read(xml).records);
  });

  test('are chosen by subject and holder, each empty where there is none', () => {
    const asked: string[][] = [];
    parseWanted(xml, (...values) => asked.push(values) > 9);
    expect(asked).toEqual([
      ['762003', holder],
      ['10001', holder],
      ['', ''],
      ['10001', holder],
      ['762003', holder],
    ]);
  });

  test.each([
    ['an element twice', { raw: '<Basis/>' }, 'ledInvalidDuplicate'],
    ['piled marks', { graad: `a${'\u0301'.repeat(31)}` }, 'ledInvalidText'],
    ['piled marks by references', { volledigeNaam: '@' }, 'ledInvalidText'],
    ['piled marks in pieces', { volledigeNaam: 'a<![CDATA[]]>@' }, 'ledInvalidText'],
    [
      'piled marks in its information, before an element twice',
      { bijkomendeInformatie: [{ naam: 'a', inhoud: '\u0301'.repeat(31) }], raw: '<Basis/>' },
      'ledInvalidText',
    ],
    [
      'piled marks in its information',
      { bijkomendeInformatie: [{}, { inhoud: '\u0301'.repeat(31) }] },
      'ledInvalidText',
    ],
  ])('%s: the answer is refused, though nobody wants the record', (_, change, reason) => {
    const odd = answerXml({ referte, records: [record, { ...other, ...change }] })
      .replace('@', '&#x301;'.repeat(31))
      .replace('&lt;![CDATA[]]&gt;', '<![CDATA[]]>');
    expect(refused(odd)).toBe(reason);
    expect(() => parseWanted(odd, () => false)).toThrow(expect.objectContaining({ reason }));
  });
});

describe('answers one after another', () => {
  const cut = (xml: string, by: number): string => xml.slice(0, xml.length - by);
  /** Every text of it is of this person alone. */
  const ofPerson = (serial: number): TestRecord => {
    const mark = `of ${serial} alone`;
    return {
      ...{ status: mark, holder: testInsz(serial), taal: mark, graad: mark, volledigeNaam: `&${mark}<` },
      ...{ onderwerp: { code: mark, naam: mark }, uitreikingsdatum: { jaar: '2001', maand: mark } },
      bijkomendeInformatie: serial % 2 === 0 ? [{ naam: mark, inhoud: mark }] : [{}, { inhoud: mark }, { naam: mark }],
    };
  };
  const answerOf = (serial: number): string =>
    answerXml({ referte, records: Array(serial % 3 === 0 ? 2 : 1).fill(ofPerson(serial)), exceptions: [noData] });
  const kinds = [
    ...[1, 2, 3, 4].map(answerOf),
    answerOf(5).replaceAll('><', '>\n<'),
    answerOf(6).replaceAll('<Basis>', '<Basis x="of 6 alone"><!-- of 6 alone -->'),
    answerOf(7).replace(/of (7) alone/g, 'of<![CDATA[ $1]]> alone'),
    ...[8, 9].map((serial) => answerOf(serial).replace('</Afgeleid>', '</Afgeleid><Basis/>')),
    answerOf(10)
      .replace(referte, referte.toUpperCase())
      .replace(`<Antwoord><Referte>${referte}`, '<Antwoord><Referte>x'),
    ...[400, 300, 200, 1].map((by, i) => cut(answerOf(11 + i), by)),
    cut(answerOf(15), 2).replace('<Referte>', '<Referte>\0'),
    answerXml({ referte, records: [{}] }),
    answerXml({ referte, exceptions: [noData, { identificatie: 'of_16_alone' }] }),
    faultXml('99995 of 17 alone'),
    cut(faultXml('99995 of 18 alone'), 60),
    '<a/>',
    '',
  ];
  const outcomeOf = (read: () => ParsedAnswer): ParsedAnswer | string => {
    try {
      return read();
    } catch (error) {
      const { code, reason, cause } = error as Partial<Fault>;
      if (code !== 'badGateway' || reason === undefined || cause !== undefined) throw error;
      return reason;
    }
  };

  test('never mix, whatever came before, nor touch what was given already', async () => {
    const alone: (ParsedAnswer | string)[] = [];
    for (const xml of kinds) {
      vi.resetModules();
      const fresh = await import('../../../src/led/answer/parse.ts');
      alone.push(outcomeOf(() => fresh.parseAnswer([Buffer.from(xml)], { referte })));
    }
    expect(alone.filter((one) => typeof one === 'string').length).toBeGreaterThan(8);
    expect(alone.filter((one) => typeof one !== 'string').length).toBeGreaterThan(8);
    const all = kinds.map((_, kind) => kind);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...all), { minLength: 2, maxLength: 12 }), (sequence) => {
        const given = sequence.map((kind) => outcomeOf(() => read(kinds[kind] ?? '')));
        expect(given).toEqual(sequence.map((kind) => alone[kind]));
      }),
      { numRuns: 500 },
    );
    // Every one behind every other.
    const pairs = all.flatMap((one) => all.flatMap((other) => [one, other]));
    const given = pairs.map((kind) => outcomeOf(() => read(kinds[kind] ?? '')));
    expect(given).toEqual(pairs.map((kind) => alone[kind]));
    for (const [i, one] of given.entries()) {
      const marks = [...JSON.stringify(one).matchAll(/of.([0-9]+).alone/g)].map(([, serial]) => serial);
      expect(new Set(marks).size).toBeLessThan(2);
      if (marks.length > 0)
        expect(kinds[pairs[i] ?? 0]).toMatch(new RegExp(`${testInsz(Number(marks[0]))}|of_${marks[0]}_alone`));
    }
  });

  test('are each read for what was asked, not for what was asked before', () => {
    const xml = answerXml({ referte, records: [record] });
    const other = referte.replace('3', '4');
    const otherXml = answerXml({ referte: other, records: [record] });
    const [whole] = read(xml).records;
    for (let i = 0; i < 3; i += 1) {
      expect(parseAnswer([Buffer.from(xml)], { referte, wanted: () => false }).records).not.toEqual([whole]);
      expect(read(xml).records).toEqual([whole]);
      expect(refused(otherXml)).toBe('referteMismatch');
      expect(parse(otherXml, other).records).toEqual([whole]);
      expect(refusal(xml, other)).toBe('referteMismatch');
      expect(refusal(xml, '')).toBe('referteMismatch');
    }
  });

  test('are read though the one who wants records failed in an earlier one, which is a Fault with the cause', () => {
    const whole = read(answer);
    const failure = new Error('nobody');
    const wanted = (): boolean => {
      throw failure;
    };
    for (let i = 0; i < 3; i += 1) {
      expect(() => parseAnswer([Buffer.from(answer)], { referte, wanted })).toThrow(
        expect.objectContaining({ name: 'Fault', code: 'badGateway', reason: 'ledInvalidXml', cause: failure }),
      );
      expect(read(answer)).toEqual(whole);
    }
  });

  test('are each given anew', () => {
    const [one, other] = [read(answer), read(answer)];
    expect(one).toEqual(other);
    expect(one.records).not.toBe(other.records);
    expect(one.exceptions).not.toBe(other.exceptions);
    expect(one.records[0]?.attributes).not.toBe(other.records[0]?.attributes);
  });
});

describe('structure', () => {
  test('prefixes do not matter', () => {
    for (const prefix of ['', 'web', 'x-1', 'é'])
      expect(read(answerXml({ referte, records: [record], prefix }))).toEqual(read(answer));
    expect(read(answer.replaceAll('soap:', 'S:').replace('xmlns:soap', 'xmlns:S'))).toEqual(read(answer));
    const unprefixed = answer.replaceAll('soap:', '').replace('xmlns:soap', 'xmlns');
    expect(read(unprefixed)).toEqual(read(answer));
  });

  test('a BOM, line breaks, comments and processing instructions do not matter', () => {
    const spread = `\ufeff${answer.replace('?>', '?><!-- - --><?a b?>').replaceAll('><', '>\r\n\t<')}<!-- end -->\n<?z?>`;
    expect(read(spread)).toEqual(read(answer));
  });

  test('unknown elements are passed over, at every level, also if they bear the names of read ones', () => {
    const before = read(answer);
    const noise =
      '<Nieuw a="b"><Code>9</Code><Naam>x</Naam><Bewijs><BewijsstatusLed><Code>10</Code></BewijsstatusLed></Bewijs>' +
      '<Referte>other</Referte><Uitzonderingen><Uitzondering><Identificatie>1</Identificatie></Uitzondering></Uitzonderingen>' +
      '<Body/><Repliek/><Fault><faultstring>99995</faultstring></Fault></Nieuw>';
    const places = [...answer.matchAll(/<(?!\?|soap:Envelope)[^>]*>/g)].filter(
      // Not beside the operation: a Body holds one thing. And not before the root's end tag is due.
      ({ 0: tag, index }) => !/^<(?:soap:Body|geef:GeefBewijsResponse)|^<\/soap:Body/.test(tag) && index > 0,
    );
    expect(places.length).toBeGreaterThan(100);
    for (const { index } of places) {
      expect(read(answer.slice(0, index) + noise + answer.slice(index))).toEqual(before);
    }
  });

  test('names of read elements elsewhere are not confused', () => {
    const elsewhere = changed(
      '<Instelling>',
      '<AlternatieveInstanties><AlternatieveInstantie><Instantie><Naam>Elders</Naam></Instantie></AlternatieveInstantie></AlternatieveInstanties>' +
        '<Naam>x</Naam><Code>y</Code><INSZ>z</INSZ><Instelling>',
    );
    expect(read(elsewhere)).toEqual(read(answer));
    expect(read(changed('<soap:Header/>', '<soap:Header><Body/><soap:Fault/></soap:Header>'))).toEqual(read(answer));
  });

  test('exceptions are read on both levels, clean, and bounded to plain words', () => {
    const repliekExceptions = [
      { identificatie: ' 30040\n', oorsprong: 'MAGDA', type: '\n  WAARSCHUWING ' },
      { diagnose: 'persoonsgegevens' },
      { identificatie: testInsz(3), oorsprong: 'een zin met tekst', type: 'é' },
    ];
    expect(read(answerXml({ referte, exceptions: [noData], repliekExceptions })).exceptions).toEqual([
      { id: '40000', origin: 'LED', type: 'FOUT' },
      { id: '30040', origin: 'MAGDA', type: 'WAARSCHUWING' },
      { id: '', origin: '', type: '' },
      { id: 'other', origin: 'other', type: 'other' },
    ]);
  });

  test.each([
    ['99995 - Te veel bevragingen', '99995'],
    ['  \n99995: x', '99995'],
    ['99995', '99995'],
    ['ERR_025: Geen handtekening', 'ERR_025'],
    ['ERR_025', 'ERR_025'],
    ['Fout 99995', ''],
    ['999950 - x', ''],
    ['40000a', ''],
    [`${testInsz(1)} is niet gekend`, ''],
    ['', ''],
  ])('a Fault with faultstring "%s" has the code "%s"', (faultstring, code) => {
    expect(read(faultXml(faultstring, 'soap:99996'))).toEqual({ fault: { code }, exceptions: [], records: [] });
  });

  test('a Fault without a faultstring has no code', () => {
    expect(read(envelopeXml('<soap:Fault/>'))).toEqual({ fault: { code: '' }, exceptions: [], records: [] });
  });
});

describe('refused as another kind of answer', () => {
  const response = responseXml({ referte, records: [record] });
  test.each([
    [
      'SOAP 1.2',
      answer.replace('http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope'),
    ],
    ['no namespace', answer.replaceAll('soap:', '').replace(/ xmlns:soap="[^"]*"/, '')],
    ['a space in the namespace', answer.replace('"http://schemas', '" http://schemas')],
    ['no envelope', response],
    ['HTML', '<html><body>504 Gateway Time-out</body></html>'],
    ['JSON', '{"records":[]}'],
    ['nothing', ''],
    ['white space', ' \n '],
    ['no Body', envelopeXml('').replace('<soap:Body></soap:Body>', '')],
    ['an empty Body', envelopeXml('')],
    ['another operation', answer.replaceAll('GeefBewijsResponse', 'GeefPersoonResponse')],
    ['the request', answer.replaceAll('GeefBewijsResponse', 'GeefBewijs')],
    ['another operation beside', envelopeXml(`${response}<Other/>`)],
    ['another operation before', envelopeXml(`<Other/>${response}`)],
    ['a Fault beside', envelopeXml(`${response}<soap:Fault/>`)],
    ['a Fault before', envelopeXml(`<soap:Fault/>${response}`)],
    ['no Repliek', answer.replace(/<Repliek>.*<\/Repliek>/, '')],
    ['a second Body', answer.replace('</soap:Body>', `</soap:Body><soap:Body>${response}</soap:Body>`)],
    ['a second, empty Body', answer.replace('<soap:Body>', '<soap:Body/><soap:Body>')],
    ['a second response', envelopeXml(response + response)],
    ['a second Repliek', answer.replace('</Repliek>', '</Repliek><Repliek/>')],
    ['a second Antwoorden', answer.replace('</Antwoorden>', '</Antwoorden><Antwoorden/>')],
    [
      'a second Antwoord',
      answer.replace('</Antwoord>', `</Antwoord><Antwoord><Referte>${referte}</Referte></Antwoord>`),
    ],
    ['two envelopes', answer + answer.replace(/<\?.*?\?>/, '')],
  ])('%s', (_, xml) => {
    expect(refused(xml)).toMatch(/^ledInvalid/);
  });
});

describe('an element that is read, twice in its place', () => {
  // Every element of this answer that the rules, the contract or the wire have a use for, by tag name; the rest may repeat.
  const full = answerXml({ referte, records: [record], exceptions: [noData], repliekExceptions: [noData] });
  const unread =
    /^(?:Bewijsrefertes|Bewijsreferte|Bewijsmutatie|DatumMod|Datum$|Tijd$|Leverancier|Instelling|Nummer|Studierichting|Bron|Context|Versie|Bericht|Tijdstip|Afzender|Ontvanger|Diagnose|soap:Header)/;
  const repeatable = new Set(['Bewijs', 'Uitzondering', 'BijkomendeInformatie']);
  const unreadParents =
    /<(Leverancier|Instelling|Studierichting|Bron|Context|Tijdstip|DatumModificatie|BewijsrefertesLed)>.*?<\/\1>/g;
  const spans = [...full.matchAll(unreadParents)].map(({ index, 0: all }) => [index, index + all.length] as const);
  const isUnread = (at: number): boolean => spans.some(([from, to]) => at >= from && at < to);
  const opened = [...full.matchAll(/<([\w:]+)[^>/]*>/g)].flatMap(({ index, 1: name = '' }) => [{ index, name }]);
  const read2011 = (at: number, name: string): boolean =>
    name === 'Naam' &&
    full.slice(0, at).lastIndexOf('<ISCEDNiveau2011>') > full.slice(0, at).lastIndexOf('</ISCEDNiveau2011>');
  const endOf = (from: number, name: string): number => {
    let depth = 0;
    for (const tag of full.slice(from).matchAll(new RegExp(`<(/?)${name}(?=[ >/])[^>]*>`, 'g'))) {
      depth += tag[1] === '/' ? -1 : 1;
      if (depth === 0) return from + tag.index + tag[0].length;
    }
    throw new Error(`no end of ${name}`);
  };

  test('makes the whole answer invalid, wherever it is', () => {
    let tried = 0;
    for (const { index, name } of opened) {
      if (
        name === 'soap:Envelope' ||
        repeatable.has(name) ||
        unread.test(name) ||
        isUnread(index) ||
        read2011(index, name)
      )
        continue;
      const end = endOf(index, name);
      const copy = full.slice(index, end);
      for (const second of [copy, `<${name}/>`, `<!-- -->${copy}`]) {
        expect(refused(full.slice(0, end) + second + full.slice(end)), name).toMatch(/^ledInvalid/);
      }
      tried += 1;
    }
    expect(tried).toBeGreaterThan(55);
  });

  test('is no matter for what is not read', () => {
    let tried = 0;
    for (const { index, name } of opened) {
      const unreadHere = isUnread(index) || read2011(index, name) || unread.test(name);
      if (!unreadHere || name === 'soap:Header') continue;
      const end = endOf(index, name);
      const copy = full.slice(index, end);
      expect(read(full.slice(0, end) + copy + full.slice(end)), name).toEqual(read(full));
      tried += 1;
    }
    expect(tried).toBeGreaterThan(25);
  });

  test('may be repeated where the schema says so', () => {
    expect(read(answerXml({ referte, records: Array(120).fill(record) })).records).toHaveLength(120);
    expect(read(answerXml({ referte, exceptions: Array(30).fill(noData) })).exceptions).toHaveLength(30);
    expect(
      first(answerXml({ referte, records: [{ bijkomendeInformatie: Array(50).fill({ naam: 'a' }) }] }))?.attributes
        .bijkomendeInformatie,
    ).toHaveLength(50);
  });

  test('counts also in a record that nobody would look at', () => {
    const other = { ...record, holder: testInsz(9), raw: '<Basis/>' };
    expect(refused(answerXml({ referte, records: [record, other] }))).toBe('ledInvalidDuplicate');
  });
});

describe('Referte', () => {
  const leaf = `<Referte>${referte}</Referte>`;
  const antwoord = `<Antwoord>${leaf}`;
  test.each([
    ['another', `<Antwoord><Referte>${referte.replace('3', '4')}</Referte>`],
    ['in other letters', `<Antwoord><Referte>${referte.toUpperCase()}</Referte>`],
    ['empty', '<Antwoord><Referte/>'],
    ['missing', '<Antwoord>'],
    ['one level too deep', `<Antwoord><X>${leaf}</X>`],
  ])('%s: refused with a reason of its own, with records and with exceptions alike', (_, start) => {
    for (const rest of [
      { records: [record] },
      { exceptions: [noData] },
      { records: [record], repliekExceptions: [noData] },
    ]) {
      expect(refused(answerXml({ referte, ...rest }).replace(antwoord, start))).toBe('referteMismatch');
    }
  });

  test('is found after the rest too, and among white space', () => {
    const moved = changed(antwoord, '<Antwoord>').replace(
      '</Antwoord>',
      `<Referte>\n  ${referte}\r\n</Referte></Antwoord>`,
    );
    expect(read(moved)).toEqual(read(answer));
  });

  test('is not asked for where there is no Antwoord, and that of the context does not matter', () => {
    expect(read(answerXml({ referte: 'x', repliekExceptions: [noData] })).exceptions).toHaveLength(1);
    const context = changed(/<Ontvanger>.*?<\/Ontvanger>/, '<Ontvanger><Referte>other</Referte></Ontvanger>');
    expect(read(context)).toEqual(read(answer));
  });
});

test('an answer as LED prints it is read whole: indented, values broken over lines, another holder among the records', () => {
  const long = Array.from({ length: 40 }, (_, i) => `woord ${i}`).join(' ');
  const records: TestRecord[] = [
    { ...record, volledigeNaam: long, bijkomendeInformatie: [{ naam: 'Bewijs omschrijving', inhoud: long }] },
    { ...record, holder: testInsz(2), status: '10', uitreikingsdatum: { jaar: '1800' } },
    record,
  ];
  const xml = answerXml({ referte, records });
  const printed = xml
    .replace(/>([^<]+)</g, (_, value: string) => `>\n      ${value.replaceAll(' ', '\n          ')}\n    <`)
    .replaceAll('><', '>\n  <');
  expect(read(printed)).toEqual(read(xml));
  expect(read(printed).records.map((one) => [one.holder, one.status, one.year])).toEqual([
    [holder, '1', '2001'],
    [testInsz(2), '10', '1800'],
    [holder, '1', '2001'],
  ]);
  expect(read(printed).records[0]?.attributes.volledigeNaam).toBe(long);
});

test('the answers that the tests build are valid by the schema', () => {
  const faultsOf = schemaCheck(new URL('geef-bewijs-response.xsd', import.meta.url));
  const answers = [
    { records: [record, record] },
    { exceptions: [noData] },
    { repliekExceptions: [noData] },
    { records: [record], prefix: 'web' },
  ];
  for (const one of answers) expect(faultsOf(responseXml({ referte, ...one }))).toEqual([]);
  expect(bewijsXml(record) + uitzonderingenXml([noData])).toContain('</Bewijs><Uitzonderingen>');
});

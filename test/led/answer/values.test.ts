import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanValue, exceptionOf, faultCode, type Text } from '../../../src/led/answer/values.ts';
import type { TextForm } from '../../../src/led/answer/xml.ts';
import { clean } from '../../../src/record.ts';
import {
  answerXml,
  envelope12Xml,
  envelopeXml,
  escapeXml,
  fault12Xml,
  faultXml,
  type TestRecord,
  testInsz,
} from '../../support/answers.ts';
import { answer, changed, first, holder, read, record, refused } from '../../support/one-record.ts';
import { parseAnswer } from '../../support/parsing.ts';
import { noData, referte } from '../../support/sample-answers.ts';

describe('a text', () => {
  /** The value of a text in pieces. */
  const valueIn = (...pieces: readonly (readonly [string, TextForm])[]): string | undefined => {
    const bytes = Buffer.from(`<${pieces.map(([text]) => text).join('<')}<`);
    let end = 0;
    const [one, ...more] = pieces.map(([text, form]) => {
      const from = end + 1;
      end = from + Buffer.byteLength(text);
      return { from, to: end, form };
    });
    const text: Text = { field: 0, ...(one ?? { from: 0, to: 0, form: 'plain' }), more: undefined };
    return cleanValue(bytes, more.length === 0 ? text : { ...text, more });
  };

  test.each([
    ['is cut out as it is', 'Bachelor in het sociaal werk', 'plain', 'Bachelor in het sociaal werk'],
    ['loses the white space around it', ' \r\n\tB ', 'plain', 'B'],
    ['has single spaces', 'a  b\n\tc', 'plain', 'a b c'],
    ['is decoded from UTF-8', 'Liège ☃ 😀', 'plain', 'Liège ☃ 😀'],
    ['has its accents composed', 'e\u0301', 'plain', 'é'],
    ['may contain DEL', 'a\u007fb', 'plain', 'a\u007fb'],
    ['has its references replaced', '&lt;a&amp;&#x41;&#66;&quot;&apos;&gt;', 'references', '<a&AB"\'>'],
    ['is clean also where a reference brings white space', '&#32;a&#9;&#xA0;b&#32;', 'references', 'a b'],
    ['keeps references in CDATA', '&amp;', 'cdata', '&amp;'],
    ['is cleaned in CDATA', ' a  b ', 'cdata', 'a b'],
    ['without letters is no value', ' \n', 'plain', undefined],
    ['without anything is no value', '', 'plain', undefined],
    ['of another white space is no value', '\u00a0', 'plain', undefined],
    ['of references to white space is no value', '&#32;&#x2028;', 'references', undefined],
  ] as const)('%s', (_, text, form, value) => {
    expect(valueIn([text, form])).toBe(value);
    expect(valueIn([text, form], ['', 'cdata'])).toBe(value);
    expect(valueIn(['', 'plain'], [text, form])).toBe(value);
  });

  test('in pieces is put together before it is cleaned', () => {
    expect(valueIn([' a ', 'plain'], [' b', 'cdata'], ['&#99;', 'references'])).toBe('a bc');
    expect(valueIn(['e', 'plain'], ['\u0301', 'plain'])).toBe('é');
    expect(valueIn([' ', 'plain'], ['&#9;', 'references'])).toBeUndefined();
  });

  test('is what `clean` makes of it, in any pieces', () => {
    const part = fc.constantFrom(
      ...[
        'a',
        'B',
        '0',
        'é',
        'e\u0301',
        ' ',
        '  ',
        '\n',
        '\t',
        '\r',
        '\u00a0',
        '\u2028',
        '&',
        ';',
        '"',
        '😀',
        '~',
        '\u007f',
      ],
    );
    const piece = fc.tuple(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
      fc.constantFrom<TextForm>('plain', 'references', 'cdata'),
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 3 }), (pieces) => {
        const written = pieces.map(([text, form]) => [form === 'references' ? escapeXml(text) : text, form] as const);
        expect(valueIn(...written)).toBe(clean(pieces.map(([text]) => text).join('')) || undefined);
      }),
      { numRuns: 3000 },
    );
  });

  test('with over 30 combining marks on one character is refused, at any length and in any pieces', () => {
    const marks = (count: number): string => '\u0301'.repeat(count);
    for (const rest of ['', 'x'.repeat(100)]) {
      expect(() => valueIn([`${rest}a${marks(31)}`, 'plain'])).toThrow('ledInvalidText');
      expect(() => valueIn([`${marks(31)}${rest}`, 'plain'])).toThrow('ledInvalidText');
      expect(() => valueIn([`a${'&#x301;'.repeat(31)}${rest}`, 'references'])).toThrow('ledInvalidText');
      expect(() => valueIn([`a${marks(15)}`, 'cdata'], [`${marks(16)}${rest}`, 'plain'])).toThrow('ledInvalidText');
      expect(valueIn([`a${marks(30)}b${marks(30)}${rest}`, 'plain'])).toBe(clean(`a${marks(30)}b${marks(30)}${rest}`));
    }
  });
});

describe('a record', () => {
  test('has what the protocol grants and what decides, nothing else', () => {
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

  test('has each BijkomendeInformatie that is not empty, and no list if none is left', () => {
    const list = [{ naam: 'A' }, { inhoud: 'b' }, {}, { naam: ' ', inhoud: '' }, { naam: 'C', inhoud: 'c' }];
    const [one, two] = read(
      answerXml({ referte, records: [{ bijkomendeInformatie: list }, { bijkomendeInformatie: [{}] }] }),
    ).records;
    expect(one?.attributes.bijkomendeInformatie).toEqual([{ type: 'A' }, { inhoud: 'b' }, { type: 'C', inhoud: 'c' }]);
    expect(two).toEqual({ attributes: {} });
  });

  test('has nothing of the record before it', () => {
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
  ])('date %s %s %s is shown as %s, and kept as LED sent it', (jaar, maand, dag, shown) => {
    const uitreikingsdatum = {
      ...(jaar === undefined ? {} : { jaar }),
      ...(maand === undefined ? {} : { maand }),
      ...(dag === undefined ? {} : { dag }),
    };
    const one = first(answerXml({ referte, records: [{ uitreikingsdatum }] }));
    expect(one?.attributes.uitreikingsdatum).toBe(shown);
    expect([one?.year, one?.month, one?.day]).toEqual([jaar, maand, dag]);
  });

  test('has only clean values', () => {
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

  test('has the direct text of an element: CDATA, references, and what is around comments and children', () => {
    const leaf = 'Ba<!-- x -->ch<![CDATA[e<l>]]>&#111;<x>not <Naam>this</Naam></x>r&#x26;<?pi?>';
    expect(first(changed('<Graad><Naam>Bachelor</Naam>', `<Graad><Naam>${leaf}</Naam>`))?.attributes.graad).toBe(
      'Bache<l>or&',
    );
  });
});

describe('a record that is not wanted', () => {
  const parseWanted = (xml: string, wanted: (subjectCode: string, holder: string) => boolean) =>
    parseAnswer([Buffer.from(xml)], { referte, wanted }).records;
  const other: TestRecord = { ...record, onderwerp: { code: ' 10001 ', naam: 'Algemene vorming' } };
  const without: TestRecord = { graad: 'Bachelor', onderwerp: { naam: 'x' } };
  const records = [record, other, without, other, record];
  const xml = answerXml({ referte, records });

  test('has only its holder and its subject as values; the others are whole', () => {
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

  test('is decided by subject and holder, each empty if there is none', () => {
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
    // The texts of a record are checked at its end.
    [
      'an element twice, behind piled marks in its information',
      { bijkomendeInformatie: [{ naam: 'a', inhoud: '\u0301'.repeat(31) }], raw: '<Basis/>' },
      'ledInvalidDuplicate',
    ],
    [
      'piled marks in its information',
      { bijkomendeInformatie: [{}, { inhoud: '\u0301'.repeat(31) }] },
      'ledInvalidText',
    ],
  ])('is checked like any other: %s makes the whole answer invalid', (_, change, reason) => {
    const odd = answerXml({ referte, records: [record, { ...other, ...change }] })
      .replace('@', '&#x301;'.repeat(31))
      .replace('&lt;![CDATA[]]&gt;', '<![CDATA[]]>');
    expect(refused(odd)).toBe(reason);
    expect(() => parseWanted(odd, () => false)).toThrow(expect.objectContaining({ reason }));
  });
});

describe('an exception', () => {
  test('of either level has clean, short, plain words', () => {
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

  test('without texts has empty words', () => {
    expect(exceptionOf(Buffer.alloc(0), [])).toEqual({ id: '', origin: '', type: '' });
  });

  test('shows five digits or an ERR_ code as its id, and nothing that may hold an INSZ', () => {
    const shown = (word: string): string =>
      read(answerXml({ referte, exceptions: [{ identificatie: word }] })).exceptions[0]?.id ?? '';
    const spread = `ERR_${testInsz(3).replace(/..(?=.)/g, '$&_')}`;
    const odd = [testInsz(3), `ERR_${testInsz(3)}`, spread, '1234', '123456', 'a', '40000.LED', 'X40000', 'err_1'];
    expect([...odd, '1234a', `ERR_${'E'.repeat(29)}`, 'ERR_ 1', 'xERR_1'].map(shown)).toEqual(Array(13).fill('other'));
    for (const word of ['40000', 'ERR_025', 'ERR_', `ERR_${'E'.repeat(28)}`, 'ERR_1234567890']) {
      expect(shown(word)).toBe(word);
    }
  });

  test('shows an origin and a type of 2 to 16 capital letters, and no other', () => {
    for (const member of ['oorsprong', 'type'] as const) {
      const shown = (word: string): string => {
        const [found] = read(answerXml({ referte, exceptions: [{ [member]: word }] })).exceptions;
        return (member === 'type' ? found?.type : found?.origin) ?? '';
      };
      for (const word of ['A', 'A'.repeat(17), 'led', 'LED2', 'L-D', testInsz(3)]) expect(shown(word)).toBe('other');
      for (const word of ['LED', 'RR', 'MAGDA', 'WAARSCHUWING', 'A'.repeat(16)]) expect(shown(word)).toBe(word);
    }
  });
});

describe('a Fault', () => {
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
  ])('with the faultstring "%s" has the code "%s"', (faultstring, code) => {
    expect(read(faultXml(faultstring, 'soap:99996'))).toEqual({ fault: { code }, exceptions: [], records: [] });
  });

  test('without a text has no code', () => {
    const none = { fault: { code: '' }, exceptions: [], records: [] };
    for (const inside of ['', '<faultstring/>', '<soap:Reason/>', '<soap:Reason><soap:Text/></soap:Reason>']) {
      expect(read(envelopeXml(`<soap:Fault>${inside}</soap:Fault>`))).toEqual(none);
    }
  });

  test('of SOAP 1.2 has the code of its first Reason/Text, not of another element', () => {
    expect(read(fault12Xml('99995 - Te veel bevragingen'))).toEqual({
      fault: { code: '99995' },
      exceptions: [],
      records: [],
    });
    expect(read(fault12Xml(' ERR_025: geen', '99995 - too many')).fault).toEqual({ code: 'ERR_025' });
    expect(read(fault12Xml('geen', '99995 - too many')).fault).toEqual({ code: '' });
    expect(read(fault12Xml('9999', '5 - x')).fault).toEqual({ code: '' });
    const elsewhere =
      '<env:Fault><env:Text>99995</env:Text><env:Code><env:Text>99995</env:Text></env:Code></env:Fault>';
    expect(read(envelope12Xml(elsewhere)).fault).toEqual({ code: '' });
  });

  test('has one faultstring and one Reason', () => {
    const twice = ['<faultstring>99995</faultstring>', '<soap:Reason><soap:Text>99995</soap:Text></soap:Reason>'];
    for (const inside of twice) {
      expect(read(envelopeXml(`<soap:Fault>${inside}</soap:Fault>`)).fault).toEqual({ code: '99995' });
      expect(refused(envelopeXml(`<soap:Fault>${inside}${inside}</soap:Fault>`))).toBe('ledInvalidDuplicate');
    }
  });

  test('has at most 32 characters of an ERR_ code, and never an INSZ', () => {
    expect(faultCode(`ERR_${'E'.repeat(40)}`)).toBe(`ERR_${'E'.repeat(28)}`);
    expect(faultCode(`ERR_${testInsz(1)}`)).toBe('other');
    expect(faultCode()).toBe('');
  });
});

test('`clean` gives NFC with single spaces, also where it does not normalise', () => {
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

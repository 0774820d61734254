import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createAnswerParser } from '../../../src/led/answer/parse.ts';
import {
  answerXml,
  bewijsXml,
  envelope12Xml,
  envelopeXml,
  faultXml,
  responseXml,
  securityHeaderXml,
  type TestRecord,
  testInsz,
  uitzonderingenXml,
} from '../../support/answers.ts';
import { mutate, mutation } from '../../support/mutations.ts';
import { answer, changed, first, holder, read, record, refused } from '../../support/one-record.ts';
import { parse, parseAnswer, piecesOf, refusal, resultOrReason } from '../../support/parsing.ts';
import { answerWith, noData, referte } from '../../support/sample-answers.ts';
import { schemaCheck } from '../../support/schema.ts';

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

  test('unknown elements are skipped, at every level, also if they have the names of elements that are read', () => {
    const before = read(answer);
    const noise =
      '<Nieuw a="b"><Code>9</Code><Naam>x</Naam><Bewijs><BewijsstatusLed><Code>10</Code></BewijsstatusLed></Bewijs>' +
      '<Referte>other</Referte><Uitzonderingen><Uitzondering><Identificatie>1</Identificatie></Uitzondering></Uitzonderingen>' +
      '<Body/><Repliek/><Fault><faultstring>99995</faultstring></Fault></Nieuw>';
    const places = [...answer.matchAll(/<(?!\?|soap:Envelope)[^>]*>/g)].filter(
      // Not next to the operation, because a Body has one element.
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
});

test('a SOAP 1.2 envelope and a signed answer are read like any other', () => {
  const inSoap12 = envelope12Xml(responseXml({ referte, records: [record] }));
  expect(read(inSoap12)).toEqual(read(answer));
  expect(read(answer.replace('<soap:Header/>', securityHeaderXml))).toEqual(read(answer));
  const bySoap12 = inSoap12.replace(
    '<env:Body>',
    `${securityHeaderXml.replaceAll('soap:', 'env:')}<env:Body wsu:Id="b" xmlns:wsu="u">`,
  );
  expect(read(bySoap12)).toEqual(read(answer));
});

describe('refused as another kind of answer', () => {
  const response = responseXml({ referte, records: [record] });
  test.each([
    [
      'another namespace',
      answer.replace('http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/soap-envelope'),
    ],
    ['a Body beside SOAP 1.2', `${envelope12Xml(response)}${response}`],
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
    ['another operation behind', envelopeXml(`${response}<Other/>`)],
    ['another operation before', envelopeXml(`<Other/>${response}`)],
    ['a Fault behind', envelopeXml(`${response}<soap:Fault/>`)],
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

describe('an element that is read, twice in its parent', () => {
  // Every element of this answer by tag name. Those that are not read may be repeated.
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

  test('is accepted if it is not read', () => {
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

  test('counts also in a record that is not used', () => {
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
  ])('%s: refused with its own reason, with records and with exceptions', (_, start) => {
    for (const rest of [
      { records: [record] },
      { exceptions: [noData] },
      { records: [record], repliekExceptions: [noData] },
    ]) {
      expect(refused(answerXml({ referte, ...rest }).replace(antwoord, start))).toBe('referteMismatch');
    }
  });

  test('is also found after the rest, and among white space', () => {
    const moved = changed(antwoord, '<Antwoord>').replace(
      '</Antwoord>',
      `<Referte>\n  ${referte}\r\n</Referte></Antwoord>`,
    );
    expect(read(moved)).toEqual(read(answer));
  });

  test('is not needed if there is no Antwoord, and the one of the context does not matter', () => {
    expect(read(answerXml({ referte: 'x', repliekExceptions: [noData] })).exceptions).toHaveLength(1);
    const context = changed(/<Ontvanger>.*?<\/Ontvanger>/, '<Ontvanger><Referte>other</Referte></Ontvanger>');
    expect(read(context)).toEqual(read(answer));
  });
});

describe('one answer after another', () => {
  /** An answer with values that no other person has. */
  const answerOf = (serial: number): string => {
    const mark = `of ${serial} alone`;
    const person: TestRecord = {
      ...{ status: mark, holder: testInsz(serial), taal: mark, graad: mark, volledigeNaam: `&${mark}<é` },
      ...{ onderwerp: { code: mark, naam: mark }, uitreikingsdatum: { jaar: '2001', maand: mark } },
      bijkomendeInformatie: serial % 2 === 0 ? [{ naam: mark, inhoud: mark }] : [{}, { inhoud: mark }, { naam: mark }],
    };
    return answerXml({ referte, records: Array(serial % 3 === 0 ? 2 : 1).fill(person), exceptions: [noData] });
  };
  const cut = (xml: string, by: number): string => xml.slice(0, xml.length - by);
  const answers = [
    ...[1, 2, 3, 4].map(answerOf),
    answerOf(5).replaceAll('><', '>\n<'),
    answerOf(6).replaceAll('<Basis>', '<Basis x="of 6 alone"><!-- of 6 alone -->'),
    answerOf(7).replace(/of (7) alone/g, 'of<![CDATA[ $1]]> alone'),
    ...[8, 9].map((serial) => answerOf(serial).replace('</Afgeleid>', '</Afgeleid><Basis/>')),
    answerOf(10).replace(`<Antwoord><Referte>${referte}`, '<Antwoord><Referte>x'),
    ...[400, 300, 200, 1].map((by, i) => cut(answerOf(11 + i), by)),
    cut(answerOf(15), 2).replace('<Referte>', '<Referte>\0'),
    answerXml({ referte, records: [{}] }),
    answerXml({ referte, exceptions: [noData, { identificatie: 'of_16_alone' }] }),
    faultXml('99995 of 17 alone'),
    cut(faultXml('99995 of 18 alone'), 60),
    answerOf(19)
      .replaceAll('<Code>', '<Code xmlns:p="of:19">')
      .replaceAll('<Naam>', '<p:Naam xmlns:p="of:19">')
      .replaceAll('</Naam>', '</p:Naam>'),
    answerOf(20).replaceAll('<Naam>', '<p:Naam>').replaceAll('</Naam>', '</p:Naam>'),
    answerOf(21).replace('<Bewijs>', `<Bewijs>${'<x>of 21 alone</x>'.repeat(20_000)}`),
    '<a/>',
    '',
  ].map((xml) => Buffer.from(xml));
  const readBy = (parser: typeof parseAnswer, bytes: Uint8Array) => resultOrReason(() => parser([bytes], { referte }));
  const readFirst = (bytes: Uint8Array) => readBy(createAnswerParser(), bytes);

  test('is read as by a parser that has read nothing before', () => {
    const count = { read: 0, refused: 0 };
    const any = fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...answers) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom(...answers), mutation)
          .map(([bytes, change]) => mutate(Buffer.concat([bytes, Buffer.of(10)]), change)),
      },
    );
    fc.assert(
      fc.property(fc.array(any, { minLength: 2, maxLength: 12 }), (sequence) => {
        for (const bytes of sequence) {
          const expected = readFirst(bytes);
          expect(readBy(parseAnswer, bytes)).toEqual(expected);
          count[typeof expected === 'string' ? 'refused' : 'read'] += 1;
        }
      }),
      { numRuns: 300 },
    );
    expect(Math.min(count.read, count.refused)).toBeGreaterThan(300);
  });

  test('is read as by a module that has read nothing before, for each pair of answers', async () => {
    const alone: unknown[] = [];
    for (const bytes of answers) {
      vi.resetModules();
      const fresh = await import('../../../src/led/answer/parse.ts');
      alone.push(readBy(fresh.createAnswerParser(), bytes));
    }
    expect(alone.filter((one) => typeof one === 'string').length).toBeGreaterThan(8);
    expect(alone.filter((one) => typeof one !== 'string').length).toBeGreaterThan(8);
    for (const before of answers) {
      for (const [i, bytes] of answers.entries()) {
        readBy(parseAnswer, before);
        const given = readBy(parseAnswer, bytes);
        expect(given).toEqual(alone[i]);
        const marks = [...JSON.stringify(given).matchAll(/of.([0-9]+).alone/g)].map(([, serial]) => serial);
        expect(new Set(marks).size).toBeLessThan(2);
        for (const serial of new Set(marks)) {
          expect(bytes.includes(testInsz(Number(serial))) || bytes.includes(`of_${serial}_alone`)).toBe(true);
        }
      }
    }
  });

  test('is read for its own question, not for an earlier one', () => {
    const other = referte.replace('3', '4');
    const otherXml = answerXml({ referte: other, records: [record] });
    const [whole] = read(answer).records;
    for (let i = 0; i < 3; i += 1) {
      expect(parseAnswer([Buffer.from(answer)], { referte, wanted: () => false }).records).not.toEqual([whole]);
      expect(read(answer).records).toEqual([whole]);
      expect(refused(otherXml)).toBe('referteMismatch');
      expect(parse(otherXml, other).records).toEqual([whole]);
      expect(refusal(answer, other)).toBe('referteMismatch');
      expect(refusal(answer, '')).toBe('referteMismatch');
    }
  });

  test('is read also if `wanted` threw in an earlier one, which becomes the cause of a Fault', () => {
    const whole = read(answer);
    const failure = new Error('failed');
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

  test('leaves the values that were returned earlier as they are', () => {
    const [one, other] = [read(answer), read(answer)];
    expect(one).toEqual(other);
    expect(one.records).not.toBe(other.records);
    expect(one.exceptions).not.toBe(other.exceptions);
    expect(one.records[0]?.attributes).not.toBe(other.records[0]?.attributes);
    const kept = structuredClone(one);
    for (const bytes of answers) readBy(parseAnswer, bytes);
    expect(one).toEqual(kept);
  });

  test('is read while another parser reads: two parsers share nothing', () => {
    const outer = createAnswerParser();
    const whole = read(answer);
    for (const bytes of answers) {
      const expected = readFirst(bytes);
      let inner: unknown;
      const wanted = (): boolean => {
        inner = readBy(parseAnswer, bytes);
        return true;
      };
      expect(outer([Buffer.from(answer)], { referte, wanted })).toEqual(whole);
      expect(inner).toEqual(expected);
    }
  });
});

test('records do not affect each other: each is read as in an answer of its own', () => {
  const bewijs = fc
    .record({
      record: fc.constantFrom<TestRecord>(
        record,
        {},
        { volledigeNaam: '&é', bijkomendeInformatie: [{ naam: 'a' }, { inhoud: 'b' }] },
      ),
      end: fc.constantFrom(
        '',
        '',
        ' \n',
        'x',
        '<!-- -->',
        '<?a?>',
        '<Nieuw a="b"/>',
        '<![CDATA[]]>',
        '<Basis/>',
        '<p:x/>',
        '&x;',
      ),
      start: fc.constantFrom(
        '<Bewijs>',
        '<Bewijs a="b">',
        '<Bewijs >',
        '<soap:Bewijs>',
        '<Bewijs xmlns="u:">',
        '<Bewijs xmlns:geef="u:">',
      ),
      isIndented: fc.boolean(),
    })
    .map(({ record, end, start, isIndented }) => {
      const name = start.startsWith('<soap:') ? 'soap:Bewijs' : 'Bewijs';
      const xml = bewijsXml(record)
        .replace('<Bewijs>', start)
        .replace(/<\/Bewijs>$/, `${end}</${name}>`);
      return isIndented ? xml.replaceAll('><', '>\n <') : xml;
    });
  const count = { read: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(bewijs, { minLength: 1, maxLength: 6 }), (list) => {
      const alone = list.map((xml) => resultOrReason(() => read(answerWith(xml))));
      const refusedAlone = alone.find((one) => typeof one === 'string');
      const together = resultOrReason(() => read(answerWith(...list)));
      count[refusedAlone === undefined ? 'read' : 'refused'] += 1;
      expect(together).toEqual(
        refusedAlone ?? {
          exceptions: [],
          records: alone.flatMap((one) => (typeof one === 'string' ? [] : one.records)),
        },
      );
    }),
    { numRuns: 1500 },
  );
  expect(Math.min(count.read, count.refused)).toBeGreaterThan(200);
});

/** What is in the memory of a parser. The tests see it through the buffers that the parser allocates while it reads. */
describe('the bytes of an answer', () => {
  const createWatched = () => {
    const buffers: Buffer[] = [];
    let isReading = false;
    for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
      const allocate: (size: number) => Buffer<ArrayBuffer> = Buffer[name].bind(Buffer);
      vi.spyOn(Buffer, name).mockImplementation((size: number) => {
        const buffer = allocate(size);
        if (isReading) buffers.push(buffer);
        return buffer;
      });
    }
    const parser = createAnswerParser();
    const read = (pieces: readonly Uint8Array[], wanted = (): boolean => true) => {
      isReading = true;
      try {
        return parser(pieces, { referte, wanted });
      } finally {
        isReading = false;
      }
    };
    return { read, buffers };
  };
  const isClean = (buffers: readonly Buffer[]): boolean =>
    buffers.every((buffer) => buffer.every((byte) => byte === 0));
  const secret = 'a text of one person';
  const secretRecord: TestRecord = { ...record, volledigeNaam: secret };
  const sound = answerXml({ referte, records: [secretRecord] });
  const large = answerXml({ referte, records: Array(150).fill(secretRecord) });

  test('are in the buffer while it is read: the tests below look at the right one', () => {
    const { read, buffers } = createWatched();
    let seen = 0;
    const wanted = (): boolean => {
      seen += buffers.filter((buffer) => buffer.includes(secret)).length;
      return true;
    };
    read([Buffer.from(sound)], wanted);
    read([Buffer.from(large)], wanted);
    expect(seen).toBe(151);
  });

  test.each([
    ['a sound answer', sound],
    ['a large one', large],
    ['one in which `wanted` throws', sound],
    ['one that is cut', sound.slice(0, -3)],
    ['one that is not well-formed at its start', `<<${sound}`],
    ['one that is not well-formed at its end', `${sound}x`],
    ['one that is not UTF-8', Buffer.concat([Buffer.from(sound), Buffer.of(0xff)])],
    ['one with a noncharacter', `${sound}\uffff`],
    ['one with another Referte', sound.replaceAll(referte, 'x')],
    ['one of another kind', sound.replaceAll('GeefBewijsResponse', 'Other')],
    ['one with an element twice', sound.replace('</Basis>', '</Basis><Basis/>')],
    ['one with piled marks', sound.replace(secret, `${secret}${'\u0301'.repeat(31)}`)],
    ['one that is too deep', sound.replace(secret, `${secret}${'<a>'.repeat(64)}`)],
    ['a Fault', faultXml(`99995 ${secret}`)],
  ])('%s: none is left after reading, in one piece or in many', (kind, xml) => {
    const { read, buffers } = createWatched();
    const bytes = Buffer.from(xml);
    const isSound = /^a /.test(kind);
    const wanted = (): boolean => {
      if (kind.includes('throws')) throw new Error('failed');
      return true;
    };
    for (const pieces of [[bytes], piecesOf(bytes, 1000), [bytes]]) {
      let error: unknown;
      try {
        read(pieces, wanted);
      } catch (thrown) {
        error = thrown;
      }
      expect(error === undefined).toBe(isSound);
      expect(buffers.length).toBeGreaterThan(0);
      expect(isClean(buffers)).toBe(true);
    }
  });

  test('are gone from a buffer that became too small, before a larger one is used', () => {
    const { read, buffers } = createWatched();
    read([Buffer.from(sound)]);
    const [small] = buffers;
    let checked = 0;
    const wanted = (): boolean => {
      checked += 1;
      return isClean([small as Buffer]);
    };
    const { records } = read([Buffer.from(large)], wanted);
    expect(checked).toBe(150);
    expect(records[149]?.attributes.volledigeNaam).toBe(secret);
  });

  test('share one buffer with the next answer, unless it is large', () => {
    const { read, buffers } = createWatched();
    const allocatedFor = (size: number): number => {
      const before = buffers.length;
      const missing = size - Buffer.byteLength(sound);
      read([Buffer.from(sound.replace(secret, () => secret + ' '.repeat(missing)))]);
      return buffers.slice(before).reduce((sum, { length }) => sum + length, 0);
    };
    expect(allocatedFor(10_000)).toBe(32_768);
    expect(allocatedFor(20_000)).toBe(0);
    expect(allocatedFor(200_000)).toBe(262_144);
    expect(allocatedFor(20_000)).toBe(0);
    expect(allocatedFor(260_000)).toBe(0);
    expect(allocatedFor(262_200)).toBe(524_288);
    expect(allocatedFor(262_200)).toBe(524_288);
    expect(allocatedFor(20_000)).toBe(32_768);
  });

  test('are read from the pieces, which stay as they are', () => {
    for (const xml of [sound, `${sound}x`]) {
      const pieces = piecesOf(Buffer.from(xml), 100);
      resultOrReason(() => parseAnswer(pieces, { referte }));
      expect(Buffer.concat(pieces).toString()).toBe(xml);
    }
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

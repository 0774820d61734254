import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ParsedAnswer } from '../../../src/led/answer/parse.ts';
import { answerXml, bewijsXml, faultXml } from '../../support/answers.ts';
import { mutate, mutation, snippets } from '../../support/mutations.ts';
import { parse, parseAnswer, piecesOf, refusal, resultOrReason } from '../../support/parsing.ts';
import { answerWith, noData, record, referte, sampleAnswers, shortRecord } from '../../support/sample-answers.ts';
import { compareAnswer, createCount } from '../../support/second-reader.ts';

const oneRecord = answerXml({ referte, records: [record] });
const many = answerXml({ referte, records: Array(24).fill(record) });

const parseIn = (pieces: readonly Uint8Array[]): ParsedAnswer => parseAnswer(pieces, { referte });
const refused = (answer: string | Uint8Array): string => refusal(answer, referte);

describe('cut', () => {
  test.each(Object.entries(sampleAnswers))('%s, after every byte: refused', (_, xml) => {
    const bytes = Buffer.from(xml);
    const whole = parse(bytes, referte);
    expect(compareAnswer(bytes, referte)).toBe('same');
    for (let length = 0; length < bytes.length; length += 1) {
      expect(refused(bytes.subarray(0, length)), `after ${length} bytes`).toMatch(/^ledInvalid/);
      // Nothing of a cut answer is left in the next one.
      if (length % 16 === 0) expect(parse(bytes, referte)).toEqual(whole);
    }
  });

  test('24 records, between any two of them, and anywhere else', () => {
    const bytes = Buffer.from(many);
    const borders = [...many.matchAll(/<\/?Bewijs>/g)].flatMap(({ index, 0: tag }) => {
      const at = Buffer.byteLength(many.slice(0, index));
      return [at, at + tag.length];
    });
    expect(borders).toHaveLength(96);
    for (const length of borders) expect(refused(bytes.subarray(0, length))).toBe('ledInvalidXml');
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), (length) => {
        expect(refused(bytes.subarray(0, length))).toMatch(/^ledInvalid/);
      }),
      { numRuns: 300 },
    );
  });

  test('and then closed by hand: refused if an element has no end', () => {
    const xml = many;
    const at = xml.indexOf('</Bewijs>');
    expect(refused(`${xml.slice(0, at)}</Bewijzen></Inhoud></Antwoord></Antwoorden>`)).toBe('ledInvalidXml');
  });
});

describe('pieces', () => {
  test.each(Object.entries(sampleAnswers))(
    '%s, byte by byte and in any pieces, with empty ones: the same',
    (_, xml) => {
      const bytes = Buffer.from(xml);
      const whole = parse(bytes, referte);
      expect(parseIn(piecesOf(bytes, 1))).toEqual(whole);
      fc.assert(
        fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 }), (places) => {
          const cuts = [0, ...places.sort((a, b) => a - b), bytes.length];
          expect(parseIn(cuts.map((from, i) => bytes.subarray(from, cuts[i + 1] ?? from)))).toEqual(whole);
        }),
        { numRuns: 100 },
      );
    },
  );

  test('refused in one piece is refused in any', () => {
    const odd = [many.slice(0, -3), `${many}x`, many.replace('</Graad>', '</Graaf>'), many.replace('☃', '\0')];
    for (const xml of odd) {
      const bytes = Buffer.from(xml);
      const reason = refused(bytes);
      for (const size of [1, 7, 4096]) {
        expect(() => parseIn(piecesOf(bytes, size))).toThrow(expect.objectContaining({ code: 'badGateway', reason }));
      }
    }
  });

  test('of a long answer, in any size: the same', () => {
    const long = (size: number): string => bewijsXml({ ...record, taal: 'é & '.repeat(size / 5) });
    const bytes = Buffer.from(answerWith(bewijsXml(record), long(40_000), long(200_000), bewijsXml(record)));
    const whole = parse(bytes, referte);
    expect(whole.records.map(({ attributes }) => attributes.taal?.length)).toEqual([3, 31_999, 159_999, 3]);
    for (const size of [1000, 16_384, 65_536]) expect(parseIn(piecesOf(bytes, size))).toEqual(whole);
  });

  test('that are none, or empty: refused', () => {
    for (const pieces of [[], [new Uint8Array()], [new Uint8Array(), new Uint8Array()]]) {
      expect(() => parseIn(pieces)).toThrow(expect.objectContaining({ code: 'badGateway', reason: 'ledInvalidXml' }));
    }
  });
});

describe('encoding', () => {
  const declared = (encoding: string): string => oneRecord.replace('UTF-8', encoding);
  const ascii = (encoding: string): string => declared(encoding).replace(/[^\x20-\x7e\n]/gu, '?');

  test('UTF-8 with or without a BOM, in any letters, and us-ascii that is ascii', () => {
    for (const xml of [
      declared('utf-8'),
      declared('Utf-8'),
      ascii('us-ascii'),
      ascii('US-ASCII'),
      oneRecord.replace(/^<\?.*\n/, ''),
    ]) {
      expect(parse(xml, referte).records).toHaveLength(1);
      if (!/ascii/i.test(xml)) expect(parse(`\ufeff${xml}`, referte).records).toHaveLength(1);
    }
  });

  test.each(['ISO-8859-1', 'windows-1252', 'UTF-16', 'utf8', 'UTF-7', 'ascii', 'EBCDIC-CP-BE'])(
    '%s is refused',
    (encoding) => {
      expect(refused(ascii(encoding))).toBe('ledInvalidEncoding');
    },
  );

  test('bytes that are not what they claim to be', () => {
    const bytes = Buffer.from(oneRecord);
    const at = bytes.indexOf('Bachelor');
    const put = (...odd: number[]): Buffer =>
      Buffer.concat([bytes.subarray(0, at), Buffer.from(odd), bytes.subarray(at)]);
    const odd = [
      [0xe9],
      [0xff],
      [0x80],
      [0xc3],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe2, 0x82],
    ];
    for (const sequence of odd) expect(refused(put(...sequence))).toBe('ledInvalidEncoding');
    expect(refused(declared('us-ascii'))).toBe('ledInvalidEncoding');
    expect(refused(Buffer.from(oneRecord, 'utf16le'))).toMatch(/^ledInvalid/);
    expect(refused(Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(oneRecord, 'utf16le')]))).toBe(
      'ledInvalidEncoding',
    );
    expect(refused(Buffer.from(oneRecord.replace('☃', 'é'), 'latin1'))).toBe('ledInvalidEncoding');
    expect(refused(`\ufeff\ufeff${oneRecord}`)).toBe('ledInvalidXml');
    expect(refused(Buffer.concat([Buffer.from(oneRecord), Buffer.of(0xc3)]))).toMatch(/^ledInvalid/);
  });
});

describe('refused', () => {
  const xml = oneRecord;
  const inName = (text: string): string => xml.replace('Bachelor ☃', () => text);
  const inFront = (text: string): string => xml.replace('<soap:Envelope', () => `${text}<soap:Envelope`);
  const nested = (depth: number): string => inName('<x>'.repeat(depth) + '</x>'.repeat(depth));
  const attributes = (count: number): string =>
    inName(`<x ${Array.from({ length: count }, (_, i) => `a${i}="${i}"`).join(' ')}/>`);
  const deepest =
    64 -
    'Envelope Body Response Repliek Antwoorden Antwoord Inhoud Bewijzen Bewijs Basis VolledigeNaam'.split(' ').length;

  test.each([
    ['DOCTYPE', inFront('<!DOCTYPE Envelope>')],
    ['an entity bomb', inFront('<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]>').replace('☃', '&c;')],
    ['an external entity', inFront('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>').replace('☃', '&a;')],
    ['a parameter entity', inFront('<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1/"> %a;]>')],
    ['DOCTYPE after the root', `${xml}<!DOCTYPE x>`],
    ['DOCTYPE within', inName('<!DOCTYPE x>')],
    ['an undeclared entity', inName('&eacute;')],
    ['an entity named like a member of objects', inName('&constructor;&__proto__;')],
    ['XML 1.1', xml.replace('version="1.0"', 'version="1.1"')],
    ['XML 1.2', xml.replace('version="1.0"', 'version="1.2"')],
    ['a declaration without version', xml.replace('version="1.0" ', '')],
    ['a declaration too late', ` ${xml}`],
    ['junk before', `x${xml}`],
    ['junk behind', `${xml}x`],
    ['an entity behind', `${xml}&amp;`],
    ['CDATA behind', `${xml}<![CDATA[]]>`],
    ['a second root', `${xml}<a/>`],
    ['NUL', inName('\0')],
    ['NUL behind', `${xml}\0`],
    ['a character reference to NUL', inName('&#0;')],
    ['a reference to half a character', inName('&#xD800;')],
    ['a control character', inName('\u0008')],
    ['a noncharacter', inName('\ufffe')],
    ['65 levels', nested(deepest + 1)],
    ['100 000 levels', inName('<x>'.repeat(100_000))],
    ['65 attributes', attributes(65)],
    ['200 000 attributes', attributes(200_000)],
    ['the same attribute twice', inName('<x a="1" a="2"/>')],
    ['the same attribute by two prefixes', inName('<x xmlns:a="u:u" xmlns:b="u:u" a:c="1" b:c="2"/>')],
    ['an unbound prefix', inName('<a:x/>')],
    ['an unbound prefix of an attribute', inName('<x a:b="c"/>')],
    ['a digit after a prefix', inName('<soap:1/>')],
    ['a digit after a prefix of an attribute', inName('<x soap:1="c"/>')],
    ['a namespace that is no URI', inName('<x xmlns:a="http://a b"/>')],
    ['a processing instruction without white space', inName('<?a?b?>')],
    ['one with white space that saxes cannot tell from it', inName('<?a ?b?>')],
    ['a processing instruction called XML', inName('<?XML a?>')],
    ['two hyphens in a comment', inName('<!-- a -- b -->')],
    ['the end of CDATA in text', inName(']]>')],
    ['a < in an attribute', inName('<x a="<"/>')],
    ['an attribute without quotes', inName('<x a=b/>')],
    ['tags that cross', inName('<a><b></a></b>')],
    ['letters of another case', inName('<a></A>')],
    ['combining marks without end', inName(`e${'\u0301'.repeat(40)}`)],
  ])('%s', (_, odd) => {
    expect(odd).not.toBe(xml);
    expect(refused(odd)).toMatch(/^ledInvalid/);
  });

  test('but not 64 levels, 64 attributes, references and marks as people write them', () => {
    for (const fine of [
      nested(deepest),
      attributes(64),
      inName('&lt;&#65;&#x1F600;'),
      inName('e\u0301\u0323'),
      inName('<?a b?c?>'),
    ]) {
      expect(parse(fine, referte).records).toHaveLength(1);
    }
  });
});

describe('changed in any way: read as saxes and libxml2 read it, or refused', () => {
  // We are stricter in the characters of a namespace, an instruction that saxes confuses with another, and piled marks.
  test.each(Object.entries(sampleAnswers))('%s', (_, xml) => {
    const bytes = Buffer.from(xml);
    const count = createCount();
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (mutations) => {
        count[compareAnswer(mutations.reduce<Uint8Array>(mutate, bytes), referte)] += 1;
      }),
      { numRuns: 2500 },
    );
    expect(count.refused).toBeGreaterThan(1000);
    expect(count.same).toBeGreaterThan(50);
    expect(count.stricter).toBeLessThan(60);
  });

  test('a record with any snippet in every kind of place', () => {
    const bytes = Buffer.from(answerXml({ referte, records: [shortRecord, record] }));
    const places = [
      ...['<?xml', ' version', '?>', '<soap:Envelope', ':Envelope', ' xmlns', '="', 'http:', '">', '<Bewijs>'],
      ...['Bewijs>', '><Graad', '>Bachelor', 'Bachelor', '</Graad', '/Graad', 'Graad>', '</soap:Envelope'],
    ];
    const offsets = [...places.map((place) => bytes.indexOf(place)), bytes.length - 1];
    expect(offsets).not.toContain(-1);
    const count = createCount();
    for (const at of offsets.flatMap((offset) => [offset, offset + 1])) {
      for (const snippet of snippets) {
        const changed = Buffer.concat([bytes.subarray(0, at), Buffer.from(snippet), bytes.subarray(at)]);
        count[compareAnswer(changed, referte)] += 1;
      }
    }
    expect(Math.min(count.refused, count.same)).toBeGreaterThan(500);
    expect(count.stricter).toBeLessThan(40);
  });

  const bewijs = bewijsXml({ ...shortRecord, taal: 'fra', uitreikingsdatum: { jaar: '1999' } });

  test('a record with another byte in any place', () => {
    const bytes = Buffer.from(answerWith(bewijs));
    const start = bytes.indexOf('<Bewijs>');
    const others = [...Buffer.from('<>/& "=!:x]\0\n'), 0x80, 0xc3];
    const count = createCount();
    for (let at = start; at < start + Buffer.byteLength(bewijs); at += 1) {
      for (const byte of [others[at % others.length] ?? 0, (bytes[at] ?? 0) ^ (1 << (at % 7))]) {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        count[compareAnswer(changed, referte)] += 1;
      }
    }
    expect(Math.min(count.refused, count.same)).toBeGreaterThan(200);
    expect(count.stricter).toBe(0);
  });

  /** What may be between a start tag and its end tag, and what may not. */
  const contents = [
    ...[
      '',
      ' ',
      'a',
      '762003',
      ' b  c ',
      '\n',
      '\r\n',
      'é',
      'e\u0301',
      '☃ 😀',
      '\u007f',
      '>',
      ']]',
      ']>',
      ']]&gt;',
      '"\'',
    ],
    ...[
      '&amp;',
      '&lt;&gt;&quot;&apos;',
      'a &#x41;&#66; &#xe9;',
      '&#x1F600;',
      '&#xFFFD;&#x10FFFF;',
      '&#9;',
      'x'.repeat(300),
    ],
    ...[
      'a<!-- -->b',
      'a<![CDATA[ b]]>',
      '<![CDATA[c]]>',
      '<?a?>',
      'a<x/>b',
      ' <x/> ',
      '<x>y</x>',
      'a<x/> <x/>b',
      '\n<!---->',
    ],
    ...['a<x>b<y>c</y>d</x>e', '<![CDATA[&amp;]]>&amp;', ']<![CDATA[]]]>>', '<x xmlns:p="u:"><p:y/></x>'],
    ...[
      ']]>',
      'a]]>',
      '\0',
      '\u0001',
      '\ufffe',
      '&',
      '&amp',
      '&AMP;',
      '&foo;',
      '&#0;',
      '&#xD800;',
      '&#x110000;',
      '&#;',
    ],
    ...[
      '&#xg;',
      '&#x1000041;',
      '&#4294967361;',
      '<',
      '<x>',
      '</x>',
      '</Naam>',
      '<x a="1" a="2"/>',
      '<p:x/>',
      '<Naam/>',
    ],
  ];

  test('a record with any content in any of its leaves', () => {
    const leaves = [...bewijs.matchAll(/(?<=>)[^<>]*(?=<\/)/g)];
    expect(leaves.length).toBeGreaterThan(15);
    const count = createCount();
    for (const { index, 0: text } of leaves) {
      for (const content of contents) {
        const changed = bewijs.slice(0, index) + content + bewijs.slice(index + text.length);
        count[compareAnswer(Buffer.from(answerWith(changed, bewijs)), referte)] += 1;
      }
    }
    expect(Math.min(count.refused, count.same)).toBeGreaterThan(300);
    expect(count.stricter).toBe(0);
  });
});

describe('hostile megabytes', () => {
  const size = 1 << 20;
  const times = (piece: string): string => piece.repeat(Math.ceil(size / Buffer.byteLength(piece)));
  const one = answerXml({
    referte,
    records: [{ ...shortRecord, volledigeNaam: '@', bijkomendeInformatie: [{}], raw: '#' }],
  });
  const text = (inside: string): string => one.replace('@', () => inside);
  const inRecord = (inside: string): string => one.replace('#', () => inside);
  const range = (count: number, piece: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => piece(i)).join(' ');
  const longDeclaration = `xmlns:p="u:${'u'.repeat(990)}"`;
  /** Inside of 30 elements, each with another declaration. */
  const within = (inside: string): string =>
    Array.from({ length: 30 }, (_, i) => `<a xmlns:q${i}="u:u">`).join('') + inside + '</a>'.repeat(30);
  const marks = `a${'\u0301'.repeat(15)}${'\u0316'.repeat(15)}`;
  const cases: Record<string, string> = {
    'levels without end': inRecord(times('<a>')),
    'levels up and down': inRecord(times('<a>'.repeat(50) + '</a>'.repeat(50))),
    '200 000 attributes': inRecord(`<a ${range(200_000, (i) => `a${i}=""`)}/>`),
    '64 attributes each': inRecord(times(`<a ${range(64, (i) => `a${i}=""`)}/>`)),
    '64 namespaces each': inRecord(times(`<a ${range(64, (i) => `xmlns:a${i}="u:u"`)}/>`)),
    '64 long namespaces each': inRecord(times(`<a ${range(64, (i) => `xmlns:a${i}="u:${'u'.repeat(99)}"`)}/>`)),
    '64 other namespaces each': inRecord(range(size / 1100, (i) => `<a ${range(64, (k) => `xmlns:a${k}="u:${i}"`)}/>`)),
    'tiny elements': inRecord(times('<a/>')),
    'tiny elements that are read': answerXml({ referte, records: [] }).replace(
      '<Bewijzen>',
      () => `<Bewijzen>${times('<Bewijs/>')}`,
    ),
    'tiny exceptions': answerXml({ referte, exceptions: [noData] }).replace(
      '<Uitzonderingen>',
      () => `<Uitzonderingen>${times('<Uitzondering/>')}`,
    ),
    'tiny information': one.replace(/<BijkomendeInformatie>.*<\/BijkomendeInformatie>/, () =>
      times('<BijkomendeInformatie><Naam>a</Naam></BijkomendeInformatie>'),
    ),
    'end tags': inRecord(times('</a>')),
    'a text': text(times('x')),
    'a text of spaces': text(`a${times(' ')}b`),
    'a text of words': text(times(' a')),
    'line breaks': text(times('\r')),
    'combining marks out of order': text(`a${'\u0301'.repeat(size / 4)}${'\u0316'.repeat(size / 4)}`),
    'combining marks, as many as may be': text(times(marks)),
    'letters to compose': text(times('\u1100\u1161\u11a8')),
    'letters to decompose': text(times('\ufb2c')),
    references: text(times('&amp;')),
    'character references': text(times('&#x41;')),
    'character references by number': text(times('&#65;')),
    'the last entity that is looked for': text(times('&apos;')),
    'records with another element each': answerXml({ referte, records: [] }).replace(
      '<Bewijzen>',
      () => `<Bewijzen>${range(size / 26, (i) => `<Bewijs><a${i}/></Bewijs>`)}`,
    ),
    'leaves with another namespace prefix each': inRecord(range(size / 29, (i) => `<a xmlns:p${i}="u:u">b</a>`)),
    'leaves with another long namespace each': inRecord(
      range(size / 1024, (i) => `<a xmlns:p="u:${'u'.repeat(990)}${String(i).padStart(5, '0')}">b</a>`),
    ),
    'records with another namespace prefix each': answerXml({ referte, records: [] }).replace(
      '<Bewijzen>',
      () => `<Bewijzen>${range(size / 64, (i) => `<Bewijs xmlns:p${i}="u:u"><a xmlns:q${i}="u:u">b</a></Bewijs>`)}`,
    ),
    'a long declaration, repeated on each leaf': inRecord(
      `<a ${longDeclaration}>${times(`<b ${longDeclaration}>1</b>`)}</a>`,
    ),
    'a long declaration, repeated but for its end': inRecord(
      `<a ${longDeclaration}>${times(`<b ${longDeclaration.slice(0, -1)}v">1</b>`)}</a>`,
    ),
    'a prefix from 30 declarations further out': inRecord(`<a xmlns:p="u:u">${within(times('<p:a/>'))}</a>`),
    'attributes with a prefix from 30 declarations further out': inRecord(
      `<a xmlns:p="u:u">${within(times(`<a ${range(64, (i) => `p:a${i}=""`)}/>`))}</a>`,
    ),
    'a default namespace from 30 declarations further out': inRecord(`<a xmlns="u:u">${within(times('<a></a>'))}</a>`),
    'a reference without end': text(`&${times('x')}`),
    'sections of CDATA': text(times('<![CDATA[a]]>')),
    'CDATA without end': text(`<![CDATA[${times('] ')}`),
    comments: text(times('<!---->')),
    'a comment without end': text(`<!--${times('- ')}`),
    instructions: text(times('<?a?>')),
    'an instruction without end': text(`<?a ${times('?')}`),
    'an attribute': inRecord(`<a b="${times('x')}"/>`),
    'an attribute of line breaks': inRecord(`<a b="${times('\n')}"/>`),
    'a name': inRecord(`<${times('x')}`),
    'a start tag without end': inRecord(`<a ${times(' ')}`),
    'a declaration without end': inRecord(`<!${times('x')}`),
    'a document type without end': `<!DOCTYPE a [${times('<!-- - -->')}`,
    'a namespace': inRecord(`<a xmlns="u:${times('x')}"/>`),
    'a faultstring': faultXml(times('9')),
    'a faultstring of letters': faultXml(`ERR_${times('E')}`),
    'a Referte': answerXml({ referte, records: [shortRecord] }).replace('<Antwoord><Referte>', `$&${times('x')}`),
  };

  /** The processor time of this thread so far, in ms. It does not run on while another program has the processor. */
  const computed = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };

  /** How long reading keeps the thread busy, in ms. */
  const took = (pieces: readonly Uint8Array[], wanted?: () => boolean): number => {
    const start = computed();
    const result = resultOrReason(() => parseAnswer(pieces, { referte, wanted }));
    expect(result).toBeDefined();
    return computed() - start;
  };

  test.each(Object.entries(cases))('%s: takes less than 100 ms, wanted or not', (_, xml) => {
    const bytes = Buffer.from(xml).subarray(0, size + 65_536);
    expect(bytes.length).toBeGreaterThan(900_000);
    for (const wanted of [undefined, () => false]) {
      // A garbage collection may fall into a reading: the best of five counts.
      let best = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < 5 && best >= 100; attempt += 1) best = Math.min(best, took([bytes], wanted));
      expect(best).toBeLessThan(100);
    }
  });

  test('many pieces take linear time', () => {
    const few = piecesOf(Buffer.from(text('x'.repeat(50_000))), 1);
    const many = piecesOf(Buffer.from(text('x'.repeat(400_000))), 1);
    // The kernel counts processor time in ticks of some ms, so each is read often enough to take many ticks.
    const tookOften = (pieces: readonly Uint8Array[], times: number): number =>
      Array.from({ length: times }, () => took(pieces)).reduce((sum, ms) => sum + ms) / times;
    const ratios = [1, 2, 3].map(() => tookOften(many, 16) / tookOften(few, 128));
    // Linear time gives 8, quadratic time 64.
    expect(Math.min(...ratios)).toBeLessThan(24);
  });
});

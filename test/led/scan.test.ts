import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { createAnswerParser, type ParsedAnswer } from '../../src/led/parse.ts';
import { createScanner } from '../../src/led/scan.ts';
import { answerOf } from '../bench/answers.ts';
import { answerXml, bewijsXml, envelopeXml, faultXml, type TestRecord, testInsz } from '../support/answers.ts';
import { readAgain, refusedByLibxml2, valuesOf } from '../support/second-reader.ts';

const referte = '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10';
const short: TestRecord = {
  status: '1',
  holder: testInsz(1),
  graad: 'Bachelor',
  onderwerp: { code: '762003' },
  volledigeNaam: 'Bachelor ☃ in “zorg” & welzijn',
};
/** Of another shape than `short`; in turns, each is scanned as one like an earlier one. */
const longer: TestRecord = {
  ...{ status: '10', holder: testInsz(2), taal: 'nld', uitreikingsdatum: { jaar: '1999' } },
  bijkomendeInformatie: [{ naam: 'a', inhoud: '&b, and more than one mutation takes away' }, { inhoud: 'd' }, {}],
};
const noData = { identificatie: '40000', oorsprong: 'LED', type: 'FOUT' };
const LED = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';
const answers = {
  'a record': answerXml({ referte, records: [short] }),
  'two records, indented': answerXml({ referte, records: [short, short] }).replaceAll('><', '>\r\n\t <'),
  'leaves that declare the namespace anew': answerXml({ referte, records: [short, short] }).replaceAll(
    /<(Code|Naam|INSZ|VolledigeNaam)>/g,
    `<$1 xmlns:geef="${LED}">`,
  ),
  'records of two shapes in turns': answerXml({ referte, records: [short, longer, short, longer] }),
  exceptions: answerXml({ referte, exceptions: [noData], repliekExceptions: [noData], prefix: '' }),
  fault: faultXml('99995 - Te veel bevragingen'),
  'XML of every kind':
    '\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes"?><!-- - --><?pi d?>' +
    envelopeXml(
      '<soap:Fault><faultstring>E<![CDATA[RR]]]]>_&#48;2&#x35;: é</faultstring>' +
        '<d a="&lt;" b=\'"\' xmlns:p="u:v" p:a="1" xml:lang="nl"/><é:é xmlns:é="u:e2"><p-1._/></é:é></soap:Fault>',
    ).replace(/^.*\n/, ''),
  'a whole record as LED writes it': answerOf(1, referte).toString(),
};

const parseIn = (chunks: readonly Uint8Array[]): ParsedAnswer => {
  const parser = createAnswerParser({ referte });
  for (const chunk of chunks) parser.write(chunk);
  return parser.end();
};
const parse = (bytes: Uint8Array): ParsedAnswer => parseIn([bytes]);
/** What the function gives, or `refused`; anything but a Fault of ours is thrown on. */
const outcome = <T>(read: () => T, isRefusal: (error: unknown) => boolean): T | 'refused' => {
  try {
    return read();
  } catch (error) {
    if (isRefusal(error)) return 'refused';
    throw error;
  }
};
const isFault = (error: unknown): boolean => error instanceof Fault && error.code === 'badGateway';

const snippets = [
  ...['<', '>', '&', '"', "'", '/', '?', '!', '=', ':', '[', ']', '-', '%', ' ', '\n', '\r', '\t', '\0', '\u0001'],
  ...['\u007f', '\u0085', '\u2028', '\ud7ff', '\ufffd', '\ufffe', '\uffff', '\ufeff', 'é', '·', '×', '😀', '\u{effff}'],
  ...['--', '-->', '<!--', '<!-- -->', '--->', '<!---->', '<![CDATA[', ']]>', ']]', '<![CDATA[]]>', '<![cdata[]]>'],
  ...['<?', '?>', '<?a?b?>', '<?a b?>', '<?a?>', '<?a:b?>', '<?xml version="1.0"?>', '<?xml-x?>', '<?XML?>', '<? a?>'],
  ...[
    '<?1?>',
    '<?é ?>',
    '&amp;',
    '&AMP;',
    '&lt',
    '&foo;',
    '&#0;',
    '&#1;',
    '&#9;',
    '&#xD800;',
    '&#xFFFE;',
    '&#x110000;',
  ],
  ...[
    '&#x10FFFF;',
    '&#;',
    '&#x;',
    '&#xg;',
    '&#X41;',
    '&#00065;',
    '&;',
    '& ;',
    '&amp ;',
    '&#x41',
    ' xmlns:a="b"',
    ' a="b"',
  ],
  ...[' a:b="c"', ' xmlns=""', ' xmlns="u:u"', ' xmlns:soap=""', ' xmlns:xml="x"', ' xmlns:xmlns="x"', ' xml:a="b"'],
  ...[' xmlns:xml="http://www.w3.org/XML/1998/namespace"', ' xmlns:a="http://www.w3.org/XML/1998/namespace"'],
  ...[' xmlns="http://www.w3.org/2000/xmlns/"', ' xmlns:1="u"', ' a:1=""', ' xmlns:a="u" xmlns:b="u" a:c="" b:c=""'],
  ...[' xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"', ' soap:a="" soap:a=""', ' é="ï"', ' 1="2"', ' -a=""'],
  ...['<a>', '</a>', '<a/>', '<:a/>', '<a:/>', '<x:y/>', '<a:b:c/>', '<a b="1" b="2"/>', '<a b=1/>', '<a b="<"/>'],
  ...['<a b/>', '<a b=/>', '<a b = "c" />', '<a b="x"c="y"/>', '<a b="&"/>', '<a b="&amp;"/>', '<a b="]]>"/>', '<1/>'],
  ...[
    '<soap:a/>',
    '<soap:1/>',
    '<a·/>',
    '<·a/>',
    '<a-.1/>',
    '<-a/>',
    '</>',
    '< a/>',
    '<a / >',
    '<a/ >',
    '</ a>',
    '</a >',
  ],
  ...['<!a>', '<!DOCTYPE a>', '<!DOCTYPE', '<xmlns/>', '<xmlns:a/>', '<xml:a/>', '<xmla/>', '<_/>', '<é/>', '<×/>'],
  ...[
    ' encoding="x"',
    ' encoding="us-ascii"',
    ' version="1.0"',
    ' version="1.1"',
    ' standalone="no"',
    ' standalone="x"',
  ],
  ...[
    '<Bewijs/>',
    '<Graad/>',
    '<Naam/>',
    '<Uitzondering/>',
    '<Referte/>',
    `<x xmlns:geef="${LED}"/>`,
    `xmlns:geef="${LED}"`,
  ],
];
const mutation = fc.record({
  kind: fc.constantFrom('insert', 'replace', 'remove', 'copy', 'byte', 'flip'),
  where: fc.nat(),
  /** Whether it strikes beside markup rather than anywhere. */
  close: fc.boolean(),
  what: fc.nat(),
  length: fc.integer({ min: 1, max: 40 }),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

const mutate = (bytes: Buffer, { kind, where, close, what, length }: Mutation): Buffer => {
  let at = where % bytes.length;
  if (close) at = Math.max(0, bytes.indexOf('<'.charCodeAt(0), at)) + (what % 3);
  const put = (middle: Uint8Array, skip: number): Buffer =>
    Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + skip)]);
  const snippet = Buffer.from(snippets[what % snippets.length] ?? '');
  if (kind === 'insert') return put(snippet, 0);
  if (kind === 'replace') return put(snippet, length % 8);
  if (kind === 'remove') return put(Buffer.alloc(0), length);
  if (kind === 'copy') return put(bytes.subarray(what % bytes.length, (what % bytes.length) + length * 8), 0);
  if (kind === 'byte') return put(Buffer.of(what % 256), 1);
  return put(Buffer.of((bytes[at] ?? 0) ^ (1 << (what % 8))), 1);
};

/** Compares the three on one document: refused by the others, and so by us; read alike; or refused by us alone. */
const compare = (bytes: Buffer): 'refused' | 'alike' | 'stricter' => {
  const ours = outcome(() => valuesOf(parse(bytes)), isFault);
  const theirs =
    refusedByLibxml2(bytes) === undefined
      ? outcome(
          () => readAgain(bytes, referte),
          () => true,
        )
      : 'refused';
  if (ours === 'refused') return theirs === 'refused' ? 'refused' : 'stricter';
  expect(ours).toEqual(theirs);
  return 'alike';
};

describe('against saxes and libxml2', () => {
  test.each(Object.entries(answers))('%s: the same when whole, and refused by all after every byte', (_, xml) => {
    const bytes = Buffer.from(xml);
    expect(compare(bytes)).toBe('alike');
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length);
      expect(
        outcome(() => parse(cut), isFault),
        `after ${length} bytes`,
      ).toBe('refused');
    }
  });

  // We are stricter in two things: the characters of a namespace, and an instruction that saxes mistakes for another.
  test.each(Object.entries(answers))(
    '%s, mutated: what either refuses is refused, the rest is read alike',
    (_, xml) => {
      const bytes = Buffer.from(xml);
      const count = { refused: 0, alike: 0, stricter: 0 };
      fc.assert(
        fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (mutations) => {
          count[compare(mutations.reduce(mutate, bytes))] += 1;
        }),
        { numRuns: 1500 },
      );
      expect(Math.min(count.refused, count.alike)).toBeGreaterThan(15);
      expect(count.stricter).toBeLessThan(100);
    },
  );

  test('every snippet in every kind of place', () => {
    const bytes = Buffer.from(answers['a record']);
    const places = [
      '<?xml',
      ' version',
      '?>',
      '<soap:Envelope',
      ':Envelope',
      ' xmlns',
      '="',
      'http:',
      '">',
      '<Bewijs>',
    ];
    places.push('Bewijs>', '><Graad', '>Bachelor', 'Bachelor', '</Graad', '/Graad', 'Graad>', '</soap:Envelope');
    const offsets = [...places.map((place) => bytes.indexOf(place)), bytes.length - 1];
    const count = { refused: 0, alike: 0, stricter: 0 };
    for (const at of offsets.flatMap((offset) => [offset, offset + 1])) {
      for (const snippet of snippets) {
        count[compare(Buffer.concat([bytes.subarray(0, at), Buffer.from(snippet), bytes.subarray(at)]))] += 1;
      }
    }
    expect(Math.min(count.refused, count.alike)).toBeGreaterThan(500);
    expect(count.stricter).toBeLessThan(40);
  });
});

describe('a record like an earlier one', () => {
  /** What may stand in a leaf: text of every kind, what no text may hold, and what makes more than a text of it. */
  const texts = [
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
      '&#xg;',
      '&#x1000041;',
      '&#4294967361;',
    ],
    ...[
      '<',
      '<x>',
      '</x>',
      '</Naam>',
      '<x a="1" a="2"/>',
      '<p:x/>',
      '<Naam/>',
      `a${'\u0301'.repeat(31)}`,
      '&#x301;'.repeat(31),
    ],
  ];
  const first = bewijsXml(longer);
  const second = first.replace('nld', 'fra').replace('&amp;b', '&gt; c');
  const answerWith = (...records: readonly string[]): Buffer =>
    Buffer.from(answerXml({ referte, records: [] }).replace('<Bewijzen>', () => `<Bewijzen>${records.join('')}`));

  test('but for one byte, at any place: as the others see it', () => {
    const before = answerWith(first).indexOf('</Bewijs>') + '</Bewijs>'.length;
    const bytes = answerWith(first, second, second);
    const length = Buffer.byteLength(second);
    expect(compare(bytes)).toBe('alike');
    const others = [...'<>/& "=!:x]\0\n', 0x80, 0xc3].map((byte) =>
      typeof byte === 'string' ? byte.charCodeAt(0) : byte,
    );
    const count = { refused: 0, alike: 0, stricter: 0 };
    for (let at = 0; at < length; at += 1) {
      for (const byte of [others[at % others.length] ?? 0, (bytes[before + at] ?? 0) ^ (1 << (at % 7))]) {
        const odd = Buffer.from(bytes);
        odd[before + at] = byte;
        count[compare(odd)] += 1;
      }
    }
    expect(Math.min(count.refused, count.alike)).toBeGreaterThan(200);
    expect(count.stricter).toBe(0);
  });

  test('with anything in place of one of its texts: as the others see it', () => {
    const leaves = [...second.matchAll(/(?<=>)[^<>]*(?=<\/)/g)].map(
      ({ index, 0: text }) => [index, text.length] as const,
    );
    expect(leaves.length).toBeGreaterThan(15);
    const count = { refused: 0, alike: 0, stricter: 0 };
    for (const [at, size] of leaves) {
      for (const text of texts) {
        const odd = second.slice(0, at) + text + second.slice(at + size);
        // Twice, for it may be like the one before it only where both are odd.
        count[compare(answerWith(first, odd, odd, second))] += 1;
      }
    }
    expect(Math.min(count.refused, count.alike)).toBeGreaterThan(300);
    // Thirty-one marks on a letter are no fault of the XML.
    expect(count.stricter).toBeLessThan(2.2 * leaves.length);
  });

  test('any records, in any pieces: each says among others what it says alone, or is refused for the same reason', () => {
    const reasonOf = (read: () => ParsedAnswer): ParsedAnswer | string => {
      try {
        return read();
      } catch (error) {
        if (error instanceof Fault) return error.reason;
        throw error;
      }
    };
    const text = fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...texts.slice(0, 30)) }, fc.constantFrom(...texts));
    const shape = fc.record({
      record: fc.constantFrom(short, longer, {}, { ...short, ...longer }),
      end: fc.constantFrom(
        '',
        '',
        ' \n',
        'x',
        '<!-- -->',
        '<?a?>',
        '<Nieuw a="b"/>',
        '<Nieuw></Nieuw>',
        '<Basis/>',
        '<![CDATA[]]>',
      ),
      spread: fc.boolean(),
      start: fc.constantFrom('<Bewijs>', '<Bewijs>', '<Bewijs a="b">', '<Bewijs >', '<soap:Bewijs>'),
    });
    const some = fc.record({
      shapes: fc.array(shape, { minLength: 1, maxLength: 3 }),
      records: fc.array(fc.record({ shape: fc.nat(), texts: fc.array(fc.tuple(fc.nat(), text), { maxLength: 3 }) }), {
        minLength: 1,
        maxLength: 8,
      }),
      cuts: fc.array(fc.nat(), { maxLength: 8 }),
    });
    const count = { read: 0, refused: 0 };
    fc.assert(
      fc.property(some, ({ shapes, records, cuts }) => {
        const described = records.map(({ shape, texts }) => {
          const { record, end, spread, start } = shapes[shape % shapes.length] ?? {
            record: {},
            end: '',
            spread: false,
            start: '',
          };
          const prefix = start.startsWith('<soap:') ? 'soap:' : '';
          let xml = bewijsXml(record)
            .replace('<Bewijs>', start)
            .replace(/<\/Bewijs>$/, `${end}</${prefix}Bewijs>`);
          if (spread) xml = xml.replaceAll('><', '>\n <');
          for (const [which, text] of texts) {
            const leaves = [...xml.matchAll(/(?<=>)[^<>]*(?=<\/)/g)];
            const leaf = leaves[which % leaves.length];
            if (leaf !== undefined) xml = xml.slice(0, leaf.index) + text + xml.slice(leaf.index + leaf[0].length);
          }
          return xml;
        });
        const alone = described.map((xml) => reasonOf(() => parse(answerWith(xml))));
        const refused = alone.find((one) => typeof one === 'string');
        const bytes = answerWith(...described);
        const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        const inPieces = reasonOf(() => parseIn(places.map((from, i) => bytes.subarray(from, places[i + 1] ?? from))));
        if (refused !== undefined) {
          count.refused += 1;
          expect(inPieces).toMatch(/^ledInvalid/);
          // What is not closed swallows the record behind it: then it is that one's duplicates that are told.
          const together = reasonOf(() => parse(bytes));
          if (together !== 'ledInvalidDuplicate' && alone.filter((one) => typeof one === 'string').length === 1) {
            expect(together).toBe(refused);
          }
          return;
        }
        count.read += 1;
        expect(inPieces).toEqual({
          exceptions: [],
          records: alone.flatMap((one) => (typeof one === 'string' ? [] : one.records)),
        });
      }),
      { numRuns: 4000 },
    );
    expect(Math.min(count.read, count.refused)).toBeGreaterThan(400);
  });

  test('of any length, and in small pieces: the same', () => {
    const long = (size: number): string => second.replace('fra', () => 'é &amp; '.repeat(size / 9));
    const bytes = answerWith(first, second, long(40_000), long(200_000), second, first);
    const whole = parse(bytes);
    expect(whole.records.map(({ attributes }) => attributes.taal?.length)).toEqual([3, 3, 17_775, 88_887, 3, 3]);
    for (const size of [1000, 16_384, 65_536]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(parseIn(chunks)).toEqual(whole);
    }
  });

  test('with more leaves than are remembered, and of more shapes: the same', () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      first.replace('</Basis>', `</Basis>${'<x>y</x>'.repeat(i % 10)}`),
    );
    const leafy = [first, first].map((xml) => xml.replace('</Basis>', `</Basis>${'<x>y</x>'.repeat(300)}`));
    const one = parse(answerWith(first)).records[0];
    expect(parse(answerWith(...many, ...leafy, ...many)).records).toEqual(Array(62).fill(one));
  });
});

describe('a scanner', () => {
  /** What a scanner tells of a document whose elements named `r` may repeat; every leaf has a place. */
  const tellingScanner = () => {
    const told: string[] = [];
    const show = (from: number, to: number): string => scanner.bytes().toString('utf8', from, to);
    const scanner = createScanner({
      open: (from, to) => {
        told.push(`<${scanner.namespace()}${show(from, to)}>`);
        return show(from, to) === 'r';
      },
      close: () => void told.push('</>'),
      text: (from, to) => {
        told.push(show(from, to));
        return 7;
      },
      placed: (place, from, to) => void told.push(`${place}: ${show(from, to)}`),
    });
    return { scanner, told };
  };
  const scanAll = ({ scanner }: ReturnType<typeof tellingScanner>, xml: string): void => {
    scanner.write(Buffer.from(xml));
    scanner.end();
  };

  test('tells an element like an earlier one in short', () => {
    const telling = tellingScanner();
    scanAll(telling, '<a><r><b>1</b><c/></r><r><b>2</b><c/></r></a>');
    expect(telling.told.join(' ')).toBe('<a> <r> <b> 1 </> <c> </> </> <r> 7: 2 </> </>');
  });

  test.each([
    ['of another parent', '<a><p><r><b>1</b></r></p><p><r><b>2</b></r></p></a>', ['1', '2']],
    ['of a parent within', '<a><r><b>1</b></r><p><r><c>2</c></r><r><b>3</b></r></p></a>', ['1', '2', '3']],
    ['without an inside', '<a><p><r/></p><b>1</b><p><r/></p><b>2</b></a>', ['1', '2']],
    ['with attributes', '<a><r c=""><b>1</b></r><r c=""><b>2</b></r></a>', ['1', '2']],
    ['within another', '<a><r><r><b>1</b></r></r><r><r><b>2</b></r></r></a>', ['1', '7: 2']],
  ])('an element %s: not in short, or as part of one that is', (_, xml, texts) => {
    const telling = tellingScanner();
    scanAll(telling, xml);
    expect(telling.told.filter((one) => /^[^<]/.test(one))).toEqual(texts);
  });

  test('knows the namespace of an element that it tells in short', () => {
    const telling = tellingScanner();
    scanAll(
      telling,
      '<a xmlns="u:"><r><p:b xmlns:p="v:">1</p:b></r><p:x xmlns:p="v:" xmlns="w:"/><r><p:b xmlns:p="v:">2</p:b></r></a>',
    );
    expect(telling.told.join(' ')).toBe('<u:a> <u:r> <v:b> 1 </> </> <v:x> </> <u:r> 7: 2 </> </>');
  });

  test('does so wherever its bytes are cut, but waits for no more where another element has begun', () => {
    const xml = Buffer.from('<a><r><b>1</b><c/></r><r><b>2&amp;</b><c/></r></a>');
    const second = xml.lastIndexOf('<r>');
    for (let at = second + 1; at < xml.length; at += 1) {
      const { scanner, told } = tellingScanner();
      scanner.write(xml.subarray(0, at));
      scanner.write(xml.subarray(at));
      scanner.end();
      expect(told.join(' ')).toBe('<a> <r> <b> 1 </> <c> </> </> <r> 7: 2&amp; </> </>');
    }
    const { scanner, told } = tellingScanner();
    scanner.write(xml.subarray(0, second));
    scanner.write(Buffer.from('<r><b>2</b><d'));
    expect(told.slice(-3)).toEqual(['<b>', '2', '</>']);
    expect(outcome(() => scanner.write(Buffer.from('>]]><')), isFault)).toBe('refused');
  });

  test.each([
    ['in another parent, where a prefix is not bound', '<a><p xmlns:q="u:u"><r><q:b/></r></p><p><r><q:b/></r></p></a>'],
    ['in the same parent, but with another declaration before', '<a><r xmlns:q="u:u"><q:b/></r><r><q:b/></r></a>'],
    ['with another end', '<a><r><b>1</b></r><r><b>2</b></s></a>'],
    ['cut at its end', '<a><r><b>1</b></r><r><b>2</b></r'],
  ])('refuses an element like an earlier one %s', (_, xml) => {
    expect(outcome(() => scanAll(tellingScanner(), xml), isFault)).toBe('refused');
  });

  test('keeps nothing of a document once it is cleared', () => {
    const telling = tellingScanner();
    const { scanner } = telling;
    scanner.write(Buffer.from('<a xmlns:q="u:u"><r><q:b>secret</q:b></r>'));
    const small = scanner.bytes();
    expect(small.includes('secret')).toBe(true);
    scanner.write(Buffer.from(`<x>${'secret'.repeat(20_000)}</x></a>`));
    const large = scanner.bytes();
    expect(small.every((byte) => byte === 0)).toBe(true);
    expect(large.includes('secret')).toBe(true);
    scanner.clear();
    expect(large.every((byte) => byte === 0)).toBe(true);
    expect(outcome(() => scanAll(telling, '<a><r><q:b>secret</q:b></r></a>'), isFault)).toBe('refused');
    scanner.clear();
    telling.told.length = 0;
    scanAll(telling, '<a><r><b>1</b></r></a>');
    expect(telling.told.join(' ')).toBe('<a> <r> <b> 1 </> </> </>');
  });

  test('reads a document as if it were the first, wherever the one before it was left', () => {
    const before =
      '<?xml version="1.0" encoding="us-ascii"?><a xmlns:q="u:"><r><q:b>1</q:b></r><r><q:b>2</q:b></r><x><!-- --></x></a>';
    const xml = '<?xml version="1.0" encoding="UTF-8"?><a><r><b>é</b></r><r><b>2</b></r><r><b>3</b></r></a>';
    const { scanner, told } = tellingScanner();
    for (let at = 0; at <= before.length; at += 1) {
      scanner.write(Buffer.from(before.slice(0, at)));
      if (at % 2 === 0) outcome(() => scanner.end(), isFault);
      scanner.clear();
      told.length = 0;
      scanAll({ scanner, told }, xml);
      expect(told.join(' ')).toBe('<a> <r> <b> é </> </> <r> 7: 2 </> <r> 7: 3 </> </>');
      scanner.clear();
    }
    // Of a long text more has to come before it is looked at again, but not of the next document.
    scanner.write(Buffer.from(`<a>${'x'.repeat(1000)}`));
    scanner.clear();
    expect(outcome(() => scanner.write(Buffer.from('<a></b>')), isFault)).toBe('refused');
  });

  test('keeps its room for the next document, unless it is large', () => {
    const { scanner } = tellingScanner();
    const roomAfter = (size: number): Buffer => {
      scanner.write(Buffer.from(`<a>${'x'.repeat(size)}</a>`));
      scanner.end();
      scanner.clear();
      return scanner.bytes();
    };
    const room = roomAfter(200_000);
    expect(roomAfter(100)).toBe(room);
    expect(roomAfter(200_000)).toBe(room);
    expect(roomAfter(300_000)).toHaveLength(0);
    expect(roomAfter(100).length).toBeLessThan(40_000);
  });
});

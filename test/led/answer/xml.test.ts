import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { type ParsedAnswer, parseAnswer } from '../../../src/led/answer/parse.ts';
import { createScanner, type TextForm } from '../../../src/led/answer/xml.ts';
import { answerOf } from '../../bench/answers.ts';
import { answerXml, bewijsXml, envelopeXml, faultXml, type TestRecord, testInsz } from '../../support/answers.ts';
import { readAgain, refusedByLibxml2, valuesOf } from '../../support/second-reader.ts';

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

const parseIn = (pieces: readonly Uint8Array[]): ParsedAnswer => parseAnswer(pieces, { referte });
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
const isFault = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'badGateway' && error.cause === undefined;
/** What the function gives, or the reason of the Fault it throws. */
const orReason = <T>(read: () => T): T | string => {
  try {
    return read();
  } catch (error) {
    // By its members: a module read anew has a Fault of its own.
    const { code, reason, cause } = error as Partial<Fault>;
    if (code === 'badGateway' && reason !== undefined && cause === undefined) return reason;
    throw error;
  }
};

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
  });
  const recordsOf = ({ shapes, records }: typeof some extends fc.Arbitrary<infer T> ? T : never): string[] =>
    records.map(({ shape, texts }) => {
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
    const count = { read: 0, refused: 0 };
    fc.assert(
      fc.property(some, fc.array(fc.nat(), { maxLength: 8 }), (shaped, cuts) => {
        const described = recordsOf(shaped);
        const alone = described.map((xml) => orReason(() => parse(answerWith(xml))));
        const refused = alone.find((one) => typeof one === 'string');
        const bytes = answerWith(...described);
        const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        const together = orReason(() => parse(bytes));
        const inPieces = orReason(() => parseIn(places.map((from, i) => bytes.subarray(from, places[i + 1] ?? from))));
        expect(inPieces).toEqual(together);
        if (refused !== undefined) {
          count.refused += 1;
          expect(together).toMatch(/^ledInvalid/);
          // What is not closed swallows the record behind it: then it is that one's duplicates that are told.
          if (together !== 'ledInvalidDuplicate' && alone.filter((one) => typeof one === 'string').length === 1) {
            expect(together).toBe(refused);
          }
          return;
        }
        count.read += 1;
        expect(together).toEqual({
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
    const many = Array.from({ length: 90 }, (_, i) =>
      first.replace('</Basis>', `</Basis>${'<x>y</x>'.repeat(i % 45)}`),
    );
    const leafy = [first, first].map((xml) => xml.replace('</Basis>', `</Basis>${'<x>y</x>'.repeat(300)}`));
    const one = parse(answerWith(first)).records[0];
    expect(parse(answerWith(...many, ...leafy, ...many)).records).toEqual(Array(182).fill(one));
    for (const xml of many) expect(parse(answerWith(xml, ...leafy)).records).toEqual(Array(3).fill(one));
  });

  test('in answers one after another: each says what it says to a module that has read nothing yet', async () => {
    const count = { read: 0, refused: 0 };
    const odd = fc
      .constantFrom(...Object.values(answers), answers['a record'].slice(0, -9))
      .map((xml) => Buffer.from(xml));
    const answer = fc.oneof(
      { weight: 6, arbitrary: some.map((shaped) => answerWith(...recordsOf(shaped).slice(0, 3))) },
      odd,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 2, maxLength: 5 }), async (sequence) => {
        for (const bytes of sequence) {
          vi.resetModules();
          const fresh = await import('../../../src/led/answer/parse.ts');
          const first = orReason(() => fresh.parseAnswer([bytes], { referte }));
          expect(orReason(() => parse(bytes))).toEqual(first);
          count[typeof first === 'string' ? 'refused' : 'read'] += 1;
        }
      }),
      { numRuns: 80 },
    );
    expect(Math.min(count.read, count.refused)).toBeGreaterThan(25);
  });
});

describe('a scanner', () => {
  /**
   * Gives all that one scanner tells of document after document. Elements named `r` may be like others; every leaf has a
   * place, unless it is named `none`.
   */
  const createTelling = (spy: (bytes: Buffer) => void = () => {}) => {
    let told: string[] = [];
    let name = '';
    const tell = (one: string): void => {
      told.push(one);
      spy(scanner.bytes());
    };
    const show = (from: number, to: number): string => scanner.bytes().toString('utf8', from, to);
    const scanner = createScanner({
      open: (from, to) => {
        name = show(from, to);
        tell(`<${scanner.namespace()}${name}>`);
        return name === 'r';
      },
      close: () => tell('</>'),
      text: (from, to) => {
        if (from < to) tell(show(from, to));
        return name === 'none' ? -1 : 7;
      },
      placed: (place, from, to) => tell(`${place}: ${show(from, to)}`),
    });
    const telling = (...pieces: readonly (string | Uint8Array)[]): string => {
      told = [];
      scanner.scan(pieces.map((piece) => Buffer.from(piece)));
      return told.join(' ');
    };
    return Object.assign(telling, { scanner });
  };

  /**
   * Reads with one scanner document after document: every leaf's text by its path, in the `r` around it if there is one,
   * so that an `r` told in short says the same. What it says of elements and namespaces ends at an `r`.
   */
  const createReading = () => {
    type Open = { readonly step: string; children: number; text: string };
    let said: string[] = [];
    let open: Open[] = [];
    /** How deep the `r` stands that was begun, and its leaves. */
    let depth = 0;
    let leaves = new Map<string, string>();
    const count = { short: 0, full: 0 };
    let isShort = false;
    const paths: string[] = [];
    const pathOf = (): string =>
      open
        .slice(depth)
        .map(({ step }) => step)
        .join('/');
    const placeOf = (path: string): number => (paths.includes(path) ? paths.indexOf(path) : paths.push(path) - 1);
    const show = (from: number, to: number, form: TextForm): string =>
      form === 'references' ? scanner.resolved(from, to) : scanner.bytes().toString('utf8', from, to);
    const scanner = createScanner({
      open: (from, to) => {
        const name = show(from, to, 'plain');
        const parent = open.at(-1);
        if (parent !== undefined) parent.children += 1;
        open.push({ step: `${name}${parent?.children}`, children: 0, text: '' });
        if (depth > 0) return false;
        said.push(`<${scanner.namespace()} ${name}>`);
        if (name !== 'r') return false;
        depth = open.length;
        leaves = new Map();
        isShort = false;
        return true;
      },
      close: () => {
        const path = pathOf();
        const { children, text } = open.pop() ?? { children: 0, text: '' };
        // White space between elements is not told in short.
        const isTold = text !== '' && (children === 0 || /[^ \t\r\n]/.test(text));
        if (depth === 0) said.push(...(isTold ? [text] : []), '</>');
        else if (isTold) leaves.set(path, text);
        if (open.length >= depth) return;
        said.push(JSON.stringify([...leaves].sort()), '</r>');
        depth = 0;
        if (leaves.size > 0) count[isShort ? 'short' : 'full'] += 1;
      },
      text: (from, to, form) => {
        const self = open.at(-1);
        if (self !== undefined) self.text += show(from, to, form);
        return depth > 0 ? placeOf(pathOf()) : -1;
      },
      placed: (place, from, to, form) => {
        isShort = true;
        const text = show(from, to, form);
        if (text !== '') leaves.set(paths[place] ?? '', text);
      },
    });
    const read = (pieces: readonly Uint8Array[]): readonly string[] | string => {
      said = [];
      open = [];
      depth = 0;
      return orReason(() => {
        scanner.scan(pieces);
        return said;
      });
    };
    return { read, count };
  };

  test('tells an element like an earlier one in short', () => {
    const telling = createTelling();
    expect(telling('<a><r><b>1</b><c/></r><r><b>2</b><c/></r></a>')).toBe(
      '<a> <r> <b> 1 </> <c> </> </> <r> 7: 2 </> </>',
    );
    expect(telling('<a><r><b>3</b><c/></r><r><b>4&amp;</b><c/></r></a>')).toBe(
      '<a> <r> 7: 3 </> <r> 7: 4&amp; </> </>',
    );
  });

  test.each([
    ['of another parent', '<a><p><r><b>1</b></r></p><q><r><b>2</b></r></q></a>', ['1', '7: 2']],
    ['of a parent with a namespace', '<a><p><r><b>1</b></r></p><p xmlns="u:"><r><b>2</b></r></p></a>', ['1', '7: 2']],
    [
      'with other markup between',
      '<a><r><b>1</b></r><p>x<r><c>2</c></r></p><r><b>3</b></r></a>',
      ['1', 'x', '2', '7: 3'],
    ],
    ['with attributes', '<a><r c="1"><b>1</b></r><r d="2"><b>2</b></r><r><b>3</b></r></a>', ['1', '7: 2', '7: 3']],
    ['with declarations', '<a><r xmlns="u:"><b>1</b></r><r><b>2</b></r></a>', ['1', '7: 2']],
    [
      'with a prefix',
      '<a xmlns:p="u:"><p:r><b>1</b></p:r><r><b>2</b></r><p:r><b>3</b></p:r></a>',
      ['1', '7: 2', '7: 3'],
    ],
    ['with white space in its tags', '<a><r ><b>1</b></r><r><b>2</b></r\n></a>', ['1', '7: 2']],
    ['with declarations within', '<a><r><b xmlns="u:">1</b></r><r><b xmlns="u:">2</b></r></a>', ['1', '7: 2']],
    ['that is a leaf', '<a><r>1</r><r>2</r><r></r></a>', ['1', '7: 2', '7: ']],
    ['that was empty', '<a><r></r><r>2</r></a>', ['7: 2']],
    ['with an empty leaf', '<a><r><b></b><c>1</c></r><r><b>2</b><c></c></r></a>', ['1', '7: 2 7: ']],
    ['with white space within', '<a><r> <b>1</b>\n</r><r> <b>2</b>\n</r></a>', [' ', '1', '\n', '7: 2']],
    ['with letters beyond ASCII', '<a><r><é-ï>1</é-ï></r><r><é-ï>☃</é-ï></r></a>', ['1', '7: ☃']],
    ['at the same depth alone', '<a><r><b>1</b></r><p><r><b>2</b></r></p><r><b>3</b></r></a>', ['1', '2', '7: 3']],
    ['without an inside', '<a><p><r/></p><b>1</b><p><r/></p><b>2</b></a>', ['1', '2']],
    ['within another', '<a><r><r><b>1</b></r></r><r><r><b>2</b></r></r></a>', ['1', '7: 2']],
    [
      'within another that is not learnt',
      '<a><r x=""><!----><r><b>1</b></r></r><r><?i?><r><b>2</b></r></r></a>',
      ['1', '7: 2'],
    ],
  ])('an element %s: in short where it is like an earlier one', (_, xml, texts) => {
    const telling = createTelling();
    const told = telling(xml);
    expect(
      told
        .replaceAll(/<[^<>]*>/g, '|')
        .split(/ ?\| ?/)
        .filter((text) => text !== ''),
    ).toEqual(texts);
  });

  const unlearnt = {
    'a prefix': '<p:b>1</p:b>',
    'the prefix xml': '<xml:b>1</xml:b>',
    'a prefix declared within': '<p:b xmlns:p="u:">1</p:b>',
    'an empty element with a prefix': '<b>1</b><p:b/>',
    'an attribute': '<b a="b">1</b>',
    'an attribute with a prefix': '<b p:a="b">1</b>',
    'an attribute xml:lang': '<b xml:lang="nl">1</b>',
    'an attribute beside a declaration': '<b xmlns:q="u:" a="b">1</b>',
    'an attribute of an empty element': '<b>1</b><b a="b"/>',
    'an attribute deeper within': '<c><b>1</b><c><d a=""></d></c></c>',
    CDATA: '<b><![CDATA[1]]></b>',
    'empty CDATA': '<b>1</b><![CDATA[]]>',
    'CDATA beside a text': '<b>1<![CDATA[2]]></b>',
    'a comment': '<b>1</b><!-- -->',
    'a comment in a text': '<b>1<!----></b>',
    'an instruction': '<b>1</b><?i?>',
    'an instruction before': '<?i j?><b>1</b>',
    'a text beside elements': 'x<b>1</b>',
    'a text behind elements': '<b>1</b>x',
    'a text between elements': '<b>1</b>x<b>1</b>',
    'a reference beside elements': '<b>1</b>&#32;',
    'more leaves than are remembered': '<b>1</b>'.repeat(257),
    'more markup than is remembered': `<b>1</b>${'<c/>'.repeat(4092)}<ddddd/>`,
  };
  test.each(Object.entries(unlearnt))('with %s within: never in short', (_, inside) => {
    const telling = createTelling();
    const xml = `<a xmlns:p="u:"><r>${inside}</r><r>${inside}</r></a>`;
    const first = telling(xml);
    expect(first).not.toContain('7: ');
    for (let i = 0; i < 3; i += 1) expect(telling(xml)).toBe(first);
    // Nor is what was drawn before it taken for the whole.
    expect(telling(`<a><r>${'<b>1</b>'.repeat(3)}</r></a>`)).not.toContain('7: ');
  });

  test('as many leaves, and as much markup, as are remembered: in short', () => {
    for (const inside of ['<b>1</b>'.repeat(256), `<b>1</b>${'<c/>'.repeat(4092)}<dddd/>`]) {
      const telling = createTelling();
      const [first, second] = [1, 2].map(() => telling(`<a><r>${inside}</r></a>`).slice(0, 13));
      expect([first, second]).toEqual(['<a> <r> <b> 1', '<a> <r> 7: 1 ']);
    }
  });

  test('an element like one of an earlier document at another depth: not in short, but from then on at both', () => {
    const telling = createTelling();
    const [high, low] = ['<a><r><b>1</b></r></a>', '<a><p><r><b>1</b></r></p></a>'];
    expect([high, low, high, low].map((xml) => telling(xml).includes('7: 1'))).toEqual([false, false, true, true]);
  });

  test('one within one that is being learnt: in full, so that all its texts are known for what they are', () => {
    const telling = createTelling();
    expect(telling('<a><p><r><b>1</b></r></p></a>')).toBe('<a> <p> <r> <b> 1 </> </> </> </>');
    expect(telling('<a><r><r><b>2</b></r></r></a>')).toBe('<a> <r> <r> <b> 2 </> </> </> </>');
    expect(telling('<a><r><r><b>3</b></r></r><p><r><b>4</b></r></p></a>')).toBe(
      '<a> <r> 7: 3 </> <p> <r> 7: 4 </> </> </>',
    );
  });

  test('a leaf without a place: not told in short', () => {
    const telling = createTelling();
    telling('<a><r><none>1</none><b>2</b></r></a>');
    expect(telling('<a><r><none>3</none><b>4</b></r></a>')).toBe('<a> <r> 7: 4 </> </>');
  });

  test('one of which a document was refused before its end: not learnt; those before it are', () => {
    const telling = createTelling();
    expect(orReason(() => telling('<a><r><c>1</c></r><r><b>1</b></s></a>'))).toBe('ledInvalidXml');
    expect(orReason(() => telling('<a><r><b>1</b>'))).toBe('ledInvalidXml');
    expect(telling('<a><r><b>2</b></r><r><c>2</c></r></a>')).toBe('<a> <r> <b> 2 </> </> <r> 7: 2 </> </>');
  });

  test('knows the namespace of an element behind one that it tells in short', () => {
    const telling = createTelling();
    const xml = '<a xmlns="u:"><r><b>1</b></r><p:x xmlns:p="v:" xmlns="w:"/><r><b>2</b></r><x xmlns:p="v:"/></a>';
    expect(telling(xml)).toBe('<u:a> <u:r> <u:b> 1 </> </> <v:x> </> <u:r> 7: 2 </> <u:x> </> </>');
    expect(telling(xml)).toBe('<u:a> <u:r> 7: 1 </> <v:x> </> <u:r> 7: 2 </> <u:x> </> </>');
  });

  test('knows what a start tag declares that it has met before, wherever it stands', () => {
    const telling = createTelling();
    const told = '<u:a> <v:b> <w:c> </> <u:d> </> </> <v:b> </> </>';
    const xml = '<a xmlns="u:"><p:b xmlns:p="v:"><c xmlns="w:"/><d/></p:b><p:b xmlns:p="v:"></p:b></a>';
    for (let i = 0; i < 3; i += 1) expect(telling(xml)).toBe(told);
    expect(telling('<a xmlns="w:"><c xmlns="u:"/><c/></a>')).toBe('<w:a> <u:c> </> <w:c> </> </>');
    expect(telling('<p:a xmlns:p="v:"><c/></p:a>')).toBe('<v:a> <c> </> </>');
  });

  test('does so wherever its bytes are cut', () => {
    const xml = Buffer.from('<a><r><b>1</b><c/></r><r><b>é&amp;</b><c/></r></a>');
    for (let at = 0; at <= xml.length; at += 1) {
      const telling = createTelling();
      expect(telling(xml.subarray(0, at), '', xml.subarray(at))).toBe(
        '<a> <r> <b> 1 </> <c> </> </> <r> 7: é&amp; </> </>',
      );
    }
    expect(createTelling()(...Array.from(xml, (byte) => Uint8Array.of(byte)))).toContain('7: é&amp;');
  });

  const before = '<a xmlns:q="u:u"><r><q:b/></r><r><b>1</b></r><p xmlns:o="u:o"><o:c/></p></a>';
  test.each([
    ['with another end', '<a><r><b>1</b></r><r><b>2</b></s></a>'],
    ['cut at its end', '<a><r><b>1</b></r><r><b>2</b></r'],
    ['cut before its end', '<a><r><b>1</b></r><r><b>2</b></'],
    ['cut in its text', '<a><r><b>1</b></r><r><b>2'],
    ['with no text in its leaf', '<a><r><b>1</b></r><r><b>]]></b></r></a>'],
    ['with a prefix that is not bound', '<a><r><q:b/></r></a>'],
    ['with a prefix that is bound in another parent', '<a><p xmlns:q="u:u"><r><q:b/></r></p><p><r><q:b/></r></p></a>'],
    ['with a prefix that is bound in another like it', '<a><r xmlns:q="u:u"><q:b/></r><r><q:b/></r></a>'],
    ['behind a prefix that is not bound', '<a><p/><o:r><b>1</b></o:r></a>'],
    ['with an attribute whose prefix is not bound', '<a><r><b q:c="">1</b></r></a>'],
    ['with a declaration that cannot be', '<a><r><b xmlns:q="">1</b></r></a>'],
    ['deeper than may be', `${'<a>'.repeat(63)}<r><b>1</b></r>${'</a>'.repeat(63)}`],
  ])('refuses an element like an earlier one %s', (_, xml) => {
    expect(orReason(() => createTelling()(xml))).toMatch(/^ledInvalid/);
    const telling = createTelling();
    const deep = `${'<a>'.repeat(62)}<r><b>1</b></r>${'</a>'.repeat(62)}`;
    for (let i = 0; i < 2; i += 1) {
      telling(before);
      telling(deep);
      expect(orReason(() => telling(xml))).toMatch(/^ledInvalid/);
    }
  });

  test('refuses in another encoding what it has learnt in UTF-8', () => {
    const telling = createTelling();
    expect(telling('<a><r><é>1</é></r></a>')).toContain('1');
    const head = '<?xml version="1.0" encoding="us-ascii"?>';
    expect(orReason(() => telling(`${head}<a><r><é>1</é></r></a>`))).toBe('ledInvalidEncoding');
    expect(orReason(() => telling(Buffer.from('<a><r><é>1</é></r></a>', 'latin1')))).toBe('ledInvalidEncoding');
    expect(telling('<a><r><é>2</é></r></a>')).toContain('7: 2');
  });

  const insides = [
    ...[
      '',
      '@',
      '<b>@</b>',
      '<b>@</b><c/>',
      '<b>@</b><c/><b>@</b>',
      '<b>@</b><c></c>',
      '\n<b>@</b>\n',
      '<c><b>@</b></c>',
    ],
    ...['<b>@</b>', '<b>@</b><b>@</b>', '<b >@</b >', '<é>@</é><b>@</b>', '<b xmlns="u:b">@</b>', '<r><b>@</b></r>'],
    ...['<b xmlns:q="u:b">@</b>', '<b xmlns:q="u:b" xmlns="u:">@</b><c xmlns:q="u:b"/>', '<q:b xmlns:q="u:b">@</q:b>'],
    ...[
      '<q:b>@</q:b>',
      '<b>@</b><q:c/>',
      '<b q:a="">@</b>',
      '<b a="b">@</b>',
      '<b a="c">@</b>',
      '<b>@</b><c xmlns:q=""/>',
    ],
    ...[
      '<b>@<!-- --></b>',
      '<!----><b>@</b>',
      '<b>@<![CDATA[@]]></b>',
      '<b>@</b><?i?>',
      'x<b>@</b>',
      '<b>@</b>x',
      '<b>@',
    ],
    ...['<b>@</c>', '<b>@</b></p>', '<b a="" a="">@</b>'],
  ];
  const part = fc.record({
    start: fc.constantFrom('r', 'r', 'r', 'r', 'r ', 'r a="b"', 'r xmlns:q="u:r"', 'r xmlns="u:r"', 'q:r', 'p', 'r\n'),
    inside: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...insides.slice(0, 14)) },
      { weight: 1, arbitrary: fc.constantFrom(...insides) },
    ),
    texts: fc.array(
      fc.constantFrom('1', '', ' ', '&amp;', 'é', 'a b', '☃&#x41;', '>', 'x'.repeat(40), ']]>', '&', '\0'),
      {
        maxLength: 2,
      },
    ),
    isDeep: fc.boolean(),
  });
  const someDocument = fc
    .record({
      root: fc.constantFrom('a', 'a', 'a xmlns:q="u:q"', 'a xmlns:q="u:q"', 'a xmlns="u:d"', 'q:a xmlns:q="u:q"'),
      parts: fc.array(part, { minLength: 1, maxLength: 5 }),
    })
    .map(({ root, parts }) => {
      const nameOf = (tag: string): string => tag.replace(/\s.*/s, '');
      const xml = parts.map(({ start, inside, texts, isDeep }) => {
        let which = 0;
        const filled = inside.replaceAll('@', () => texts[which++] ?? '2');
        const element = `<${start}>${filled}</${nameOf(start)}>`;
        return isDeep ? `<p>${element}</p>` : element;
      });
      return Buffer.from(`<${root}>${xml.join('')}</${nameOf(root)}>`);
    });

  test('reads any document behind any others as it reads the first', () => {
    const count = { read: 0, refused: 0, short: 0, full: 0 };
    fc.assert(
      fc.property(fc.array(someDocument, { minLength: 2, maxLength: 8 }), (documents) => {
        const used = createReading();
        for (const bytes of documents) {
          const fresh = createReading().read([bytes]);
          expect(used.read([bytes])).toEqual(fresh);
          count[typeof fresh === 'string' ? 'refused' : 'read'] += 1;
        }
        count.short += used.count.short;
        count.full += used.count.full;
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(...Object.values(count))).toBeGreaterThan(1000);
  });

  test('reads more kinds of elements and declarations than it remembers, and learns no more than it may', () => {
    const kinds = (from: number, to: number): Buffer =>
      Buffer.from(
        `<a>${Array.from({ length: to - from }, (_, i) => {
          const kind = from + i;
          return `<r><b${kind}>${kind}</b${kind}><c xmlns:q="u:${kind}">x</c></r>`.repeat(2);
        }).join('')}</a>`,
      );
    const documents = [
      kinds(0, 8),
      kinds(0, 40),
      kinds(20, 60),
      kinds(0, 3),
      kinds(39, 42),
      kinds(0, 200),
      kinds(150, 200),
    ];
    const used = createReading();
    for (let i = 0; i < 3; i += 1) {
      for (const bytes of documents) expect(used.read([bytes])).toEqual(createReading().read([bytes]));
    }
    expect(Math.min(used.count.short, used.count.full)).toBeGreaterThan(50);
  });

  /** Which of the kinds are told in short, each looked for in a document of its own by a telling that has met the others. */
  const known = (kinds: readonly number[], prepare: (telling: ReturnType<typeof createTelling>) => void): number[] =>
    kinds.filter((kind) => {
      const telling = createTelling();
      prepare(telling);
      return telling(`<a>${ofKind(kind)}</a>`).includes('7: ');
    });
  const ofKind = (kind: number): string => `<r><b${kind}>1</b${kind}></r>`;
  const all = Array.from({ length: 40 }, (_, kind) => kind);
  const upTo = (from: number, to: number): number[] => all.slice(from, to);

  test('remembers the sixteen kinds of elements that were met last', () => {
    expect(known(all, (telling) => all.slice(0, 20).forEach((kind) => void telling(`<a>${ofKind(kind)}</a>`)))).toEqual(
      upTo(4, 20),
    );
    const met = [...upTo(0, 16), 0, 3, 16, 17];
    expect(known(all, (telling) => met.forEach((kind) => void telling(`<a>${ofKind(kind)}</a>`)))).toEqual([
      ...[0, 3],
      ...upTo(4, 18),
    ]);
  });

  test('learns thirty-two lessons a document, be they elements or declarations', () => {
    const whole = `<a>${all.map(ofKind).join('')}</a>`;
    expect(known(all, (telling) => telling(whole))).toEqual(upTo(16, 32));
    // What is like an earlier one is no lesson.
    const twice = `<a>${all.map((kind) => ofKind(kind).repeat(3)).join('')}</a>`;
    expect(known(all, (telling) => telling(twice))).toEqual(upTo(16, 32));
    const declaring = (count: number): string =>
      `<a>${upTo(0, count)
        .map((kind) => `<c xmlns:q="u:${kind}"></c>`.repeat(2))
        .join('')}${all.map(ofKind).join('')}</a>`;
    expect(known(all, (telling) => telling(declaring(30)))).toEqual([0, 1]);
    for (const count of [32, 35]) expect(known(all, (telling) => telling(declaring(count)))).toEqual([]);
    // The next document has its own, whether the one before it had any left.
    expect(
      known(all, (telling) =>
        [upTo(0, 20), upTo(20, 38)].map((some) => telling(`<a>${some.map(ofKind).join('')}</a>`)),
      ),
    ).toEqual(upTo(22, 38));
    const again = (telling: ReturnType<typeof createTelling>): void => {
      telling(declaring(30));
      telling(`<a>${upTo(2, 7).map(ofKind).join('')}</a>`);
    };
    expect(known(all, again)).toEqual(upTo(0, 7));
  });

  const everything =
    '\ufeff<?xml version="1.0" encoding="utf-8"?><!-- - --><?i j?><a xmlns:q="u:u"><r><b>1</b></r><r><b>é&amp;</b></r>' +
    '<r><q:b c=\'d\' q:e="f">1</q:b></r><x xmlns="u:x" xmlns:z="u:z"><z:y/><![CDATA[]]]]><!-- --></x><r/>t</a><?k?>\n';

  test('reads a document as if it were the first, wherever the one before it was cut', () => {
    const bytes = Buffer.from(everything);
    const next = Buffer.from(
      '<?xml version="1.0" encoding="UTF-8"?><a><r><b>é</b></r><r><b>2</b></r><x><y/>u</x><r><b>3</b></r></a>',
    );
    const expected = createReading().read([next]);
    expect(expected).toContain('[["b1","é"]]');
    const one = createReading();
    for (let at = 0; at <= bytes.length; at += 1) {
      for (const reading of [one, createReading()]) {
        const outcome = reading.read([bytes.subarray(0, at)]);
        const rest = bytes.subarray(at).toString('latin1');
        expect(typeof outcome).toBe(['', '\n', '<?k?>\n'].includes(rest) ? 'object' : 'string');
        expect(reading.read([next])).toEqual(expected);
        expect(reading.read([Buffer.from('<a><q:b/></a>')])).toBe('ledInvalidXml');
        expect(reading.read([])).toBe('ledInvalidXml');
      }
    }
  });

  test('reads a document as if it were the first, whenever the listener threw before it', () => {
    let left = 0;
    const telling = createTelling(() => {
      left -= 1;
      if (left === 0) throw new Error('enough');
    });
    let stop = 0;
    for (;;) {
      stop += 1;
      left = stop;
      try {
        telling(everything);
        break;
      } catch (error) {
        expect(error).toMatchObject({ message: 'enough' });
      }
      left = 0;
      expect(telling.scanner.bytes().every((byte) => byte === 0)).toBe(true);
      expect(telling('<a><x>1</x></a>')).toBe('<a> <x> 1 </> </>');
      expect(orReason(() => telling('<a><q:b/></a>'))).toBe('ledInvalidXml');
    }
    expect(stop).toBeGreaterThan(20);
  });

  test('keeps no byte of a document, whether it was taken or refused', () => {
    const secret = 'x'.repeat(40);
    const large = `<a><r c="${secret}"><b>${secret.repeat(5000)}</b></r></a>`;
    const odd = [
      `<a><r><b>${secret}</b></s>`,
      `<a b="${secret}">${secret}`,
      `<a>${secret}</a><b/>`,
      `<a>${secret}&x;</a>`,
    ];
    const whole = [`<a><r><b>${secret}</b></r></a>`, `<a><r><b>${secret}</b></r><!--${secret}--></a>`];
    const met = new Set<Buffer>();
    let most = 0;
    const telling = createTelling((bytes) => {
      met.add(bytes);
      expect(bytes.includes('<a')).toBe(true);
      most = Math.max(most, bytes.length);
    });
    const isClean = (): boolean => [...met].every((bytes) => bytes.every((byte) => byte === 0));
    for (const xml of [...whole, ...odd, large, ...odd, ...whole, `${large}x`, large.repeat(2), ...whole]) {
      const outcome = orReason(() => telling(xml));
      expect(outcome.startsWith('<a>')).toBe(whole.includes(xml) || xml === large);
      expect(isClean()).toBe(true);
    }
    expect(met.size).toBeGreaterThan(1);
    expect(most).toBeGreaterThan(200_000);
    // Refused before anything is told of it, by what stands far behind.
    expect(orReason(() => telling(Buffer.concat([Buffer.from(`<a>${secret}</a>`), Buffer.of(0xff)])))).toBe(
      'ledInvalidEncoding',
    );
    expect(orReason(() => telling(`<a>${secret}</a>\uffff`))).toBe('ledInvalidXml');
    expect(telling.scanner.bytes().length).toBeGreaterThan(0);
    expect(telling.scanner.bytes().every((byte) => byte === 0)).toBe(true);
  });

  test('has wiped the room that was too small before it takes a larger one', () => {
    let small: Buffer | undefined;
    const telling = createTelling((bytes) => {
      small ??= bytes;
      if (bytes !== small) expect(small.every((byte) => byte === 0)).toBe(true);
    });
    telling('<a>secret</a>');
    telling(`<a>${'secret'.repeat(20_000)}</a>`);
    expect(small?.length).toBeLessThan(40_000);
    expect(telling.scanner.bytes()).not.toBe(small);
    expect(telling.scanner.bytes().every((byte) => byte === 0)).toBe(true);
  });

  test('keeps its room for the next document, unless it is large', () => {
    let room: Buffer | undefined;
    const telling = createTelling((bytes) => {
      room = bytes;
    });
    const roomFor = (size: number): Buffer | undefined => {
      telling(`<a>${'x'.repeat(size - 7)}</a>`);
      return room;
    };
    const kept = roomFor(200_000);
    expect(roomFor(100)).toBe(kept);
    expect(orReason(() => telling('<a>'))).toBe('ledInvalidXml');
    expect(room).toBe(kept);
    expect(roomFor(262_144)).toBe(kept);
    expect(telling.scanner.bytes()).toBe(kept);
    expect(roomFor(262_145)).not.toBe(kept);
    expect(telling.scanner.bytes()).toHaveLength(0);
    expect(roomFor(100)?.length).toBeLessThan(40_000);
    expect(roomFor(262_144)?.length).toBeLessThan(263_000);
    expect(telling.scanner.bytes()).toBe(room);
  });
});

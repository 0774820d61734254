import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { createAnswerParser, type ParsedAnswer } from '../../src/led/parse.ts';
import { answerOf } from '../bench/answers.ts';
import { answerXml, envelopeXml, faultXml, type TestRecord, testInsz } from '../support/answers.ts';
import { readAgain, refusedByLibxml2, valuesOf } from '../support/second-reader.ts';

const referte = '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10';
const short: TestRecord = {
  status: '1',
  holder: testInsz(1),
  graad: 'Bachelor',
  onderwerp: { code: '762003' },
  volledigeNaam: 'Bachelor ☃ in “zorg” & welzijn',
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

const parse = (bytes: Uint8Array): ParsedAnswer => {
  const parser = createAnswerParser({ referte });
  parser.write(bytes);
  return parser.end();
};
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

describe('against saxes and libxml2', () => {
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

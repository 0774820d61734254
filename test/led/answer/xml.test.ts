import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanXml, type Wanted, ZEROS_BEHIND } from '../../../src/led/answer/xml.ts';
import { mutate, mutation, snippets } from '../../support/mutations.ts';
import { resultOrReason } from '../../support/parsing.ts';
import { compareTree, eventsOf } from '../../support/scanning.ts';
import { createCount } from '../../support/second-reader.ts';

const scanned = (xml: string | Uint8Array): string => {
  const events = resultOrReason(() => eventsOf(xml));
  return typeof events === 'string' ? events : events.join(' ');
};

describe('the events of a document', () => {
  test.each([
    ['elements and texts', '<a><b>1</b><c/>2</a>', '< a> < b> plain: 1 </> < c> </> plain: 2 </>'],
    ['an empty element', '<a></a>', '< a> </>'],
    ['white space between elements', '<a> <b/>\r\n</a>', '< a> plain:   < b> </> plain: \r\n </>'],
    ['white space in tags', '<a \n><b\t/></a\r>', '< a> < b> </> </>'],
    ['references, not yet replaced', '<a>b&amp;&#x41;</a>', '< a> references: b&amp;&#x41; </>'],
    ['the inside of CDATA', '<a>b<![CDATA[<&]]]]></a>', '< a> plain: b cdata: <&]] </>'],
    ['empty CDATA', '<a><![CDATA[]]></a>', '< a> cdata:  </>'],
    ['a comment that cuts a text', '<a>b<!-- <x> - -->c</a>', '< a> plain: b plain: c </>'],
    ['an instruction that cuts a text', '<a>b<?x <y> ?>c</a>', '< a> plain: b plain: c </>'],
    ['> and ]] in a text', '<a>></a>', '< a> plain: > </>'],
    ['brackets in a text', '<a>]]&gt;]>]]</a>', '< a> references: ]]&gt;]>]] </>'],
    ['a local name', '<p:a xmlns:p="u:"/>', '<u: a> </>'],
    ['the default namespace', '<a xmlns="u:"><b/></a>', '<u: a> <u: b> </> </>'],
    ['a default namespace that is taken back', '<a xmlns="u:"><b xmlns=""/><c/></a>', '<u: a> < b> </> <u: c> </> </>'],
    ['a prefix of an outer element', '<a xmlns:p="u:"><b><p:c/></b></a>', '< a> < b> <u: c> </> </> </>'],
    [
      'a prefix that is declared again',
      '<p:a xmlns:p="u:"><p:b xmlns:p="v:"><p:c/></p:b><p:d/></p:a>',
      '<u: a> <v: b> <v: c> </> </> <u: d> </> </>',
    ],
    ['two declarations', '<p:a xmlns:p="u:" xmlns="v:"><b/></p:a>', '<u: a> <v: b> </> </>'],
    ['a declaration with references', '<a xmlns="&#117;:&#x41;"/>', '<u:A a> </>'],
    ['the prefix xml', '<xml:a/>', '<http://www.w3.org/XML/1998/namespace a> </>'],
    ['names beyond ASCII', '<é:ï xmlns:é="u:"><a·-.1/></é:ï>', '<u: ï> < a·-.1> </> </>'],
    ['attributes that are not declarations', '<a b=\'"\' c = "&lt;>\n"/>', '< a> </>'],
    ['a byte order mark', '\ufeff<a/>', '< a> </>'],
    ['what is around the root', '<?xml version="1.0"?>\n<!-- --><?x?>\n<a/>\n<!----><?y z?> ', '< a> </>'],
  ])('%s', (_, xml, events) => {
    expect(scanned(xml)).toBe(events);
    expect(compareTree(xml)).toBe('same');
  });

  test('come from the first `length` bytes only', () => {
    const bytes = Buffer.concat([Buffer.from('<a/>'), Buffer.alloc(ZEROS_BEHIND), Buffer.from('<b/>')]);
    const names: string[] = [];
    const open = (from: number, to: number): Wanted => {
      names.push(bytes.toString('utf8', from, to));
      return 'text';
    };
    scanXml(bytes, 4, { open, close: () => {}, text: () => {} });
    expect(names).toEqual(['a']);
  });

  test('are the same in every scan', () => {
    const documents = ['<a xmlns:p="u:"><p:b/></a>', '<a>1<b/></b>', '<p:b/>', '<a><p:b/></a>', '<a>', '<a/>'];
    const first = documents.map(scanned);
    for (const one of documents) {
      scanned(one);
      expect(documents.map(scanned)).toEqual(first);
    }
  });

  test('that throw end the scan', () => {
    const failure = new Error('no more');
    const fail = (): never => {
      throw failure;
    };
    const bytes = Buffer.from(`<a>1</a>${'\0'.repeat(ZEROS_BEHIND)}`);
    const events = { open: (): Wanted => 'text', close: () => {}, text: () => {} };
    for (const name of ['open', 'close', 'text']) {
      expect(() => scanXml(bytes, 8, { ...events, [name]: fail })).toThrow(failure);
    }
  });
});

describe('what is wanted of an element', () => {
  const xml = '<a>1<skipped>2<b>3</b><![CDATA[4]]><c/></skipped><d>5<e>6</e></d></a>';
  const wanted = (name: string): Wanted => (name === 'skipped' ? 'nothing' : name === 'e' ? 'text' : 'elements');

  test('decides which events follow for it', () => {
    expect(eventsOf(xml, wanted).join(' ')).toBe('< a> < skipped> < d> < e> plain: 6 </> </> </>');
  });

  test.each([
    ['another end tag', '<a><skipped><b></c></skipped></a>'],
    ['an unknown prefix', '<a><skipped><p:b/></skipped></a>'],
    ['an attribute twice', '<a><skipped><b c="" c=""/></skipped></a>'],
    ['an unknown entity', '<a><skipped>&x;</skipped></a>'],
    ['a character that XML does not have', '<a><skipped>\u0001</skipped></a>'],
    ['no end', '<a><skipped><b></a>'],
  ])('does not decide what is checked: %s', (_, malformed) => {
    expect(resultOrReason(() => eventsOf(malformed, wanted))).toBe('ledInvalidXml');
  });
});

describe('the reason of a refusal', () => {
  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  const attributes = (count: number, declaration = ''): string =>
    `<a${declaration} ${Array.from({ length: count }, (_, i) => `a${i}=""`).join(' ')}/>`;

  test.each([
    ['a document type', '<!DOCTYPE a><a/>', 'ledInvalidDoctype'],
    ['a document type within', '<a><!DOCTYPE a></a>', 'ledInvalidDoctype'],
    ['another declaration', '<!ELEMENT a ANY><a/>', 'ledInvalidXml'],
    ['65 levels', nested(65), 'ledInvalidDepth'],
    ['65 levels, the last of them empty', `${'<a>'.repeat(64)}<a/>`, 'ledInvalidDepth'],
    ['65 attributes', attributes(65), 'ledInvalidAttributes'],
    ['64 attributes and a declaration', attributes(64, ' xmlns="u:"'), 'ledInvalidAttributes'],
    ['another encoding', '<?xml version="1.0" encoding="latin1"?><a/>', 'ledInvalidEncoding'],
    ['us-ascii with another letter', '<?xml version="1.0" encoding="us-ascii"?><a>é</a>', 'ledInvalidEncoding'],
    ['bytes that are not UTF-8', Buffer.from('<a>é</a>', 'latin1'), 'ledInvalidEncoding'],
    ['bytes that are not UTF-8, far behind a fault', Buffer.from('<a></b>é', 'latin1'), 'ledInvalidEncoding'],
    ['a noncharacter', '<a>\uffff</a>', 'ledInvalidXml'],
    ['nothing', '', 'ledInvalidXml'],
    ['only a byte order mark', '\ufeff', 'ledInvalidXml'],
    ['only a comment', '<!-- -->', 'ledInvalidXml'],
    ['two roots', '<a/><a/>', 'ledInvalidXml'],
    ['a text behind the root', '<a/>x', 'ledInvalidXml'],
    ['NUL behind the root', '<a/>\0', 'ledInvalidXml'],
    ['an end tag without a start', '</a>', 'ledInvalidXml'],
    ['another end tag', '<a></b>', 'ledInvalidXml'],
    ['a longer end tag', '<a></ab>', 'ledInvalidXml'],
    ['a shorter end tag', '<ab></a>', 'ledInvalidXml'],
    ['an end tag with another prefix', '<p:a xmlns:p="u:" xmlns:q="u:"></q:a>', 'ledInvalidXml'],
    ['no end tag', '<a>', 'ledInvalidXml'],
    ['the same attribute twice', '<a b="" b=""/>', 'ledInvalidXml'],
    ['the same attribute by two prefixes', '<a xmlns:p="u:" xmlns:q="u:" p:b="" q:b=""/>', 'ledInvalidXml'],
    ['a prefix of a sibling', '<a><b xmlns:p="u:"/><p:c/></a>', 'ledInvalidXml'],
    ['a prefix of a child', '<p:a><b xmlns:p="u:"/></p:a>', 'ledInvalidXml'],
    ['a prefix of an attribute that has no namespace', '<a p:b=""/>', 'ledInvalidXml'],
    ['a prefix without a namespace', '<a xmlns:p=""/>', 'ledInvalidXml'],
    ['a namespace that is not a URI', '<a xmlns="u: v"/>', 'ledInvalidXml'],
  ])('%s', (_, xml, reason) => {
    expect(scanned(xml)).toBe(reason);
    expect(compareTree(xml)).toBe('refused');
  });

  test('is missing for 64 levels and 64 attributes', () => {
    for (const xml of [nested(64), attributes(64), attributes(63, ' xmlns="u:"')])
      expect(compareTree(xml)).toBe('same');
  });
});

describe('against saxes and libxml2', () => {
  const documents = {
    plain: '<a><b>1</b>\r\n<c>é&amp;☃ &#x41;</c>t<d/></a>',
    'with namespaces':
      '<p:a xmlns:p="u:1" xmlns="u:2"><b p:c="1" d=\'2\'/><x xmlns="" xmlns:q="u:1" q:c="3"><q:y/></x><p:z/></p:a>',
    'with everything around it':
      '\ufeff<?xml version="1.0" encoding="utf-8" standalone="no"?>\n<!-- - --><?i j?><a><![CDATA[]]]]><!----></a><?k?>\n',
  };

  test.each(Object.entries(documents))('%s: the same as a whole, refused after every byte', (_, xml) => {
    const bytes = Buffer.from(xml);
    expect(compareTree(bytes)).toBe('same');
    const end = bytes.lastIndexOf('</') + bytes.subarray(bytes.lastIndexOf('</')).indexOf('>') + 1;
    for (let length = 0; length < end; length += 1) expect(compareTree(bytes.subarray(0, length))).toBe('refused');
  });

  test.each(Object.entries(documents))('%s: the same with every snippet in every place', (_, xml) => {
    const bytes = Buffer.from(xml);
    const count = createCount();
    for (let at = 0; at <= bytes.length; at += 1) {
      for (const snippet of snippets) {
        count[compareTree(Buffer.concat([bytes.subarray(0, at), Buffer.from(snippet), bytes.subarray(at)]))] += 1;
      }
    }
    expect(Math.min(count.refused, count.same)).toBeGreaterThan(700);
    // We are stricter in two ways: the characters of a namespace, and an instruction that saxes confuses with another.
    expect(count.stricter).toBeLessThan(0.01 * count.refused);
  });

  test.each(Object.entries(documents))('%s: the same with any change', (_, xml) => {
    const bytes = Buffer.from(xml);
    const count = createCount();
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (mutations) => {
        count[compareTree(mutations.reduce<Uint8Array>(mutate, bytes))] += 1;
      }),
      { numRuns: 8000 },
    );
    expect(Math.min(count.refused, count.same)).toBeGreaterThan(150);
    expect(count.stricter).toBeLessThan(100);
  });
});

/**
 * LED repeats the declaration of an outer element on every leaf. The scanner does not check such a tag again if its
 * attribute is byte for byte the declaration of the nearest element around it.
 */
describe('a start tag that repeats the nearest declaration', () => {
  const d = 'xmlns:p="u:1"';
  test.each([
    ['alone', `<a ${d}><b ${d}>1</b></a>`, '< a> < b> plain: 1 </> </>'],
    ['in an empty element', `<a ${d}><b ${d}/></a>`, '< a> < b> </> </>'],
    ['in an empty element, with a space', `<a ${d}><b ${d} /></a>`, '< a> < b> </> </>'],
    ['with white space before', `<a ${d}><b \n${d}>1</b></a>`, '< a> < b> plain: 1 </> </>'],
    ['with a line break for the space', `<a ${d}><b\n${d}>1</b></a>`, '< a> < b> plain: 1 </> </>'],
    ['with white space behind', `<a ${d}><b ${d}\t>1</b></a>`, '< a> < b> plain: 1 </> </>'],
    ['with white space around =', `<a ${d}><b xmlns:p = "u:1">1</b></a>`, '< a> < b> plain: 1 </> </>'],
    ['with other quotes', `<a ${d}><b xmlns:p='u:1'>1</b></a>`, '< a> < b> plain: 1 </> </>'],
    ['with references', `<a ${d}><p:b xmlns:p="u:&#49;"/></a>`, '< a> <u:1 b> </> </>'],
    ['with references, both', '<a xmlns:p="u:&#49;"><p:b xmlns:p="u:&#49;"/></a>', '< a> <u:1 b> </> </>'],
    ['with the prefix in use', `<p:a ${d}><p:b ${d}><p:c ${d}/></p:b></p:a>`, '<u:1 a> <u:1 b> <u:1 c> </> </> </>'],
    ['with another attribute', `<a ${d}><p:b ${d} p:c=""/></a>`, '< a> <u:1 b> </> </>'],
    ['behind another attribute', `<a ${d}><p:b p:c="" ${d}/></a>`, '< a> <u:1 b> </> </>'],
    ['twice', `<a ${d}><b ${d} ${d}/></a>`, 'ledInvalidXml'],
    ['twice without a space', `<a ${d}><b ${d}${d}/></a>`, 'ledInvalidXml'],
    ['twice, the second empty', `<a ${d}><b ${d} xmlns:p=""/></a>`, 'ledInvalidXml'],
    ['and then another one of the same prefix', `<a ${d}><b ${d} xmlns:p="u:2"/></a>`, 'ledInvalidXml'],
    ['and an attribute by two prefixes', `<a ${d}><b ${d} xmlns:q="u:1" p:c="" q:c=""/></a>`, 'ledInvalidXml'],
    ['without the space', `<a ${d}><b${d}/></a>`, 'ledInvalidXml'],
    ['without its last quote', `<a ${d}><b xmlns:p="u:1></b></a>`, 'ledInvalidXml'],
    ['with /x behind', `<a ${d}><b ${d}/x></b></a>`, 'ledInvalidXml'],
    ['without its name', `<a ${d}><b "u:1">1</b></a>`, 'ledInvalidXml'],
    ['without its prefix', `<a ${d}><b p="u:1">1</b></a>`, '< a> < b> plain: 1 </> </>'],
    ['in a longer name', `<a ${d}><b x${d}/></a>`, 'ledInvalidXml'],
    ['in an end tag', `<a ${d}><b></b ${d}></a>`, 'ledInvalidXml'],
    [
      'where an element between declares another one',
      `<a ${d}><b xmlns:p="u:2"><p:c ${d}><p:x/></p:c><p:d/></b><p:e/></a>`,
      '< a> < b> <u:1 c> <u:1 x> </> </> <u:2 d> </> </> <u:1 e> </> </>',
    ],
    [
      'where an element between declares another prefix',
      `<a ${d}><q:b xmlns:q="u:2"><p:c ${d}><q:x/></p:c><q:d xmlns:q="u:2"/></q:b></a>`,
      '< a> <u:2 b> <u:1 c> <u:2 x> </> </> <u:2 d> </> </> </>',
    ],
    [
      'where a sibling declares another one',
      `<a ${d}><b xmlns:p="u:2"/><p:c ${d}/><p:d/></a>`,
      '< a> < b> </> <u:1 c> </> <u:1 d> </> </>',
    ],
    [
      'of two declarations, the last',
      `<a xmlns:q="u:2" ${d}><p:b ${d}><q:c/></p:b></a>`,
      '< a> <u:1 b> <u:2 c> </> </> </>',
    ],
    [
      'of two declarations, the first',
      `<a ${d} xmlns:q="u:2"><p:b ${d}><q:c/></p:b></a>`,
      '< a> <u:1 b> <u:2 c> </> </> </>',
    ],
    [
      'of two declarations, both',
      `<a xmlns:q="u:2" ${d}><p:b xmlns:q="u:2" ${d}><q:c/></p:b></a>`,
      '< a> <u:1 b> <u:2 c> </> </> </>',
    ],
    [
      'of the default namespace',
      '<a xmlns="u:1"><b xmlns="u:1"><c xmlns="u:2"><d xmlns="u:1"/><e/></c><f/></b></a>',
      '<u:1 a> <u:1 b> <u:2 c> <u:1 d> </> <u:2 e> </> </> <u:1 f> </> </> </>',
    ],
    [
      'of no default namespace',
      '<a xmlns="u:1"><b xmlns=""><c xmlns=""/></b><d xmlns="u:1"/></a>',
      '<u:1 a> < b> < c> </> </> <u:1 d> </> </>',
    ],
  ])('%s', (_, xml, events) => {
    expect(scanned(xml)).toBe(events);
    expect(compareTree(xml)).toBe(events === 'ledInvalidXml' ? 'refused' : 'same');
  });

  const attribute = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(` ${d}`, ` ${d}`, ' xmlns:p="u:2"', ' xmlns="u:1"') },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        ...[`  ${d}`, `\n${d}`, ` ${d} `, ` xmlns:p = "u:1"`, ` xmlns:p='u:1'`, ' xmlns:q="u:1"', ' xmlns:q="u:2"'],
        ...[' xmlns:p="u:&#49;"', ' xmlns:p="&#x75;:1"', ' xmlns=""', ' p:a="1"', ' q:a="1"', ' a="1"'],
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(d, ' xmlns:p="u:1', ' xmlns:p=""', ` ${d}/`, ' xmlns:p', ' xmlns:p="u:1"x', ' x'),
    },
  );
  const tag = fc.record({
    name: fc.constantFrom('a', 'a', 'a', 'p:a', 'p:a', 'q:a'),
    attributes: fc.oneof(
      { weight: 5, arbitrary: fc.array(attribute, { maxLength: 1 }) },
      { weight: 2, arbitrary: fc.array(attribute, { minLength: 2, maxLength: 4 }) },
    ),
    isEmpty: fc.boolean(),
    /** How many elements end behind it. */
    ends: fc.nat({ max: 2 }),
  });
  const document = fc.array(tag, { minLength: 1, maxLength: 7 }).map((tags) => {
    let xml = `<a ${d} xmlns:q="u:2"><a ${d}>`;
    const open = ['a', 'a'];
    for (const { name, attributes, isEmpty, ends } of tags) {
      xml += `<${name}${attributes.join('')}${isEmpty ? '/' : ''}>`;
      if (!isEmpty) open.push(name);
      for (let i = 0; i < ends && open.length > 1; i += 1) xml += `1</${open.pop()}>`;
    }
    return Buffer.from(
      xml +
        open
          .reverse()
          .map((name) => `</${name}>`)
          .join(''),
    );
  });

  test('any elements with any declarations: as saxes and libxml2 read them', () => {
    const count = createCount();
    fc.assert(
      fc.property(document, fc.option(mutation, { freq: 2 }), (bytes, change) => {
        count[compareTree(change === null ? bytes : mutate(bytes, change))] += 1;
      }),
      { numRuns: 8000 },
    );
    expect(Math.min(count.refused, count.same)).toBeGreaterThan(700);
    expect(count.stricter).toBeLessThan(20);
  });

  test('with any part missing: as saxes and libxml2 read it', () => {
    const bytes = Buffer.from(`<a ${d}><p:b ${d}>1</p:b><c ${d}/></a>`);
    const count = createCount();
    for (let from = 0; from < bytes.length; from += 1) {
      for (let to = from; to <= bytes.length; to += 1) {
        count[compareTree(Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]))] += 1;
      }
    }
    expect(Math.min(count.refused, count.same)).toBeGreaterThan(50);
    expect(count.stricter).toBe(0);
  });

  test('with any other byte in any place: as saxes and libxml2 read it', () => {
    const bytes = Buffer.from(`<a ${d}><p:b ${d}>1</p:b><c ${d}/></a>`);
    const count = createCount();
    for (let at = bytes.indexOf('<p:b'); at < bytes.length; at += 1) {
      for (let byte = 0; byte < 256; byte += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        count[compareTree(changed)] += 1;
      }
    }
    expect(Math.min(count.refused, count.same)).toBeGreaterThan(500);
    expect(count.stricter).toBeLessThan(20);
  });
});

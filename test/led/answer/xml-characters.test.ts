import { describe, expect, test } from 'vitest';
import {
  IS_CHARACTER,
  IS_NAME,
  IS_SPACE,
  IS_TEXT,
  kinds,
  namespaceName,
  qualifiedName,
  readReference,
  resolveReferences,
  STARTS_NAME,
  startsWith,
  unqualifiedName,
  xmlDeclaration,
} from '../../../src/led/answer/xml-characters.ts';

describe('what a byte can be', () => {
  const bits = {
    space: IS_SPACE,
    character: IS_CHARACTER,
    text: IS_TEXT,
    'start of a name': STARTS_NAME,
    name: IS_NAME,
  };
  const kindsOf = (byte: number): string[] =>
    Object.entries(bits).flatMap(([name, bit]) => (((kinds[byte] ?? 0) & bit) === 0 ? [] : [name]));

  test.each([
    ['\t\n\r ', ['space', 'character', 'text']],
    ['AZ_az', ['character', 'text', 'start of a name', 'name']],
    ['09-.', ['character', 'text', 'name']],
    ['<&>', ['character']],
    // A colon separates the two parts of a name, so it is in none of them.
    [':!"#\'/;=?@[]^`{|}~\x7f', ['character', 'text']],
    ['\0\x01\x08\x0b\x0c\x0e\x1f', []],
  ])('%j', (characters, expected) => {
    for (const character of characters) expect(kindsOf(character.charCodeAt(0))).toEqual(expected);
  });

  test('a byte from 0x80 on is part of a character that may be in a text', () => {
    for (let byte = 0x80; byte < 0x100; byte += 1) expect(kindsOf(byte)).toEqual(['character', 'text']);
  });
});

test.each([
  ['abc', 0, 'abc', true],
  ['xabc', 1, 'abc', true],
  ['abd', 0, 'abc', false],
  ['ab', 0, 'abc', false],
])('in %j, at %i, is %j: %j', (text, index, word, expected) => {
  expect(startsWith(Buffer.from(text), index, word)).toBe(expected);
});

describe('names', () => {
  test.each(['a', '_', 'Z9', 'a-.b', 'é', 'a·', 'a\u0300', 'ｱ', '\u{10000}', 'xml'])(
    '%j is a name, and may have a prefix',
    (name) => {
      expect(unqualifiedName.test(name)).toBe(true);
      expect(qualifiedName.test(name)).toBe(true);
      expect(qualifiedName.test(`p:${name}`)).toBe(true);
      expect(unqualifiedName.test(`p:${name}`)).toBe(false);
    },
  );

  test.each([
    '',
    '9',
    '-a',
    '.a',
    '·a',
    '\u0300a',
    'a b',
    'a\n',
    'a/',
    '×',
    '÷',
    '\u037e',
    '\ud800',
    '\ufffe',
    '\u{f0000}',
  ])('%j is none', (name) => {
    expect(unqualifiedName.test(name)).toBe(false);
    expect(qualifiedName.test(name)).toBe(false);
    expect(qualifiedName.test(`p:${name}`)).toBe(false);
  });

  test.each([':a', 'a:', 'a:b:c', 'a::b'])('%j has no right prefix', (name) => {
    expect(qualifiedName.test(name)).toBe(false);
  });
});

describe('the XML declaration', () => {
  test.each([
    ['<?xml version="1.0"?>', undefined],
    ["<?xml version='1.0' ?>", undefined],
    ['<?xml version="1.0" encoding="UTF-8"?>', 'UTF-8'],
    ["<?xml\tversion = '1.0'\r\nencoding = 'latin-1' standalone = 'yes'?>", 'latin-1'],
    ['<?xml version="1.0" standalone="no"?>', undefined],
  ])('%j has the encoding %s', (text, encoding) => {
    const [, first, second] = xmlDeclaration.exec(text) ?? ['', 'no declaration'];
    expect(first ?? second).toBe(encoding);
  });

  test.each([
    '<?xml?>',
    '<?xml version="1.1"?>',
    '<?xml version=\'1.0"?>',
    '<?xml encoding="UTF-8"?>',
    '<?xml encoding="UTF-8" version="1.0"?>',
    '<?xml version="1.0" standalone="yes" encoding="UTF-8"?>',
    '<?xml version="1.0"encoding="UTF-8"?>',
    '<?xml version="1.0" encoding=""?>',
    '<?xml version="1.0" encoding="8bit"?>',
    '<?xml version="1.0" standalone="true"?>',
    ' <?xml version="1.0"?>',
    '<?XML version="1.0"?>',
  ])('%j is none', (text) => {
    expect(xmlDeclaration.test(text)).toBe(false);
  });
});

describe('the name of a namespace', () => {
  test.each([
    '',
    'http://webservice.geefbewijsdienst-02.00.magda.vlaanderen.be',
    'http://schemas.xmlsoap.org/soap/envelope/',
    'HTTP://a:8080/b?c=d#e',
    'urn:a:b',
    'u:',
    'a/b',
    '/a',
    '?a',
    '#a',
    'http://a/%C3%A9',
  ])('%j is a URI', (text) => {
    expect(namespaceName.test(text)).toBe(true);
  });

  test.each([
    ' ',
    'http://a b',
    'http://é',
    '%',
    '%4',
    '%zz',
    'a<b',
    'a"b',
    'a\\b',
    'a{b}',
    '1a:b',
    ':a',
    'a#b#c',
    '//a',
    'http://a:x/',
  ])('%j is none', (text) => {
    expect(namespaceName.test(text)).toBe(false);
  });
});

describe('a reference', () => {
  const read = (text: string) => readReference(Buffer.from(`x${text}y\0\0`), 1);

  test.each([
    ['&amp;', '&'],
    ['&lt;', '<'],
    ['&gt;', '>'],
    ['&quot;', '"'],
    ['&apos;', "'"],
    ['&#65;', 'A'],
    ['&#x41;', 'A'],
    ['&#xe9;', 'é'],
    ['&#xE9;', 'é'],
    ['&#0000065;', 'A'],
    ['&#9;', '\t'],
    ['&#xD7FF;', '\ud7ff'],
    ['&#xE000;', '\ue000'],
    ['&#xFFFD;', '\ufffd'],
    ['&#x10000;', '\u{10000}'],
    ['&#x10FFFF;', '\u{10ffff}'],
  ])('%s is %j', (text, character) => {
    expect(read(text)).toEqual({ point: character.codePointAt(0), end: 1 + text.length });
  });

  test.each([
    ['an entity that XML does not define', '&nbsp;'],
    ['upper case', '&AMP;'],
    ['no semicolon', '&amp'],
    ['no name', '&;'],
    ['a space', '& amp;'],
    ['no digit', '&#;'],
    ['no hexadecimal digit', '&#x;'],
    ['another digit', '&#6A;'],
    ['another hexadecimal digit', '&#xG;'],
    ['an upper-case X', '&#X41;'],
    ['a sign', '&#+65;'],
    ['NUL', '&#0;'],
    ['a control character', '&#x1F;'],
    ['half of a pair', '&#xD800;'],
    ['the other half of a pair', '&#xDFFF;'],
    ['a character that XML does not have', '&#xFFFE;'],
    ['a number beyond Unicode', '&#x110000;'],
    ['a number that is far too large', `&#${'9'.repeat(400)};`],
  ])('%s is refused: %s', (_, text) => {
    expect(read(text)).toBeUndefined();
  });
});

test.each([
  ['', ''],
  ['no reference', 'no reference'],
  ['&lt;a&gt; &#38; &amp;', '<a> & &'],
  // What a reference means is not read again.
  ['&amp;lt;', '&lt;'],
  ['é&#233;\u{1f600}&#x1f600;', 'éé\u{1f600}\u{1f600}'],
])('the text %j with its references replaced: %j', (text, replaced) => {
  const bytes = Buffer.from(`&amp;${text}&amp;`);
  expect(resolveReferences(bytes, 5, bytes.length - 5)).toBe(replaced);
});

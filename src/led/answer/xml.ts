import { isAscii, isUtf8 } from 'node:buffer';
import { Fault } from '../../fault.ts';

/** What a scanner tells, in the document's order. Offsets are into `bytes()`, from the first to behind the last. */
export type ScanEvents = {
  /** An element begins; the bytes of its local name. Returns whether what stands in it is likely to be like what stood in others. */
  readonly open: (from: number, to: number) => boolean;
  /** The element that began last and has not ended ends. */
  readonly close: () => void;
  /**
   * A piece of the text directly in an element: as it stands, with references still in it, or the inside of CDATA.
   * Returns the place that the text has to the listener, not negative, or -1 if it has none.
   */
  readonly text: (from: number, to: number, form: TextForm) => number;
  /** The whole text of a leaf, told by its place: all that is told of what stands in an element like an earlier one. */
  readonly placed: (place: number, from: number, to: number, form: TextForm) => void;
};

export type TextForm = 'plain' | 'references' | 'cdata';

export type Scanner = {
  /** Scans one document, given in pieces; throws a Fault `badGateway`. No byte of it is kept afterwards. */
  readonly scan: (pieces: readonly Uint8Array[]) => void;
  /** The document that is being scanned, and zeros behind it. */
  readonly bytes: () => Buffer;
  /** What stands there, its references replaced; they have been found good. */
  readonly resolved: (from: number, to: number) => string;
  /** The namespace of the element that began last; '' for none. */
  readonly namespace: () => string;
};

const MAX_DEPTH = 64;
const MAX_ATTRIBUTES = 64;
/** Zeros behind the bytes: no loop below runs past them, as no character of XML is NUL. */
const SLACK = 16;
/** The least room that is made, and the most that is kept for the next document. */
const LEAST_BYTES = 32_768;
const MOST_KEPT_BYTES = 262_144;

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';

const code = (character: string): number => character.charCodeAt(0);
const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const BANG = code('!');
const QUOTE = code('"');
const HASH = code('#');
const AMPERSAND = code('&');
const APOSTROPHE = code("'");
const SLASH = code('/');
const COLON = code(':');
const SEMICOLON = code(';');
const HEXADECIMAL = code('x');
const LESS = code('<');
const EQUALS = code('=');
const GREATER = code('>');
const QUESTION = code('?');
const BRACKET = code(']');

/** What a byte may be, by bits. A byte from 0x80 on is part of a character whose use in names is looked at apart. */
const IS_SPACE = 1;
const IS_CHARACTER = 2;
const IS_TEXT = 4;
const STARTS_NAME = 8;
const IS_NAME = 16;
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (byte === TAB || byte === LF || byte === CR || byte === SPACE) return IS_SPACE | IS_CHARACTER | IS_TEXT;
  if (byte < SPACE) return 0;
  if (byte === LESS || byte === AMPERSAND || byte === GREATER) return IS_CHARACTER;
  if (byte < 0x80 && /[A-Z_a-z]/.test(character)) return IS_CHARACTER | IS_TEXT | STARTS_NAME | IS_NAME;
  if (byte < 0x80 && /[-.0-9]/.test(character)) return IS_CHARACTER | IS_TEXT | IS_NAME;
  return IS_CHARACTER | IS_TEXT;
});

const nameStart =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F' +
  '\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const ncName = `[${nameStart}][-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040${nameStart}]*`;
/** NCName and QName of Namespaces in XML 1.0. */
const unqualified = new RegExp(`^${ncName}$`, 'u');
const qualified = new RegExp(`^${ncName}(?::${ncName})?$`, 'u');

const s = '[ \\t\\r\\n]';
const declaration = new RegExp(
  `^<\\?xml${s}+version${s}*=${s}*(?:"1\\.0"|'1\\.0')` +
    `(?:${s}+encoding${s}*=${s}*(?:"([A-Za-z][\\w.-]*)"|'([A-Za-z][\\w.-]*)'))?` +
    `(?:${s}+standalone${s}*=${s}*(?:"(?:yes|no)"|'(?:yes|no)'))?${s}*\\?>$`,
);

const usualDeclaration = '<?xml version="1.0" encoding="UTF-8"?>';

const uriCharacter = "(?:[\\w/.~:@!$'()*+,;=-]|%[0-9a-f]{2})";
const uriWithoutColon = "(?:[\\w/.~@!$'()*+,;=-]|%[0-9a-f]{2})";
/** A namespace has to be a URI, as libxml2 sees it. */
const namespaceName = new RegExp(
  `^(?:[a-z][a-z0-9+.-]*:(?://[a-z0-9._-]+(?::[0-9]{1,5})?(?=[/?#]|$)|(?!//))${uriCharacter}*|(?!//)${uriWithoutColon}*)` +
    `(?:\\?${uriCharacter}*)?(?:#${uriCharacter}*)?$`,
  'i',
);

/** The entities that XML itself has. */
const entities = [
  { reference: '&amp;', byte: AMPERSAND },
  { reference: '&lt;', byte: LESS },
  { reference: '&gt;', byte: GREATER },
  { reference: '&quot;', byte: QUOTE },
  { reference: '&apos;', byte: APOSTROPHE },
] as const;

const isCharacter = (point: number): boolean =>
  point === TAB ||
  point === LF ||
  point === CR ||
  (point >= SPACE && point < 0xd800) ||
  (point > 0xdfff && point < 0xfffe) ||
  (point > 0xffff && point < 0x110000);

/** The value of a digit to the base 10 or 16; -1 if the byte is none. */
const digitOf = (byte: number, base: number): number => {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return base === 16 && letter >= 97 && letter <= 102 ? letter - 87 : -1;
};

const refuse = (reason: string): never => {
  throw new Fault('badGateway', reason);
};
const malformed = (): never => refuse('ledInvalidXml');

/** No depth, no place, and no end: what was looked for is not there. */
const NONE = -1;

type Scope = ReadonlyMap<string, string>;

/**
 * What stood in an element that was read, to know others by: all of it but the texts of its leaves, up to the `</` of
 * its own end. A leaf is here an element with nothing in it but one text. Besides there is no text but white space,
 * no prefix, no attribute but declarations of namespaces, no CDATA, comment or instruction. So it is well-formed
 * wherever it stands at that depth, and tells the listener the same again, as long as those texts are text; and it holds
 * nothing of a person, so that it may be kept for the documents to come.
 */
type Shape = {
  readonly depth: number;
  readonly markup: DataView;
  /** Of leaves, in their order: where in the markup the text stood, and its place with the listener. */
  readonly cuts: readonly number[];
  readonly places: readonly number[];
};
/** An element with more leaves, or more markup, is not worth remembering; nor are more kinds of elements. */
const MAX_LEAVES = 256;
const MAX_MARKUP_BYTES = 16_384;
const MAX_SHAPES = 16;

/** The rest of a start tag that declares namespaces and nothing else, so that it says the same wherever it stands again. */
type Declarations = { readonly markup: DataView; readonly scope: Scope | undefined };
const MAX_DECLARATIONS = 16;
const MAX_DECLARATION_BYTES = 1024;
const MAX_LESSONS = 32;

const nothing = Buffer.alloc(0);
const noncharacters = [Buffer.from('\ufffe'), Buffer.from('\uffff')] as const;

const wordsOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const copyOf = (pieces: readonly Buffer[]): DataView => wordsOf(Buffer.concat(pieces));

/**
 * Makes a scanner of XML 1.0 documents with namespaces, without a document type, in UTF-8. It is strict: what is not
 * well-formed throws a Fault `badGateway` (`ledInvalid…`); so do a DOCTYPE, another encoding, a depth over 64 and over
 * 64 attributes an element.
 */
export const createScanner = (events: ScanEvents): Scanner => {
  let bytes = nothing;
  let words = wordsOf(nothing);
  let length = 0;
  let isPlain = true;
  /** Where the document begins, behind the byte order mark. */
  let start = 0;
  let depth = 0;
  let hasRoot = false;
  // By depth: the name in the start tag, and what its attributes declare.
  const from: number[] = [];
  const to: number[] = [];
  const scopes: (Scope | undefined)[] = [];
  let prefix = '';
  /** The character that the reference skipped last stands for. */
  let referred = 0;
  /** What the text that was skipped last holds. */
  let form: TextForm = 'plain';
  /** Behind the start tag read last, if it is not an end tag too. */
  let opened = NONE;
  /** The shapes that are known, the one met last in front. */
  const shapes: Shape[] = [];
  /** How many more shapes and declarations may be learnt from this document: one that is odd throughout must not cost more. */
  let lessons = 0;
  /** The declarations that are known, the ones met last in front. */
  const declarations: Declarations[] = [];
  /** The depth of the element whose shape is being drawn, and where its inside begins. */
  let drawnDepth = NONE;
  let drawnFrom = NONE;
  // The leaves read so far of the element that is being drawn, or held against shapes.
  let leafCount = 0;
  const leafFrom: number[] = [];
  const leafTo: number[] = [];
  const leafPlace: number[] = [];
  const leafForm: TextForm[] = [];

  const at = (index: number): number => bytes[index] as number;
  const is = (index: number, kind: number): boolean => ((kinds[at(index)] as number) & kind) !== 0;
  const textOf = (first: number, behind: number): string => bytes.toString('utf8', first, behind);

  const startsWith = (index: number, word: string): boolean => {
    for (let i = 0; i < word.length; i += 1) if (at(index + i) !== word.charCodeAt(i)) return false;
    return true;
  };

  const skipSpace = (index: number): number => {
    const seen = bytes;
    let i = index;
    while (((kinds[seen[i] as number] as number) & IS_SPACE) !== 0) i += 1;
    return i;
  };

  /** Behind the reference that begins at `index`; NONE if XML has no such character or entity. */
  const skipReference = (index: number): number => {
    let i = index + 1;
    if (at(i) !== HASH) {
      for (const { reference, byte } of entities) {
        if (!startsWith(index, reference)) continue;
        referred = byte;
        return index + reference.length;
      }
      return NONE;
    }
    const base = at(i + 1) === HEXADECIMAL ? 16 : 10;
    referred = 0;
    for (i += base === 16 ? 2 : 1; at(i) !== SEMICOLON; i += 1) {
      const digit = digitOf(at(i), base);
      if (digit === NONE) return NONE;
      referred = Math.min(referred * base + digit, 0x110000);
    }
    return isCharacter(referred) ? i + 1 : NONE;
  };

  /** What stands there, its references replaced. */
  const resolved = (first: number, behind: number): string => {
    const seen = bytes;
    let text = '';
    let told = first;
    for (let i = first; i < behind; ) {
      if (seen[i] !== AMPERSAND) {
        i += 1;
        continue;
      }
      if (told < i) text += textOf(told, i);
      i = told = skipReference(i);
      text += String.fromCodePoint(referred);
    }
    return told < behind ? text + textOf(told, behind) : text;
  };

  /** Behind the text that begins at `index`, where markup begins; NONE if it is no text. Leaves in `form` what it holds. */
  const skipText = (index: number): number => {
    const seen = bytes;
    let i = index;
    form = 'plain';
    for (;;) {
      while (((kinds[seen[i] as number] as number) & IS_TEXT) !== 0) i += 1;
      const byte = seen[i] as number;
      if (byte === LESS) return i;
      if (byte === GREATER) {
        if (i - index >= 2 && seen[i - 1] === BRACKET && seen[i - 2] === BRACKET) return NONE;
        i += 1;
      } else if (byte === AMPERSAND) {
        i = skipReference(i);
        if (i === NONE) return NONE;
        form = 'references';
      } else return NONE;
    }
  };

  /** Behind the name that begins at `index`, whatever its letters. */
  const skipName = (index: number): number => {
    let i = index;
    while (is(i, IS_NAME) || at(i) === COLON || at(i) >= 0x80) i += 1;
    return i;
  };

  /** Where the part of a name begins that stands behind its prefix, if it has one. */
  const localFrom = (first: number, behind: number): number => {
    for (let i = first; i < behind; i += 1) if (at(i) === COLON) return i + 1;
    return first;
  };

  /** Whether what stands there is a QName. */
  const isQualified = (first: number, behind: number): boolean => {
    const local = localFrom(first, behind);
    let i = first;
    while (is(i, IS_NAME) || (i === local - 1 && i > first)) i += 1;
    // Nearly every name is in plain letters.
    if (i >= behind) return is(first, STARTS_NAME) && is(local, STARTS_NAME);
    return qualified.test(textOf(first, behind));
  };

  /** The namespace that a prefix stands for in the start tag of the element that began last. */
  const resolve = (prefix: string): string | undefined => {
    for (let i = depth; i > 0; i -= 1) {
      const uri = scopes[i]?.get(prefix);
      if (uri !== undefined) return uri;
    }
    if (prefix === 'xml') return XML;
    return prefix === '' ? '' : undefined;
  };

  const declare = (scope: Map<string, string>, prefix: string, uri: string): void => {
    if (!namespaceName.test(uri) || uri === XMLNS || prefix === 'xmlns') malformed();
    if ((uri === XML) !== (prefix === 'xml')) malformed();
    if (uri === '' && prefix !== '') malformed();
    scope.set(prefix, uri);
  };

  /** Behind the value whose quote stands at `index`. */
  const skipValue = (index: number): number => {
    const quote = at(index);
    if (quote !== QUOTE && quote !== APOSTROPHE) malformed();
    let i = index + 1;
    while (at(i) !== quote) {
      const byte = at(i);
      if (byte === AMPERSAND) {
        i = skipReference(i);
        if (i === NONE) malformed();
      } else if (byte !== LESS && is(i, IS_CHARACTER)) i += 1;
      else malformed();
    }
    return i + 1;
  };

  /**
   * Whether `size` bytes of the markup stand at `index` too. By words of eight bytes, the last overlapping the one before
   * it, as numbers: two that are equal have the same bytes, unless they are zero, and no byte of markup is. One that
   * differs from itself (NaN) takes bytes that are not ASCII: the answer may be no, though it is yes.
   */
  const isMarkup = (markup: DataView, first: number, index: number, size: number): boolean => {
    if (index + size > length) return false;
    const seen = words;
    const last = size - 8;
    if (last < 0) {
      for (let i = 0; i < size; i += 1) if (markup.getUint8(first + i) !== seen.getUint8(index + i)) return false;
      return true;
    }
    for (let i = 0; i < last; i += 8) {
      if (markup.getFloat64(first + i, true) !== seen.getFloat64(index + i, true)) return false;
    }
    return markup.getFloat64(first + last, true) === seen.getFloat64(index + last, true);
  };

  /** Behind a start tag whose attributes begin at `index`, if they are known; leaves what they declare in `scopes`. */
  const skipDeclarations = (index: number): number => {
    for (let known = 0; known < declarations.length; known += 1) {
      const one = declarations[known] as Declarations;
      const size = one.markup.byteLength;
      if (!isMarkup(one.markup, 0, index, size)) continue;
      if (known > 0) {
        declarations.splice(known, 1);
        declarations.unshift(one);
      }
      scopes[depth] = one.scope;
      return index + size;
    }
    return NONE;
  };

  /** Behind a start tag whose attributes begin at `index`; leaves what they declare in `scopes`. */
  const skipAttributes = (index: number): number => {
    const before = skipDeclarations(index);
    if (before !== NONE) return before;
    const names: string[] = [];
    let scope: Map<string, string> | undefined;
    let isDeclaring = true;
    let i = index;
    for (;;) {
      const name = skipSpace(i);
      if (at(name) === GREATER || at(name) === SLASH) {
        i = at(name) === SLASH ? name + 2 : name + 1;
        if (at(i - 1) !== GREATER) malformed();
        break;
      }
      const nameEnd = skipName(name);
      if (name === i || nameEnd === name) malformed();
      const equals = skipSpace(nameEnd);
      if (at(equals) !== EQUALS) malformed();
      const value = skipSpace(equals + 1);
      const valueEnd = skipValue(value);
      const attribute = textOf(name, nameEnd);
      if (!isQualified(name, nameEnd) || names.includes(attribute)) malformed();
      if (names.push(attribute) > MAX_ATTRIBUTES) refuse('ledInvalidAttributes');
      if (attribute === 'xmlns' || attribute.startsWith('xmlns:')) {
        scope ??= new Map();
        // White space is as it stands: in no form may it be in a namespace.
        declare(scope, attribute.slice(6), resolved(value + 1, valueEnd - 1));
      } else isDeclaring = false;
      i = valueEnd;
    }
    scopes[depth] = scope;
    if (isDeclaring) {
      if (lessons > 0 && i - index <= MAX_DECLARATION_BYTES) {
        lessons -= 1;
        if (declarations.length === MAX_DECLARATIONS) declarations.pop();
        declarations.unshift({ markup: copyOf([bytes.subarray(index, i)]), scope });
      }
      return i;
    }
    drawnDepth = NONE;
    const prefixed = names.filter((name) => name.includes(':') && !name.startsWith('xmlns:'));
    if (prefixed.length > 0) {
      const expanded = prefixed.map((name) => {
        const [prefix = '', local = ''] = name.split(':');
        return `${resolve(prefix) ?? malformed()} ${local}`;
      });
      if (new Set(expanded).size < expanded.length) malformed();
    }
    return i;
  };

  /** Where the inside of an element ends that begins at `index`, if it has that shape; its texts then are the leaves. */
  const skipShape = ({ markup, cuts }: Shape, index: number): number => {
    let first = 0;
    let i = index;
    for (let leaf = 0; leaf < cuts.length; leaf += 1) {
      const cut = cuts[leaf] as number;
      if (!isMarkup(markup, first, i, cut - first)) return NONE;
      i += cut - first;
      first = cut;
      // Shapes often differ behind a text only: however many are tried, it is read once.
      if (leaf < leafCount && leafFrom[leaf] === i) {
        i = leafTo[leaf] as number;
        continue;
      }
      leafCount = leaf;
      const size = (leafTo[leaf] as number) - (leafFrom[leaf] as number);
      // The element before it says the same more often than not.
      if (size > 0 && isMarkup(words, leafFrom[leaf] as number, i, size) && bytes[i + size] === LESS) {
        leafFrom[leaf] = i;
        leafTo[leaf] = i += size;
      } else {
        const end = skipText(i);
        if (end === NONE) return NONE;
        leafFrom[leaf] = i;
        leafTo[leaf] = i = end;
        leafForm[leaf] = form;
      }
      leafCount = leaf + 1;
    }
    const rest = markup.byteLength - first;
    return isMarkup(markup, first, i, rest) ? i + rest - 2 : NONE;
  };

  /** Where the inside of an element ends that begins at `index`, if it has a known shape: it is told in short then. */
  const skipLike = (index: number): number => {
    leafCount = 0;
    for (let known = 0; known < shapes.length; known += 1) {
      const shape = shapes[known] as Shape;
      if (shape.depth !== depth) continue;
      const end = skipShape(shape, index);
      if (end === NONE) continue;
      if (known > 0) {
        shapes.splice(known, 1);
        shapes.unshift(shape);
      }
      const { places } = shape;
      for (let leaf = 0; leaf < places.length; leaf += 1) {
        const place = places[leaf] as number;
        if (place === NONE) continue;
        events.placed(place, leafFrom[leaf] as number, leafTo[leaf] as number, leafForm[leaf] as TextForm);
      }
      return end;
    }
    return NONE;
  };

  /** Notes for the shape that is being drawn the text of a leaf. */
  const drawLeaf = (first: number, behind: number, place: number): void => {
    if (leafCount === MAX_LEAVES) {
      drawnDepth = NONE;
      return;
    }
    leafFrom[leafCount] = first;
    leafTo[leafCount] = behind;
    leafForm[leafCount] = form;
    leafPlace[leafCount] = place;
    leafCount += 1;
  };

  /** Remembers the shape that was drawn, of an element whose end tag begins at `index`. */
  const keepShape = (index: number): void => {
    const cuts: number[] = [];
    const pieces: Buffer[] = [];
    let first = drawnFrom;
    let size = 0;
    for (let leaf = 0; leaf <= leafCount; leaf += 1) {
      const behind = leaf < leafCount ? (leafFrom[leaf] as number) : index + 2;
      pieces.push(bytes.subarray(first, behind));
      size += behind - first;
      if (leaf < leafCount) cuts.push(size);
      first = leafTo[leaf] as number;
    }
    if (size > MAX_MARKUP_BYTES) return;
    if (shapes.length === MAX_SHAPES) shapes.pop();
    shapes.unshift({ depth, markup: copyOf(pieces), cuts, places: leafPlace.slice(0, leafCount) });
  };

  /** Behind the start tag at `index`, or where the inside of the element ends if all of it is told. */
  const startTag = (index: number): number => {
    const seen = bytes;
    const name = index + 1;
    let nameEnd = name;
    while ((kinds[seen[nameEnd] as number] as number) & IS_NAME) nameEnd += 1;
    let local = name;
    if (seen[nameEnd] === COLON || (seen[nameEnd] as number) >= 0x80 || !is(name, STARTS_NAME)) {
      nameEnd = skipName(name);
      if (!isQualified(name, nameEnd)) malformed();
      local = localFrom(name, nameEnd);
    }
    if (depth === MAX_DEPTH) refuse('ledInvalidDepth');
    if (depth === 0 && hasRoot) malformed();
    hasRoot = true;
    depth += 1;
    from[depth] = name;
    to[depth] = nameEnd;
    scopes[depth] = undefined;
    const i = seen[nameEnd] === GREATER ? nameEnd + 1 : skipAttributes(nameEnd);
    prefix = '';
    if (local > name) {
      prefix = textOf(name, local - 1);
      if (resolve(prefix) === undefined) malformed();
      drawnDepth = NONE;
    }
    const isOneOfMany = events.open(local, nameEnd);
    if (seen[i - 2] === SLASH && i - 2 >= nameEnd) {
      opened = NONE;
      depth -= 1;
      events.close();
      return i;
    }
    opened = i;
    if (!isOneOfMany || drawnDepth !== NONE) return i;
    const end = skipLike(i);
    if (end !== NONE) return end;
    if (lessons === 0) return i;
    lessons -= 1;
    drawnDepth = depth;
    drawnFrom = i;
    leafCount = 0;
    return i;
  };

  /** Behind the end tag at `index`. */
  const endTag = (index: number): number => {
    if (depth === 0) malformed();
    const seen = bytes;
    const behind = to[depth] as number;
    let i = index + 2;
    for (let k = from[depth] as number; k < behind; k += 1, i += 1) if (seen[i] !== seen[k]) malformed();
    if (is(i, IS_SPACE)) i = skipSpace(i);
    if (seen[i] !== GREATER) malformed();
    if (drawnDepth !== NONE) {
      if (index === opened) drawLeaf(index, index, events.text(index, index, 'plain'));
      if (drawnDepth === depth) {
        keepShape(index);
        drawnDepth = NONE;
      }
    }
    depth -= 1;
    events.close();
    return i + 1;
  };

  /** Where `word` stands from `index` on, if only characters of XML stand before it. */
  const find = (index: number, word: string): number => {
    const first = word.charCodeAt(0);
    let i = index;
    while (at(i) !== first || !startsWith(i, word)) {
      if (!is(i, IS_CHARACTER)) malformed();
      i += 1;
    }
    return i;
  };

  /** Behind the comment, CDATA section or whatever else begins with `<!` at `index`. */
  const bang = (index: number): number => {
    drawnDepth = NONE;
    if (startsWith(index, '<!--')) {
      const i = find(index + 4, '--');
      return at(i + 2) === GREATER ? i + 3 : malformed();
    }
    if (startsWith(index, '<![CDATA[')) {
      if (depth === 0) malformed();
      const i = find(index + 9, ']]>');
      events.text(index + 9, i, 'cdata');
      return i + 3;
    }
    return refuse(startsWith(index, '<!DOCTYPE') ? 'ledInvalidDoctype' : 'ledInvalidXml');
  };

  /** Behind the processing instruction, or the XML declaration, at `index`. */
  const instruction = (index: number): number => {
    drawnDepth = NONE;
    if (index === start && startsWith(index, usualDeclaration)) return index + usualDeclaration.length;
    const end = find(index + 2, '?>');
    const targetEnd = skipName(index + 2);
    const target = textOf(index + 2, targetEnd);
    if (target === 'xml' && index === start) {
      const declared = declaration.exec(textOf(index, end + 2)) ?? malformed();
      const encoding = (declared[1] ?? declared[2] ?? 'utf-8').toLowerCase();
      if (encoding !== 'utf-8' && (encoding !== 'us-ascii' || !isPlain)) refuse('ledInvalidEncoding');
      return end + 2;
    }
    if (!unqualified.test(target) || target.toLowerCase() === 'xml') malformed();
    // saxes cannot tell `<?a?b?>` from `<?a ?b?>`: neither is taken.
    if (targetEnd !== end) {
      const data = skipSpace(targetEnd);
      if (data === targetEnd || (at(data) === QUESTION && data !== end)) malformed();
    }
    return end + 2;
  };

  /** The text from `index` on; returns where the markup behind it begins. */
  const characters = (index: number): number => {
    const blank = skipSpace(index);
    if (depth === 0) return blank === length || at(blank) === LESS ? blank : malformed();
    form = 'plain';
    const i = at(blank) === LESS ? blank : skipText(index);
    if (i === NONE) malformed();
    const place = events.text(index, i, form);
    if (drawnDepth !== NONE) {
      if (index === opened && at(i + 1) === SLASH) drawLeaf(index, i, place);
      else if (i !== blank) drawnDepth = NONE;
    }
    return i;
  };

  const scanAll = (): void => {
    const whole = bytes.subarray(0, length);
    lessons = MAX_LESSONS;
    isPlain = isAscii(whole);
    // What is not UTF-8 is seldom well-formed either; it is the encoding that has to be told.
    if (!isPlain && !isUtf8(whole)) refuse('ledInvalidEncoding');
    if (!isPlain && noncharacters.some((one) => whole.includes(one))) malformed();
    start = at(0) === 0xef && at(1) === 0xbb && at(2) === 0xbf ? 3 : 0;
    const seen = bytes;
    let i = start;
    while (i < length) {
      if (seen[i] !== LESS) i = characters(i);
      else {
        const byte = seen[i + 1] as number;
        if (byte === SLASH) i = endTag(i);
        else if (byte === BANG) i = bang(i);
        else if (byte === QUESTION) i = instruction(i);
        else i = startTag(i);
      }
    }
    if (depth > 0 || !hasRoot) malformed();
  };

  /** Puts the pieces together, with zeros behind them. */
  const take = (pieces: readonly Uint8Array[]): void => {
    let size = 0;
    for (const piece of pieces) size += piece.length;
    if (size + SLACK > bytes.length) {
      let room = LEAST_BYTES;
      while (room < size) room *= 2;
      bytes = Buffer.alloc(room + SLACK);
      words = wordsOf(bytes);
    }
    for (const piece of pieces) {
      bytes.set(piece, length);
      length += piece.length;
    }
  };

  const clear = (): void => {
    bytes.fill(0, 0, length);
    if (bytes.length > MOST_KEPT_BYTES + SLACK) {
      bytes = nothing;
      words = wordsOf(nothing);
    }
    length = depth = leafFrom.length = leafTo.length = 0;
    hasRoot = false;
    drawnDepth = opened = NONE;
    scopes.fill(undefined);
    prefix = '';
  };

  return {
    scan: (pieces) => {
      try {
        take(pieces);
        scanAll();
      } finally {
        clear();
      }
    },
    bytes: () => bytes,
    resolved,
    namespace: () => resolve(prefix) ?? '',
  };
};

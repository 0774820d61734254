import { isAscii, isUtf8 } from 'node:buffer';
import { Fault } from '../fault.ts';

/** What a scanner tells, in the document's order. Offsets are into `bytes()`, from the first to behind the last. */
export type ScanEvents = {
  /** An element begins; the bytes of its local name. Returns whether others like it may follow in the same parent. */
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

/** Reads one document at a time: `write` for its bytes as they come, `end`, then `clear`, whatever the others threw. */
export type Scanner = {
  readonly write: (chunk: Uint8Array) => void;
  readonly end: () => void;
  /** Forgets the document, every byte of it, and is ready for the next. */
  readonly clear: () => void;
  /** All that came so far. The bytes stay at their places; the array around them may be another after each `write`. */
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

/** In place of where a token ends: not all of it has come, or it cannot stand there, or it is not what was looked for. */
const INCOMPLETE = -1;
const INVALID = -2;
const UNLIKE = -3;
/** No depth, and no place. */
const NONE = -1;

type Scope = ReadonlyMap<string, string>;

/** The rest of a start tag that was found good, and says the same wherever it stands again. */
type Region = { readonly from: number; readonly to: number; readonly scope: Scope | undefined };
const MAX_REGIONS = 8;

/**
 * The markup of an element that was read, to know others by: all of it but the texts of its leaves. A leaf is here an
 * element with nothing in it but one text. Within the element stands no other text but white space, and no CDATA. An
 * element of the same parent that differs in the texts alone is thus well-formed, within the limits, and tells the
 * listener the same again, as long as those texts are text.
 */
type Shape = {
  from: number;
  nameEnd: number;
  to: number;
  /** Of leaves, in their order: where the text stood, and its place with the listener. */
  count: number;
  readonly starts: number[];
  readonly ends: number[];
  readonly places: number[];
};
/** An element with more leaves is not worth remembering; nor are more kinds of element in a row. */
const MAX_LEAVES = 256;
const MAX_SHAPES = 6;
/** Nor is one of more bytes held against a shape more than once. */
const LONGEST_LIKE = 65_536;
const newShape = (): Shape => ({ from: 0, nameEnd: 0, to: 0, count: 0, starts: [], ends: [], places: [] });

const nothing = Buffer.alloc(0);
const noWords = new DataView(nothing.buffer);
const noncharacters = [Buffer.from('\ufffe'), Buffer.from('\uffff')] as const;

/**
 * Scans XML 1.0 documents with namespaces, without a document type, in UTF-8, as their bytes come, one after another.
 * It is strict: what is not well-formed throws a Fault `badGateway` (`ledInvalid…`), in `end` at the latest; so do a
 * DOCTYPE, another encoding, a depth over 64 and over 64 attributes an element. Nothing is copied but the bytes
 * themselves. They and all that was learnt from them are gone after `clear`; only the room is used again.
 */
export const createScanner = (events: ScanEvents): Scanner => {
  let bytes = nothing;
  let words = noWords;
  let length = 0;
  /** Where the first token that was not whole begins. */
  let position = 0;
  /** So many bytes have to be there before it is tried again: a token that never ends costs no more than its double. */
  let enough = 0;
  let start = 0;
  let depth = 0;
  let ended = false;
  let hasRoot = false;
  let mustBeAscii = false;
  // By depth: the name in the start tag, and what its attributes declare.
  const from: number[] = [];
  const to: number[] = [];
  const scopes: (Scope | undefined)[] = [];
  const regions: Region[] = [];
  let prefix = '';
  /** The character that the reference skipped last stands for. */
  let referred = 0;
  /** What the text that was skipped last holds. */
  let form: TextForm = 'plain';
  // The shapes known among the children of the parent at `parentDepth`, the one met last in front. The last is a spare.
  const shapes = Array.from({ length: MAX_SHAPES + 1 }, newShape);
  let known = 0;
  let parentDepth = NONE;
  /** The shape of the element under way, if it may get one, and that element's depth. */
  let drawn: Shape | undefined;
  let drawnDepth = NONE;
  /** Behind the start tag read last, if it is not an end tag too. */
  let opened = 0;
  // The texts of an element that is being held against a shape.
  const textFrom: number[] = [];
  const textTo: number[] = [];
  const textForm: TextForm[] = [];

  const at = (index: number): number => bytes[index] as number;
  const is = (index: number, kind: number): boolean => ((kinds[at(index)] as number) & kind) !== 0;
  const textOf = (first: number, behind: number): string => bytes.toString('utf8', first, behind);
  /** For a byte that cannot stand where it stands: perhaps it only marks the end of what came. */
  const unlessMissing = (index: number): number => (index >= length ? INCOMPLETE : malformed());

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

  /** Behind the reference that begins at `index`; INVALID if XML has no such character or entity. */
  const skipReference = (index: number): number => {
    let i = index + 1;
    if (at(i) !== HASH) {
      for (const { reference, byte } of entities) {
        if (!startsWith(index, reference)) continue;
        referred = byte;
        return index + reference.length;
      }
      while (is(i, IS_NAME)) i += 1;
      return i >= length ? INCOMPLETE : INVALID;
    }
    const base = at(i + 1) === HEXADECIMAL ? 16 : 10;
    referred = 0;
    for (i += base === 16 ? 2 : 1; at(i) !== SEMICOLON; i += 1) {
      const digit = digitOf(at(i), base);
      if (digit === NONE) return i >= length ? INCOMPLETE : INVALID;
      referred = Math.min(referred * base + digit, 0x110000);
    }
    return isCharacter(referred) ? i + 1 : INVALID;
  };

  /** What stands there, its references replaced. No character takes more bytes than the reference to it. */
  const resolved = (first: number, behind: number): string => {
    const seen = bytes;
    const decoded = Buffer.allocUnsafe(behind - first);
    let count = 0;
    for (let i = first; i < behind; ) {
      const byte = seen[i] as number;
      if (byte !== AMPERSAND) {
        decoded[count] = byte;
        count += 1;
        i += 1;
        continue;
      }
      i = skipReference(i);
      if (referred < 0x80) {
        decoded[count] = referred;
        count += 1;
      } else count += decoded.write(String.fromCodePoint(referred), count);
    }
    const text = decoded.toString('utf8', 0, count);
    decoded.fill(0);
    return text;
  };

  /** Behind the text that begins at `index`, where markup begins; leaves in `form` what it holds. */
  const skipText = (index: number): number => {
    const seen = bytes;
    let i = index;
    form = 'plain';
    for (;;) {
      while (((kinds[seen[i] as number] as number) & IS_TEXT) !== 0) i += 1;
      const byte = seen[i] as number;
      if (byte === LESS) return i;
      if (byte === GREATER) {
        if (i - index >= 2 && seen[i - 1] === BRACKET && seen[i - 2] === BRACKET) return INVALID;
        i += 1;
      } else if (byte === AMPERSAND) {
        i = skipReference(i);
        if (i < 0) return i;
        form = 'references';
      } else return i >= length ? INCOMPLETE : INVALID;
    }
  };

  /** Behind the name that begins at `index`, whatever its letters. */
  const skipName = (index: number): number => {
    let i = index;
    while (is(i, IS_NAME) || at(i) === COLON || at(i) >= 0x80) i += 1;
    return i >= length ? INCOMPLETE : i;
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

  /** The namespace that a prefix stands for in the start tag of an element at that depth. */
  const resolve = (prefix: string, depth: number): string | undefined => {
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
    if (quote !== QUOTE && quote !== APOSTROPHE) return unlessMissing(index);
    let i = index + 1;
    while (at(i) !== quote) {
      const byte = at(i);
      if (byte === AMPERSAND) {
        i = skipReference(i);
        if (i === INCOMPLETE) return INCOMPLETE;
        if (i === INVALID) malformed();
      } else if (byte !== LESS && is(i, IS_CHARACTER)) i += 1;
      else return unlessMissing(i);
    }
    return i + 1;
  };

  /** Behind a start tag whose attributes, if any, begin at `index`; leaves what they declare in `scopes`. */
  const skipAttributes = (index: number): number => {
    const names: string[] = [];
    let scope: Map<string, string> | undefined;
    let i = index;
    for (;;) {
      const name = skipSpace(i);
      if (at(name) === GREATER || at(name) === SLASH) {
        if (at(name) === SLASH && at(name + 1) !== GREATER) return unlessMissing(name + 1);
        i = at(name) === SLASH ? name + 2 : name + 1;
        break;
      }
      const nameEnd = skipName(name);
      if (nameEnd === INCOMPLETE) return INCOMPLETE;
      if (name === i || nameEnd === name) malformed();
      const equals = skipSpace(nameEnd);
      if (at(equals) !== EQUALS) return unlessMissing(equals);
      const value = skipSpace(equals + 1);
      const valueEnd = skipValue(value);
      if (valueEnd === INCOMPLETE) return INCOMPLETE;
      const attribute = textOf(name, nameEnd);
      if (!isQualified(name, nameEnd) || names.includes(attribute)) malformed();
      if (names.push(attribute) > MAX_ATTRIBUTES) refuse('ledInvalidAttributes');
      if (attribute === 'xmlns' || attribute.startsWith('xmlns:')) {
        scope ??= new Map();
        // White space is as it stands: in no form may it be in a namespace.
        declare(scope, attribute.slice(6), resolved(value + 1, valueEnd - 1));
      }
      i = valueEnd;
    }
    scopes[depth + 1] = scope;
    const prefixed = names.filter((name) => name.includes(':') && !name.startsWith('xmlns:'));
    if (prefixed.length > 0) {
      const expanded = prefixed.map((name) => {
        const [prefix = '', local = ''] = name.split(':');
        return `${resolve(prefix, depth + 1) ?? malformed()} ${local}`;
      });
      if (new Set(expanded).size < expanded.length) malformed();
    } else if (regions.length < MAX_REGIONS) regions.push({ from: index, to: i, scope });
    return i;
  };

  /**
   * Whether what was found good at `one` stands at `other` too. By words of eight bytes, the last overlapping the one
   * before it, as numbers: two that are equal have the same bytes, unless they are zero, and no byte of what was found
   * good is. One that differs from itself (NaN) takes bytes that are not UTF-8: the answer may be no, though it is yes.
   */
  const isSame = (one: number, other: number, size: number): boolean => {
    const last = size - 8;
    if (last < 0) {
      const seen = bytes;
      for (let i = 0; i < size; i += 1) if (seen[one + i] !== seen[other + i]) return false;
      return true;
    }
    const seen = words;
    for (let i = 0; i < last; i += 8) {
      if (seen.getFloat64(one + i, true) !== seen.getFloat64(other + i, true)) return false;
    }
    return seen.getFloat64(one + last, true) === seen.getFloat64(other + last, true);
  };

  /** As `skipAttributes`, for attributes that stood so in an earlier tag: LED declares a namespace anew on every leaf. */
  const skipKnownAttributes = (index: number): number => {
    for (let place = 0; place < regions.length; place += 1) {
      const region = regions[place] as Region;
      const size = region.to - region.from;
      if (index + size > length || !isSame(region.from, index, size)) continue;
      // The one that was met last is tried first.
      regions[place] = regions[0] as Region;
      regions[0] = region;
      scopes[depth + 1] = region.scope;
      return index + size;
    }
    return INCOMPLETE;
  };

  /** Behind the element at `index` if it has that shape, its texts then in `textFrom`, `textTo` and `textForm`. */
  const skipShape = (shape: Shape, index: number): number => {
    let model = shape.from;
    let i = index;
    for (let leaf = 0; leaf <= shape.count; leaf += 1) {
      const size = (leaf < shape.count ? (shape.starts[leaf] as number) : shape.to) - model;
      const came = Math.min(size, length - i);
      if (!isSame(model, i, came)) return UNLIKE;
      if (came < size) return INCOMPLETE;
      i += size;
      if (leaf === shape.count) break;
      textFrom[leaf] = i;
      i = skipText(i);
      if (i < 0) return i;
      textTo[leaf] = i;
      textForm[leaf] = form;
      model = shape.ends[leaf] as number;
    }
    return i;
  };

  /** Behind the element at `index` if it has a known shape; it is told in short then, else not at all. */
  const skipLike = (index: number): number => {
    for (let place = 0; place < known; place += 1) {
      const shape = shapes[place] as Shape;
      const end = skipShape(shape, index);
      // What may yet become an element of this shape waits for more, if it is not long and more may come.
      if (end === INCOMPLETE && !ended && length - index < LONGEST_LIKE) return INCOMPLETE;
      if (end < 0) continue;
      if (place > 0) {
        shapes.splice(place, 1);
        shapes.unshift(shape);
      }
      depth += 1;
      scopes[depth] = undefined;
      prefix = '';
      events.open(index + 1, index + shape.nameEnd - shape.from);
      for (let leaf = 0; leaf < shape.count; leaf += 1) {
        const to = shape.places[leaf] as number;
        if (to !== NONE)
          events.placed(to, textFrom[leaf] as number, textTo[leaf] as number, textForm[leaf] as TextForm);
      }
      depth -= 1;
      events.close();
      return end;
    }
    return UNLIKE;
  };

  /** Notes for the shape that is being drawn the text of a leaf. */
  const drawLeaf = (shape: Shape, first: number, behind: number, place: number): void => {
    if (shape.count === MAX_LEAVES) {
      drawn = undefined;
      return;
    }
    shape.starts[shape.count] = first;
    shape.ends[shape.count] = behind;
    shape.places[shape.count] = place;
    shape.count += 1;
  };

  /** Behind the start tag at `index`. */
  const startTag = (index: number): number => {
    const seen = bytes;
    const name = index + 1;
    let nameEnd = name;
    while ((kinds[seen[nameEnd] as number] as number) & IS_NAME) nameEnd += 1;
    let local = name;
    if (seen[nameEnd] === COLON || (seen[nameEnd] as number) >= 0x80 || !is(name, STARTS_NAME)) {
      nameEnd = skipName(name);
      if (nameEnd === INCOMPLETE) return INCOMPLETE;
      if (!isQualified(name, nameEnd)) malformed();
      local = localFrom(name, nameEnd);
    }
    let i: number;
    if (seen[nameEnd] === GREATER) {
      scopes[depth + 1] = undefined;
      i = nameEnd + 1;
    } else {
      i = skipKnownAttributes(nameEnd);
      if (i === INCOMPLETE) i = skipAttributes(nameEnd);
      if (i === INCOMPLETE) return INCOMPLETE;
    }
    if (depth === MAX_DEPTH) refuse('ledInvalidDepth');
    if (depth === 0 && hasRoot) malformed();
    hasRoot = true;
    depth += 1;
    from[depth] = name;
    to[depth] = nameEnd;
    prefix = local > name ? textOf(name, local - 1) : '';
    if (prefix !== '' && resolve(prefix, depth) === undefined) malformed();
    opened = i;
    const mayRepeat = events.open(local, nameEnd);
    if (
      mayRepeat &&
      drawn === undefined &&
      local === name &&
      i === nameEnd + 1 &&
      (known === 0 || parentDepth === depth - 1)
    ) {
      // Of a bare name, neither a prefix nor a declaration has to be remembered.
      drawn = shapes[MAX_SHAPES] as Shape;
      drawn.from = index;
      drawn.nameEnd = nameEnd;
      drawn.count = 0;
      drawnDepth = depth;
    }
    if (seen[i - 2] === SLASH && i - 2 >= nameEnd) {
      opened = NONE;
      depth -= 1;
      events.close();
    }
    return i;
  };

  /** Behind the end tag at `index`. */
  const endTag = (index: number): number => {
    if (depth === 0) malformed();
    const begun = from[depth] as number;
    const size = (to[depth] as number) - begun;
    const name = index + 2;
    const seen = bytes;
    let i = name + size;
    if (!isSame(begun, name, size)) {
      i = name;
      while (i < name + size && seen[i] === seen[begun + i - name]) i += 1;
      if (i < name + size) return unlessMissing(i);
    }
    if (is(i, IS_SPACE)) i = skipSpace(i);
    if (seen[i] !== GREATER) return unlessMissing(i);
    if (drawn !== undefined && index === opened) drawLeaf(drawn, index, index, events.text(index, index, 'plain'));
    depth -= 1;
    events.close();
    i += 1;
    if (drawn !== undefined && depth < drawnDepth) {
      drawn.to = i;
      shapes.pop();
      shapes.unshift(drawn);
      drawn = undefined;
      known = Math.min(known + 1, MAX_SHAPES);
      parentDepth = depth;
    } else if (depth < parentDepth) {
      known = 0;
      parentDepth = NONE;
    }
    return i;
  };

  /** Where `word` stands from `index` on, if only characters of XML stand before it. */
  const find = (index: number, word: string): number => {
    const first = word.charCodeAt(0);
    for (let i = index; ; i += 1) {
      if (at(i) === first && startsWith(i, word)) return i;
      if (!is(i, IS_CHARACTER)) return unlessMissing(i);
    }
  };

  /** Behind the comment, CDATA section or whatever else begins with `<!` at `index`. */
  const bang = (index: number): number => {
    if (startsWith(index, '<!--')) {
      const i = find(index + 4, '--');
      if (i === INCOMPLETE) return INCOMPLETE;
      return at(i + 2) === GREATER ? i + 3 : unlessMissing(i + 2);
    }
    if (startsWith(index, '<![CDATA[')) {
      if (depth === 0) malformed();
      const i = find(index + 9, ']]>');
      if (i === INCOMPLETE) return INCOMPLETE;
      drawn = undefined;
      events.text(index + 9, i, 'cdata');
      return i + 3;
    }
    if (length - index < 9) return INCOMPLETE;
    return refuse(startsWith(index, '<!DOCTYPE') ? 'ledInvalidDoctype' : 'ledInvalidXml');
  };

  /** Behind the processing instruction, or the XML declaration, at `index`. */
  const instruction = (index: number): number => {
    if (index === start && startsWith(index, usualDeclaration)) return index + usualDeclaration.length;
    const end = find(index + 2, '?>');
    if (end === INCOMPLETE) return INCOMPLETE;
    const targetEnd = skipName(index + 2);
    const target = textOf(index + 2, targetEnd);
    if (target === 'xml' && index === start) {
      const declared = declaration.exec(textOf(index, end + 2)) ?? malformed();
      const encoding = (declared[1] ?? declared[2] ?? 'utf-8').toLowerCase();
      if (encoding !== 'utf-8' && encoding !== 'us-ascii') refuse('ledInvalidEncoding');
      mustBeAscii = encoding === 'us-ascii';
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
    let i = skipSpace(index);
    const isBlank = at(i) === LESS;
    if (isBlank) form = 'plain';
    else {
      i = skipText(i);
      if (i === INVALID) malformed();
      if (i === INCOMPLETE) {
        if (!ended || depth > 0) return INCOMPLETE;
        i = length;
      }
    }
    if (depth === 0) {
      if (!isBlank && skipSpace(index) < i) malformed();
      return i;
    }
    if (drawn === undefined) {
      events.text(index, i, form);
      return i;
    }
    // Whether it is a leaf's whole text is told by what follows.
    if (i + 1 >= length) return INCOMPLETE;
    const place = events.text(index, i, form);
    if (index === opened && at(i + 1) === SLASH) drawLeaf(drawn, index, i, place);
    else if (!isBlank) drawn = undefined;
    return i;
  };

  const scan = (): void => {
    const seen = bytes;
    let i = position;
    while (i < length) {
      let next: number;
      if (seen[i] !== LESS) next = characters(i);
      else {
        const byte = seen[i + 1] as number;
        if (byte === SLASH) next = endTag(i);
        else if (byte === BANG) next = bang(i);
        else if (byte === QUESTION) next = instruction(i);
        else if (is(i + 1, STARTS_NAME) || byte >= 0x80) {
          next = depth === parentDepth ? skipLike(i) : UNLIKE;
          if (next === UNLIKE) next = startTag(i);
        } else next = unlessMissing(i + 1);
      }
      if (next === INCOMPLETE) {
        if (ended) malformed();
        enough = length + ((length - i) >> 1);
        break;
      }
      i = next;
    }
    position = i;
  };

  const begin = (): boolean => {
    if (position > 0 || at(0) !== 0xef) return true;
    if (length < 3 && !ended) return false;
    if (at(1) === 0xbb && at(2) === 0xbf) start = position = 3;
    return true;
  };

  const guarded = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      // What is not UTF-8 is seldom well-formed either; it is the encoding that has to be told.
      const isFaulty = error instanceof Fault && error.reason === 'ledInvalidXml';
      throw isFaulty && !isUtf8(bytes.subarray(0, length)) ? new Fault('badGateway', 'ledInvalidEncoding') : error;
    }
  };

  /** Makes room for so many bytes. Behind those that came there are zeros only. */
  const reserve = (size: number): void => {
    let room = LEAST_BYTES;
    while (room < size) room *= 2;
    const larger = Buffer.alloc(room + SLACK);
    larger.set(bytes.subarray(0, length));
    bytes.fill(0, 0, length);
    bytes = larger;
    words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  };

  return {
    bytes: () => bytes,
    resolved,
    namespace: () => resolve(prefix, depth) ?? '',
    write: (chunk) => {
      if (length + chunk.length + SLACK > bytes.length) reserve(length + chunk.length);
      bytes.set(chunk, length);
      length += chunk.length;
      if (length >= enough && begin()) guarded(scan);
    },
    end: () => {
      ended = true;
      guarded(() => {
        begin();
        scan();
        if (depth > 0 || !hasRoot) malformed();
      });
      const whole = bytes.subarray(0, length);
      if (isAscii(whole)) return;
      if (mustBeAscii || !isUtf8(whole)) refuse('ledInvalidEncoding');
      if (noncharacters.some((one) => whole.includes(one))) malformed();
    },
    clear: () => {
      bytes.fill(0, 0, length);
      if (bytes.length > MOST_KEPT_BYTES + SLACK) {
        bytes = nothing;
        words = noWords;
      }
      length = position = enough = start = depth = known = 0;
      ended = hasRoot = mustBeAscii = false;
      parentDepth = NONE;
      drawn = undefined;
      regions.length = 0;
      scopes.fill(undefined);
      prefix = '';
    },
  };
};

import { isAscii, isUtf8 } from 'node:buffer';
import { Fault } from '../fault.ts';

/** What a scanner tells, in the document's order. Offsets are into `bytes()`, from the first to behind the last. */
export type ScanEvents = {
  /** An element begins; the bytes of its local name. */
  readonly open: (from: number, to: number) => void;
  /** The element that began last and has not ended ends. */
  readonly close: () => void;
  /** A piece of the text directly in an element: as it stands, with references still in it, or the inside of CDATA. */
  readonly text: (from: number, to: number, form: 'plain' | 'references' | 'cdata') => void;
};

export type Scanner = {
  readonly write: (chunk: Uint8Array) => void;
  readonly end: () => void;
  /** All that came so far. The bytes stay at their places; the array around them may be another after each `write`. */
  readonly bytes: () => Buffer;
  /** What stands there, if it is ASCII. */
  readonly ascii: (from: number, to: number) => string;
  /** The namespace of the element that began last; '' for none. */
  readonly namespace: () => string;
};

const MAX_DEPTH = 64;
const MAX_ATTRIBUTES = 64;
/** Zeros behind the bytes: no loop below runs past them, as no character of XML is NUL. */
const SLACK = 16;
const PAGE = 8192;

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

const uriCharacter = "(?:[\\w/.~:@!$'()*+,;=-]|%[0-9a-f]{2})";
const uriWithoutColon = "(?:[\\w/.~@!$'()*+,;=-]|%[0-9a-f]{2})";
/** A namespace has to be a URI, as libxml2 sees it. */
const namespaceName = new RegExp(
  `^(?:[a-z][a-z0-9+.-]*:(?://[a-z0-9._-]+(?::[0-9]{1,5})?(?=[/?#]|$)|(?!//))${uriCharacter}*|(?!//)${uriWithoutColon}*)` +
    `(?:\\?${uriCharacter}*)?(?:#${uriCharacter}*)?$`,
  'i',
);

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The character for what stands between `&` and `;`; undefined if XML has none. */
const referred = (name: string): string | undefined => {
  if (name.charCodeAt(0) !== HASH) return entities.get(name);
  const digits = /^#(?:([0-9]+)|x([0-9A-Fa-f]+))$/.exec(name);
  if (digits === null) return undefined;
  const point = digits[1] === undefined ? Number.parseInt(digits[2] ?? '', 16) : Number(digits[1]);
  const isCharacter =
    point === TAB ||
    point === LF ||
    point === CR ||
    (point >= SPACE && point < 0xd800) ||
    (point > 0xdfff && point < 0xfffe) ||
    (point > 0xffff && point < 0x110000);
  return isCharacter ? String.fromCodePoint(point) : undefined;
};

/** Text with its references replaced; they have been found good. */
export const resolveReferences = (text: string): string =>
  text.replace(/&([^;]*);/g, (_, name: string) => referred(name) ?? '');

const refuse = (reason: string): never => {
  throw new Fault('badGateway', reason);
};
const malformed = (): never => refuse('ledInvalidXml');

/** What a token is not yet: whole. */
const INCOMPLETE = -1;

type Scope = ReadonlyMap<string, string>;

/** The rest of a start tag that was found good, and says the same wherever it stands again. */
type Region = { readonly from: number; readonly to: number; readonly scope: Scope | undefined };
const MAX_REGIONS = 8;

const nothing = Buffer.alloc(0);
const noWords = new DataView(nothing.buffer);
const noncharacters = [Buffer.from('\ufffe'), Buffer.from('\uffff')] as const;

/**
 * Scans one XML 1.0 document with namespaces, without a document type, in UTF-8, as its bytes come. It is strict: what
 * is not well-formed throws a Fault `badGateway` (`ledInvalid…`), in `end` at the latest; so do a DOCTYPE, another
 * encoding, a depth over 64 and over 64 attributes an element. Nothing is copied but the bytes themselves, once if
 * `size` says how many are expected.
 */
export const createScanner = (events: ScanEvents, size = 0): Scanner => {
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
  // Many short strings are cut from one long string: each straight from the bytes would cost five times as much.
  let page = '';
  let pageFrom = 0;

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
    let i = index;
    while (is(i, IS_SPACE)) i += 1;
    return i;
  };

  /** Behind the reference that begins at `index`. */
  const skipReference = (index: number): number => {
    let i = index + 1;
    if (at(i) === HASH) i += 1;
    while (is(i, IS_NAME)) i += 1;
    if (at(i) !== SEMICOLON) return unlessMissing(i);
    return referred(bytes.toString('latin1', index + 1, i)) === undefined ? malformed() : i + 1;
  };

  /** Behind the name that begins at `index`, whatever its letters. */
  const skipName = (index: number): number => {
    let i = index;
    while (is(i, IS_NAME) || at(i) === COLON || at(i) >= 0x80) i += 1;
    return i >= length ? INCOMPLETE : i;
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
      if (!qualified.test(attribute) || names.includes(attribute)) malformed();
      if (names.push(attribute) > MAX_ATTRIBUTES) refuse('ledInvalidAttributes');
      if (attribute === 'xmlns' || attribute.startsWith('xmlns:')) {
        scope ??= new Map();
        const uri = resolveReferences(textOf(value + 1, valueEnd - 1).replace(/\r\n|[\t\r\n]/g, ' '));
        declare(scope, attribute.slice(6), uri);
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

  /** As `skipAttributes`, for attributes that stood so in an earlier tag: LED declares a namespace anew on every leaf. */
  const skipKnownAttributes = (index: number): number => {
    for (const region of regions) {
      const size = region.to - region.from;
      if (index + size > length) continue;
      // By words of four bytes; the last one overlaps the one before it, or what stands in front of the tag's end.
      const last = size - 4;
      let i = 0;
      while (i < last && words.getInt32(index + i, true) === words.getInt32(region.from + i, true)) i += 4;
      if (i < last || words.getInt32(index + last, true) !== words.getInt32(region.from + last, true)) continue;
      scopes[depth + 1] = region.scope;
      return index + size;
    }
    return INCOMPLETE;
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
      if (!qualified.test(textOf(name, nameEnd))) malformed();
      local = bytes.subarray(name, nameEnd).indexOf(COLON) + 1 + name;
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
    events.open(local, nameEnd);
    if (seen[i - 2] === SLASH && i - 2 >= nameEnd) {
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
    let i = 0;
    while (i < size && seen[name + i] === seen[begun + i]) i += 1;
    i += name;
    if (i === name + size && is(i, IS_SPACE)) i = skipSpace(i);
    if (i < name + size || seen[i] !== GREATER) return unlessMissing(i);
    depth -= 1;
    events.close();
    return i + 1;
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
      events.text(index + 9, i, 'cdata');
      return i + 3;
    }
    if (length - index < 9) return INCOMPLETE;
    return refuse(startsWith(index, '<!DOCTYPE') ? 'ledInvalidDoctype' : 'ledInvalidXml');
  };

  /** Behind the processing instruction, or the XML declaration, at `index`. */
  const instruction = (index: number): number => {
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
    let i = index;
    let form: 'plain' | 'references' = 'plain';
    const seen = bytes;
    for (;;) {
      while ((kinds[seen[i] as number] as number) & IS_TEXT) i += 1;
      const byte = seen[i] as number;
      if (byte === LESS) break;
      if (byte === AMPERSAND) {
        i = skipReference(i);
        if (i === INCOMPLETE) return INCOMPLETE;
        form = 'references';
      } else if (byte === GREATER) {
        if (i - index >= 2 && at(i - 1) === BRACKET && at(i - 2) === BRACKET) malformed();
        i += 1;
      } else if (i >= length) {
        if (!ended) return INCOMPLETE;
        break;
      } else malformed();
    }
    if (depth === 0) {
      if (skipSpace(index) < i) malformed();
    } else events.text(index, i, form);
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
        else if (is(i + 1, STARTS_NAME) || byte >= 0x80) next = startTag(i);
        else next = unlessMissing(i + 1);
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

  return {
    bytes: () => bytes,
    ascii: (first, behind) => {
      if (first < pageFrom || behind > pageFrom + page.length) {
        pageFrom = first - (first % PAGE);
        page = bytes.toString('latin1', pageFrom, Math.min(length, behind + PAGE));
      }
      return page.slice(first - pageFrom, behind - pageFrom);
    },
    namespace: () => resolve(prefix, depth) ?? '',
    write: (chunk) => {
      if (length + chunk.length + SLACK > bytes.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(length + chunk.length, 2 * length, size) + SLACK);
        larger.set(bytes.subarray(0, length));
        bytes = larger;
        words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      }
      bytes.set(chunk, length);
      length += chunk.length;
      bytes.fill(0, length, length + SLACK);
      if (length >= enough && begin()) guarded(scan);
    },
    end: () => {
      ended = true;
      guarded(() => {
        if (bytes.length === 0) malformed();
        begin();
        scan();
        if (depth > 0 || !hasRoot) malformed();
      });
      const whole = bytes.subarray(0, length);
      if (isAscii(whole)) return;
      if (mustBeAscii || !isUtf8(whole)) refuse('ledInvalidEncoding');
      if (noncharacters.some((one) => whole.includes(one))) malformed();
    },
  };
};

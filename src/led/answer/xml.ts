import { isAscii, isUtf8 } from 'node:buffer';
import { Fault } from '../../fault.ts';
import {
  AMPERSAND,
  APOSTROPHE,
  BANG,
  BRACKET,
  COLON,
  EQUALS,
  GREATER,
  IS_CHARACTER,
  IS_NAME,
  IS_SPACE,
  IS_TEXT,
  kinds,
  LESS,
  namespaceName,
  QUESTION,
  QUOTE,
  qualifiedName,
  readReference,
  resolveReferences,
  SLASH,
  SPACE,
  STARTS_NAME,
  startsWith,
  unqualifiedName,
  xmlDeclaration,
} from './xml-characters.ts';

export type TextForm = 'plain' | 'references' | 'cdata';

/**
 * Which events follow for an element: none; those of its child elements, and its end; or its text as well. The element
 * is checked in any case.
 */
export type Wanted = 'nothing' | 'elements' | 'text';

/** What a document contains, in its order. Offsets are into the bytes of the document: [from, to). */
export type XmlEvents = {
  /** An element starts: the bytes of its local name, and its namespace, '' if it has none. Returns what is wanted. */
  readonly open: (from: number, to: number, namespace: string) => Wanted;
  /** The element that started last, and has not ended, ends. Not called if nothing is wanted of the element. */
  readonly close: () => void;
  /** A piece of text in the current element: with its references still in it, or the inside of a CDATA section. */
  readonly text: (from: number, to: number, form: TextForm) => void;
};

/** Zero bytes that must follow a document. NUL is no character of XML, so no loop runs past them. */
export const ZEROS_BEHIND = 16;

const MAX_DEPTH = 64;
const MAX_ATTRIBUTES = 64;
const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';
const noncharacters = [Buffer.from('\ufffe'), Buffer.from('\uffff')] as const;

/**
 * The namespaces that a start tag declares, by prefix, those of the elements around it, and the default namespace.
 * `from` and `to`: where its last declaration is in the document, as in `xmlns:a="u:v"`.
 */
type Scope = {
  readonly around: Scope | undefined;
  readonly uris: ReadonlyMap<string, string>;
  readonly unprefixed: string;
  readonly from: number;
  readonly to: number;
};

/** One document while it is scanned. */
type Scan = {
  readonly bytes: Buffer;
  /** The same memory as `bytes`. */
  readonly view: DataView;
  readonly length: number;
  readonly events: XmlEvents;
  readonly isAscii: boolean;
  /** Where the document begins: behind the byte order mark if there is one. */
  readonly start: number;
  depth: number;
  hasRoot: boolean;
  // By depth: the bytes of the name in the start tag, the scope (an element that declares nothing shares that of the
  // element around it), and what is wanted.
  readonly nameFrom: number[];
  readonly nameTo: number[];
  readonly scopes: Scope[];
  readonly wanted: Wanted[];
};

/** Throws the Fault for an answer that cannot be used. */
export const refuse = (reason: string): never => {
  throw new Fault('badGateway', reason);
};
const malformed = (): never => refuse('ledInvalidXml');

/**
 * Scans an XML 1.0 document with namespaces in UTF-8, in one pass: the first `length` bytes of `bytes`, which has
 * `ZEROS_BEHIND` zeros after them. Throws a Fault `badGateway` (`ledInvalid…`) if the document is not well-formed, has
 * a document type or another encoding, is more than 64 elements deep, or has more than 64 attributes on an element.
 */
export const scanXml = (bytes: Buffer, length: number, events: XmlEvents): void => {
  const scan = startScan(bytes, length, events);
  let i = scan.start;
  while (i < length) {
    const next = bytes[i + 1];
    if (bytes[i] !== LESS) i = scanText(scan, i);
    else if (next === SLASH) i = scanEndTag(scan, i);
    else if (next === BANG) i = scanCommentOrCdata(scan, i);
    else if (next === QUESTION) i = scanInstruction(scan, i);
    else i = scanStartTag(scan, i);
  }
  if (scan.depth > 0 || !scan.hasRoot) malformed();
};

const startScan = (bytes: Buffer, length: number, events: XmlEvents): Scan => {
  const whole = bytes.subarray(0, length);
  const ascii = isAscii(whole);
  // Checked first: bytes that are not UTF-8 are usually not well-formed either, and the encoding is the better reason.
  if (!ascii && !isUtf8(whole)) refuse('ledInvalidEncoding');
  if (!ascii && noncharacters.some((one) => whole.includes(one))) malformed();
  return {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    length,
    events,
    isAscii: ascii,
    start: startsWith(bytes, 0, '\u00ef\u00bb\u00bf') ? 3 : 0,
    depth: 0,
    hasRoot: false,
    nameFrom: [0],
    nameTo: [0],
    scopes: [{ around: undefined, uris: new Map([['xml', XML]]), unprefixed: '', from: 0, to: 0 }],
    wanted: ['elements'],
  };
};

// Each function below takes the index where something begins and returns the index behind it.

const scanText = (scan: Scan, index: number): number => {
  const { bytes } = scan;
  if (scan.depth === 0) {
    const end = skip(bytes, index, IS_SPACE);
    return end === scan.length || bytes[end] === LESS ? end : malformed();
  }
  let form: TextForm = 'plain';
  let i = skip(bytes, index, IS_TEXT);
  while (bytes[i] !== LESS) {
    if (bytes[i] === AMPERSAND) {
      form = 'references';
      i = readReference(bytes, i)?.end ?? malformed();
    } else if (bytes[i] === GREATER && !(i - index >= 2 && bytes[i - 1] === BRACKET && bytes[i - 2] === BRACKET)) {
      i += 1;
    } else malformed();
    i = skip(bytes, i, IS_TEXT);
  }
  if (scan.wanted[scan.depth] === 'text') scan.events.text(index, i, form);
  return i;
};

const scanStartTag = (scan: Scan, index: number): number => {
  const { bytes, events, scopes, wanted } = scan;
  const name = index + 1;
  const plainEnd = skip(bytes, name, IS_NAME);
  const nameEnd = isName(bytes, name, plainEnd) ? plainEnd : skipQualifiedName(bytes, name);
  if (scan.depth === MAX_DEPTH) refuse('ledInvalidDepth');
  if (scan.depth === 0 && scan.hasRoot) malformed();
  scan.hasRoot = true;
  const depth = scan.depth + 1;
  scan.depth = depth;
  scan.nameFrom[depth] = name;
  scan.nameTo[depth] = nameEnd;
  scopes[depth] = scopes[depth - 1] as Scope;
  const end = bytes[nameEnd] === GREATER ? nameEnd + 1 : scanAttributes(scan, nameEnd);
  const local = nameEnd === plainEnd ? name : localFrom(bytes, name, nameEnd);
  const scope = scopes[depth] as Scope;
  const namespace = local === name ? scope.unprefixed : resolvePrefix(scope, bytes.toString('utf8', name, local - 1));
  wanted[depth] = wanted[depth - 1] === 'nothing' ? 'nothing' : events.open(local, nameEnd, namespace);
  if (bytes[end - 2] === SLASH && end - 2 >= nameEnd) closeElement(scan);
  return end;
};

const scanEndTag = (scan: Scan, index: number): number => {
  const { bytes, depth } = scan;
  if (depth === 0) malformed();
  const name = scan.nameFrom[depth] as number;
  const nameEnd = scan.nameTo[depth] as number;
  if (!isSame(scan.view, name, nameEnd, index + 2)) malformed();
  const end = skip(bytes, index + 2 + nameEnd - name, IS_SPACE);
  if (bytes[end] !== GREATER) malformed();
  closeElement(scan);
  return end + 1;
};

const closeElement = (scan: Scan): void => {
  if (scan.wanted[scan.depth] !== 'nothing') scan.events.close();
  scan.depth -= 1;
};

/** The attributes of the current element, up to the `>` of its start tag. Keeps the namespaces that they declare. */
const scanAttributes = (scan: Scan, index: number): number => {
  const { bytes, depth } = scan;
  const around = scan.scopes[depth] as Scope;
  // LED repeats the declaration of an outer element on every leaf. The same bytes need no second check.
  if (bytes[index] === SPACE && isSame(scan.view, around.from, around.to, index + 1)) {
    const end = index + 1 + around.to - around.from;
    if (bytes[end] === GREATER) return end + 1;
  }
  const names: string[] = [];
  let uris: Map<string, string> | undefined;
  let i = index;
  for (;;) {
    const name = skip(bytes, i, IS_SPACE);
    if (bytes[name] === GREATER || (bytes[name] === SLASH && bytes[name + 1] === GREATER)) {
      checkExpandedNames(scan.scopes[depth] as Scope, names);
      return bytes[name] === GREATER ? name + 1 : name + 2;
    }
    // An attribute needs white space in front of it.
    if (name === i) malformed();
    const nameEnd = skipQualifiedName(bytes, name);
    const equals = skip(bytes, nameEnd, IS_SPACE);
    if (bytes[equals] !== EQUALS) malformed();
    const value = skip(bytes, equals + 1, IS_SPACE);
    i = skipValue(bytes, value);
    const attribute = bytes.toString('utf8', name, nameEnd);
    if (names.includes(attribute)) malformed();
    if (names.push(attribute) > MAX_ATTRIBUTES) refuse('ledInvalidAttributes');
    if (attribute === 'xmlns' || attribute.startsWith('xmlns:')) {
      uris ??= new Map();
      // White space in the value needs no normalising: a namespace cannot contain any.
      declare(uris, attribute.slice('xmlns:'.length), resolveReferences(bytes, value + 1, i - 1));
      const unprefixed = uris.get('') ?? around.unprefixed;
      scan.scopes[depth] = { around, uris, unprefixed, from: name, to: i };
    }
  }
};

/** Whether the bytes of [from, to) are at `index` too. Compares eight at a time, because half of LED's bytes repeat others. */
const isSame = (view: DataView, from: number, to: number, index: number): boolean => {
  let k = from;
  let i = index;
  for (; k + 8 <= to; k += 8, i += 8) if (view.getBigUint64(k) !== view.getBigUint64(i)) return false;
  for (; k < to; k += 1, i += 1) if (view.getUint8(k) !== view.getUint8(i)) return false;
  return true;
};

/** Two prefixes can have the same namespace. Then `a:x` and `b:x` are the same attribute, twice. */
const checkExpandedNames = (scope: Scope, names: readonly string[]): void => {
  const prefixed = names.filter((name) => name.includes(':') && !name.startsWith('xmlns:'));
  const expanded = prefixed.map((name) => {
    const [prefix = '', local = ''] = name.split(':');
    return `${resolvePrefix(scope, prefix)} ${local}`;
  });
  if (new Set(expanded).size < expanded.length) malformed();
};

const declare = (uris: Map<string, string>, prefix: string, uri: string): void => {
  if (!namespaceName.test(uri) || uri === XMLNS || prefix === 'xmlns') malformed();
  if ((uri === XML) !== (prefix === 'xml')) malformed();
  if (uri === '' && prefix !== '') malformed();
  uris.set(prefix, uri);
};

/** The namespace of a prefix, which must be declared. */
const resolvePrefix = (scope: Scope, prefix: string): string => {
  for (let declared: Scope | undefined = scope; declared !== undefined; declared = declared.around) {
    const uri = declared.uris.get(prefix);
    if (uri !== undefined) return uri;
  }
  return malformed();
};

const scanCommentOrCdata = (scan: Scan, index: number): number => {
  const { bytes } = scan;
  if (startsWith(bytes, index, '<!--')) {
    const i = find(bytes, index + 4, '--');
    return bytes[i + 2] === GREATER ? i + 3 : malformed();
  }
  if (startsWith(bytes, index, '<![CDATA[')) {
    if (scan.depth === 0) malformed();
    const i = find(bytes, index + 9, ']]>');
    if (scan.wanted[scan.depth] === 'text') scan.events.text(index + 9, i, 'cdata');
    return i + 3;
  }
  return refuse(startsWith(bytes, index, '<!DOCTYPE') ? 'ledInvalidDoctype' : 'ledInvalidXml');
};

/** A processing instruction, or the XML declaration. */
const scanInstruction = (scan: Scan, index: number): number => {
  const { bytes } = scan;
  const end = find(bytes, index + 2, '?>');
  const targetEnd = skipNameBytes(bytes, index + 2);
  const target = bytes.toString('utf8', index + 2, targetEnd);
  if (target === 'xml' && index === scan.start) {
    const declared = xmlDeclaration.exec(bytes.toString('utf8', index, end + 2)) ?? malformed();
    const encoding = (declared[1] ?? declared[2] ?? 'utf-8').toLowerCase();
    if (encoding !== 'utf-8' && (encoding !== 'us-ascii' || !scan.isAscii)) refuse('ledInvalidEncoding');
    return end + 2;
  }
  if (!unqualifiedName.test(target) || target.toLowerCase() === 'xml') malformed();
  if (targetEnd !== end) {
    const data = skip(bytes, targetEnd, IS_SPACE);
    // `<?a ?b?>` is well-formed, but saxes cannot tell it from `<?a?b?>`: both are refused.
    if (data === targetEnd || (bytes[data] === QUESTION && data !== end)) malformed();
  }
  return end + 2;
};

/** Returns the index of the first byte that is not of the given kinds. A loop of its own: V8 runs it much faster. */
const skip = (bytes: Buffer, index: number, kind: number): number => {
  let i = index;
  while (((kinds[bytes[i] as number] as number) & kind) !== 0) i += 1;
  return i;
};

/** Whether [from, to), the bytes that may be in a plain name, are a whole name: ASCII, and without a prefix. */
const isName = (bytes: Buffer, from: number, to: number): boolean => {
  const behind = bytes[to] as number;
  return behind !== COLON && behind < 0x80 && ((kinds[bytes[from] as number] as number) & STARTS_NAME) !== 0;
};

const skipNameBytes = (bytes: Buffer, index: number): number => {
  let i = skip(bytes, index, IS_NAME);
  while (bytes[i] === COLON || (bytes[i] as number) >= 0x80) i = skip(bytes, i + 1, IS_NAME);
  return i;
};

const skipQualifiedName = (bytes: Buffer, index: number): number => {
  const end = skipNameBytes(bytes, index);
  return qualifiedName.test(bytes.toString('utf8', index, end)) ? end : malformed();
};

/** Where the local part of a QName begins. */
const localFrom = (bytes: Buffer, from: number, to: number): number => {
  for (let i = from; i < to; i += 1) if (bytes[i] === COLON) return i + 1;
  return from;
};

/** An attribute's value, its quotes included. */
const skipValue = (bytes: Buffer, index: number): number => {
  const quote = bytes[index];
  if (quote !== QUOTE && quote !== APOSTROPHE) malformed();
  let i = index + 1;
  while (bytes[i] !== quote) {
    const byte = bytes[i] as number;
    if (byte === AMPERSAND) i = readReference(bytes, i)?.end ?? malformed();
    else if (byte !== LESS && ((kinds[byte] as number) & IS_CHARACTER) !== 0) i += 1;
    else malformed();
  }
  return i + 1;
};

/** The index of `word`, from `index` on. Everything in front of it must be a character of XML. */
const find = (bytes: Buffer, index: number, word: string): number => {
  let i = index;
  while (!startsWith(bytes, i, word)) {
    if (((kinds[bytes[i] as number] as number) & IS_CHARACTER) === 0) malformed();
    i += 1;
  }
  return i;
};

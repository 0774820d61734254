/** The bytes that have a meaning in XML markup. */
const code = (character: string): number => character.charCodeAt(0);
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const BANG = code('!');
export const QUOTE = code('"');
export const HASH = code('#');
export const AMPERSAND = code('&');
export const APOSTROPHE = code("'");
export const SLASH = code('/');
export const COLON = code(':');
export const SEMICOLON = code(';');
export const LESS = code('<');
export const EQUALS = code('=');
export const GREATER = code('>');
export const QUESTION = code('?');
export const BRACKET = code(']');

export const IS_SPACE = 1;
export const IS_CHARACTER = 2;
/** May stand in a text: any character but `<`, `&` and `>`. */
export const IS_TEXT = 4;
export const STARTS_NAME = 8;
export const IS_NAME = 16;

/**
 * What a byte can be, as a sum of the bits above. A byte from 0x80 on is part of a longer character, which may be in a
 * name: the patterns below decide that. NUL has no bit, so that every loop over characters stops at the zeros behind
 * a document.
 */
export const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
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
export const unqualifiedName = new RegExp(`^${ncName}$`, 'u');
export const qualifiedName = new RegExp(`^${ncName}(?::${ncName})?$`, 'u');

const s = '[ \\t\\r\\n]';
/** The XML declaration; its encoding is the first or the second group. */
export const xmlDeclaration = new RegExp(
  `^<\\?xml${s}+version${s}*=${s}*(?:"1\\.0"|'1\\.0')` +
    `(?:${s}+encoding${s}*=${s}*(?:"([A-Za-z][\\w.-]*)"|'([A-Za-z][\\w.-]*)'))?` +
    `(?:${s}+standalone${s}*=${s}*(?:"(?:yes|no)"|'(?:yes|no)'))?${s}*\\?>$`,
);

const uriCharacter = "(?:[\\w/.~:@!$'()*+,;=-]|%[0-9a-f]{2})";
const uriWithoutColon = "(?:[\\w/.~@!$'()*+,;=-]|%[0-9a-f]{2})";
/** A namespace must be a URI. The pattern is as strict as libxml2, and stricter than saxes. */
export const namespaceName = new RegExp(
  `^(?:[a-z][a-z0-9+.-]*:(?://[a-z0-9._-]+(?::[0-9]{1,5})?(?=[/?#]|$)|(?!//))${uriCharacter}*|(?!//)${uriWithoutColon}*)` +
    `(?:\\?${uriCharacter}*)?(?:#${uriCharacter}*)?$`,
  'i',
);

/** The entities that XML itself defines. Others need a document type, which is refused. */
const entities = [
  { reference: '&amp;', point: AMPERSAND },
  { reference: '&lt;', point: LESS },
  { reference: '&gt;', point: GREATER },
  { reference: '&quot;', point: QUOTE },
  { reference: '&apos;', point: APOSTROPHE },
] as const;

const isCharacter = (point: number): boolean =>
  point < 0x80
    ? ((kinds[point] as number) & IS_CHARACTER) !== 0
    : point < 0xd800 || (point > 0xdfff && point < 0xfffe) || (point > 0xffff && point < 0x110000);

/** The value of a digit to the base 10 or 16; -1 if the byte is not one. */
const digitOf = (byte: number, base: number): number => {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return base === 16 && letter >= 97 && letter <= 102 ? letter - 87 : -1;
};

/** Whether the ASCII `word` is at `index`. */
export const startsWith = (bytes: Buffer, index: number, word: string): boolean => {
  for (let i = 0; i < word.length; i += 1) if (bytes[index + i] !== word.charCodeAt(i)) return false;
  return true;
};

/** Reads the reference at `index`: its character, and the index behind it. Undefined if XML has no such reference. */
export const readReference = (
  bytes: Buffer,
  index: number,
): { readonly point: number; readonly end: number } | undefined => {
  if (bytes[index + 1] !== HASH) {
    const entity = entities.find(({ reference }) => startsWith(bytes, index, reference));
    return entity && { point: entity.point, end: index + entity.reference.length };
  }
  const base = bytes[index + 2] === code('x') ? 16 : 10;
  let point = 0;
  let i = index + (base === 16 ? 3 : 2);
  for (; bytes[i] !== SEMICOLON; i += 1) {
    const digit = digitOf(bytes[i] as number, base);
    if (digit < 0) return undefined;
    point = Math.min(point * base + digit, 0x110000);
  }
  return isCharacter(point) ? { point, end: i + 1 } : undefined;
};

/** The text in [from, to) with its references replaced. The references must have been checked. */
export const resolveReferences = (bytes: Buffer, from: number, to: number): string => {
  let text = '';
  let done = from;
  for (let i = from; i < to; ) {
    const reference = bytes[i] === AMPERSAND ? readReference(bytes, i) : undefined;
    if (reference === undefined) i += 1;
    else {
      text += bytes.toString('utf8', done, i) + String.fromCodePoint(reference.point);
      i = done = reference.end;
    }
  }
  return text + bytes.toString('utf8', done, to);
};

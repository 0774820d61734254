import { checkInsz } from './insz.ts';

/**
 * Finds an INSZ in any dress in a text from outside: a request, a token, a certificate or LED. Decimal digits of every
 * script count. Two things are found, also after one percent-decoding:
 *
 * - `unbroken`: eleven or more digits that follow each other directly, whatever they say;
 * - `separated`: eleven successive digits, with anything between them that is neither letter nor digit, that pass the
 *   check of an INSZ. An escape such as `%20` or `\0A` counts as a separator too.
 *
 * Returns undefined if the text holds neither. Not for times, addresses, hashes and ids that this service makes: these
 * have eleven digits by chance.
 */
export const elevenDigits = (text: string): 'unbroken' | 'separated' | undefined => {
  const found = readingsOf(text).flatMap(findIn);
  if (found.length === 0) return undefined;
  return found.some(({ kind }) => kind === 'unbroken') ? 'unbroken' : 'separated';
};

/** Returns the text with `***` in the place of what `elevenDigits` finds. A text without it is returned unchanged. */
export const withoutElevenDigits = (text: string): string => {
  if (elevenDigits(text) === undefined) return text;
  const asItIs = strip(text);
  const stripped = elevenDigits(asItIs) === undefined ? asItIs : strip(unescaped(asItIs));
  return elevenDigits(stripped) === undefined ? stripped : MASK;
};

/** Returns the eleven ASCII digits of a text that holds one valid INSZ, in any dress, and nothing else. */
export const inszIn = (text: string): string | undefined => {
  for (const reading of readingsOf(text)) {
    const [run, ...others] = runsOf(reading);
    if (run && others.length === 0 && !run.besideLetters && checkInsz(run.digits, ANY_DAY, true).ok) return run.digits;
  }
  return undefined;
};

const LENGTH = 11;
/** No birth date is after it: a text is judged the same on every day. */
const ANY_DAY = '9999-12-31';
const MASK = '***';

/** `%20` in a URL, `\0A` in the subject of a certificate (RFC 4514). */
const ESCAPES = /(?:[%\\][0-9A-Fa-f]{2})+/g;
const ESCAPE = /[%\\][0-9A-Fa-f]{2}/y;

/** A way to read a text. Without `escapesSeparate`, the digits of an escape are digits like others. */
type Reading = { readonly text: string; readonly escapesSeparate: boolean };

const readingsOf = (text: string): Reading[] => {
  if (text.length < LENGTH) return [];
  const asItIs = { text, escapesSeparate: false };
  const plain = unescaped(text);
  if (plain === text) return [asItIs];
  return [asItIs, { text: plain, escapesSeparate: false }, { text: plain, escapesSeparate: true }];
};

/** Decodes each escape once. Bytes that are not UTF-8 become U+FFFD, which is a separator. */
const unescaped = (text: string): string =>
  text.replace(ESCAPES, (escapes) => Buffer.from(escapes.replace(/[%\\]/g, ''), 'hex').toString('utf8'));

/** Successive digits without a letter between them, as ASCII, and the place of each one in the text (UTF-16 units). */
type Run = {
  readonly digits: string;
  readonly places: readonly { readonly from: number; readonly to: number }[];
  /** Whether the text has a letter before or after the run. */
  readonly besideLetters: boolean;
};

const runsOf = ({ text, escapesSeparate }: Reading): Run[] => {
  const runs: Run[] = [];
  let digits = '';
  let places: { from: number; to: number }[] = [];
  let letters = 0;
  const endRun = (besideLetters: boolean): void => {
    if (digits !== '') runs.push({ digits, places, besideLetters });
    digits = '';
    places = [];
  };
  for (let at = 0; at < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(at) as number);
    const digit = digitOf(character);
    if (digit !== undefined) {
      digits += digit;
      places.push({ from: at, to: at + character.length });
    } else if (LETTER.test(character)) {
      letters += 1;
      endRun(true);
    }
    at += escapesSeparate && isEscape(text, at) ? 3 : character.length;
  }
  endRun(letters > 0);
  return runs;
};

const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;

const isEscape = (text: string, at: number): boolean => {
  ESCAPE.lastIndex = at;
  return ESCAPE.test(text);
};

/**
 * The value of a decimal digit of any script, as ASCII; undefined for any other character. Unicode gives the ten digits
 * of a script ten successive code points, and a range of digits always begins with a zero.
 */
const digitOf = (character: string): string | undefined => {
  if (character >= '0' && character <= '9') return character;
  if (character < '\u0080' || !DIGIT.test(character)) return undefined;
  const code = character.codePointAt(0) as number;
  let zero = code;
  while (DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
};

type Found = { readonly kind: 'unbroken' | 'separated'; readonly from: number; readonly to: number };

const findIn = (reading: Reading): Found[] => runsOf(reading).flatMap((run) => [...unbrokenIn(run), ...inszsIn(run)]);

const unbrokenIn = ({ places }: Run): Found[] => {
  const found: Found[] = [];
  let first = 0;
  places.forEach(({ to }, index) => {
    if (places[index + 1]?.from === to) return;
    if (index - first + 1 >= LENGTH) found.push({ kind: 'unbroken', from: places[first]?.from ?? 0, to });
    first = index + 1;
  });
  return found;
};

const inszsIn = ({ digits, places }: Run): Found[] =>
  places.slice(LENGTH - 1).flatMap(({ to }, first) => {
    const candidate = digits.slice(first, first + LENGTH);
    return isLikeInsz(candidate) ? [{ kind: 'separated' as const, from: places[first]?.from ?? 0, to }] : [];
  });

/** Whether check digits (of either century) and date fit. Test numbers count, and so do serials that are not given out. */
const isLikeInsz = (digits: string): boolean => {
  const check = checkInsz(digits, ANY_DAY, true);
  return check.ok || check.reason === 'serial';
};

const strip = (text: string): string => {
  const found = findIn({ text, escapesSeparate: false });
  let stripped = '';
  let end = 0;
  for (const { from, to } of found.toSorted((one, other) => one.from - other.from)) {
    if (from >= end) stripped += text.slice(end, from) + MASK;
    end = Math.max(end, to);
  }
  return stripped + text.slice(end);
};

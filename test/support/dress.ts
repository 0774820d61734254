import fc from 'fast-check';

const DAYS = fc.record({
  year: fc.integer({ min: 0, max: 99 }),
  month: fc.integer({ min: 61, max: 72 }),
  day: fc.integer({ min: 1, max: 28 }),
  serial: fc.integer({ min: 1, max: 998 }),
  century: fc.constantFrom(0, 2_000_000_000),
});

/** A test number of MAGDA (month 61 to 72) with check digits that fit, of either century. */
export const anyInsz: fc.Arbitrary<string> = DAYS.map(({ year, month, day, serial, century }) => {
  const two = (value: number): string => String(value).padStart(2, '0');
  const base = `${two(year)}${two(month)}${two(day)}${String(serial).padStart(3, '0')}`;
  return base + two(97 - ((century + Number(base)) % 97));
});

/** The zeros of scripts: ASCII, Arabic, Persian, Devanagari, Thai, full-width, mathematical bold, Adlam. */
const ZEROS = [0x30, 0x660, 0x6f0, 0x966, 0xe50, 0xff10, 0x1d7ce, 0x1e950];
const SEPARATORS = ['.', '-', ' ', '_', '/', ':', '\u00a0', '\u200b', ', ', '--', '·', '#', '@', '%20', '%2E', '%09'];

const inScripts = (digits: string, zeros: readonly number[]): string =>
  [...digits].map((digit, index) => String.fromCodePoint(Number(digit) + (zeros[index] ?? 0x30))).join('');

/** The same number as people and machines write it: with separators, in digits of other scripts, percent-encoded. */
export const dressed = (insz: string, separators: readonly string[] = SEPARATORS): fc.Arbitrary<string> => {
  const groups = fc.array(fc.option(fc.constantFrom(...separators), { nil: '', freq: 2 }), {
    minLength: 10,
    maxLength: 10,
  });
  const zeros = fc.oneof(
    fc.constantFrom(...ZEROS).map((zero) => Array.from({ length: 11 }, () => zero)),
    fc.array(fc.constantFrom(...ZEROS), { minLength: 11, maxLength: 11 }),
  );
  const separated = fc
    .tuple(zeros, groups)
    .map(([scripts, between]) =>
      [...inScripts(insz, scripts)].map((digit, index) => digit + (between[index] ?? '')).join(''),
    );
  const usual = `${insz.slice(0, 2)}.${insz.slice(2, 4)}.${insz.slice(4, 6)}-${insz.slice(6, 9)}.${insz.slice(9)}`;
  const encoded = separated.map((text) =>
    [...text].map((character) => (character === '%' ? '%' : encodeEach(character))).join(''),
  );
  return fc.oneof(fc.constantFrom(insz, usual), separated, encoded);
};

const encodeEach = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/** A number in ASCII digits with separators that the forms of ids and file numbers allow. */
export const plainlyDressed = (insz: string, separators: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.option(fc.constantFrom(...separators), { nil: '', freq: 2 }), { minLength: 10, maxLength: 10 })
    .map((between) => [...insz].map((digit, index) => digit + (between[index] ?? '')).join(''));

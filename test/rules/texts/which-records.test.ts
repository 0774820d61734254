import { describe, expect, test } from 'vitest';
import { type AxisName, axesOf, axisNames, cellCount } from '../../../src/rules/analysis/cells.ts';
import { whichRecords } from '../../../src/rules/texts/which-records.ts';
import { smallSource } from '../analysis/small-set.ts';
import { ama, today } from '../support.ts';

const seenAll = (axes: ReturnType<typeof axesOf>): Record<AxisName, bigint> =>
  Object.fromEntries(axisNames.map((axis) => [axis, (1n << BigInt(axes[axis].length)) - 1n])) as Record<
    AxisName,
    bigint
  >;

/** The text for the cells in which one axis has only the classes with these examples. */
const which = (
  axis: AxisName,
  wanted: readonly string[],
  language: 'nl' | 'en' = 'nl',
  source = smallSource,
): string => {
  const axes = axesOf([source], today);
  const positions = axes[axis].flatMap(({ example }, position) =>
    wanted.includes(Object.values(example).join('-')) ? [position] : [],
  );
  const bits = positions.reduce((sum, position) => sum | (1n << BigInt(position)), 0n);
  const cells = axisNames.reduce((all, name) => all * (name === axis ? positions.length : axes[name].length), 1);
  return whichRecords(axes, { ...seenAll(axes), [axis]: bits }, cells, language);
};

describe('which records some cells are', () => {
  test.each([
    ['country', ['NLD'], 'nl', 'alle bewijzen met land: NLD'],
    ['country', ['NLD', ''], 'nl', 'alle bewijzen met land: NLD of ontbreekt'],
    ['country', ['NLD', 'FRA', ''], 'nl', 'alle bewijzen met land: niet BEL'],
    ['country', ['FRA'], 'en', 'all proofs with country: another value'],
    [
      'isced2011',
      ['541', '641'],
      'nl',
      'alle bewijzen met ISCED 2011: drie cijfers, het eerste een 5 of 6 en het laatste een 1',
    ],
    ['isced2011', ['5', '6'], 'en', 'all proofs with ISCED 2011: a code that begins with 5 or 6'],
    [
      'institution',
      ['Centrum volwassenenonderwijs'],
      'nl',
      'alle bewijzen met instelling: een naam met “volwassenenonderwijs”',
    ],
    ['iscedField', ['999'], 'nl', 'alle bewijzen met ISCED-studiegebied: past niet bij het onderwerp'],
    [
      'date',
      ['2026-12-31', '2027'],
      'nl',
      'alle bewijzen met uitreikingsdatum: 2026 (na vandaag) of 2027 tot en met 2100',
    ],
    ['date', ['1900', '2009', '2026'], 'en', 'all proofs with date of issue: 1900 to 2025 or 2026 (not after today)'],
    [
      'date',
      ['2009', '2026', '2026-12-31', '2027', '1800'],
      'nl',
      'alle bewijzen met uitreikingsdatum: 2009 tot en met 2100 of een onbekend jaar',
    ],
    ['status', ['1', '10', '2', ''], 'nl', 'alle bewijzen'],
  ] as const)('%s %j in %s: %s', (axis, wanted, language, expected) => {
    expect(which(axis, wanted, language)).toBe(expected);
  });

  test.each([
    ['status', ['1'], 'alle bewijzen met status: 1', 'all proofs with status: 1'],
    [
      'proofState',
      ['Tussenbewijs'],
      'alle bewijzen met bewijsstaat: Tussenbewijs',
      'all proofs with state of the proof: Tussenbewijs',
    ],
    ['proofType', ['Attest'], 'alle bewijzen met bewijstype: Attest', 'all proofs with type of proof: Attest'],
    [
      'category',
      ['Andere categorie'],
      'alle bewijzen met categorie: een andere waarde',
      'all proofs with category: another value',
    ],
    ['degree', ['Bachelor'], 'alle bewijzen met graad: Bachelor', 'all proofs with degree: Bachelor'],
    [
      'institution',
      ['Centrum volwassenenonderwijs'],
      'alle bewijzen met instelling: een naam met “volwassenenonderwijs”',
      'all proofs with institution: a name with “volwassenenonderwijs”',
    ],
    [
      'date',
      ['2026', '1800'],
      'alle bewijzen met uitreikingsdatum: 2026 (niet na vandaag) of een onbekend jaar',
      'all proofs with date of issue: 2026 (not after today) or an unknown year',
    ],
    [
      'date',
      ['2026-12-31', '1900'],
      'alle bewijzen met uitreikingsdatum: 1900 tot en met 2008 of 2026 (na vandaag)',
      'all proofs with date of issue: 1900 to 2008 or 2026 (after today)',
    ],
    [
      'date',
      ['1900', '2027'],
      'alle bewijzen met uitreikingsdatum: 1900 tot en met 2008 of 2027 tot en met 2100',
      'all proofs with date of issue: 1900 to 2008 or 2027 to 2100',
    ],
    ['vks', ['7', ''], 'alle bewijzen met VKS-niveau: 7 of ontbreekt', 'all proofs with VKS level: 7 or missing'],
    [
      'isced2011',
      ['6'],
      'alle bewijzen met ISCED 2011: een code die begint met 6',
      'all proofs with ISCED 2011: a code that begins with 6',
    ],
    [
      'isced2011',
      [...'012345678'].map((first) => `${first}41`),
      'alle bewijzen met ISCED 2011: drie cijfers, het laatste een 1',
      'all proofs with ISCED 2011: three digits, the last a 1',
    ],
    [
      'isced2011',
      ['541', '641', '841'],
      'alle bewijzen met ISCED 2011: drie cijfers, het eerste een 5, 6 of 8 en het laatste een 1',
      'all proofs with ISCED 2011: three digits, the first a 5, 6 or 8 and the last a 1',
    ],
    ['isced1997', ['6'], 'alle bewijzen met ISCED 1997: 6', 'all proofs with ISCED 1997: 6'],
    [
      'authenticity',
      ['Authentiek'],
      'alle bewijzen met authenticiteit: Authentiek',
      'all proofs with authenticity: Authentiek',
    ],
    ['country', ['NLD', 'FRA', ''], 'alle bewijzen met land: niet BEL', 'all proofs with country: not BEL'],
    // As many are missing as there are: no shorter in the negative.
    [
      'country',
      ['FRA', ''],
      'alle bewijzen met land: een andere waarde of ontbreekt',
      'all proofs with country: another value or missing',
    ],
    ['subject', ['762003'], 'alle bewijzen met onderwerp: 762003', 'all proofs with subject: 762003'],
    ['subject', ['999999'], 'alle bewijzen met onderwerp: een andere waarde', 'all proofs with subject: another value'],
    // What LED knows of other subjects is never looked at, so this goes without saying.
    ['subject', ['723008', '762003'], 'alle bewijzen', 'all proofs'],
    [
      'iscedField',
      ['999'],
      'alle bewijzen met ISCED-studiegebied: past niet bij het onderwerp',
      'all proofs with ISCED field of study: does not fit the subject',
    ],
  ] as const)('%s %j in both languages', (axis, wanted, nl, en) => {
    expect(which(axis, wanted, 'nl')).toBe(nl);
    expect(which(axis, wanted, 'en')).toBe(en);
  });

  test('a field that fits the subject, or is missing', () => {
    const axes = axesOf([smallSource], today);
    const cells = cellCount(axes) / 3;
    const [agrees, missing] = [1n, 4n];
    const text = (bits: bigint, count: number, language: 'nl' | 'en') =>
      whichRecords(axes, { ...seenAll(axes), iscedField: bits }, count, language);
    expect(text(agrees, cells, 'nl')).toBe('alle bewijzen met ISCED-studiegebied: past bij het onderwerp');
    expect(text(agrees | missing, 2 * cells, 'en')).toBe(
      'all proofs with ISCED field of study: fits the subject or missing',
    );
  });

  test('a name with parts of two conditions', () => {
    const range = { low: 5, high: 5 };
    const clauses = [['avond'], ['school']].map((containsOneOf) => ({ institution: { containsOneOf }, range }));
    const source = { ...smallSource, degrees: [{ names: ['Graad'], clauses }] };
    expect(which('institution', ['Centrum avond / school'], 'nl', source)).toBe(
      'alle bewijzen met instelling: een naam met “avond” + “school”',
    );
  });

  test('up to eleven names are all named; of more, ten', () => {
    const names = ama.source.degrees.flatMap((group) => group.names);
    const named = (count: number, language: 'nl' | 'en') =>
      which('degree', names.slice(0, count), language, ama.source);
    expect(named(11, 'en')).toBe(`all proofs with degree: ${names.slice(0, 10).join(', ')} or ${names[10]}`);
    expect(named(12, 'en')).toBe(`all proofs with degree: ${names.slice(0, 10).join(', ')} or 2 others`);
    expect(named(12, 'nl')).toBe(`alle bewijzen met graad: ${names.slice(0, 10).join(', ')} of nog 2 andere`);
  });

  test('in the negative: up to three names, if that is shorter', () => {
    const withCountries = (...countries: string[]) => ({ ...smallSource, automaticRecognition: { countries } });
    const all = ['BEL', 'NLD', 'LUX', 'EST', 'LVA', 'LTU', 'FRA', ''];
    const but = (count: number) =>
      which('country', all.slice(count), 'nl', withCountries('NLD', 'LUX', 'EST', 'LVA', 'LTU'));
    expect(but(3)).toBe('alle bewijzen met land: niet BEL, NLD of LUX');
    expect(but(4)).toBe('alle bewijzen met land: LVA, LTU, een andere waarde of ontbreekt');
    // BEL and NLD are missing, and as many are left.
    expect(which('country', ['FRA', ''], 'nl', withCountries('NLD'))).toBe(
      'alle bewijzen met land: een andere waarde of ontbreekt',
    );
    // A name and what is no name are missing.
    expect(which('country', ['NLD', 'FRA'], 'nl', withCountries('NLD'))).toBe(
      'alle bewijzen met land: NLD of een andere waarde',
    );
    expect(which('country', ['LUX', 'NLD', 'FRA'], 'nl', withCountries('NLD', 'LUX'))).toBe(
      'alle bewijzen met land: NLD, LUX of een andere waarde',
    );
  });

  test('conditions on two axes', () => {
    const axes = axesOf([smallSource], today);
    expect(whichRecords(axes, { ...seenAll(axes), country: 2n, status: 1n }, cellCount(axes) / 16, 'nl')).toBe(
      'alle bewijzen met status: 1; land: NLD',
    );
  });

  test('some of the records with these values: only', () => {
    const axes = axesOf([smallSource], today);
    expect(whichRecords(axes, { ...seenAll(axes), country: 1n }, 5, 'en')).toBe(
      'only proofs with country: BEL, and not each of them',
    );
  });
});

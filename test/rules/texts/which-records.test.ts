import { describe, expect, test } from 'vitest';
import { type AxisName, axesOf, axisNames } from '../../../src/rules/analysis/cells.ts';
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
    ['date', ['1900', '2009', '2026'], 'en', 'all proofs with date of award: 1900 to 2025 or 2026 (not after today)'],
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

  test('a long list is cut, and says how much is left', () => {
    const names = ama.source.degrees.flatMap((group) => group.names).slice(0, 14);
    expect(which('degree', names, 'nl', ama.source)).toMatch(/, nog 4 andere$|, .* of nog 4 andere$/);
  });

  test('some of the records with these values: only', () => {
    const axes = axesOf([smallSource], today);
    expect(whichRecords(axes, { ...seenAll(axes), country: 1n }, 5, 'en')).toBe(
      'only proofs with country: BEL, and not each of them',
    );
  });
});

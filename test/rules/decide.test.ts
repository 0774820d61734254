import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LedRecord } from '../../src/record.ts';
import { decide } from '../../src/rules/decide.ts';
import { ama, applicant, bachelor, type Raw, record, somebodyElse, table } from './support.ts';

const kinds: Readonly<Record<string, Raw>> = {
  match: bachelor,
  review: { ...bachelor, country: 'NLD' },
  rejected: { ...bachelor, proofType: 'Attest' },
  outOfScope: { ...bachelor, subject: '144001' },
  otherHolder: { ...bachelor, holder: somebodyElse },
  outOfScopeOtherHolder: { ...bachelor, subject: '144001', holder: somebodyElse },
};

/** `match`, `98×rejected`, `review@2015-06-30`: the parts of a date may be missing. The record bears its word as name. */
const recordsOf = (words: string): LedRecord[] =>
  words
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => {
      const [, times = '1', kind = '', date] = /^(?:(\d+)×)?(\w+)(?:@(.*))?$/.exec(word) ?? [];
      const [year, month, day] = date === undefined ? ['2016'] : date.split('-');
      const raw = { ...kinds[kind], year: year ?? '', month: month ?? '', day: day ?? '' };
      const one = record(raw);
      return Array.from({ length: Number(times) }, () => ({
        ...one,
        attributes: { ...one.attributes, volledigeNaam: word },
      }));
    });

const droppedText = ({ otherHolder, outOfScope }: { otherHolder: number; outOfScope: number }): string =>
  [
    ...(otherHolder > 0 ? [`${otherHolder} of another holder`] : []),
    ...(outOfScope > 0 ? [`${outOfScope} out of scope`] : []),
  ].join('; ');

describe('golden table of outcomes', () => {
  test.each(table('../golden/outcomes.csv'))('$what', (row) => {
    const ruling = decide({ records: recordsOf(row.records ?? ''), warning: row.warning === 'yes' }, ama, applicant);
    expect({
      outcome: ruling.outcome,
      reasons: ruling.reasons.join(' '),
      diplomas: ruling.diplomas.map(({ attributes }) => attributes.volledigeNaam).join(' '),
      rejected: String(ruling.rejected.length),
      followUp: ruling.followUp.join(' '),
      dropped: droppedText(ruling.dropped),
    }).toEqual({
      outcome: row.outcome,
      reasons: row.reasons,
      diplomas: row.diplomas,
      rejected: row.rejected,
      followUp: row.followUp,
      dropped: row.dropped,
    });
  });
});

test('shows of a diploma its verdict, reasons, domain and attributes, of a rejected proof its reasons alone', () => {
  const records = [record({ ...bachelor, proofState: 'Tussenbewijs', proofType: 'Attest' }), record(bachelor)];
  const ruling = decide({ records, warning: false }, ama, applicant);
  expect(ruling.diplomas).toEqual([
    { verdict: 'match', reasons: ['levelByVks'], domain: 'sociaal', attributes: records[1]?.attributes },
  ]);
  expect(ruling.rejected).toEqual([{ reasons: ['intermediateProof', 'notADiploma'] }]);
});

test('keeps rejected proofs in the order of LED', () => {
  const records = [
    record({ ...bachelor, proofType: 'Attest', year: '2001' }),
    record({ ...bachelor, status: '10', year: '2020' }),
  ];
  const ruling = decide({ records, warning: false }, ama, applicant);
  expect(ruling.rejected).toEqual([{ reasons: ['notADiploma'] }, { reasons: ['cancelled'] }]);
});

test('counts each kind of oddity, and a holder in both', () => {
  const records = recordsOf('match 2×outOfScope outOfScopeOtherHolder 3×otherHolder').concat(
    record({ ...bachelor, iscedField: '311', vks: '5', status: '', year: '' }),
  );
  expect(decide({ records, warning: false }, ama, applicant)).toMatchObject({
    dropped: { otherHolder: 3, outOfScope: 3 },
    quality: {
      otherHolder: 4,
      outOfScope: 3,
      subjectFieldMismatch: 1,
      levelConflict: 1,
      unknownValue: 1,
      unknownYear: 1,
    },
  });
});

describe('whatever the records', () => {
  const year = fc.constantFrom('', '1800', '1999', '2015', '2016');
  const part = fc.constantFrom('', '01', '6', '06', '12', 'NBS');
  const word = fc.constantFrom(...Object.keys(kinds));
  const anyRecord = fc
    .tuple(word, year, part, part, fc.boolean())
    .map(([kind, year, month, day, master]) =>
      record({ ...kinds[kind], year, month, day, degree: master ? 'Master' : 'Bachelor', vks: master ? '7' : '6' }),
    );
  const answer = fc.record({ records: fc.array(anyRecord, { maxLength: 12 }), warning: fc.boolean() });

  test('their order does not matter for the outcome', () => {
    fc.assert(
      fc.property(
        answer.chain(({ records, warning }) =>
          fc.tuple(
            fc.constant({ records, warning }),
            fc.shuffledSubarray(records, { minLength: records.length, maxLength: records.length }),
          ),
        ),
        ([given, shuffled]) => {
          const a = decide(given, ama, applicant);
          const b = decide({ ...given, records: shuffled }, ama, applicant);
          const known = (ruling: typeof a) => ({
            ...ruling,
            diplomas: ruling.diplomas.map((diploma) => JSON.stringify(diploma)).toSorted(),
            rejected: ruling.rejected.map((rejected) => JSON.stringify(rejected)).toSorted(),
          });
          expect(known(b)).toEqual(known(a));
        },
      ),
    );
  });

  test('one more record never makes `eligible` disappear, and 99 records never do either', () => {
    fc.assert(
      fc.property(answer, anyRecord, ({ records, warning }, more) => {
        const before = decide({ records, warning }, ama, applicant).outcome;
        const after = decide({ records: [...records, more], warning }, ama, applicant).outcome;
        if (before === 'eligible') expect(after).toBe('eligible');
        if (before !== 'notDemonstrated') expect(after).not.toBe('notDemonstrated');
      }),
    );
  });

  test('each record ends in exactly one place', () => {
    fc.assert(
      fc.property(answer, (given) => {
        const { diplomas, rejected, dropped } = decide(given, ama, applicant);
        expect(diplomas.length + rejected.length + dropped.otherHolder + dropped.outOfScope).toBe(given.records.length);
      }),
    );
  });

  test('the diplomas stand in their order, as a list filled one after the other would', () => {
    const part = fc.constantFrom('', 'x1', '1x', '01', '2', '10');
    const dated = fc.tuple(fc.constantFrom('match', 'review'), fc.constantFrom('', '1800', '1999', '2015'), part, part);
    fc.assert(
      fc.property(fc.array(dated, { maxLength: 12 }), (all) => {
        const known = (value: string) => (/^[0-9]+$/.test(value) && value !== '1800' ? Number(value) : -1);
        const comesBefore = ([kindA, ...a]: (typeof all)[number], [kindB, ...b]: (typeof all)[number]): boolean => {
          if (kindA !== kindB) return kindA === 'match';
          const part = [0, 1, 2].find(
            (part) => known(a[part] ?? '') !== known(b[part] ?? '') || known(a[part] ?? '') < 0,
          );
          return part !== undefined && known(a[part] ?? '') > known(b[part] ?? '');
        };
        const expected: (typeof all)[number][] = [];
        for (const one of all) {
          const at = expected.findIndex((other) => comesBefore(one, other));
          expected.splice(at < 0 ? expected.length : at, 0, one);
        }
        const words = (list: typeof all) => list.map(([kind, ...date]) => `${kind}@${date.join('-')}`);
        const { diplomas } = decide({ records: recordsOf(words(all).join(' ')), warning: false }, ama, applicant);
        expect(diplomas.map(({ attributes }) => attributes.volledigeNaam)).toEqual(words(expected));
      }),
      { numRuns: 500 },
    );
  });

  test('a warning always leads to a person', () => {
    fc.assert(
      fc.property(answer, ({ records }) => {
        expect(decide({ records, warning: true }, ama, applicant).outcome).toBe('manualReview');
      }),
    );
  });
});

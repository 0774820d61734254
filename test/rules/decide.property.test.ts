import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/rules/decide.ts';
import { ama, applicant, kinds, record, recordsOf, today } from './support.ts';

describe('for any records', () => {
  const year = fc.constantFrom('', '1800', '1999', '2015', '2016');
  const part = fc.constantFrom('', '01', '6', '06', '12', 'NBS');
  const word = fc.constantFrom(...Object.keys(kinds));
  const anyRecord = fc
    .tuple(word, year, part, part, fc.boolean())
    .map(([kind, year, month, day, master]) =>
      record({ ...kinds[kind], year, month, day, degree: master ? 'Master' : 'Bachelor', vks: master ? '7' : '6' }),
    );
  const answer = fc.record({
    records: fc.array(anyRecord, { maxLength: 12 }),
    warning: fc.boolean(),
    incomplete: fc.boolean(),
  });

  test('their order does not matter for the outcome', () => {
    fc.assert(
      fc.property(
        answer.chain((given) =>
          fc.tuple(
            fc.constant(given),
            fc.shuffledSubarray(given.records, { minLength: given.records.length, maxLength: given.records.length }),
          ),
        ),
        ([given, shuffled]) => {
          const a = decide(given, ama, applicant, today);
          const b = decide({ ...given, records: shuffled }, ama, applicant, today);
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

  test('one more record never takes `eligible` away, and never leads back to `notDemonstrated`', () => {
    fc.assert(
      fc.property(answer, anyRecord, (given, more) => {
        const before = decide(given, ama, applicant, today).outcome;
        const after = decide({ ...given, records: [...given.records, more] }, ama, applicant, today).outcome;
        if (before === 'eligible') expect(after).toBe('eligible');
        if (before !== 'notDemonstrated') expect(after).not.toBe('notDemonstrated');
      }),
    );
  });

  test('each record is counted in exactly one place', () => {
    fc.assert(
      fc.property(answer, (given) => {
        const { diplomas, rejected, dropped } = decide(given, ama, applicant, today);
        expect(diplomas.length + rejected.length + dropped.otherHolder + dropped.outOfScope).toBe(given.records.length);
      }),
    );
  });

  test('the diplomas are in the same order as after inserting them one by one', () => {
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
        const { diplomas } = decide(
          { records: recordsOf(words(all).join(' ')), warning: false, incomplete: false },
          ama,
          applicant,
          today,
        );
        expect(diplomas.map(({ attributes }) => attributes.volledigeNaam)).toEqual(words(expected));
      }),
      { numRuns: 500 },
    );
  });

  test('an incomplete answer never leads to `notDemonstrated`, and never changes another outcome', () => {
    fc.assert(
      fc.property(answer, (given) => {
        const whole = decide({ ...given, incomplete: false }, ama, applicant, today);
        const incomplete = decide({ ...given, incomplete: true }, ama, applicant, today);
        expect(incomplete.outcome).toBe(whole.outcome === 'notDemonstrated' ? 'manualReview' : whole.outcome);
        expect(incomplete.reasons.filter((reason) => reason !== 'answerMayBeTruncated')).toEqual(whole.reasons);
        expect(incomplete.reasons).toContain('answerMayBeTruncated');
        expect(incomplete.diplomas).toEqual(whole.diplomas);
      }),
    );
  });

  test('a warning always leads to a person', () => {
    fc.assert(
      fc.property(answer, (given) => {
        expect(decide({ ...given, warning: true }, ama, applicant, today).outcome).toBe('manualReview');
      }),
    );
  });
});

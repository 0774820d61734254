import { describe, expect, test } from 'vitest';
import { tableOf } from '../../../src/rules/analysis/table.ts';
import { ledRecordOf } from '../../../src/rules/plain-record.ts';
import { type RecordReason, recordReasons } from '../../../src/rules/reasons.ts';
import { type Engine, engine } from '../../../src/rules/rows.ts';
import type { RuleSet } from '../../../src/rules/rule-set.ts';
import { valuesOf } from '../../../src/rules/values.ts';
import { ama, replaced, today } from '../support.ts';
import { recordsFor, seeded } from './random.ts';
import { small } from './small-set.ts';

/** What each row and each witness of an engine says about a record. */
const saysOf = ({ rows, witnesses }: Engine, record: object, ruleSet: typeof ama): object => {
  const values = valuesOf(ledRecordOf(record, 'x'));
  return Object.fromEntries(
    Object.entries({ ...rows, byCategory: witnesses.category, ...{ ...witnesses, category: rows.category } }).map(
      ([name, read]) => [name, read(values, ruleSet, today)],
    ),
  );
};

describe('the table and the engine share no code, and agree on records with odd values', () => {
  test.each([
    ['begeleider-ama 1.1.0', ama],
    ['begeleider-ama 1.0.0', replaced],
    ['a small set', small()],
  ])('%s', (_, ruleSet) => {
    const table = tableOf(ruleSet.source);
    const nextRecord = recordsFor(seeded(7), [ruleSet.source], today);
    for (let count = 0; count < 4_000; count += 1) {
      const record = nextRecord();
      expect(saysOf(table, record, ruleSet), JSON.stringify(record)).toEqual(saysOf(engine, record, ruleSet));
    }
  });

  test.each([
    [{ year: '2026', month: '11', day: '24' }, 'awardDateInFuture'],
    [{ year: '2026', month: '11', day: '23' }, undefined],
    [{ year: '2026', month: '11', day: '31' }, undefined],
    [{ year: '2026', month: '12' }, 'awardDateInFuture'],
    [{ year: '2026', month: '12', day: '00' }, 'awardDateInFuture'],
    [{ year: '2026', month: '13', day: '01' }, undefined],
    [{ year: '2026', month: '00' }, undefined],
    [{ year: '2028', month: '02', day: '30' }, 'awardDateInFuture'],
    [{ year: '2101' }, undefined],
    [{ year: '1899' }, undefined],
    [{ year: '20270' }, undefined],
    [{ year: '02027' }, undefined],
    [{ year: '202７' }, undefined],
    [{}, undefined],
  ])('the date of %j: %s', (record, expected) => {
    const values = valuesOf(ledRecordOf(record, 'x'));
    expect(tableOf(ama.source).rows.date(values, ama, today)).toBe(expected);
    expect(engine.rows.date(values, ama, today)).toBe(expected);
  });

  test.each([
    ['2024-02-28', '29', 'awardDateInFuture'],
    ['2023-02-28', '29', undefined],
    ['2100-02-28', '29', undefined],
    ['2000-02-28', '29', 'awardDateInFuture'],
    ['2024-01-30', '31', 'awardDateInFuture'],
    ['2024-04-29', '30', 'awardDateInFuture'],
    ['2024-04-30', '31', undefined],
    ['2024-12-30', '31', 'awardDateInFuture'],
  ])('the day after %s, written as day %s', (day, last, expected) => {
    const [year = '', month = ''] = day.split('-');
    const values = valuesOf(ledRecordOf({ year, month, day: last }, 'x'));
    expect(tableOf(ama.source).rows.date(values, ama, day)).toBe(expected);
    expect(engine.rows.date(values, ama, day)).toBe(expected);
  });

  const clause = { range: { low: 6, high: 6 } };

  test.each<[string, Partial<RuleSet>, object, object]>([
    [
      'a proof with other white space and capitals',
      { otherProofs: [' Attest\n van  IETS '] },
      { proofType: 'attest van iets' },
      { proofType: 'notADiploma' },
    ],
    [
      'a country with white space around it',
      { automaticRecognition: { countries: [' NLD '] } },
      { country: 'NLD' },
      { country: 'foreignLevelRecognised' },
    ],
    ['a VKS level that is too high', {}, { vks: '9' }, { vks: undefined }],
    ['a VKS level that is too low', {}, { vks: '0' }, { vks: undefined }],
    [
      'a degree of which no clause fits',
      { degrees: [{ names: ['Bachelor'], clauses: [{ ...clause, year: { atMost: 2008 } }] }] },
      { degree: 'Bachelor', year: '2009' },
      { degree: undefined },
    ],
    [
      'a degree whose clause asks for a year, without a year',
      { degrees: [{ names: ['Bachelor'], clauses: [{ ...clause, year: { atMost: 2008 } }] }] },
      { degree: 'Bachelor' },
      { degree: undefined },
    ],
  ])('%s', (_, over, record, expected) => {
    const ruleSet = small(over);
    expect(saysOf(tableOf(ruleSet.source), record, ruleSet)).toMatchObject(expected);
    expect(saysOf(engine, record, ruleSet)).toMatchObject(expected);
  });

  test('the verdict, for all that a record can have up to three reasons for', () => {
    const { weigh } = tableOf(ama.source);
    const reasons = Object.keys(recordReasons) as RecordReason[];
    const withOneMore = (lists: RecordReason[][]) => lists.flatMap((list) => reasons.map((one) => [...list, one]));
    const one = withOneMore([[]]);
    const two = withOneMore(one);
    // The status is the first row, so that `cancelled` is the first reason.
    const all = [...one, ...two, ...withOneMore(two)].filter((found) => found.lastIndexOf('cancelled') <= 0);
    for (const found of all) expect(weigh(found)).toEqual(engine.weigh(found));
    expect(weigh(['cancelled', 'notADiploma'])).toEqual({ verdict: 'rejected', reasons: ['cancelled'] });
    expect(weigh(['unknownStatus', 'notADiploma'])).toEqual({ verdict: 'rejected', reasons: ['notADiploma'] });
    expect(weigh(['unknownStatus', 'levelByVks'])).toEqual({ verdict: 'review', reasons: ['unknownStatus'] });
    expect(weigh(['levelByVks'])).toEqual({ verdict: 'match', reasons: ['levelByVks'] });
  });

  test('the level, for all that five witnesses can say', () => {
    const standings = ['enough', 'tooLow', 'open', undefined] as const;
    const all = standings.flatMap((vks) =>
      standings.flatMap((isced2011) =>
        standings.flatMap((degree) =>
          standings.flatMap((category) =>
            standings.map((isced1997) => ({ vks, isced2011, degree, category, isced1997 })),
          ),
        ),
      ),
    );
    const { levelReason } = tableOf(ama.source);
    expect(all.map(levelReason)).toEqual(all.map(engine.levelReason));
  });
});

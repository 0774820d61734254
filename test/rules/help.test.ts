import { describe, expect, test } from 'vitest';
import { helpFor, helpSteps } from '../../src/rules/help.ts';
import { judge } from '../../src/rules/judge.ts';
import { compile } from '../../src/rules/rule-set.ts';
import { ama, amaVersion, applicant, bachelor, type Raw, record, today } from './support.ts';

/** What would help a record under this rule set. */
const helpOf = (over: Raw, ruleSet = ama, day = today) => {
  const given = record({ ...bachelor, ...over });
  const judgement = judge(given, ruleSet, applicant, day);
  return judgement.verdict === 'dropped' ? undefined : helpFor(given, judgement.reasons, ruleSet, day);
};

test('the steps are in the order of the rules', () => {
  expect(helpSteps).toEqual(['confirmAuthenticity', 'equivalenceDecision', 'confirmDate']);
});

test.each<[string, Raw, string | undefined]>([
  ['a match', {}, undefined],
  ['an own declaration', { authenticity: 'Eigen verklaring - Op eer' }, 'confirmAuthenticity'],
  ['an authenticity that is not known', { authenticity: 'x' }, 'confirmAuthenticity'],
  ['a foreign diploma', { country: 'ROU' }, 'equivalenceDecision'],
  ['a foreign diploma whose level is recognised', { country: 'NLD' }, undefined],
  ['no country', { country: '' }, undefined],
  ['an equivalence decision', { proofType: 'Gelijkwaardigheid' }, undefined],
  ['a date in the future', { year: '2027' }, 'confirmDate'],
  ['a date in the future by own declaration', { year: '2027', authenticity: 'Eigen verklaring' }, undefined],
  ['an own declaration from abroad', { country: 'ROU', authenticity: 'Eigen verklaring' }, undefined],
  ['a rejected proof', { proofType: 'Attest' }, undefined],
  ['a level that is open for want of a year', { degree: 'Gegradueerde', vks: '', year: '' }, 'confirmDate'],
  ['the same with VKS 6', { degree: 'Gegradueerde', year: '1800' }, 'confirmDate'],
  ['a level that is open in a year that is known', { degree: 'Gegradueerde', vks: '', year: '2010' }, undefined],
  ['a level that is open in each year', { degree: 'Vroedvrouw', institution: '', vks: '', year: '' }, undefined],
  ['no year, and nothing about the level', { degree: '', vks: '', isced1997: '', year: '' }, undefined],
  ['no year, from an unknown institution', { degree: 'Gegradueerde', institution: '', vks: '', year: '' }, undefined],
  [
    'no year, with a month and a day',
    { degree: 'Gegradueerde', vks: '', year: '', month: '12', day: '31' },
    'confirmDate',
  ],
])('%s', (_, over, expected) => {
  expect(helpOf(over)).toBe(expected);
});

describe('a year helps if the degree counts in some year until today', () => {
  const counts = { low: 6, high: 6 };
  const open = { low: 5, high: 6 };
  const withYears = (...years: ({ atLeast?: number; atMost?: number } | undefined)[]) =>
    compile(
      amaVersion({
        degrees: [
          {
            names: ['Graad'],
            clauses: [...years.map((year) => ({ ...(year && { year }), range: counts })), { range: open }],
          },
        ],
      }),
    );
  const undated = { degree: 'Graad', vks: '', year: '', month: '12', day: '31' };

  test.each([
    ['until a year', { atMost: 1900 }, 'confirmDate'],
    ['from a year on', { atLeast: 2020 }, 'confirmDate'],
    ['in one year', { atLeast: 1985, atMost: 1985 }, 'confirmDate'],
    ['from this year on', { atLeast: 2026 }, 'confirmDate'],
    ['only in years to come', { atLeast: 2027 }, undefined],
  ])('%s', (_, year, expected) => {
    expect(helpOf(undated, withYears(year))).toBe(expected);
  });

  test('a year to come does not help, also where the rule set does not look at dates in the future', () => {
    const { datesInFuture, ...source } = withYears({ atLeast: 2027 }).source;
    expect(helpOf(undated, compile(source))).toBeUndefined();
    expect(helpOf(undated, compile(source), '2027-01-01')).toBe('confirmDate');
  });

  test('after a year in which it is open', () => {
    const ruleSet = compile(
      amaVersion({
        degrees: [
          {
            names: ['Graad'],
            clauses: [
              { year: { atMost: 2000 }, range: open },
              { year: { atMost: 2100 }, range: counts },
              { range: open },
            ],
          },
        ],
      }),
    );
    expect(helpOf(undated, ruleSet)).toBe('confirmDate');
    expect(helpOf(undated, ruleSet, '2001-01-01')).toBe('confirmDate');
    expect(helpOf(undated, ruleSet, '2000-12-31')).toBeUndefined();
  });

  test('the years of other degrees do not matter', () => {
    expect(helpOf({ ...undated, degree: 'Gegradueerde' }, withYears({ atMost: 1990 }))).toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import { admit, judge, wantedBy } from '../../src/rules/judge.ts';
import { recordReasons } from '../../src/rules/reasons.ts';
import { valuesOf } from '../../src/rules/values.ts';
import { goldenTables, rawOf, ruleSetOf } from './golden.ts';
import { lists } from './naive.ts';
import { ama, applicant, bachelor, example, judged, record, somebodyElse, today } from './support.ts';

const tables = goldenTables('verdict');

describe.each(tables)('golden table $name', ({ rows }) => {
  test.each(rows)('$ruleSet: $what', (row) => {
    expect(judged(rawOf(row), ruleSetOf(row))).toBe(`${row.verdict} ${row.reasons}`);
  });
});

describe('the golden tables are complete', () => {
  const rows = tables.flatMap(({ rows }) => rows).filter(({ ruleSet }) => ruleSet === 'begeleider-ama@1.1.0');
  const folded = (column: string) => rows.map((row) => (row[column] ?? '').normalize('NFC').toLowerCase());

  test('every reason of a record has a row', () => {
    const seen = new Set(tables.flatMap(({ rows }) => rows.flatMap((row) => (row.reasons ?? '').split(' '))));
    expect(Object.keys(recordReasons).filter((code) => !seen.has(code))).toEqual([]);
    expect([...seen].filter((code) => !(code in recordReasons))).toEqual(['outOfScope', 'otherHolder']);
  });

  test.each([
    ['degree', lists.degrees],
    ['category', lists.categories],
    ['proofType', lists.otherProofs],
    ['institution', lists.higherEducation.slice(0, 2)],
  ] as const)('every name of the list for %s has a row', (column, names) => {
    expect(names.filter((name) => !folded(column).includes(name))).toEqual([]);
  });

  test('hardly any two rows have the same values', () => {
    const cells = rows.map(({ what, ...row }) => JSON.stringify(row));
    expect(cells.filter((row, index) => cells.indexOf(row) !== index).length).toBeLessThan(10);
  });
});

describe('admit', () => {
  test('lets a record of the right subject and holder pass, with what the rule set says about its subject', () => {
    expect(admit('762003', applicant, ama, applicant)).toEqual({ subject: { domain: 'sociaal', review: false } });
    expect(admit('723008', applicant, example, applicant)).toEqual({ subject: { domain: 'zorg', review: true } });
  });

  test.each([
    ['another subject', '144001', applicant, ['outOfScope']],
    ['no subject', '', applicant, ['outOfScope']],
    ['part of a subject code', '762', applicant, ['outOfScope']],
    ['a subject of another rule set', '311001', applicant, ['outOfScope']],
    ['the name of a member that every object has', '__proto__', applicant, ['outOfScope']],
    ['another holder', '723008', somebodyElse, ['otherHolder']],
    ['no holder', '723008', undefined, ['otherHolder']],
    ['an empty holder', '723008', '', ['otherHolder']],
    ['both', '144001', somebodyElse, ['outOfScope', 'otherHolder']],
    ['neither subject nor holder', '', undefined, ['outOfScope', 'otherHolder']],
  ])('keeps a record out for %s', (_, subjectCode, holder, drops) => {
    expect(admit(subjectCode, holder, example, applicant)).toEqual({ drops });
  });

  test('agrees with the verdict of judge', () => {
    for (const subject of ['762003', '144001', '']) {
      for (const holder of [applicant, somebodyElse, '']) {
        const admitted = admit(subject, holder, ama, applicant);
        const judgement = judge(record({ ...bachelor, subject, holder }), ama, applicant, today);
        if ('drops' in admitted) {
          expect(judgement).toEqual({ verdict: 'dropped', reason: admitted.drops[0], quality: admitted.drops });
        } else expect(judgement.verdict).not.toBe('dropped');
      }
    }
  });
});

test('returns the domain of the subject for a match and a review', () => {
  expect(judge(record(bachelor), ama, applicant, today)).toMatchObject({ verdict: 'match', domain: 'sociaal' });
  expect(judge(record({ ...bachelor, subject: '311001', iscedField: '' }), ama, applicant, today)).toMatchObject({
    verdict: 'match',
    domain: 'psychologisch',
  });
  expect(judge(record({ ...bachelor, subject: '721001' }), ama, applicant, today)).toMatchObject({
    verdict: 'review',
    domain: 'medisch',
  });
});

test.each([
  ['a plain match', {}, []],
  ['out of scope', { subject: '144001' }, ['outOfScope']],
  ['out of scope and of another holder', { subject: '144001', holder: somebodyElse }, ['outOfScope', 'otherHolder']],
  ['of another holder, with other oddities', { holder: somebodyElse, year: '', status: '' }, ['otherHolder']],
  ['a field that does not match the subject', { iscedField: '311' }, ['subjectFieldMismatch']],
  [
    'a field that does not match, on a rejected record',
    { iscedField: '311', proofType: 'Attest' },
    ['subjectFieldMismatch'],
  ],
  ['a conflict on the level', { vks: '5' }, ['levelConflict']],
  ['no status', { status: '' }, ['unknownValue']],
  ['an unknown proof state', { proofState: '?' }, ['unknownValue']],
  ['an unknown proof type', { proofType: '?' }, ['unknownValue']],
  ['an unknown category', { category: '?' }, ['unknownValue']],
  ['an unknown authenticity', { authenticity: '?' }, ['unknownValue']],
  ['no country', { country: '' }, ['unknownValue']],
  ['two unknown values count once', { status: '', country: '' }, ['unknownValue']],
  ['an unknown year', { year: '1800' }, ['unknownYear']],
  ['an unknown level is not an oddity', { vks: '', degree: '', isced1997: '' }, []],
  ['the other values of a cancelled record', { status: '10', year: '', iscedField: '311' }, []],
  [
    'all at once',
    { iscedField: '311', vks: '5', status: '', year: '' },
    ['subjectFieldMismatch', 'levelConflict', 'unknownValue', 'unknownYear'],
  ],
] as const)('data quality: %s', (_, over, kinds) => {
  expect(judge(record({ ...bachelor, ...over }), ama, applicant, today).quality).toEqual(kinds);
});

test('a rejected record has no domain', () => {
  expect(judge(record({ ...bachelor, proofType: 'Attest' }), ama, applicant, today)).toEqual({
    verdict: 'rejected',
    reasons: ['notADiploma'],
    quality: [],
  });
});

test('a value that is missing and a placeholder for it are both read as empty', () => {
  const missing = valuesOf(record({}));
  expect(new Set(Object.values(missing))).toEqual(new Set(['']));
  const members = Object.keys(missing);
  for (const placeholder of ['NBS', 'nvt', 'Niet beschikbaar', 'Niet van toepassing']) {
    expect(valuesOf(record(Object.fromEntries(members.map((name) => [name, placeholder]))))).toEqual(missing);
  }
});

test('wanted of LED: a record of the person asked, on a subject of the rule set', () => {
  const isWanted = wantedBy(ama, applicant);
  expect(isWanted('762003', applicant)).toBe(true);
  expect(isWanted('144001', applicant)).toBe(false);
  expect(isWanted('762003', somebodyElse)).toBe(false);
});

import { describe, expect, test } from 'vitest';
import { decide, withinScope } from '../../src/rules/decide.ts';
import { goldenTables, ruleSetOf } from './golden.ts';
import { ama, applicant, bachelor, record, recordsOf, today } from './support.ts';

const droppedText = ({ otherHolder, outOfScope }: { otherHolder: number; outOfScope: number }): string =>
  [
    ...(otherHolder > 0 ? [`${otherHolder} of another holder`] : []),
    ...(outOfScope > 0 ? [`${outOfScope} out of scope`] : []),
  ].join('; ');

describe.each(goldenTables('outcome'))('golden table $name', ({ rows }) => {
  test.each(rows)('$ruleSet: $what', (row) => {
    const answer = {
      records: recordsOf(row.records ?? ''),
      warning: row.warning === 'yes',
      incomplete: row.incomplete === 'yes',
    };
    const ruling = decide(answer, ruleSetOf(row), applicant, today);
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

test.each([
  ['', 'manualReview', ['noRelevantDiplomaInLed', 'answerMayBeTruncated']],
  ['rejected', 'manualReview', ['noQualifyingDiploma', 'answerMayBeTruncated']],
  ['review', 'manualReview', ['diplomaNeedsReview', 'answerMayBeTruncated']],
  ['match', 'eligible', ['diplomaMatches', 'answerMayBeTruncated']],
  ['99×match', 'eligible', ['diplomaMatches', 'answerMayBeTruncated']],
  ['otherHolder', 'manualReview', ['noRelevantDiplomaInLed', 'answerMayBeTruncated', 'otherHolderInAnswer']],
])('LED says that there is more than "%s": %s', (words, outcome, reasons) => {
  const answer = { records: recordsOf(words), warning: false, incomplete: true };
  expect(decide(answer, ama, applicant, today)).toMatchObject({ outcome, reasons });
  const warned = decide({ ...answer, warning: true }, ama, applicant, today);
  expect(warned).toMatchObject({ outcome: 'manualReview', reasons: reasons.toSpliced(1, 0, 'ledWarning') });
});

test('returns verdict, reasons, domain and attributes of a diploma, but only the reasons of a rejected proof', () => {
  const records = [record({ ...bachelor, proofState: 'Tussenbewijs', proofType: 'Attest' }), record(bachelor)];
  const ruling = decide({ records, warning: false, incomplete: false }, ama, applicant, today);
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
  const ruling = decide({ records, warning: false, incomplete: false }, ama, applicant, today);
  expect(ruling.rejected).toEqual([{ reasons: ['notADiploma'] }, { reasons: ['cancelled'] }]);
});

test('counts each kind of oddity; a record that is out of scope and of another holder counts in both', () => {
  const records = recordsOf('match 2×outOfScope outOfScopeOtherHolder 3×otherHolder').concat(
    record({ ...bachelor, iscedField: '311', vks: '5', status: '', year: '' }),
  );
  expect(decide({ records, warning: false, incomplete: false }, ama, applicant, today)).toMatchObject({
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

describe('what a candidate sees of an answer', () => {
  const seen = (words: string, over: { warning?: boolean; incomplete?: boolean } = {}) =>
    withinScope({ records: recordsOf(words), warning: false, incomplete: false, ...over }, ama);

  test('only records with a subject of the set in force, in their order', () => {
    const { onderwerp, ...none } = record(bachelor).attributes;
    const records = [...recordsOf('match outOfScope otherHolder'), { ...record(bachelor), attributes: none }];
    const answer = { records, warning: false, incomplete: false };
    expect(withinScope(answer, ama)).toEqual({ ...answer, records: [records[0], records[2]] });
  });

  test.each([true, false])('the warning of LED: %s', (warning) => {
    expect(seen('match', { warning }).warning).toBe(warning);
  });

  test.each([
    ['98×outOfScope', false, false],
    ['99×outOfScope', false, true],
    ['match', true, true],
    ['match', false, false],
  ])('%s, LED says that there is more: %s', (words, incomplete, expected) => {
    expect(seen(words, { incomplete }).incomplete).toBe(expected);
  });
});

import { describe, expect, test } from 'vitest';
import {
  followUpSteps,
  followUpText,
  gist,
  levelName,
  reasonCodes,
  reasonText,
  recordReasons,
  recordReasonsWith,
} from '../../src/rules/reasons.ts';

test('lists every code once', () => {
  expect(reasonCodes).toEqual([
    'cancelled',
    'unknownStatus',
    'intermediateProof',
    'unknownProofState',
    'equivalenceDecision',
    'notADiploma',
    'unknownProofType',
    'unknownCategory',
    'levelConflict',
    'levelOpen',
    'levelByVks',
    'levelByIsced2011',
    'levelByDegree',
    'levelByCategory',
    'levelByIsced1997',
    'belowByCategory',
    'belowByVks',
    'belowByIsced2011',
    'belowByDegree',
    'belowByIsced1997',
    'levelUnknown',
    'selfDeclared',
    'unknownAuthenticity',
    'unknownCountry',
    'foreignLevelRecognised',
    'foreignWithoutEquivalence',
    'subjectFieldMismatch',
    'subjectUnderReview',
    'awardDateInFuture',
    'diplomaMatches',
    'diplomaNeedsReview',
    'noQualifyingDiploma',
    'noRelevantDiplomaInLed',
    'ledWarning',
    'answerMayBeTruncated',
    'otherHolderInAnswer',
  ]);
  expect(followUpSteps).toEqual([
    ...['confirmAuthenticity', 'equivalenceDecision', 'confirmDate'],
    ...['reviewDiplomas', 'attachDiploma', 'careExperience'],
  ]);
});

describe.each(reasonCodes.map((code) => ({ code })))('the texts of $code', ({ code }) => {
  test('exist in both languages, as whole sentences without gaps', () => {
    const texts = [5, 6, 7, 8].flatMap((level) => [reasonText(code, 'nl', level), reasonText(code, 'en', level)]);
    for (const text of texts) {
      expect(text).toMatch(/^[A-Z].{40,}\.$/);
      expect(text).not.toMatch(/[{}]|undefined| {2}/);
    }
    expect(reasonText(code, 'nl', 6)).not.toBe(reasonText(code, 'en', 6));
  });

  test('say in Dutch what is needed, and never use the familiar form', () => {
    const text = reasonText(code, 'nl', 6);
    expect(text).not.toMatch(/\b(je|jij|jouw|jullie)\b/i);
    const isReasonToAct = code in recordReasons || text.includes('odig');
    if (isReasonToAct) expect(text).toMatch(/nodig|Alleen een geldig|Dat volstaat\.$/i);
  });
});

describe.each(followUpSteps.map((step) => ({ step })))('the texts of the step $step', ({ step }) => {
  test.each(['nl', 'en'] as const)('are whole sentences, in %s', (language) => {
    for (const level of [5, 6, 7, 8]) {
      const text = followUpText(step, language, level);
      expect(text).toMatch(/^[A-Z].{40,}\.$/);
      expect(text).not.toMatch(/[{}]|undefined| {2}/);
    }
    expect(followUpText(step, 'nl', 6)).not.toBe(followUpText(step, 'en', 6));
  });
});

test('no two codes have the same text', () => {
  for (const language of ['nl', 'en'] as const) {
    expect(new Set(reasonCodes.map((code) => reasonText(code, language, 6))).size).toBe(reasonCodes.length);
  }
});

test('the texts name the minimum level of the rule set, by number and degree', () => {
  expect([5, 6, 7, 8].map((level) => levelName(level, 'nl'))).toEqual([
    'VKS-niveau 5 (graduaat)',
    'VKS-niveau 6 (bachelor)',
    'VKS-niveau 7 (master)',
    'VKS-niveau 8 (doctor)',
  ]);
  expect(levelName(8, 'en')).toBe('VKS level 8 (doctorate)');
  expect(levelName(4, 'en')).toBe('VKS level 4');
  expect(reasonText('levelByVks', 'en', 5)).toBe(
    'By the VKS level in LED this diploma is of at least VKS level 5 (graduaat). That is enough.',
  );
  expect(reasonText('belowByDegree', 'nl', 7)).toBe(
    'De graad in LED ligt onder het vereiste niveau. Nodig is minstens VKS-niveau 7 (master). Vraag de aanvrager om een ander diploma of een bewijs van ervaring.',
  );
});

describe('the gist of a reason', () => {
  test.each([
    ['cancelled', 'LED vermeldt dit bewijs als geannuleerd.', 'LED lists this proof as cancelled.'],
    [
      'belowByVks',
      'Het VKS-niveau in LED ligt onder het vereiste niveau.',
      'The VKS level in LED lies below the level required.',
    ],
    [
      'levelByDegree',
      'Volgens de graad in LED heeft dit diploma minstens VKS-niveau 6 (bachelor).',
      'By the degree in LED this diploma is of at least VKS level 6 (bachelor).',
    ],
  ] as const)('of %s is the first sentence of its text', (code, nl, en) => {
    expect(gist(reasonText(code, 'nl', 6))).toBe(nl);
    expect(gist(reasonText(code, 'en', 6))).toBe(en);
  });

  test('is the beginning of the text, and one whole sentence', () => {
    for (const code of reasonCodes) {
      const text = reasonText(code, 'en', 6);
      expect(text.startsWith(gist(text))).toBe(true);
      expect(gist(text)).toMatch(/^[A-Z][^.?!]*[.?!]$/);
    }
  });
});

test('every reason of a record has one weight', () => {
  expect(recordReasonsWith('pass')).toEqual([
    ...['levelByVks', 'levelByIsced2011', 'levelByDegree', 'levelByCategory', 'levelByIsced1997'],
  ]);
  expect(recordReasonsWith()).toEqual([]);
  expect(recordReasonsWith('reject', 'review', 'pass')).toEqual(Object.keys(recordReasons));
  const counts = (['reject', 'review', 'pass'] as const).map((weight) => recordReasonsWith(weight).length);
  expect(counts).toEqual([8, 16, 5]);
});

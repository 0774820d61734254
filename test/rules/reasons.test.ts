import { describe, expect, test } from 'vitest';
import { explain } from '../../src/rules/explain.ts';
import { levelName, reasonCodes, reasonText, recordReasons } from '../../src/rules/reasons.ts';
import { ama, example } from './support.ts';

test('every code that can occur is listed once', () => {
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
    'foreignWithoutEquivalence',
    'subjectFieldMismatch',
    'subjectUnderReview',
    'diplomaMatches',
    'diplomaNeedsReview',
    'noQualifyingDiploma',
    'noRelevantDiplomaInLed',
    'ledWarning',
    'answerMayBeTruncated',
    'otherHolderInAnswer',
    'reviewDiplomas',
    'attachDiploma',
    'careExperience',
  ]);
});

describe.each(reasonCodes.map((code) => ({ code })))('the texts of $code', ({ code }) => {
  test('stand in both languages, as whole sentences without gaps', () => {
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
    if (isReasonToAct) expect(text).toMatch(/nodig|Alleen een geldig/i);
  });
});

test('no two codes share a text', () => {
  for (const language of ['nl', 'en'] as const) {
    expect(new Set(reasonCodes.map((code) => reasonText(code, language, 6))).size).toBe(reasonCodes.length);
  }
});

test('the level needed is that of the rule set, by number and degree', () => {
  expect([5, 6, 7, 8].map((level) => levelName(level, 'nl'))).toEqual([
    'VKS-niveau 5 (graduaat)',
    'VKS-niveau 6 (bachelor)',
    'VKS-niveau 7 (master)',
    'VKS-niveau 8 (doctor)',
  ]);
  expect(levelName(8, 'en')).toBe('VKS level 8 (doctorate)');
  expect(reasonText('levelByVks', 'en', 5)).toBe(
    'The VKS level in LED shows at least VKS level 5 (graduaat), which is what is needed. Nothing more to do about the level of this diploma.',
  );
  expect(reasonText('belowByDegree', 'nl', 7)).toBe(
    'De graad in LED ligt onder het vereiste niveau. Nodig is minstens VKS-niveau 7 (master). Vraag de aanvrager om een ander diploma of een bewijs van ervaring.',
  );
});

describe('explain', () => {
  test('says a rule set in Dutch', () => {
    expect(explain(example, 'nl')).toMatchSnapshot();
  });

  test('says a rule set in English', () => {
    expect(explain({ ...example, source: { ...example.source, candidate: true } }, 'en')).toMatchSnapshot();
  });

  test.each(['nl', 'en'] as const)('leaves out no subject, degree, category or proof (%s)', (language) => {
    const text = explain(ama, language);
    const { subjects, degrees, categories, otherProofs, title, legalBasis, validFrom } = ama.source;
    for (const { code, label, domain } of subjects)
      expect(text).toMatch(new RegExp(`^ {2}${domain}\n(?: {4}.*\n)* {4}${code} ${label}$`, 'm'));
    for (const name of [...degrees, ...categories].flatMap(({ names }) => names)) expect(text).toContain(name);
    for (const name of [...otherProofs, title[language], legalBasis, validFrom, ama.digest])
      expect(text).toContain(name);
  });
});

import { describe, expect, test } from 'vitest';
import { levelName, reasonCodes, reasonText, recordReasons } from '../../src/rules/reasons.ts';
import { explain } from '../../src/rules/texts/explain.ts';
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
  expect(levelName(4, 'en')).toBe('VKS level 4');
  expect(reasonText('levelByVks', 'en', 5)).toBe(
    'By the VKS level in LED this diploma is of at least VKS level 5 (graduaat), as is needed. There is nothing more to do about the level of this diploma.',
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

  test('says the clauses of a degree as sentences', () => {
    expect(explain(ama, 'nl')).toContain(`
  Gegradueerde; Graduaat; Gegradueerde verpleegkundige
    als de naam van de instelling “volwassenenonderwijs” of “secundaire” bevat: niveau 5 (volstaat niet)
    als de instelling “Universiteit”, “Hogeschool” of “Centrale examencommissie” is en het bewijs van 2008 of vroeger dateert: niveau 6 (volstaat)
    als het bewijs van 2019 of later dateert: niveau 5 (volstaat niet)
    anders: niveau 5 tot en met 6 (laat het open)
`);
    expect(explain(ama, 'en')).toContain(`
  Gegradueerde; Graduaat; Gegradueerde verpleegkundige
    if the name of the institution contains “volwassenenonderwijs” or “secundaire”: level 5 (is not enough)
    if the institution is “Universiteit”, “Hogeschool” or “Centrale examencommissie” and the proof dates from 2008 or earlier: level 6 (is enough)
    if the proof dates from 2019 or later: level 5 (is not enough)
    otherwise: level 5 to 6 (leaves it open)
`);
  });

  test('says what holds for a degree that no clause fits', () => {
    const range = { low: 6, high: 6 };
    const degrees = [
      { names: ['Graad'], clauses: [{ year: { atMost: 2000 }, range }] },
      { names: ['Titel'], clauses: [{ institution: { isOneOf: 'higherEducation' as const }, range }] },
    ];
    const text = (language: 'nl' | 'en') => explain({ ...ama, source: { ...ama.source, degrees } }, language);
    expect(text('nl')).toContain(`
  Graad
    als het bewijs van 2000 of vroeger dateert: niveau 6 (volstaat)
    anders: zegt niets over het niveau
  Titel
    als de instelling “Universiteit”, “Hogeschool” of “Centrale examencommissie” is: niveau 6 (volstaat)
    anders: zegt niets over het niveau
`);
    expect(text('en')).toContain(`
  Graad
    if the proof dates from 2000 or earlier: level 6 (is enough)
    otherwise: says nothing about the level
  Titel
    if the institution is “Universiteit”, “Hogeschool” or “Centrale examencommissie”: level 6 (is enough)
    otherwise: says nothing about the level
`);
  });

  test('says of an empty list that there is none, and of an open end that there is none', () => {
    const bare = { ...ama, source: { ...ama.source, degrees: [], categories: [], otherProofs: [] } };
    const nl = explain(bare, 'nl');
    expect(nl).toContain('\nGeldig: vanaf 2023-10-04, zonder einddatum\n');
    expect(nl).toContain('\nGraden\n  geen\n\nCategorieën\n  geen\n\nBewijzen die geen diploma zijn\n  geen\n');
    const en = explain(bare, 'en');
    expect(en).toContain('\nValid: from 2023-10-04 on, without an end date\n');
    expect(en).toContain('\nDegrees\n  none\n\nCategories\n  none\n\nProofs that are no diploma\n  none\n');
  });

  test('speaks of subjects under review only where there are any', () => {
    expect(explain(example, 'nl')).toContain('\n  subjectUnderReview: ');
    expect(explain(ama, 'nl')).not.toContain('subjectUnderReview');
    expect(explain(ama, 'nl')).toContain('\n  subjectFieldMismatch: ');
  });

  test.each(['nl', 'en'] as const)('leaves out no subject, degree, category or proof (%s)', (language) => {
    const text = explain(ama, language);
    const { subjects, degrees, categories, otherProofs, title, legalBasis, validFrom } = ama.source;
    for (const { code, label, domain } of subjects)
      expect(text).toMatch(new RegExp(`^ {2}${domain}\n(?: {4}.*\n)* {4}${code} ${label}$`, 'm'));
    const lists = [...degrees, ...categories].map(({ names }) => names).concat([otherProofs]);
    for (const names of lists) expect(text).toContain(`\n  ${names.join('; ')}\n`);
    for (const part of [title[language], legalBasis, validFrom, ama.digest]) expect(text).toContain(part);
  });
});

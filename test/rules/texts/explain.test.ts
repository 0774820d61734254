import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/rules/texts/explain.ts';
import { ama, example } from '../support.ts';

describe('explain', () => {
  test('describes a rule set in Dutch', () => {
    expect(explain(example, 'nl')).toMatchSnapshot();
  });

  test('describes a rule set in English', () => {
    expect(explain({ ...example, source: { ...example.source, candidate: true } }, 'en')).toMatchSnapshot();
  });

  test('writes the clauses of a degree as sentences', () => {
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

  test('says that a degree which fits no clause says nothing', () => {
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

  test('writes none for an empty list, and that there is no end date', () => {
    const bare = { ...ama, source: { ...ama.source, degrees: [], categories: [], otherProofs: [] } };
    const nl = explain(bare, 'nl');
    expect(nl).toContain('\nGeldig: vanaf 2023-10-04, zonder einddatum\n');
    expect(nl).toContain('\nGraden\n  geen\n\nCategorieën\n  geen\n\nBewijzen die geen diploma zijn\n  geen\n');
    const en = explain(bare, 'en');
    expect(en).toContain('\nValid: from 2023-10-04 on, without an end date\n');
    expect(en).toContain('\nDegrees\n  none\n\nCategories\n  none\n\nProofs that are no diploma\n  none\n');
  });

  test('mentions subjects under review only if there are any', () => {
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

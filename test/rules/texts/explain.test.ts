import { describe, expect, test } from 'vitest';
import { followUpSteps, followUpText } from '../../../src/rules/reasons.ts';
import { explain } from '../../../src/rules/texts/explain.ts';
import { ama, example, replaced } from '../support.ts';

describe('explain', () => {
  test('describes a rule set in Dutch', () => {
    expect(explain(example, 'nl')).toMatchSnapshot();
  });

  test('describes a rule set in English', () => {
    expect(explain({ ...example, source: { ...example.source, candidate: true } }, 'en')).toMatchSnapshot();
  });

  test('writes the clauses of a degree as sentences', () => {
    expect(explain(ama, 'nl')).toContain(`
  Gegradueerde; Graduaat; Gegradueerde verpleegkundige [5]
    als de naam van de instelling “volwassenenonderwijs” of “secundaire” bevat: niveau 5 (volstaat niet) [8]
    als de instelling “Universiteit”, “Hogeschool” of “Centrale examencommissie” is en het bewijs van 2008 of vroeger dateert: niveau 6 (volstaat) [5, 9]
    als het bewijs van 2019 of later dateert: niveau 5 (volstaat niet) [10]
    anders: niveau 5 tot en met 6 (laat het open) [8, 9]
`);
    expect(explain(ama, 'en')).toContain(`
  Gegradueerde; Graduaat; Gegradueerde verpleegkundige [5]
    if the name of the institution contains “volwassenenonderwijs” or “secundaire”: level 5 (is not enough) [8]
    if the institution is “Universiteit”, “Hogeschool” or “Centrale examencommissie” and the proof dates from 2008 or earlier: level 6 (is enough) [5, 9]
    if the proof dates from 2019 or later: level 5 (is not enough) [10]
    otherwise: level 5 to 6 (leaves it open) [8, 9]
`);
  });

  test('says what automatic recognition of the level means', () => {
    expect(explain(ama, 'en')).toContain(`
  NLD; LUX; EST; LVA; LTU [14, 15]
  A diploma from one of these countries needs no decision on equivalence. A case handler judges whether the studies fit the condition.
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
    const { automaticRecognition, datesInFuture, sources, sourceOf, ...rest } = ama.source;
    const bare = { ...ama, source: { ...rest, degrees: [], categories: [], otherProofs: [], higherEducation: [] } };
    const nl = explain(bare, 'nl');
    expect(nl).toContain('\nGeldig: vanaf 2023-10-04, zonder einddatum\n');
    for (const title of [
      ...['Graden', 'Instellingen voor hoger onderwijs', 'Categorieën', 'Bewijzen die geen diploma zijn'],
      ...['Landen waarvan de wet het niveau automatisch erkent', 'Datum in de toekomst', 'Bronnen'],
    ]) {
      expect(`${nl}\n`).toContain(`\n\n${title}\n  geen\n`);
    }
    expect(nl).not.toContain('[');
    const en = explain(bare, 'en');
    expect(en).toContain('\nValid: from 2023-10-04 on, without an end date\n');
    expect(`${en}\n`).toContain('\n\nDegrees\n  none\n\nInstitutions of higher education\n  none\n');
  });

  test.each([
    ['nl', ['wet', 'protocol', 'lezing van dit project']],
    ['en', ['law', 'protocol', 'this project’s reading']],
  ] as const)('names each source with its kind and its address, and refers to it by number (%s)', (language, kinds) => {
    const text = `${explain(ama, language)}\n`;
    const sources = ama.source.sources ?? [];
    expect(sources.length).toBeGreaterThan(10);
    for (const [index, { kind, text: texts, address }] of sources.entries()) {
      const shown = kinds[['law', 'protocol', 'reading'].indexOf(kind)];
      expect(text).toContain(`\n  [${index + 1}] ${shown}: ${texts[language]}\n${address ? `      ${address}\n` : ''}`);
      expect(text).toMatch(new RegExp(`[^\n ] \\[(?:\\d+, )*${index + 1}(?:, \\d+)*\\]\n`));
    }
  });

  test('names no source of a file that has none', () => {
    expect(explain(replaced, 'nl')).toMatch(/\n\nBronnen\n {2}geen$/);
  });

  test('says the rules of the answer as a whole, and what can be done next', () => {
    const text = explain(ama, 'nl');
    for (const part of [
      'waarschuwing',
      '99 bewijzen of meer',
      'meldde dat er meer zijn',
      'een ander INSZ',
      'geen weigering',
    ]) {
      expect(text.slice(text.indexOf('\nHet hele antwoord\n'), text.indexOf('\nWat daarna kan\n'))).toContain(part);
    }
    for (const step of followUpSteps) expect(text).toContain(`\n  ${step}: ${followUpText(step, 'nl', 6)}\n`);
  });

  test('names the countries, the programmes, and the version that is replaced, where there are any', () => {
    const text = explain(ama, 'en');
    expect(text).toContain('\n  NLD; LUX; EST; LVA; LTU [14, 15]\n');
    expect(text).toContain('a code of three digits that ends in 1 says nothing about the level.');
    expect(text).toContain('\nReplaces version: 1.0.0\n');
    const older = explain(replaced, 'en');
    expect(older).not.toContain('three digits');
    expect(older).not.toContain('Replaces');
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
    for (const names of lists) expect(text.replaceAll(/ \[[\d, ]+\]$/gm, '')).toContain(`\n  ${names.join('; ')}\n`);
    for (const part of [title[language], legalBasis, validFrom, ama.digest]) expect(text).toContain(part);
  });
});

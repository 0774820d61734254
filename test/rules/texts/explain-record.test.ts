import { describe, expect, test } from 'vitest';
import { followUpText, reasonText } from '../../../src/rules/reasons.ts';
import { explainRecord, explanationOf } from '../../../src/rules/texts/explain-record.ts';
import { ama, bachelor, type Raw, record, today } from '../support.ts';

const explained = (over: Raw, language: 'nl' | 'en' = 'nl') => {
  const explanation = explanationOf(record({ ...bachelor, ...over }), ama, today);
  return { ...explanation, text: explainRecord(explanation, ama, language) };
};

test.each<[Raw, string, string[], string[]]>([
  [{}, 'match', ['levelByVks'], []],
  [{ country: 'ROU' }, 'review', ['foreignWithoutEquivalence'], ['equivalenceDecision']],
  [{ country: 'ROU', year: '2027' }, 'review', ['foreignWithoutEquivalence', 'awardDateInFuture'], []],
  [{ proofType: 'Attest', country: 'ROU' }, 'rejected', ['notADiploma'], []],
  [{ subject: '144001' }, 'dropped', ['outOfScope'], []],
])('%j: %s', (over, verdict, reasons, followUp) => {
  expect(explained(over)).toMatchObject({ verdict, reasons, followUp });
});

test.each<[Raw, object | undefined]>([
  [{}, { vks: 'enough', degree: 'enough', isced1997: 'open' }],
  [
    { isced2011: '5', isced1997: '4' },
    { vks: 'enough', isced2011: 'tooLow', degree: 'enough', isced1997: 'tooLow' },
  ],
  [
    { vks: '5', degree: 'Gegradueerde', year: '2010' },
    { vks: 'tooLow', degree: 'open', isced1997: 'open' },
  ],
  [
    { category: 'Secundair onderwijs', vks: '', degree: '', isced1997: '6' },
    { category: 'tooLow', isced1997: 'enough' },
  ],
  [{ subject: '144001' }, undefined],
])('what the data of %j say about the level', (over, level) => {
  // A witness that says nothing is left out of the JSON.
  expect(JSON.parse(JSON.stringify(explained(over))).level).toEqual(level);
});

test('a record of nobody is about the person asked', () => {
  const { holder, ...nobody } = record(bachelor);
  expect(explanationOf(nobody, ama, today).verdict).toBe('dropped');
});

describe('in words', () => {
  test('a match needs no help', () => {
    expect(explained({}).text).toBe(
      [
        'Erkenning als begeleider arbeidsmatige activiteiten (begeleider-ama 1.1.0)',
        'Dit bewijs volstaat: het toont de diplomavoorwaarde aan.',
        '',
        'Wat er gevonden is',
        `  ${reasonText('levelByVks', 'nl', 6)}`,
        '',
        'Wat de gegevens over het niveau zeggen (nodig is minstens VKS-niveau 6 (bachelor))',
        '  Het VKS-niveau volstaat.',
        '  ISCED 2011 zegt niets over het niveau.',
        '  De graad volstaat.',
        '  De categorie zegt niets over het niveau.',
        '  ISCED 1997 laat het open.',
      ].join('\n'),
    );
  });

  test('a review has every reason, and what would help', () => {
    expect(explained({ country: 'ROU' }, 'en').text).toBe(
      [
        'Recognition as supervisor of work-like activities (begeleider-ama 1.1.0)',
        'A case handler judges this proof.',
        '',
        'What was found',
        `  ${reasonText('foreignWithoutEquivalence', 'en', 6)}`,
        '',
        'What the data say about the level (at least VKS level 6 (bachelor) is needed)',
        '  The VKS level is enough.',
        '  ISCED 2011 says nothing about the level.',
        '  The degree is enough.',
        '  The category says nothing about the level.',
        '  ISCED 1997 leaves it open.',
        '',
        'What would help',
        `  ${followUpText('equivalenceDecision', 'en', 6)}`,
      ].join('\n'),
    );
    const two = explained({ country: 'ROU', authenticity: '' }, 'en').text;
    expect(two).toContain(reasonText('unknownAuthenticity', 'en', 6));
    expect(two).toMatch(/\n\nWhat would help\n {2}No single document is enough on its own\.$/);
  });

  test('a rejected proof is no refusal', () => {
    const { text } = explained({ proofType: 'Attest', category: 'Secundair onderwijs' });
    expect(text).toContain('\n  De categorie volstaat niet.\n');
    expect(text).toContain('\nDit bewijs volstaat niet. Dat is geen weigering: een ander bewijs kan wel volstaan.\n');
    expect(text).toMatch(/\n\nWat zou helpen\n {2}Geen enkel document is op zichzelf genoeg\.$/);
  });

  test.each(['nl', 'en'] as const)('a dropped proof says why, and nothing would help (%s)', (language) => {
    const { text } = explained({ subject: '144001' }, language);
    expect(text.split('\n')).toHaveLength(5);
    expect(text).toMatch(language === 'nl' ? /Het protocol staat niet toe/ : /The protocol does not allow/);
    const other = explainRecord({ verdict: 'dropped', reasons: ['otherHolder'], followUp: [] }, ama, language);
    expect(other).toMatch(language === 'nl' ? /hoort bij een ander INSZ\.$/ : /belongs to another INSZ\.$/);
  });
});

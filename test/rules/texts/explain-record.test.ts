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
        'What would help',
        `  ${followUpText('equivalenceDecision', 'en', 6)}`,
      ].join('\n'),
    );
    const two = explained({ country: 'ROU', authenticity: '' }, 'en').text;
    expect(two).toContain(reasonText('unknownAuthenticity', 'en', 6));
    expect(two).toMatch(/\n\nWhat would help\n {2}No single document is enough on its own\.$/);
  });

  test('a rejected proof is no refusal', () => {
    const { text } = explained({ proofType: 'Attest' });
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

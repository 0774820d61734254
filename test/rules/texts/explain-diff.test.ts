import { describe, expect, test } from 'vitest';
import { axesOf, axisNames, type Seen } from '../../../src/rules/analysis/cells.ts';
import type { Cause, Difference, DifferenceGroup, Finding } from '../../../src/rules/analysis/diff.ts';
import { differenceLines, explainDiff } from '../../../src/rules/texts/explain-diff.ts';
import { small, smallSource } from '../analysis/small-set.ts';
import { today } from '../support.ts';

const axes = axesOf([smallSource], today);
const everything: Seen = Object.fromEntries(axisNames.map((axis) => [axis, (1n << BigInt(axes[axis].length)) - 1n]));
const before = small();
const after = small({ version: '1.1.0', minimumLevel: 7 });

const group = (
  cause: Cause,
  changes: readonly (readonly [Finding, Finding])[],
  over: Partial<DifferenceGroup> = {},
): DifferenceGroup => ({
  from: 'match',
  to: 'review',
  cause,
  changes: changes.map(([from, to]) => ({ from, to })),
  cells: 12_345,
  outcomes: ['eligible', 'manualReview'],
  seen: () => ({ ...everything, country: 2n }),
  witness: { subject: '762003', country: 'NLD' },
  ...over,
});

const difference = (groups: readonly DifferenceGroup[]): Difference => ({
  axes,
  cells: 1_000_000,
  differing: groups.reduce((sum, { cells }) => sum + cells, 0),
  classes: [],
  groups,
  classOf: () => undefined,
});

const why = (cause: Cause, changes: readonly (readonly [Finding, Finding])[], language: 'nl' | 'en' = 'nl') =>
  differenceLines(difference([group(cause, changes)]), before, after, language)[0]?.why;

describe('why some records are judged differently', () => {
  test.each<[string, Cause, (readonly [Finding, Finding])[], string]>([
    [
      'a reason, with the minimum of each version',
      { row: 'level', witness: 'vks' },
      [['levelByVks', 'belowByVks']],
      'door het VKS-niveau: het niveau volstaat → het niveau volstaat niet',
    ],
    [
      'the same by another value',
      { row: 'level', witness: 'degree' },
      [['levelByDegree', 'levelByCategory']],
      'door de graad: het niveau volstaat → het niveau volstaat, volgens een ander gegeven',
    ],
    [
      'no witness: three ways to know too little',
      { row: 'level' },
      [
        ['levelConflict', 'levelOpen'],
        ['levelUnknown', 'levelConflict'],
      ],
      'de gegevens over het niveau spreken elkaar tegen → het niveau blijft open; het niveau is onbekend → de gegevens over het niveau spreken elkaar tegen',
    ],
    [
      'the scope',
      { row: 'scope' },
      [
        [undefined, 'outOfScope'],
        ['outOfScope', undefined],
      ],
      'het onderwerp staat in de regelset → het onderwerp staat niet in de regelset; het onderwerp staat niet in de regelset → het onderwerp staat in de regelset',
    ],
    [
      'a reason that comes new, in the first sentence of its text',
      { row: 'date' },
      [[undefined, 'awardDateInFuture']],
      'geen reden → “De uitreikingsdatum van dit bewijs ligt volgens LED in de toekomst”',
    ],
    ['several', 'several', [['levelByVks', 'belowByVks']], ''],
  ])('%s', (_, cause, changes, expected) => {
    expect(why(cause, changes)).toBe(expected);
  });

  test('each text once', () => {
    const twice = why({ row: 'level' }, [
      ['levelByVks', 'levelOpen'],
      ['levelByDegree', 'levelOpen'],
    ]);
    expect(twice).toBe('het niveau volstaat → het niveau blijft open');
  });

  test('in English', () => {
    expect(why({ row: 'level', witness: 'isced2011' }, [['levelByIsced2011', 'levelConflict']], 'en')).toBe(
      'by the ISCED 2011 code: the level is enough → the data about the level contradict each other',
    );
    expect(why({ row: 'scope' }, [[undefined, 'outOfScope']], 'en')).toBe(
      'the subject is in the rule set → the subject is not in the rule set',
    );
  });
});

describe('the page on a difference', () => {
  test('without a difference', () => {
    expect(explainDiff(difference([]), before, after, today, 'nl')).toMatchInlineSnapshot(`
      "Verschil tussen klein 1.0.0 en klein 1.1.0, op 2026-11-23

      Geen verschil: beide versies beoordelen elk bewijs op dezelfde manier (1.000.000 soorten bewijzen nagegaan)."
    `);
    expect(explainDiff(difference([]), before, after, today, 'en')).toMatchInlineSnapshot(`
      "Difference between klein 1.0.0 and klein 1.1.0, on 2026-11-23

      No difference: both versions judge every proof in the same way (1,000,000 kinds of proof checked)."
    `);
  });

  const groups = [
    group({ row: 'date' }, [[undefined, 'awardDateInFuture']]),
    group('several', [], { from: 'rejected', to: 'rejected', cells: 3, seen: () => ({}) }),
    group({ row: 'country' }, [['foreignWithoutEquivalence', 'foreignLevelRecognised']], {
      from: 'review',
      cells: 7,
      outcomes: ['manualReview', 'manualReview'],
    }),
  ];

  test('groups with a number, and the mixtures after them', () => {
    expect(explainDiff(difference(groups), before, after, today, 'nl')).toMatchInlineSnapshot(`
      "Verschil tussen klein 1.0.0 en klein 1.1.0, op 2026-11-23

      Van de 1.000.000 soorten bewijzen worden er 12.355 anders beoordeeld.
      Een soort zijn alle bewijzen die geen enkele regel van de twee versies uit elkaar kan houden. De aantallen zeggen niets over hoe vaak een soort voorkomt.

      1. Van “volstaat” naar “te beoordelen”: 12.345 soorten
         Is dit het enige bewijs, dan wordt de uitkomst te beoordelen (manualReview) in plaats van aangetoond (eligible).
         Waarom: geen reden → “De uitreikingsdatum van dit bewijs ligt volgens LED in de toekomst”.
         Welke: alleen bewijzen met land: NLD, en niet elk daarvan.
         Voorbeeld: {"subject":"762003","country":"NLD"}

      2. Blijft “te beoordelen”, om een andere reden: 7 soorten
         Is dit het enige bewijs, dan blijft de uitkomst te beoordelen (manualReview).
         Waarom: “LED vermeldt bij dit diploma een ander land dan België, en dit bewijs is geen beslissing over de gelijkwaardigheid” → “Dit diploma komt uit een land waarvan de wet het niveau van diploma’s hoger onderwijs automatisch erkent”.
         Welke: alleen bewijzen met land: NLD, en niet elk daarvan.
         Voorbeeld: {"subject":"762003","country":"NLD"}

      Meer dan één van deze veranderingen tegelijk
         Blijft “volstaat niet”, om een andere reden: 3 soorten
         Voorbeeld: {"subject":"762003","country":"NLD"}"
    `);
    expect(explainDiff(difference(groups), before, after, today, 'en')).toMatchInlineSnapshot(`
      "Difference between klein 1.0.0 and klein 1.1.0, on 2026-11-23

      Of 1,000,000 kinds of proof, 12,355 are judged differently.
      A kind is all proofs that no rule of the two versions can tell apart. The numbers say nothing about how often a kind occurs.

      1. From “is enough” to “to be judged”: 12,345 kinds
         If this is the only proof, the outcome becomes to be judged (manualReview) instead of proven (eligible).
         Why: no reason → “According to LED, the date of issue of this proof lies in the future”.
         Which: only proofs with country: NLD, and not each of them.
         Example: {"subject":"762003","country":"NLD"}

      2. Stays “to be judged”, for another reason: 7 kinds
         If this is the only proof, the outcome stays to be judged (manualReview).
         Why: “LED lists another country than Belgium for this diploma, and this proof is no decision on its equivalence” → “This diploma comes from a country whose levels of higher education the law recognises automatically”.
         Which: only proofs with country: NLD, and not each of them.
         Example: {"subject":"762003","country":"NLD"}

      More than one of these changes at once
         Stays “is not enough”, for another reason: 3 kinds
         Example: {"subject":"762003","country":"NLD"}"
    `);
  });

  test('no line about mixtures if there is none', () => {
    const page = explainDiff(difference(groups.slice(0, 1)), before, after, today, 'nl');
    expect(page.split('\n').at(-1)).toBe('   Voorbeeld: {"subject":"762003","country":"NLD"}');
    expect(page).not.toContain('Meer dan één');
  });

  test('a mixture does not say which records, because they have nothing in common', () => {
    const [, mixture] = differenceLines(difference(groups), before, after, 'nl');
    expect(mixture).toMatchObject({ isMixture: true, which: '', why: '' });
  });
});

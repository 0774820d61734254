import { expect, test } from 'vitest';
import type { Proof } from '../../../src/rules/analysis/prove.ts';
import { explainProof } from '../../../src/rules/texts/explain-proof.ts';
import { ama } from '../support.ts';

const lower = { subject: '762003', vks: '6' };
const higher = { subject: '762003', vks: '7' };

/** A proof in which the properties after the first few are broken, or all hold. */
const proof = (broken: 0 | 1 | 3): Proof => ({
  holds: broken === 0,
  cells: 1_234_567,
  properties: [
    { id: 'matchIsFounded', holds: true },
    { id: 'unknownNeverHelps', holds: true },
    { id: 'contradictionNeverMatches', holds: true },
    {
      id: 'lowerLevelNeverBetter',
      ...(broken < 3 ? { holds: true } : { holds: false, counterexample: [lower, higher] }),
    },
    { id: 'higherMinimumAddsNoMatch', ...(broken < 3 ? { holds: true } : { holds: false, counterexample: lower }) },
    { id: 'explainedByTable', holds: true },
    {
      id: 'nothingIsDead',
      ...(broken < 1 ? { holds: true } : { holds: false, dead: ['otherProofs[1]', 'degrees[0].clauses[0]'] }),
    },
  ],
});

test('all properties hold, in Dutch', () => {
  expect(explainProof(proof(0), ama, 'nl')).toMatchInlineSnapshot(`
    "begeleider-ama 1.1.0: nagegaan voor alle 1.234.567 soorten bewijzen

    geldt: Een bewijs dat volstaat, voldoet aan elke vormvereiste. Minstens één gegeven toont het niveau aan, en geen enkel gegeven spreekt dat tegen.
    geldt: Eén waarde die ontbreekt of onbekend is, maakt nooit dat een bewijs volstaat dat eerst niet volstond.
    geldt: Een bewijs waarvan twee gegevens over het niveau elkaar tegenspreken, volstaat nooit.
    geldt: Een lager niveau in hetzelfde veld geeft nooit een beter oordeel dan een hoger niveau van dezelfde soort.
    geldt: Een hoger minimumniveau maakt nooit dat een bewijs volstaat dat eerst niet volstond.
    geldt: Elk bewijs krijgt precies één oordeel. Dat oordeel en zijn redenen zijn die van de tabel van de regels.
    geldt: Elke naam, elk bereik, elke regel voor een graad en elke voorwaarde daarin verandert het oordeel of de redenen van minstens één soort bewijzen.

    Alle eigenschappen gelden."
  `);
});

test('one property is broken, in Dutch', () => {
  expect(explainProof(proof(1), ama, 'nl').split('\n').slice(-5)).toMatchInlineSnapshot(`
    [
      "GELDT NIET: Elke naam, elk bereik, elke regel voor een graad en elke voorwaarde daarin verandert het oordeel of de redenen van minstens één soort bewijzen.",
      "  Verandert niets: otherProofs[1]",
      "  Verandert niets: degrees[0].clauses[0]",
      "",
      "1 van de eigenschappen geldt niet.",
    ]
  `);
});

test('one property is broken, in English', () => {
  expect(explainProof(proof(1), ama, 'en').split('\n').at(-1)).toMatchInlineSnapshot(
    `"1 of the properties does not hold."`,
  );
});

test('three properties are broken, with what breaks them, in both languages', () => {
  expect(explainProof(proof(3), ama, 'en')).toMatchInlineSnapshot(`
    "begeleider-ama 1.1.0: checked for all 1,234,567 kinds of proof

    holds: A match meets every formal requirement. At least one witness says that the level is enough, and none that it is too low.
    holds: No single absent or unknown value makes a match out of what was rejected.
    holds: Two contradicting witnesses never match.
    DOES NOT HOLD: A lower level never does better than a higher one of the same kind in the same field, all else equal.
      Counterexample: {"subject":"762003","vks":"6"}
      Counterexample: {"subject":"762003","vks":"7"}
    DOES NOT HOLD: Raising the minimum level never adds a match.
      Counterexample: {"subject":"762003","vks":"6"}
    holds: Each record has exactly one verdict. The verdict and its reasons are those of the table of the rules.
    DOES NOT HOLD: Each name, range, clause and condition changes the verdict or the reasons of at least one kind of proof.
      Changes nothing: otherProofs[1]
      Changes nothing: degrees[0].clauses[0]

    3 of the properties do not hold."
  `);
  expect(explainProof(proof(3), ama, 'nl').split('\n').at(-1)).toMatchInlineSnapshot(
    `"3 van de eigenschappen gelden niet."`,
  );
});

test('all properties hold, in English', () => {
  expect(explainProof(proof(0), ama, 'en').split('\n').at(-1)).toMatchInlineSnapshot(`"All properties hold."`);
});

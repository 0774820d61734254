import { describe, expect, test } from 'vitest';
import { Decision, present } from '../src/decision.ts';
import { decide } from '../src/rules/decide.ts';
import { compile } from '../src/rules/rule-set.ts';
import { ama, amaSource, applicant, bachelor, record, recordsOf, somebodyElse, today } from './rules/support.ts';

const id = '0190163d-8694-739b-aea5-966c26f8ad91';
const decidedAt = '2026-11-23T09:30:00.000Z';
const referenceDate = '2026-11-23';

const presented = (language: 'nl' | 'en', records = recordsOf('match review rejected otherHolder'), ruleSet = ama) =>
  present(
    {
      ruling: decide({ records, warning: false, incomplete: false }, ruleSet, applicant, today),
      ruleSet,
      referenceDate,
    },
    { id, decidedAt, language },
  );

describe('present', () => {
  test('makes the answer from a ruling, in English', () => {
    const [match, review] = recordsOf('match review');
    expect(presented('en')).toEqual({
      decisionId: id,
      decidedAt,
      outcome: 'eligible',
      reasons: [
        {
          code: 'diplomaMatches',
          text: 'LED holds a diploma with an accepted subject and at least VKS level 6 (bachelor): this proves the diploma condition. You need to act only if another reason stands below.',
        },
        {
          code: 'otherHolderInAnswer',
          text: 'LED also gave proofs that belong to another INSZ: these were neither used nor shown. It may be an old number of the same person, or a mix-up. Certainty about the person is needed. Check that the INSZ in your file is right.',
        },
      ],
      ruleSet: { id: 'begeleider-ama', version: '1.1.0', digest: ama.digest },
      referenceDate,
      diplomas: [
        {
          verdict: 'match',
          reasons: [
            {
              code: 'levelByVks',
              text: 'By the VKS level in LED this diploma is of at least VKS level 6 (bachelor). That is enough.',
            },
          ],
          domain: 'sociaal',
          attributes: match?.attributes,
        },
        {
          verdict: 'review',
          reasons: [
            {
              code: 'foreignLevelRecognised',
              text: 'This diploma comes from a country whose levels of higher education the law recognises automatically. So no decision on equivalence is needed. Look at the diploma and judge whether the studies fit the condition.',
            },
          ],
          domain: 'sociaal',
          attributes: review?.attributes,
        },
      ],
      rejected: [
        {
          reasons: [
            {
              code: 'notADiploma',
              text: 'This kind of proof is no diploma (but a certificate or an attestation, for example). A diploma of at least VKS level 6 (bachelor) is needed. Ask the applicant for the diploma itself.',
            },
          ],
        },
      ],
      followUp: [],
    });
  });

  test('writes every text in Dutch, and the same codes', () => {
    const records = recordsOf('review rejected otherHolder');
    const [nl, en] = (['nl', 'en'] as const).map((language) => presented(language, records));
    const reasonsOf = (decision = presented('nl')) => [
      ...decision.reasons,
      ...decision.diplomas.flatMap(({ reasons }) => reasons),
      ...decision.rejected.flatMap(({ reasons }) => reasons),
      ...decision.followUp,
    ];
    expect(reasonsOf(nl).map(({ code }) => code)).toEqual([
      'diplomaNeedsReview',
      'otherHolderInAnswer',
      'foreignLevelRecognised',
      'notADiploma',
      'reviewDiplomas',
      'attachDiploma',
      'careExperience',
    ]);
    expect(reasonsOf(en).map(({ code }) => code)).toEqual(reasonsOf(nl).map(({ code }) => code));
    expect(reasonsOf(nl)[3]?.text).toBe(
      'Dit soort bewijs is geen diploma (maar bijvoorbeeld een getuigschrift, attest of certificaat). Nodig is een diploma van minstens VKS-niveau 6 (bachelor). Vraag de aanvrager om het diploma zelf.',
    );
    const english = new Set(reasonsOf(en).map(({ text }) => text));
    expect(reasonsOf(nl).filter(({ text }) => english.has(text))).toEqual([]);
  });

  test('gives the step `equivalenceDecision` another text than the reason with that code', () => {
    const { diplomas, followUp } = presented('en', [
      record({ ...bachelor, country: 'ROU' }),
      record({ ...bachelor, proofType: 'Gelijkwaardigheid' }),
    ]);
    const step = followUp.find(({ code }) => code === 'equivalenceDecision');
    const reason = diplomas[1]?.reasons[0];
    expect(reason?.code).toBe(step?.code);
    expect(reason?.text).toMatch(/^This is a decision on equivalence\. /);
    expect(step?.text).toMatch(/^A foreign diploma counts if a decision declares it equivalent /);
  });

  test('names the minimum level of the rule set that decided', () => {
    const master = compile({ ...amaSource(), minimumLevel: 7 });
    const [reason] = presented('nl', recordsOf('match'), master).reasons;
    expect(reason?.text).toContain('VKS-niveau 7 (master)');
  });

  test('fits the schema of the answer, also without any record', () => {
    for (const records of [[], recordsOf('match review rejected outOfScope otherHolder')]) {
      const decision = presented('nl', records);
      expect(Decision.parse(decision)).toEqual(decision);
    }
  });

  test('contains no INSZ, and of a record nothing but its attributes', () => {
    const secret = { month: '07', day: '31', authenticity: 'Authentiek', isced2011: '665' };
    const records = [bachelor, { ...bachelor, proofType: 'Attest' }, { ...bachelor, holder: somebodyElse }].map((raw) =>
      record({ ...raw, ...secret }),
    );
    const text = JSON.stringify(presented('en', records));
    for (const value of [applicant, somebodyElse, '"Authentiek"', '"665"', '"31"', '"Attest"']) {
      expect(text).not.toContain(value);
    }
    // Eleven digits in a row are found nowhere but in the digest.
    expect(text.replace(ama.digest, '')).not.toMatch(/\d{11}/);
  });
});

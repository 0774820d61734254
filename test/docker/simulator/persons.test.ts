import { describe, expect, test } from 'vitest';
import { bare, personAnswer, withReferte } from '../../../docker/simulator/answers.ts';
import { persons, subjects } from '../../../docker/simulator/persons.ts';
import { checkInsz } from '../../../src/insz.ts';

const all = [...persons.values()];
const codes = new Set(
  all.flatMap(({ expects }) =>
    expects.status === 200 ? [...expects.reasons, ...expects.diplomas.flat(), ...expects.rejected.flat()] : [],
  ),
);

describe('the test persons', () => {
  test('have valid test numbers, of both centuries, each used once', () => {
    for (const { insz } of all) {
      expect(checkInsz(insz, '2026-01-01', true)).toMatchObject({ ok: true });
      expect(checkInsz(insz, '2026-01-01', false)).toMatchObject({ ok: false });
    }
    const born = all.map(({ insz }) => (Number(insz.slice(9)) === 97 - (Number(insz.slice(0, 9)) % 97) ? 19 : 20));
    expect(new Set(born)).toEqual(new Set([19, 20]));
    // The Map drops a number that is used twice. So the hand-written persons, who have names, are counted.
    const names = all.map(({ name }) => name).filter((name) => /^[A-Z][A-Za-z]+$/.test(name) && name !== 'Codeless');
    expect(names).toHaveLength(49);
    expect(new Set(names).size).toBe(names.length);
  });

  test('cover every outcome and every reason that the rule set begeleider-ama can give', () => {
    const outcomes = all.flatMap(({ expects }) => (expects.status === 200 ? [expects.outcome] : []));
    expect(new Set(outcomes)).toEqual(new Set(['eligible', 'manualReview', 'notDemonstrated']));
    const ofRecords =
      'cancelled unknownStatus intermediateProof unknownProofState equivalenceDecision notADiploma unknownProofType ' +
      'unknownCategory levelByVks levelByIsced2011 levelByDegree levelByIsced1997 levelConflict levelOpen levelUnknown ' +
      'belowByVks belowByIsced2011 belowByDegree belowByCategory belowByIsced1997 selfDeclared unknownAuthenticity ' +
      'unknownCountry foreignWithoutEquivalence foreignLevelRecognised subjectFieldMismatch awardDateInFuture';
    const ofAnswers =
      'diplomaMatches diplomaNeedsReview noQualifyingDiploma noRelevantDiplomaInLed ledWarning answerMayBeTruncated ' +
      'otherHolderInAnswer';
    expect([...codes].sort()).toEqual(`${ofRecords} ${ofAnswers}`.split(' ').sort());
  });

  test('cover each Uitzondering on each level', () => {
    const covered = all.flatMap(({ uitzonderingen }) =>
      (uitzonderingen?.list ?? []).map(({ id, origin, type }) => `${uitzonderingen?.level} ${id}.${origin} ${type}`),
    );
    const classed =
      '40000.LED 15021.MAGDA 30001.MAGDA 30101.RR 20002.MAGDA 30002.KSZ 30003.KSZ 30004.KSZ 13202.MAGDA 40003.LED ' +
      '13303.MAGDA 13001.MAGDA 13101.MAGDA 13501.MAGDA 20005.MAGDA 40001.LED 40005.LED 40006.LED 60011.MAGDA ' +
      'ERR_025.MAGDA 99994.MAGDA 99995.MAGDA 99996.MAGDA 99997.MAGDA 90000.LED 60006.MAGDA 60010.MAGDA 60013.MAGDA ' +
      '77777.MAGDA .MAGDA';
    for (const level of ['fault500', 'fault200', 'repliek', 'antwoord']) {
      for (const code of classed.split(' ')) expect(covered).toContain(`${level} ${code} FOUT`);
    }
    for (const level of ['repliek', 'antwoord']) {
      for (const code of ['99984.MAGDA', '30040.KSZ', '30042.KSZ', '40046.LED', '30004.KSZ', '40041.LED']) {
        expect(covered).toContain(`${level} ${code} WAARSCHUWING`);
      }
      expect(covered).toContain(`${level} 10001.LED INFORMATIE`);
      expect(covered).toContain(`${level} 40000.MAGDA FOUT`);
    }
    expect(new Set(all.map(({ failure }) => failure)).size).toBe(8);
  });

  test('have only records with a subject that has a name', () => {
    for (const { bewijzen = [] } of all)
      for (const { onderwerp } of bewijzen) expect(subjects).toHaveProperty(onderwerp);
  });

  test('get answers in the different forms that LED uses', () => {
    const asked = { referte: 'r', sender: 's' };
    const answers = all.map((person) => personAnswer(person, asked, new Date()));
    for (const start of ['<geef:GeefBewijsResponse', '<web:GeefBewijsResponse', '<GeefBewijsResponse xmlns=']) {
      expect(answers.some((answer) => answer.startsWith(start))).toBe(true);
    }
    expect(answers.some((answer) => /<Naam>Hoger\n +onderwijs<\/Naam>/.test(answer))).toBe(true);
    expect(answers.some((answer) => /<Naam>\n +Authentiek\n +<\/Naam>/.test(answer))).toBe(true);
    for (const name of ['ISCEDNiveau2011', 'ISCEDStudiegebied2013', 'Finaliteit', 'Beroepskwalificaties']) {
      expect(answers.some((answer) => answer.includes(`<${name}>`))).toBe(true);
    }
  });
});

describe('the answers of a folder', () => {
  test('lose their byte order mark and XML declaration, which an envelope cannot contain', () => {
    expect(bare('\uFEFF<?xml version="1.0"?>\n<a/>\n')).toBe('<a/>');
    expect(bare('<a/>')).toBe('<a/>');
  });

  test.each([
    ['<Antwoord><Referte>1989</Referte>', '<Antwoord><Referte>a&amp;b$1</Referte>'],
    ['<Antwoord>\n  <Referte xmlns:g="u">x</Referte>', '<Antwoord>\n  <Referte xmlns:g="u">a&amp;b$1</Referte>'],
    ['<g:Antwoord a="1"><g:Referte></g:Referte>', '<g:Antwoord a="1"><g:Referte>a&amp;b$1</g:Referte>'],
    ['<Afzender><Referte>1</Referte></Afzender>', '<Afzender><Referte>1</Referte></Afzender>'],
    ['<Antwoorden><Referte>1</Referte>', '<Antwoorden><Referte>1</Referte>'],
  ])('get the Referte of the question in Antwoord and nowhere else: %s', (before, after) => {
    expect(withReferte(before, 'a&b$1')).toBe(after);
  });
});

import { describe, expect, test } from 'vitest';
import { axesOf, cellCount } from '../../../src/rules/analysis/cells.ts';
import { type Cause, type Difference, diff } from '../../../src/rules/analysis/diff.ts';
import { compile, type RuleSet } from '../../../src/rules/rule-set.ts';
import { today } from '../support.ts';
import { verdictOn } from './random.ts';
import { smallSource } from './small-set.ts';

const [socialWork, nursing] = smallSource.subjects;
const { datesInFuture, ...withoutDates } = smallSource;

const between = (over: Partial<RuleSet>, from: RuleSet = smallSource): Difference =>
  diff(compile(from), compile({ ...from, ...over }), today);

const plainSubjects = smallSource.subjects.map(({ code, label, domain }) => ({ code, label, domain }));

const causeText = (cause: Cause): string =>
  cause === 'several' ? cause : [cause.row, cause.witness].filter((part) => part !== undefined).join(' ');

/** Each group as a line: verdicts, cause, and what the cause finds before and after. */
const groupLines = ({ groups }: Difference): readonly string[] =>
  groups.map(({ from, to, cause, changes }) =>
    [`${from} to ${to}`, causeText(cause), ...changes.map((one) => `${one.from} to ${one.to}`)].join(', '),
  );

const countryGroup =
  'review to review, country, foreignLevelRecognised to foreignWithoutEquivalence, foreignWithoutEquivalence to foreignLevelRecognised';

describe('the groups of a difference, in the order for a reader', () => {
  test.each<[string, Partial<RuleSet>, RuleSet, string[]]>([
    ['nothing', { title: { nl: 'Anders', en: 'Other' } }, smallSource, []],
    ['another country', { automaticRecognition: { countries: ['LUX'] } }, smallSource, [countryGroup]],
    [
      'other proofs that are unknown',
      { otherProofs: [] },
      smallSource,
      [
        'rejected to review, proofType, notADiploma to unknownProofType',
        'rejected to rejected, proofType, notADiploma to unknownProofType',
      ],
    ],
    [
      'dates in the future',
      { datesInFuture: { verdict: 'review' } },
      withoutDates,
      [
        'match to review, date, undefined to awardDateInFuture',
        'review to review, date, undefined to awardDateInFuture',
      ],
    ],
    [
      'a subject less',
      { subjects: nursing === undefined ? [] : [nursing] },
      smallSource,
      [
        'match to dropped, scope, undefined to outOfScope',
        'review to dropped, scope, undefined to outOfScope',
        'rejected to dropped, scope, undefined to outOfScope',
      ],
    ],
    [
      'a subject less that was under review: its scope alone is the cause',
      { subjects: socialWork === undefined ? [] : [socialWork] },
      smallSource,
      ['review to dropped, scope, undefined to outOfScope', 'rejected to dropped, scope, undefined to outOfScope'],
    ],
    [
      'a subject for review, and another country: two causes at once',
      {
        subjects: smallSource.subjects.map((subject) => ({ ...subject, review: true })),
        automaticRecognition: { countries: ['LUX'] },
      },
      smallSource,
      [
        'match to review, subject, undefined to subjectUnderReview',
        'review to review, subject, undefined to subjectUnderReview',
        countryGroup,
        'review to review, several',
      ],
    ],
    [
      'a category that says something else',
      { categories: [{ names: ['Hoger onderwijs'] }, { names: ['Secundair onderwijs'], range: { low: 4, high: 6 } }] },
      smallSource,
      [
        'review to match, level category, levelConflict to levelByVks, levelConflict to levelByDegree, levelConflict to levelByIsced2011, levelConflict to levelByIsced1997',
        'rejected to review, level category, belowByCategory to levelOpen',
        'review to review, level category, levelConflict to levelByVks, levelConflict to levelOpen, levelConflict to levelByDegree, levelConflict to levelByIsced2011, levelConflict to levelByIsced1997',
        'rejected to rejected, level category, belowByCategory to belowByVks, belowByCategory to belowByIsced1997, belowByCategory to belowByIsced2011, belowByCategory to levelOpen, belowByCategory to belowByDegree',
      ],
    ],
    [
      'a category less: the first change that is enough for the verdict, or several together',
      { categories: smallSource.categories.slice(0, 1) },
      smallSource,
      [
        'rejected to review, level category, belowByCategory to levelOpen, belowByCategory to levelUnknown',
        'review to review, category, undefined to unknownCategory',
        'review to review, several',
        'rejected to rejected, level category, belowByCategory to belowByVks, belowByCategory to belowByIsced1997, belowByCategory to belowByIsced2011, belowByCategory to belowByDegree, belowByCategory to levelOpen, belowByCategory to levelUnknown',
      ],
    ],
    [
      'a category less that was a witness: the row of the category comes before that of the level',
      { categories: [] },
      { ...smallSource, categories: [{ names: ['Hoger onderwijs'], range: { low: 6, high: 8 } }] },
      [
        'match to review, category, undefined to unknownCategory',
        'review to rejected, level category, levelConflict to belowByVks, levelConflict to belowByIsced1997, levelConflict to belowByIsced2011, levelConflict to belowByDegree',
        'review to review, category, undefined to unknownCategory',
        'review to review, several',
        'rejected to rejected, level category, levelConflict to belowByVks, levelConflict to belowByIsced1997, levelConflict to belowByIsced2011, levelConflict to belowByDegree',
      ],
    ],
    [
      'two changes that are each enough: the row that comes first',
      {
        subjects: plainSubjects.map((subject) => ({ ...subject, review: true })),
        ...(datesInFuture && { datesInFuture }),
      },
      { ...withoutDates, subjects: plainSubjects },
      [
        'match to review, subject, undefined to subjectUnderReview',
        'review to review, subject, undefined to subjectUnderReview',
        'review to review, several',
      ],
    ],
    [
      'a subject less, and dates in the future: review comes before dropped',
      { subjects: plainSubjects.slice(1), ...(datesInFuture && { datesInFuture }) },
      { ...withoutDates, subjects: plainSubjects },
      [
        'match to review, date, undefined to awardDateInFuture',
        'match to dropped, scope, undefined to outOfScope',
        'review to dropped, scope, undefined to outOfScope',
        'rejected to dropped, scope, undefined to outOfScope',
        'review to review, date, undefined to awardDateInFuture',
      ],
    ],
  ])('%s', (_, over, from, expected) => {
    expect(groupLines(between(over, from))).toEqual(expected);
  });

  test('a subject less, and dates that may lie in the future: what was a match comes first', () => {
    const before = compile({ ...smallSource, subjects: plainSubjects });
    const after = compile({ ...withoutDates, subjects: plainSubjects.slice(1) });
    expect(groupLines(diff(before, after, today))).toEqual([
      'match to dropped, scope, undefined to outOfScope',
      'review to match, date, awardDateInFuture to undefined',
      'review to dropped, scope, undefined to outOfScope',
      'rejected to dropped, scope, undefined to outOfScope',
      'review to review, date, awardDateInFuture to undefined',
    ]);
  });

  test('a higher minimum: more than one thing about the level can change the verdict', () => {
    expect(groupLines(between({ minimumLevel: 7 })).slice(0, 8)).toEqual([
      'match to review, level degree, levelByVks to levelConflict, levelByDegree to levelConflict, levelByIsced2011 to levelConflict',
      'match to review, level vks, levelByVks to levelConflict',
      'match to review, several',
      'match to review, level isced2011, levelByVks to levelConflict, levelByIsced2011 to levelConflict',
      'match to rejected, level degree, levelByDegree to belowByDegree',
      'match to rejected, level vks, levelByVks to belowByVks',
      'match to rejected, several',
      'match to rejected, level isced2011, levelByIsced2011 to belowByIsced2011',
    ]);
  });
});

describe('the whole difference', () => {
  const changed: RuleSet = { ...withoutDates, automaticRecognition: { countries: ['LUX'] }, otherProofs: [] };
  const [before, after] = [compile(smallSource), compile(changed)];
  const difference = diff(before, after, today);
  const { classes, groups, differing } = difference;

  test('counts each record once, and knows how many there are', () => {
    expect(difference.axes).toEqual(axesOf([smallSource, changed], today));
    expect(difference.cells).toBe(cellCount(difference.axes));
    expect(classes.reduce((sum, { cells }) => sum + cells, 0)).toBe(differing);
    expect(groups.reduce((sum, { cells }) => sum + cells, 0)).toBe(differing);
  });

  test('numbers the classes: changes of the verdict first, those of a match before the others, then the larger', () => {
    expect(classes.map(({ id }) => id)).toEqual(classes.map((_, index) => `c${index + 1}`));
    const verdicts = ['match', 'review', 'rejected', 'dropped'];
    const place = ({ from, to, cells }: (typeof classes)[number]) => [
      from.verdict === to.verdict ? 1 : 0,
      verdicts.indexOf(from.verdict),
      verdicts.indexOf(to.verdict),
      -cells,
    ];
    const places = classes.map(place);
    expect(places).toEqual(
      places.toSorted((one, other) => one.map((part, at) => part - (other[at] ?? 0)).find((part) => part !== 0) ?? 0),
    );
  });

  test('gives for each class a record that both sets judge so', () => {
    for (const { from, to, witness } of classes) {
      expect(verdictOn(witness, before, today)).toBe([from.verdict, ...from.reasons].join(' '));
      expect(verdictOn(witness, after, today)).toBe([to.verdict, ...to.reasons].join(' '));
    }
  });

  test('finds the class of two judgements', () => {
    for (const one of classes) expect(difference.classOf(one.from, one.to)).toBe(one);
    const match = { verdict: 'match', reasons: ['levelByVks'] } as const;
    expect(difference.classOf(match, match)).toBeUndefined();
  });

  test('says which values occur in a class and in a group', () => {
    const [first] = groups;
    expect(first).toMatchObject({ from: 'review', to: 'match', cause: { row: 'date' } });
    expect(first?.seen()).toMatchObject({ status: 1n, authenticity: 1n, country: 1n, subject: 2n });
    const of = classes.find(({ from, to }) => from.reasons.join() === 'notADiploma' && to.verdict === 'review');
    // “Attest” is the third class of its axis.
    expect(of?.seen().proofType).toBe(0b100n);
    const inGroups = groups.reduce((all, { seen }) => all | (seen().country ?? 0n), 0n);
    const inClasses = classes.reduce((all, { seen }) => all | (seen().country ?? 0n), 0n);
    expect(inGroups).toBe(inClasses);
  });

  test('gives for each group a record with as few reasons as there are, and its outcomes', () => {
    const usual = {
      status: '1',
      proofState: 'Eindbewijs',
      proofType: 'Diploma',
      category: 'Hoger onderwijs',
      degree: 'Bachelor',
      institution: 'Hogeschool',
      year: '2026',
      vks: '6',
      authenticity: 'Authentiek',
      country: 'BEL',
      subject: '762003',
      iscedField: '762',
    };
    const ahead = { ...usual, month: '12', day: '31' };
    expect(
      groups.map(({ from, to, outcomes, witness }) => ({ change: `${from} to ${to}`, outcomes, witness })).slice(0, 3),
    ).toEqual([
      { change: 'review to match', outcomes: ['manualReview', 'eligible'], witness: ahead },
      {
        change: 'rejected to review',
        outcomes: ['notDemonstrated', 'manualReview'],
        witness: { ...usual, proofType: 'Attest' },
      },
      { change: 'review to review', outcomes: ['manualReview', 'manualReview'], witness: expect.any(Object) },
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { type Proof, type PropertyId, propertyIds, prove } from '../../../src/rules/analysis/prove.ts';
import type { PlainRecord } from '../../../src/rules/plain-record.ts';
import { type Engine, engine } from '../../../src/rules/rows.ts';
import type { Values } from '../../../src/rules/values.ts';
import { today } from '../support.ts';
import { verdictOn } from './random.ts';
import { small, smallSource } from './small-set.ts';

const broken = ({ properties }: Proof): readonly PropertyId[] =>
  properties.flatMap(({ id, holds }) => (holds ? [] : [id]));

const property = ({ properties }: Proof, id: PropertyId) => properties.find((one) => one.id === id);

const withRows = (rows: Partial<Engine['rows']>): Engine => ({ ...engine, rows: { ...engine.rows, ...rows } });
const withWitnesses = (witnesses: Partial<Engine['witnesses']>): Engine => ({
  ...engine,
  witnesses: { ...engine.witnesses, ...witnesses },
});

test('the small rule set is sound, and each step is announced', () => {
  const steps: (readonly [number, number])[] = [];
  const proof = prove(small(), today, { progress: (done, of) => void steps.push([done, of]) });
  expect(proof).toEqual({
    holds: true,
    // Status, state, type, category, degree, institution, date, VKS, ISCED 2011 and 1997, authenticity, country, subject, field.
    cells: 4 * 4 * 5 * 4 * 4 * 4 * 7 * 10 * 20 * 9 * 4 * 4 * 3 * 3,
    properties: propertyIds.map((id) => ({ id, holds: true })),
  });
  expect(steps.map(([done]) => done)).toEqual(steps.map((_, index) => index));
  expect(new Set(steps.map(([, of]) => of))).toEqual(new Set([steps.length]));
});

describe('a wrong engine breaks the property that it offends', () => {
  const wrong: readonly (readonly [PropertyId, string, Engine])[] = [
    ['matchIsFounded', 'a match without authenticity', withRows({ authenticity: () => undefined })],
    ['matchIsFounded', 'a match without status', withRows({ status: () => undefined })],
    ['matchIsFounded', 'a match without state', withRows({ proofState: () => undefined })],
    ['matchIsFounded', 'a match of any type', withRows({ proofType: () => undefined })],
    ['matchIsFounded', 'a match of any category', withRows({ category: () => undefined })],
    ['matchIsFounded', 'a match from any country', withRows({ country: () => undefined })],
    ['matchIsFounded', 'a match in any field', withRows({ field: () => undefined })],
    ['matchIsFounded', 'a match of any subject', withRows({ subject: () => undefined })],
    ['matchIsFounded', 'a match of any day', withRows({ date: () => undefined })],
    [
      'matchIsFounded',
      'a match without a witness',
      {
        ...engine,
        levelReason: (standings) =>
          Object.values(standings).every((one) => one === undefined) ? 'levelByVks' : engine.levelReason(standings),
      },
    ],
    [
      'matchIsFounded',
      'a match with a witness against it',
      {
        ...engine,
        levelReason: (standings) => (standings.vks === 'enough' ? 'levelByVks' : engine.levelReason(standings)),
      },
    ],
    [
      'unknownNeverHelps',
      'a missing type counts as a diploma',
      withRows({
        proofType: (values, ...rest) => (values.proofType === '' ? undefined : engine.rows.proofType(values, ...rest)),
      }),
    ],
    [
      'unknownNeverHelps',
      'an unknown state counts as final',
      withRows({
        proofState: (values, ...rest) => {
          const reason = engine.rows.proofState(values, ...rest);
          return reason === 'unknownProofState' ? undefined : reason;
        },
      }),
    ],
    [
      'contradictionNeverMatches',
      'what is enough wins',
      {
        ...engine,
        levelReason: (standings) => (standings.vks === 'enough' ? 'levelByVks' : engine.levelReason(standings)),
      },
    ],
    [
      'lowerLevelNeverBetter',
      'VKS 5 above VKS 6',
      withWitnesses({ vks: ({ vks }) => ({ '5': { low: 7, high: 7 }, '6': { low: 5, high: 5 } })[vks] }),
    ],
    [
      'lowerLevelNeverBetter',
      'VKS 7 above VKS 8',
      withWitnesses({ vks: ({ vks }) => ({ '7': { low: 7, high: 7 }, '8': { low: 5, high: 5 } })[vks] }),
    ],
    [
      'lowerLevelNeverBetter',
      'ISCED 2011 level 5 above 6',
      withWitnesses({
        isced2011: ({ isced2011 }) => ({ '5': { low: 7, high: 7 }, '6': { low: 5, high: 5 } })[isced2011],
      }),
    ],
    [
      'lowerLevelNeverBetter',
      'ISCED 1997 level 4 above 5',
      withWitnesses({ isced1997: ({ isced1997 }) => (isced1997 === '4' ? { low: 8, high: 8 } : undefined) }),
    ],
    [
      'lowerLevelNeverBetter',
      'the lower degree counts more',
      withWitnesses({ degree: ({ degree }) => (degree === 'bachelor' ? undefined : { low: 6, high: 6 }) }),
    ],
    [
      'higherMinimumAddsNoMatch',
      'the country does not matter for a high minimum',
      withRows({
        country: (values, ruleSet, day) =>
          ruleSet.minimumLevel > 7 ? undefined : engine.rows.country(values, ruleSet, day),
      }),
    ],
    [
      'explainedByTable',
      'reasons in another order',
      {
        ...engine,
        weigh: (found) => {
          const { verdict, reasons } = engine.weigh(found);
          return { verdict, reasons: reasons.toReversed() };
        },
      },
    ],
    [
      'explainedByTable',
      'a reason is kept back',
      {
        ...engine,
        weigh: (found) => {
          const { verdict, reasons } = engine.weigh(found);
          return { verdict, reasons: reasons.slice(0, 1) };
        },
      },
    ],
    ['nothingIsDead', 'no country is recognised', withRows({ country: () => 'foreignWithoutEquivalence' })],
    ['nothingIsDead', 'the degree says nothing', withWitnesses({ degree: () => undefined })],
  ];

  test.each(wrong)('%s: %s', { timeout: 60_000 }, (id, _, mutant) => {
    const proof = prove(small(), today, { engine: mutant, ids: [id] });
    expect(proof.holds).toBe(false);
    expect(broken(proof)).toContain(id);
    const { counterexample, dead } = property(proof, id) ?? {};
    expect(id === 'nothingIsDead' ? dead : counterexample).toBeDefined();
  });

  const counterexampleOf = (id: PropertyId, mutant: Engine, set = small()) =>
    property(prove(set, today, { engine: mutant, ids: [id] }), id)?.counterexample;

  test('one record shows that it is no match, as people write it', () => {
    expect(counterexampleOf('matchIsFounded', withRows({ authenticity: () => undefined }))).toMatchObject({
      authenticity: 'Eigen verklaring',
      degree: 'Bachelor',
    });
  });

  test('two records show what an unknown value does: of a name, of a year, of a day', () => {
    const final = withRows({
      proofState: ({ proofState }) => (proofState === 'andere bewijsstaat' ? undefined : 'intermediateProof'),
    });
    expect(counterexampleOf('unknownNeverHelps', final)).toMatchObject([
      { proofState: 'Eindbewijs' },
      { proofState: 'andere bewijsstaat' },
    ]);
    // A day is read as a part of the date, whose axis the degree reads too.
    const enoughIf = (isWanted: (values: Values) => boolean) =>
      withWitnesses({
        degree: (values) => (isWanted(values as Values) ? { low: 6, high: 6 } : { low: 5, high: 5 }),
      });
    const year = enoughIf((values) => values.year === '1800');
    expect(counterexampleOf('unknownNeverHelps', year)).toMatchObject([{}, { year: '1800' }]);
    const day = enoughIf((values) => values.day === '99');
    expect(counterexampleOf('unknownNeverHelps', day)).toMatchObject([{}, { day: '99' }]);
  });

  const onDegrees = (...ranges: (readonly [string, number, number])[]) =>
    small({ degrees: ranges.map(([name, low, high]) => ({ names: [name], clauses: [{ range: { low, high } }] })) });
  const { degree } = engine.witnesses;
  const enoughFor = (name: string) =>
    withWitnesses({
      degree: (values, ...rest) => {
        const range = degree(values, ...rest);
        return range && (values.degree === name ? { low: 8, high: 8 } : { low: 5, high: 5 });
      },
    });

  test('a degree is lower if one end of its range is, and the other no higher', () => {
    const isBroken = (lower: readonly [number, number], higher: readonly [number, number]) =>
      counterexampleOf(
        'lowerLevelNeverBetter',
        enoughFor('laag'),
        onDegrees(['Laag', ...lower], ['Hoog', ...higher]),
      ) !== undefined;
    expect(isBroken([5, 6], [6, 6])).toBe(true);
    expect(isBroken([6, 6], [6, 8])).toBe(true);
    expect(isBroken([5, 7], [6, 6])).toBe(false);
    expect(isBroken([6, 6], [5, 7])).toBe(false);
  });

  test('a lower category does not count more', () => {
    const set = small({
      categories: [
        { names: ['Hoger beroepsonderwijs'], range: { low: 5, high: 5 } },
        { names: ['Secundair onderwijs'], range: { low: 0, high: 4 } },
      ],
    });
    const mutant = withWitnesses({
      category: ({ category }) => (category === 'secundair onderwijs' ? { low: 8, high: 8 } : { low: 5, high: 5 }),
    });
    expect(counterexampleOf('lowerLevelNeverBetter', mutant, set)).toMatchObject([
      { category: 'Hoger beroepsonderwijs' },
      { category: 'secundair onderwijs' },
    ]);
  });
});

describe('a wrong rule set breaks the property that it offends', () => {
  const { degrees } = smallSource;
  const [bachelor] = degrees;

  test('a match only because the year is unknown', () => {
    const set = small({
      degrees: [
        {
          names: ['Graduaat'],
          clauses: [{ year: { atLeast: 1900 }, range: { low: 5, high: 5 } }, { range: { low: 6, high: 6 } }],
        },
      ],
    });
    const proof = prove(set, today, { ids: ['matchIsFounded', 'unknownNeverHelps'] });
    expect(broken(proof)).toEqual(['unknownNeverHelps']);
    expect(proof.holds).toBe(false);
    const [one = {}, other = {}] = [property(proof, 'unknownNeverHelps')?.counterexample ?? []].flat() as PlainRecord[];
    expect(verdictOn(one, set, today)).toBe('rejected belowByDegree');
    expect(verdictOn(other, set, today)).toBe('match levelByDegree');
    expect({ ...one, year: undefined }).toEqual({ ...other, year: undefined });
    expect(one.year).toBeDefined();
    expect(other.year).toBeUndefined();
  });

  test.each([
    [
      'degrees[0].clauses[0]',
      {
        degrees: [
          {
            names: ['Bachelor'],
            clauses: [{ year: { atLeast: 2010 }, range: { low: 6, high: 6 } }, { range: { low: 6, high: 6 } }],
          },
        ],
      },
    ],
    [
      'degrees[0].clauses[0].institution.containsOneOf[1]',
      {
        degrees: [
          {
            names: ['Bachelor'],
            clauses: [{ institution: { containsOneOf: ['school', 'hogeschool'] }, range: { low: 6, high: 6 } }],
          },
        ],
      },
    ],
    [
      'degrees[0].clauses[0].institution',
      {
        degrees: [
          {
            names: ['Bachelor'],
            clauses: [
              { institution: { isOneOf: 'higherEducation' }, year: { atMost: 2008 }, range: { low: 6, high: 6 } },
              { institution: { isOneOf: 'higherEducation' }, range: { low: 5, high: 5 } },
              { range: { low: 6, high: 6 } },
            ],
          },
        ],
      },
    ],
    [
      'degrees[0].clauses[0].year',
      {
        degrees: [
          {
            names: ['Bachelor'],
            clauses: [
              { institution: { isOneOf: 'higherEducation' }, year: { atMost: 2008 }, range: { low: 6, high: 6 } },
              { year: { atMost: 2008 }, range: { low: 5, high: 5 } },
              { range: { low: 6, high: 6 } },
            ],
          },
        ],
      },
    ],
    ['higherEducation[0]', { degrees: bachelor === undefined ? [] : [bachelor] }],
    ['automaticRecognition.countries[1]', { automaticRecognition: { countries: ['NLD', 'BEL'] } }],
    [
      'insufficientProgrammes.isced2011ThirdDigits[1]',
      { insufficientProgrammes: { isced2011ThirdDigits: ['1', '1'] } },
    ],
  ])('%s changes nothing', (path, over) => {
    const proof = prove(small(over as Partial<typeof smallSource>), today, { ids: ['nothingIsDead'] });
    expect(property(proof, 'nothingIsDead')?.dead).toContain(path);
  });
});

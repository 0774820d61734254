import { type CompiledRuleSet, compile, type RuleSet } from '../../../src/rules/rule-set.ts';

/** A rule set with one or two of everything, so that its grid is small. */
export const smallSource: RuleSet = {
  id: 'klein',
  version: '1.0.0',
  title: { nl: 'Klein', en: 'Small' },
  legalBasis: 'verzonnen',
  validFrom: '2023-01-01',
  minimumLevel: 6,
  subjects: [
    { code: '762003', label: 'Sociaal-agogisch werk', domain: 'sociaal' },
    { code: '723008', label: 'Verpleegkunde', domain: 'paramedisch', review: true },
  ],
  otherProofs: ['Attest'],
  higherEducation: ['Hogeschool'],
  categories: [{ names: ['Hoger onderwijs'] }, { names: ['Secundair onderwijs'], range: { low: 0, high: 4 } }],
  degrees: [
    { names: ['Bachelor'], clauses: [{ range: { low: 6, high: 6 } }] },
    {
      names: ['Gegradueerde'],
      clauses: [
        { institution: { containsOneOf: ['volwassenenonderwijs'] }, range: { low: 5, high: 5 } },
        { institution: { isOneOf: 'higherEducation' }, year: { atMost: 2008 }, range: { low: 6, high: 6 } },
        { range: { low: 5, high: 6 } },
      ],
    },
  ],
  automaticRecognition: { countries: ['NLD'] },
  insufficientProgrammes: { isced2011ThirdDigits: ['1'] },
  datesInFuture: { verdict: 'review' },
};

export const small = (over: Partial<RuleSet> = {}): CompiledRuleSet => compile({ ...smallSource, ...over });

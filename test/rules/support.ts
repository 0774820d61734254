import { readFileSync } from 'node:fs';
import { clean, type LedRecord } from '../../src/record.ts';
import { judge } from '../../src/rules/judge.ts';
import { type CompiledRuleSet, compile, RuleSet } from '../../src/rules/rule-set.ts';

/** Two test numbers of MAGDA. */
export const applicant = '00621500180';
export const somebodyElse = '00621500279';

/** The values of a record as LED sends them, not cleaned. A missing member is a missing element. */
export type Raw = {
  status?: string;
  holder?: string;
  authenticity?: string;
  category?: string;
  degree?: string;
  proofType?: string;
  proofState?: string;
  institution?: string;
  subject?: string;
  country?: string;
  year?: string;
  month?: string;
  day?: string;
  iscedField?: string;
  isced1997?: string;
  isced2011?: string;
  vks?: string;
};

/** The record that the parser makes of these values: every value cleaned, and empty ones left out. */
export const record = (raw: Raw): LedRecord => {
  const value = <K extends string>(key: K, text: string | undefined): { [P in K]?: string } => {
    const cleaned = clean(text ?? '');
    return cleaned === '' ? {} : ({ [key]: cleaned } as { [P in K]?: string });
  };
  const coded = <K extends string>(key: K, text: string | undefined): { [P in K]?: { code: string } } => {
    const { code } = value('code', text);
    return code === undefined ? {} : ({ [key]: { code } } as { [P in K]?: { code: string } });
  };
  return {
    ...value('status', raw.status),
    ...value('holder', raw.holder),
    ...value('authenticity', raw.authenticity),
    ...value('iscedNiveau2011', raw.isced2011),
    ...value('year', raw.year),
    ...value('month', raw.month),
    ...value('day', raw.day),
    attributes: {
      ...value('categorie', raw.category),
      ...value('graad', raw.degree),
      ...value('typeBewijs', raw.proofType),
      ...value('staatBewijs', raw.proofState),
      ...value('instantie', raw.institution),
      ...value('land', raw.country),
      ...coded('onderwerp', raw.subject),
      ...coded('iscedStudiegebied', raw.iscedField),
      ...coded('iscedNiveau', raw.isced1997),
      ...coded('vksNiveauOnderwijskwalificatie', raw.vks),
    },
  };
};

/** A bachelor in social work: a match. */
export const bachelor: Raw = {
  status: '1',
  holder: applicant,
  authenticity: 'Authentiek',
  category: 'Hoger onderwijs',
  degree: 'Professionele bachelor',
  proofType: 'Diploma',
  proofState: 'Eindbewijs',
  institution: 'Hogeschool',
  subject: '762003',
  country: 'BEL',
  year: '2016',
  iscedField: '762',
  isced1997: '5B',
  vks: '6',
};

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** The day on which the tests judge. */
export const today = '2026-11-23';

/** The built-in version in force, and the one that it replaces. */
export const amaText: string = read('../../src/rules/sets/begeleider-ama-1.1.0.json');
export const replacedText: string = read('../../src/rules/sets/begeleider-ama-1.0.0.json');
export const exampleText: string = read('sets/voorbeeld-zorghulp-0.1.0.json');
export const amaSource = (): RuleSet => RuleSet.parse(JSON.parse(amaText));
/** The same without `replaces`, for versions of one's own. */
export const amaVersion = (over: Partial<RuleSet>): RuleSet => {
  const { replaces, ...source } = amaSource();
  return { ...source, ...over };
};
export const ama: CompiledRuleSet = compile(amaSource());
export const replaced: CompiledRuleSet = compile(RuleSet.parse(JSON.parse(replacedText)));
export const example: CompiledRuleSet = compile(RuleSet.parse(JSON.parse(exampleText)));

/** The verdict on a record and its reasons, separated by spaces. */
export const judged = (raw: Raw, ruleSet: CompiledRuleSet = ama): string => {
  const judgement = judge(record(raw), ruleSet, applicant, today);
  return judgement.verdict === 'dropped'
    ? `dropped ${judgement.reason}`
    : [judgement.verdict, ...judgement.reasons].join(' ');
};

/** One record for each verdict, and for each cause to drop it. */
export const kinds: Readonly<Record<string, Raw>> = {
  match: bachelor,
  review: { ...bachelor, country: 'NLD' },
  rejected: { ...bachelor, proofType: 'Attest' },
  foreign: { ...bachelor, country: 'ROU' },
  selfDeclared: { ...bachelor, authenticity: 'Eigen verklaring - Op eer' },
  unconfirmed: { ...bachelor, authenticity: '' },
  selfDeclaredForeign: { ...bachelor, authenticity: 'Eigen verklaring', country: 'ROU' },
  gegradueerde: { ...bachelor, degree: 'Gegradueerde', vks: '' },
  gegradueerdeElsewhere: { ...bachelor, degree: 'Gegradueerde', institution: '', vks: '' },
  vroedvrouwElsewhere: { ...bachelor, degree: 'Vroedvrouw', institution: '', vks: '' },
  outOfScope: { ...bachelor, subject: '144001' },
  otherHolder: { ...bachelor, holder: somebodyElse },
  outOfScopeOtherHolder: { ...bachelor, subject: '144001', holder: somebodyElse },
};

/**
 * Records from words such as `match`, `98×rejected`, `review@2015-06-30`. Parts of the date may be missing. The name of
 * each record is its word.
 */
export const recordsOf = (words: string): LedRecord[] =>
  words
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => {
      const [, times = '1', kind = '', date] = /^(?:(\d+)×)?(\w+)(?:@(.*))?$/.exec(word) ?? [];
      const [year, month, day] = date === undefined ? ['2016'] : date.split('-');
      const raw = { ...kinds[kind], year: year ?? '', month: month ?? '', day: day ?? '' };
      const one = record(raw);
      return Array.from({ length: Number(times) }, () => ({
        ...one,
        attributes: { ...one.attributes, volledigeNaam: word },
      }));
    });

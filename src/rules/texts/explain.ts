import { compareToMinimum } from '../level.ts';
import { type Language, levelName, reasonText } from '../reasons.ts';
import type { Clause, CompiledRuleSet, Range, RuleSet } from '../rule-set.ts';
import { possibleReasons } from './possible-reasons.ts';

const words = {
  nl: {
    version: 'Versie',
    candidate: 'kandidaat: loopt mee naast de geldende versie en beslist niets',
    legalBasis: 'Rechtsgrond',
    validity: 'Geldig',
    from: (from: string, to: string | undefined) =>
      to === undefined ? `vanaf ${from}, zonder einddatum` : `van ${from} tot en met ${to}`,
    digest: 'Vingerafdruk',
    needed: 'Wat nodig is',
    neededText: (level: string) =>
      `Eén bewijs in LED met een onderwerp uit de lijst hieronder en minstens ${level}. Onderwerp en niveau moeten uit hetzelfde bewijs komen. Staat er in LED niets dat volstaat, dan is dat geen weigering: de aanvrager kan het diploma nog zelf bezorgen.`,
    subjects: (count: number) => `Onderwerpen (${count})`,
    review: 'altijd door een dossierbehandelaar te bekijken',
    level: 'Wat als niveau telt',
    evidence: [
      'Vijf gegevens van het bewijs kunnen iets over het niveau zeggen. Eén gegeven dat volstaat, is genoeg, tenzij een ander niet volstaat of de graad het open laat: dan beoordeelt een dossierbehandelaar het diploma. Volstaat er geen en volstaat er minstens één niet, dan volstaat het diploma niet. In alle andere gevallen beoordeelt een dossierbehandelaar het.',
      'VKS-niveau van de onderwijskwalificatie: niveau 1 tot en met 8, zoals het er staat.',
      'ISCED 2011: een code die begint met 5 tot en met 8, staat voor dat niveau; een code die begint met 0 tot en met 4, voor hoogstens niveau 4.',
      'Graad en categorie: zie hieronder. Van een gelijkwaardigheid telt de categorie niet.',
      'ISCED 1997: de code 6 staat voor een doctoraat, niveau 8; een code die begint met 5, voor niveau 5 tot en met 7; een code die begint met 0 tot en met 4, voor hoogstens niveau 4.',
    ],
    degrees: 'Graden',
    categories: 'Categorieën',
    silent: 'zegt niets over het niveau',
    range: ({ low, high }: Range) => (low === high ? `niveau ${low}` : `niveau ${low} tot en met ${high}`),
    effect: { enough: 'volstaat', tooLow: 'volstaat niet', open: 'laat het open' },
    isOneOf: (names: string) => `de instelling ${names} is`,
    contains: (parts: string) => `de naam van de instelling ${parts} bevat`,
    atMost: (year: number) => `het bewijs van ${year} of vroeger dateert`,
    atLeast: (year: number) => `het bewijs van ${year} of later dateert`,
    between: (first: number, last: number) => `het bewijs van ${first} tot en met ${last} dateert`,
    or: new Intl.ListFormat('nl', { type: 'disjunction' }),
    and: 'en',
    when: 'als',
    otherwise: 'anders',
    otherProofs: 'Bewijzen die geen diploma zijn',
    none: 'geen',
    toReview: 'Wat een dossierbehandelaar bekijkt',
    toReject: 'Wat niet volstaat',
  },
  en: {
    version: 'Version',
    candidate: 'candidate: runs beside the version in force and decides nothing',
    legalBasis: 'Legal basis',
    validity: 'Valid',
    from: (from: string, to: string | undefined) =>
      to === undefined ? `from ${from} on, without an end date` : `from ${from} to ${to}, both included`,
    digest: 'Fingerprint',
    needed: 'What is needed',
    neededText: (level: string) =>
      `One proof in LED with a subject of the list below and at least ${level}. Subject and level must come from the same proof. If LED holds nothing that is enough, that is no refusal: the applicant can still provide the diploma.`,
    subjects: (count: number) => `Subjects (${count})`,
    review: 'always looked at by a case handler',
    level: 'What counts as level',
    evidence: [
      'Five things in a proof can say something about the level. One that is enough suffices, unless another is not enough or the degree leaves it open: then a case handler judges the diploma. If none is enough and at least one is not enough, neither is the diploma. In all other cases a case handler judges it.',
      'VKS level of the educational qualification (onderwijskwalificatie): level 1 to 8, as it stands.',
      'ISCED 2011: a code that begins with 5 to 8 stands for that level; one that begins with 0 to 4, for level 4 at most.',
      'Degree and category: see below. The category of an equivalence decision does not count.',
      'ISCED 1997: the code 6 stands for a doctorate, level 8; one that begins with 5, for level 5 to 7; one that begins with 0 to 4, for level 4 at most.',
    ],
    degrees: 'Degrees',
    categories: 'Categories',
    silent: 'says nothing about the level',
    range: ({ low, high }: Range) => (low === high ? `level ${low}` : `level ${low} to ${high}`),
    effect: { enough: 'is enough', tooLow: 'is not enough', open: 'leaves it open' },
    isOneOf: (names: string) => `the institution is ${names}`,
    contains: (parts: string) => `the name of the institution contains ${parts}`,
    atMost: (year: number) => `the proof dates from ${year} or earlier`,
    atLeast: (year: number) => `the proof dates from ${year} or later`,
    between: (first: number, last: number) => `the proof dates from ${first} to ${last}`,
    or: new Intl.ListFormat('en-GB', { type: 'disjunction' }),
    and: 'and',
    when: 'if',
    otherwise: 'otherwise',
    otherProofs: 'Proofs that are no diploma',
    none: 'none',
    toReview: 'What a case handler looks at',
    toReject: 'What is not enough',
  },
} as const;

type Words = (typeof words)[Language];

const quoted = (names: readonly string[]): readonly string[] => names.map((name) => `“${name}”`);

const rangeText = (range: Range, minimum: number, w: Words): string =>
  `${w.range(range)} (${w.effect[compareToMinimum(range, minimum)]})`;

/** The condition of a clause in words; empty if it has none. */
const conditionText = ({ institution, year }: Clause, { higherEducation }: RuleSet, w: Words): string => {
  const conditions: string[] = [];
  if (institution !== undefined) {
    conditions.push(
      'isOneOf' in institution
        ? w.isOneOf(w.or.format(quoted(higherEducation)))
        : w.contains(w.or.format(quoted(institution.containsOneOf))),
    );
  }
  const { atLeast, atMost } = year ?? {};
  if (atLeast !== undefined && atMost !== undefined) conditions.push(w.between(atLeast, atMost));
  else if (atLeast !== undefined) conditions.push(w.atLeast(atLeast));
  else if (atMost !== undefined) conditions.push(w.atMost(atMost));
  return conditions.join(` ${w.and} `);
};

/** One line for each clause, and one for records that fit no clause, if such records are possible. */
const clauseLines = (clauses: readonly Clause[], ruleSet: RuleSet, w: Words): readonly string[] => {
  const lines = clauses.map((clause, index) => {
    const range = rangeText(clause.range, ruleSet.minimumLevel, w);
    const condition = conditionText(clause, ruleSet, w);
    if (condition !== '') return `    ${w.when} ${condition}: ${range}`;
    return index === 0 ? `    ${range}` : `    ${w.otherwise}: ${range}`;
  });
  const oneFitsAll = clauses.some(({ institution, year }) => institution === undefined && year === undefined);
  return oneFitsAll ? lines : [...lines, `    ${w.otherwise}: ${w.silent}`];
};

const headLines = ({ source, digest }: CompiledRuleSet, w: Words): readonly string[] => [
  `${w.version}: ${source.id} ${source.version}${source.candidate === true ? ` (${w.candidate})` : ''}`,
  `${w.validity}: ${w.from(source.validFrom, source.validTo)}`,
  `${w.legalBasis}: ${source.legalBasis}`,
  `${w.digest}: ${digest}`,
];

const subjectLines = ({ subjects }: RuleSet, w: Words): readonly string[] =>
  [...Map.groupBy(subjects, ({ domain }) => domain)].flatMap(([domain, ofDomain]) => [
    `  ${domain}`,
    ...ofDomain.map(({ code, label, review }) => `    ${code} ${label}${review === true ? ` (${w.review})` : ''}`),
  ]);

const degreeLines = (ruleSet: RuleSet, w: Words): readonly string[] =>
  ruleSet.degrees.flatMap(({ names, clauses }) => [`  ${names.join('; ')}`, ...clauseLines(clauses, ruleSet, w)]);

const categoryLines = ({ categories, minimumLevel }: RuleSet, w: Words): readonly string[] =>
  categories.flatMap(({ names, range }) => [
    `  ${names.join('; ')}`,
    `    ${range === undefined ? w.silent : rangeText(range, minimumLevel, w)}`,
  ]);

const reasonLines = (weight: 'review' | 'reject', language: Language, source: RuleSet): readonly string[] =>
  possibleReasons(weight, source).map((code) => `  ${code}: ${reasonText(code, language, source.minimumLevel)}`);

/**
 * A rule set in words for a policy officer: title, validity and legal basis, subjects by domain, what counts as level,
 * which reasons lead to review and which to rejection. Plain text of several lines, without the last line feed.
 */
export const explain = (ruleSet: CompiledRuleSet, language: Language): string => {
  const { source } = ruleSet;
  const w: Words = words[language];
  const orNone = (lines: readonly string[]) => (lines.length > 0 ? lines : [`  ${w.none}`]);
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    [source.title[language], headLines(ruleSet, w)],
    [w.needed, [`  ${w.neededText(levelName(source.minimumLevel, language))}`]],
    [w.subjects(source.subjects.length), subjectLines(source, w)],
    [w.level, w.evidence.map((line) => `  ${line}`)],
    [w.degrees, orNone(degreeLines(source, w))],
    [w.categories, orNone(categoryLines(source, w))],
    [w.otherProofs, [`  ${source.otherProofs.join('; ') || w.none}`]],
    [w.toReview, reasonLines('review', language, source)],
    [w.toReject, reasonLines('reject', language, source)],
  ];
  return sections.map(([title, lines]) => [title, ...lines].join('\n')).join('\n\n');
};

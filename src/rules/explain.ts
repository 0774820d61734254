import { standOf } from './judge.ts';
import { type Language, levelName, reasonText, recordReasons } from './reasons.ts';
import type { Clause, CompiledRuleSet, Range, RuleSet } from './rule-set.ts';

const words = {
  nl: {
    version: 'Versie',
    candidate: 'kandidaat: loopt mee naast de geldende versie en beslist niets',
    legalBasis: 'Rechtsgrond',
    validity: 'Geldig',
    from: (from: string, to: string | undefined) =>
      to === undefined ? `vanaf ${from}, zonder einde` : `van ${from} tot en met ${to}`,
    digest: 'Vingerafdruk',
    needed: 'Wat nodig is',
    neededText: (level: string) =>
      `Eén bewijs in LED met een onderwerp uit de lijst hieronder en minstens ${level}. Onderwerp en niveau moeten uit hetzelfde bewijs komen. Staat er niets in LED, dan is dat geen weigering.`,
    subjects: (count: number) => `Onderwerpen (${count})`,
    review: 'altijd door een dossierbehandelaar te bekijken',
    level: 'Wat als niveau telt',
    witnesses: [
      'Vijf gegevens van het bewijs kunnen iets over het niveau zeggen. Spreken ze elkaar tegen, dan beoordeelt een dossierbehandelaar het diploma.',
      'VKS-niveau van de onderwijskwalificatie: 1 tot en met 8, zoals het er staat.',
      'ISCED 2011: begint met 5 tot en met 8: dat VKS-niveau; begint met 0 tot en met 4: hoogstens 4.',
      'Graad en categorie: zie hieronder. Van een gelijkwaardigheid telt de categorie niet.',
      'ISCED 1997: 6 is een doctoraat; begint met 5: niveau 5 tot en met 7; begint met 0 tot en met 4: hoogstens 4.',
    ],
    degrees: 'Graden',
    categories: 'Categorieën',
    silent: 'zegt niets over het niveau',
    range: ({ low, high }: Range) => (low === high ? `niveau ${low}` : `niveau ${low} tot en met ${high}`),
    effect: { up: 'volstaat', down: 'volstaat niet', open: 'laat het open' },
    isOneOf: (names: string) => `de instelling ${names} is`,
    contains: (parts: string) => `de naam van de instelling ${parts} bevat`,
    atMost: (year: number) => `het jaar ${year} of vroeger is`,
    atLeast: (year: number) => `het jaar ${year} of later is`,
    or: 'of',
    and: 'en',
    when: 'als',
    otherwise: 'anders',
    otherProofs: 'Bewijzen die geen diploma zijn',
    toReview: 'Wat een dossierbehandelaar bekijkt',
    toReject: 'Wat niet volstaat',
  },
  en: {
    version: 'Version',
    candidate: 'candidate: runs beside the version in force and decides nothing',
    legalBasis: 'Legal basis',
    validity: 'Valid',
    from: (from: string, to: string | undefined) =>
      to === undefined ? `from ${from} on, without end` : `from ${from} to ${to}, both included`,
    digest: 'Fingerprint',
    needed: 'What is needed',
    neededText: (level: string) =>
      `One proof in LED with a subject of the list below and at least ${level}. Subject and level must come from the same proof. If LED holds nothing, that is no refusal.`,
    subjects: (count: number) => `Subjects (${count})`,
    review: 'always looked at by a case handler',
    level: 'What counts as level',
    witnesses: [
      'Five data of a proof can say something about the level. If they contradict each other, a case handler judges the diploma.',
      'VKS level of the onderwijskwalificatie: 1 to 8, as it stands.',
      'ISCED 2011: begins with 5 to 8: that VKS level; begins with 0 to 4: 4 at most.',
      'Degree and category: see below. The category of an equivalence decision does not count.',
      'ISCED 1997: 6 is a doctorate; begins with 5: level 5 to 7; begins with 0 to 4: 4 at most.',
    ],
    degrees: 'Degrees',
    categories: 'Categories',
    silent: 'says nothing about the level',
    range: ({ low, high }: Range) => (low === high ? `level ${low}` : `level ${low} to ${high}`),
    effect: { up: 'is enough', down: 'is not enough', open: 'leaves it open' },
    isOneOf: (names: string) => `the institution is ${names}`,
    contains: (parts: string) => `the name of the institution contains ${parts}`,
    atMost: (year: number) => `the year is ${year} or earlier`,
    atLeast: (year: number) => `the year is ${year} or later`,
    or: 'or',
    and: 'and',
    when: 'if',
    otherwise: 'otherwise',
    otherProofs: 'Proofs that are no diploma',
    toReview: 'What a case handler looks at',
    toReject: 'What is not enough',
  },
} as const;

type Words = (typeof words)[Language];

/** `a, b or c` */
const listed = (names: readonly string[], or: string): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${or} ${names.at(-1)}`;

const quoted = (names: readonly string[]): readonly string[] => names.map((name) => `“${name}”`);

const rangeText = (range: Range, minimum: number, w: Words): string => {
  return `${w.range(range)} (${w.effect[standOf(range, minimum)]})`;
};

const conditionText = ({ institution, year }: Clause, ruleSet: RuleSet, w: Words): string => {
  const conditions: string[] = [];
  if (institution !== undefined) {
    conditions.push(
      'isOneOf' in institution
        ? w.isOneOf(listed(quoted(ruleSet.higherEducation), w.or))
        : w.contains(listed(quoted(institution.containsOneOf), w.or)),
    );
  }
  if (year?.atLeast !== undefined) conditions.push(w.atLeast(year.atLeast));
  if (year?.atMost !== undefined) conditions.push(w.atMost(year.atMost));
  return conditions.join(` ${w.and} `);
};

const clauseLines = (clauses: readonly Clause[], ruleSet: RuleSet, w: Words): readonly string[] =>
  clauses.map((clause, index) => {
    const range = rangeText(clause.range, ruleSet.minimumLevel, w);
    const condition = conditionText(clause, ruleSet, w);
    if (condition !== '') return `    ${w.when} ${condition}: ${range}`;
    return index === 0 ? `    ${range}` : `    ${w.otherwise}: ${range}`;
  });

const section = (title: string, lines: readonly string[]): string => [title, ...lines].join('\n');

const reasonLines = (weight: 'review' | 'reject', language: Language, { source }: CompiledRuleSet): readonly string[] =>
  Object.entries(recordReasons)
    .filter(([, reason]) => reason.weight === weight)
    .map(([code]) => `  ${code}: ${reasonText(code as keyof typeof recordReasons, language, source.minimumLevel)}`);

/**
 * The rule set in words for a policy officer: title, validity and legal basis, subjects by domain, what counts as level,
 * what leads to review and what is not enough. Plain text of several lines, without the last line feed.
 */
export const explain = (ruleSet: CompiledRuleSet, language: Language): string => {
  const { source, digest } = ruleSet;
  const w = words[language];
  const domains = Map.groupBy(source.subjects, ({ domain }) => domain);
  return [
    section(source.title[language], [
      `${w.version}: ${source.id} ${source.version}${source.candidate === true ? ` (${w.candidate})` : ''}`,
      `${w.validity}: ${w.from(source.validFrom, source.validTo)}`,
      `${w.legalBasis}: ${source.legalBasis}`,
      `${w.digest}: ${digest}`,
    ]),
    section(w.needed, [`  ${w.neededText(levelName(source.minimumLevel, language))}`]),
    section(
      w.subjects(source.subjects.length),
      [...domains].flatMap(([domain, subjects]) => [
        `  ${domain}`,
        ...subjects.map(({ code, label, review }) => `    ${code} ${label}${review === true ? ` (${w.review})` : ''}`),
      ]),
    ),
    section(
      w.level,
      w.witnesses.map((line) => `  ${line}`),
    ),
    section(
      w.degrees,
      source.degrees.flatMap(({ names, clauses }) => [`  ${names.join('; ')}`, ...clauseLines(clauses, source, w)]),
    ),
    section(
      w.categories,
      source.categories.flatMap(({ names, range }) => [
        `  ${names.join('; ')}`,
        `    ${range === undefined ? w.silent : rangeText(range, source.minimumLevel, w)}`,
      ]),
    ),
    section(w.otherProofs, [`  ${source.otherProofs.join('; ')}`]),
    section(w.toReview, reasonLines('review', language, ruleSet)),
    section(w.toReject, reasonLines('reject', language, ruleSet)),
  ].join('\n\n');
};

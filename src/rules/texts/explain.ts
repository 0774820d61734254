import { compareToMinimum } from '../level.ts';
import { followUpSteps, followUpText, type Language, levelName, reasonText } from '../reasons.ts';
import type { Clause, CompiledRuleSet, Range, RuleSet } from '../rule-set.ts';
import { possibleReasons } from './possible-reasons.ts';

const words = {
  nl: {
    version: 'Versie',
    replaces: 'Vervangt versie',
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
    evidence:
      'Vijf gegevens van het bewijs kunnen iets over het niveau zeggen. Eén gegeven dat volstaat, is genoeg, tenzij een ander gegeven niet volstaat of de graad het openlaat: dan beoordeelt een dossierbehandelaar het diploma. Als geen enkel gegeven volstaat en minstens één gegeven niet volstaat, dan volstaat het diploma niet. In alle andere gevallen beoordeelt een dossierbehandelaar het.',
    minimumLevel: (level: string) => `Nodig is minstens ${level}.`,
    vks: 'VKS-niveau van de onderwijskwalificatie: niveau 1 tot en met 8, zoals het er staat.',
    isced2011:
      'ISCED 2011: een code die begint met 5 tot en met 8, staat voor dat niveau; een code die begint met 0 tot en met 4, voor hoogstens niveau 4.',
    insufficient: (digits: string) =>
      `ISCED 2011: een code van drie cijfers die eindigt op ${digits}, zegt niets over het niveau. Zo’n opleiding volstaat niet om het niveau te voltooien.`,
    degreeAndCategory:
      'Graad en categorie: zie hieronder. Bij een gelijkwaardigheidsbeslissing telt de categorie niet mee.',
    isced1997:
      'ISCED 1997: de code 6 staat voor een doctoraat, niveau 8; een code die begint met 5, voor niveau 5 tot en met 7; een code die begint met 0 tot en met 4, voor hoogstens niveau 4.',
    domains: 'De indeling in domeinen verklaart de onderwerpen; ze beslist niets.',
    higherEducation: 'Instellingen voor hoger onderwijs',
    recognition: 'Landen waarvan de wet het niveau automatisch erkent',
    recognitionText:
      'Voor een diploma uit een van deze landen is geen beslissing over de gelijkwaardigheid nodig. Een dossierbehandelaar beoordeelt of de opleiding bij de voorwaarde past.',
    future: 'Datum in de toekomst',
    futureText: 'Ligt de uitreikingsdatum na vandaag, dan kijkt een dossierbehandelaar die na.',
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
    whole: 'Het hele antwoord',
    wholeLines: [
      'Als minstens één bewijs volstaat, is de diplomavoorwaarde aangetoond.',
      'Als geen enkel bewijs volstaat maar minstens één bewijs beoordeeld moet worden, beslist een dossierbehandelaar.',
      'In alle andere gevallen is de diplomavoorwaarde niet aangetoond. Dat is geen weigering.',
      'Als LED een waarschuwing gaf die van belang is, beslist altijd een dossierbehandelaar, ook als een bewijs volstaat.',
      'Als LED 99 bewijzen of meer gaf, of meldde dat er meer zijn, kunnen er bewijzen ontbreken. Een dossierbehandelaar beslist dan als de voorwaarde niet aangetoond is.',
      'Als een bewijs bij een ander INSZ hoort, wordt dat bewijs niet gebruikt en niet getoond. Een dossierbehandelaar beslist dan als de voorwaarde niet aangetoond is.',
      'Een storing bij LED is nooit een uitkomst: er komt dan een foutmelding en geen beslissing.',
    ],
    followUp: 'Wat daarna kan',
    sources: 'Bronnen',
    kinds: { law: 'wet', protocol: 'protocol', reading: 'lezing van dit project' },
  },
  en: {
    version: 'Version',
    replaces: 'Replaces version',
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
    evidence:
      'Five things in a proof can say something about the level. One that is enough suffices, unless another is not enough or the degree leaves it open: then a case handler judges the diploma. If none is enough and at least one is not enough, neither is the diploma. In all other cases a case handler judges it.',
    minimumLevel: (level: string) => `At least ${level} is needed.`,
    vks: 'VKS level of the educational qualification (onderwijskwalificatie): level 1 to 8, as it stands.',
    isced2011:
      'ISCED 2011: a code that begins with 5 to 8 stands for that level; one that begins with 0 to 4, for level 4 at most.',
    insufficient: (digits: string) =>
      `ISCED 2011: a code of three digits that ends in ${digits} says nothing about the level. Such a programme is insufficient for completion of its level.`,
    degreeAndCategory: 'Degree and category: see below. The category of an equivalence decision does not count.',
    isced1997:
      'ISCED 1997: the code 6 stands for a doctorate, level 8; one that begins with 5, for level 5 to 7; one that begins with 0 to 4, for level 4 at most.',
    domains: 'The domains explain the subjects; they decide nothing.',
    higherEducation: 'Institutions of higher education',
    recognition: 'Countries whose level the law recognises automatically',
    recognitionText:
      'A diploma from one of these countries needs no decision on equivalence. A case handler judges whether the studies fit the condition.',
    future: 'A date in the future',
    futureText: 'If the date of issue lies after today, a case handler checks it.',
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
    whole: 'The answer as a whole',
    wholeLines: [
      'If at least one proof is enough, the diploma condition is proven.',
      'If no proof is enough but at least one has to be judged, a case handler decides.',
      'In all other cases the diploma condition is not proven. That is no refusal.',
      'If LED gave a warning that is not harmless, a case handler always decides, also if a proof is enough.',
      'If LED gave 99 proofs or more, or said that there are more, proofs may be missing. A case handler then decides if the condition is not proven.',
      'If a proof belongs to another INSZ, that proof is neither used nor shown. A case handler then decides if the condition is not proven.',
      'A fault of LED is never an outcome: there is then a problem and no decision.',
    ],
    followUp: 'What can be done next',
    sources: 'Sources',
    kinds: { law: 'law', protocol: 'protocol', reading: 'this project’s reading' },
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

/** The marks of sources, such as ` [1, 3]`: their positions in the list of sources. Empty if there are none. */
const marks = ({ sources = [] }: RuleSet, ...named: readonly (readonly string[] | undefined)[]): string => {
  const ids = new Set(named.flatMap((each) => each ?? []));
  const numbers = sources.flatMap(({ id }, index) => (ids.has(id) ? [index + 1] : []));
  return numbers.length === 0 ? '' : ` [${numbers.join(', ')}]`;
};

/** One line for each clause, and one for records that fit no clause, if such records are possible. */
const clauseLines = (clauses: readonly Clause[], ruleSet: RuleSet, w: Words): readonly string[] => {
  const lines = clauses.map((clause, index) => {
    const range = `${rangeText(clause.range, ruleSet.minimumLevel, w)}${marks(ruleSet, clause.source)}`;
    const condition = conditionText(clause, ruleSet, w);
    if (condition !== '') return `    ${w.when} ${condition}: ${range}`;
    return index === 0 ? `    ${range}` : `    ${w.otherwise}: ${range}`;
  });
  const oneFitsAll = clauses.some(({ institution, year }) => institution === undefined && year === undefined);
  return oneFitsAll ? lines : [...lines, `    ${w.otherwise}: ${w.silent}`];
};

const headLines = ({ source, digest }: CompiledRuleSet, w: Words): readonly string[] => [
  `${w.version}: ${source.id} ${source.version}${source.candidate === true ? ` (${w.candidate})` : ''}`,
  ...(source.replaces === undefined ? [] : [`${w.replaces}: ${source.replaces}`]),
  `${w.validity}: ${w.from(source.validFrom, source.validTo)}`,
  `${w.legalBasis}: ${source.legalBasis}`,
  `${w.digest}: ${digest}`,
];

const neededLines = (ruleSet: RuleSet, language: Language, w: Words): readonly string[] => {
  const level = levelName(ruleSet.minimumLevel, language);
  return [`  ${w.neededText(level)}`, `  ${w.minimumLevel(level)}${marks(ruleSet, ruleSet.sourceOf?.minimumLevel)}`];
};

const subjectLines = (ruleSet: RuleSet, w: Words): readonly string[] => [
  ...[...Map.groupBy(ruleSet.subjects, ({ domain }) => domain)].flatMap(([domain, ofDomain]) => [
    `  ${domain}`,
    ...ofDomain.map(({ code, label, review }) => `    ${code} ${label}${review === true ? ` (${w.review})` : ''}`),
  ]),
  `  ${w.domains}${marks(ruleSet, ruleSet.sourceOf?.domains)}`,
];

const evidenceLines = (ruleSet: RuleSet, w: Words): readonly string[] => {
  const { sourceOf, insufficientProgrammes: insufficient } = ruleSet;
  return [
    w.evidence,
    `${w.vks}${marks(ruleSet, sourceOf?.vks)}`,
    `${w.isced2011}${marks(ruleSet, sourceOf?.isced2011)}`,
    ...(insufficient === undefined
      ? []
      : [`${w.insufficient(w.or.format(insufficient.isced2011ThirdDigits))}${marks(ruleSet, insufficient.source)}`]),
    w.degreeAndCategory,
    `${w.isced1997}${marks(ruleSet, sourceOf?.isced1997)}`,
  ].map((line) => `  ${line}`);
};

const degreeLines = (ruleSet: RuleSet, w: Words): readonly string[] =>
  ruleSet.degrees.flatMap(({ names, clauses, source }) => [
    `  ${names.join('; ')}${marks(ruleSet, source)}`,
    ...clauseLines(clauses, ruleSet, w),
  ]);

const categoryLines = (ruleSet: RuleSet, w: Words): readonly string[] =>
  ruleSet.categories.flatMap(({ names, range, source }) => [
    `  ${names.join('; ')}`,
    `    ${range === undefined ? w.silent : rangeText(range, ruleSet.minimumLevel, w)}${marks(ruleSet, source)}`,
  ]);

const recognitionLines = (ruleSet: RuleSet, w: Words): readonly string[] => {
  const { automaticRecognition: recognised } = ruleSet;
  return recognised === undefined
    ? []
    : [`  ${recognised.countries.join('; ')}${marks(ruleSet, recognised.source)}`, `  ${w.recognitionText}`];
};

const futureLines = (ruleSet: RuleSet, w: Words): readonly string[] =>
  ruleSet.datesInFuture === undefined ? [] : [`  ${w.futureText}${marks(ruleSet, ruleSet.datesInFuture.source)}`];

const reasonLines = (weight: 'review' | 'reject', language: Language, source: RuleSet): readonly string[] =>
  possibleReasons(weight, source).map((code) => `  ${code}: ${reasonText(code, language, source.minimumLevel)}`);

const followUpLines = (language: Language, { minimumLevel }: RuleSet): readonly string[] =>
  followUpSteps.map((step) => `  ${step}: ${followUpText(step, language, minimumLevel)}`);

const sourceLines = ({ sources = [] }: RuleSet, language: Language, w: Words): readonly string[] =>
  sources.flatMap(({ kind, text, address }, index) => [
    `  [${index + 1}] ${w.kinds[kind]}: ${text[language]}`,
    ...(address === undefined ? [] : [`      ${address}`]),
  ]);

/**
 * A rule set in words for a policy officer: title, validity and legal basis, subjects by domain, what counts as level,
 * which reasons lead to review and which to rejection, the answer as a whole, and the sources. Numbers in brackets refer
 * to the sources. Plain text of several lines, without the last line feed.
 */
export const explain = (ruleSet: CompiledRuleSet, language: Language): string => {
  const { source } = ruleSet;
  const w: Words = words[language];
  const orNone = (lines: readonly string[]) => (lines.length > 0 ? lines : [`  ${w.none}`]);
  const list = (names: readonly string[], ids: readonly string[] | undefined) => [
    `  ${names.join('; ') || w.none}${marks(source, ids)}`,
  ];
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    [source.title[language], headLines(ruleSet, w)],
    [w.needed, neededLines(source, language, w)],
    [`${w.subjects(source.subjects.length)}${marks(source, source.sourceOf?.subjects)}`, subjectLines(source, w)],
    [w.level, evidenceLines(source, w)],
    [w.degrees, orNone(degreeLines(source, w))],
    [w.higherEducation, list(source.higherEducation, source.sourceOf?.higherEducation)],
    [w.categories, orNone(categoryLines(source, w))],
    [w.otherProofs, list(source.otherProofs, source.sourceOf?.otherProofs)],
    [w.recognition, orNone(recognitionLines(source, w))],
    [w.future, orNone(futureLines(source, w))],
    [w.toReview, reasonLines('review', language, source)],
    [w.toReject, reasonLines('reject', language, source)],
    [w.whole, w.wholeLines.map((line) => `  ${line}`)],
    [w.followUp, followUpLines(language, source)],
    [w.sources, orNone(sourceLines(source, language, w))],
  ];
  return sections.map(([title, lines]) => [title, ...lines].join('\n')).join('\n\n');
};

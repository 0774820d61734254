import type { Proof, Property, PropertyId } from '../analysis/prove.ts';
import type { Language } from '../reasons.ts';
import type { CompiledRuleSet } from '../rule-set.ts';

const texts: Readonly<Record<PropertyId, Readonly<Record<Language, string>>>> = {
  matchIsFounded: {
    nl: 'Een bewijs dat volstaat, voldoet aan elke vormvereiste. Minstens één gegeven toont het niveau aan, en geen enkel gegeven spreekt dat tegen.',
    en: 'A match meets every formal requirement. At least one witness says that the level is enough, and none that it is too low.',
  },
  unknownNeverHelps: {
    nl: 'Eén waarde die ontbreekt of onbekend is, maakt nooit dat een bewijs volstaat dat eerst niet volstond.',
    en: 'No single absent or unknown value makes a match out of what was rejected.',
  },
  contradictionNeverMatches: {
    nl: 'Een bewijs waarvan twee gegevens over het niveau elkaar tegenspreken, volstaat nooit.',
    en: 'Two contradicting witnesses never match.',
  },
  lowerLevelNeverBetter: {
    nl: 'Een lager niveau in hetzelfde veld geeft nooit een beter oordeel dan een hoger niveau van dezelfde soort.',
    en: 'A lower level never does better than a higher one of the same kind in the same field, all else equal.',
  },
  higherMinimumAddsNoMatch: {
    nl: 'Een hoger minimumniveau maakt nooit dat een bewijs volstaat dat eerst niet volstond.',
    en: 'Raising the minimum level never adds a match.',
  },
  explainedByTable: {
    nl: 'Elk bewijs krijgt precies één oordeel. Dat oordeel en zijn redenen zijn die van de tabel van de regels.',
    en: 'Each record has exactly one verdict. The verdict and its reasons are those of the table of the rules.',
  },
  nothingIsDead: {
    nl: 'Elke naam, elk bereik, elke regel voor een graad en elke voorwaarde daarin verandert het oordeel of de redenen van minstens één soort bewijzen.',
    en: 'Each name, range, clause and condition changes the verdict or the reasons of at least one kind of proof.',
  },
};

/** What a property says. */
export const propertyText = (id: PropertyId, language: Language): string => texts[id][language];

const words = {
  nl: {
    title: (name: string, cells: string) => `${name}: nagegaan voor alle ${cells} soorten bewijzen`,
    holds: 'geldt',
    broken: 'GELDT NIET',
    example: 'Tegenvoorbeeld',
    dead: 'Verandert niets',
    all: 'Alle eigenschappen gelden.',
    some: (count: number) => `${count} van de eigenschappen ${count === 1 ? 'geldt' : 'gelden'} niet.`,
  },
  en: {
    title: (name: string, cells: string) => `${name}: checked for all ${cells} kinds of proof`,
    holds: 'holds',
    broken: 'DOES NOT HOLD',
    example: 'Counterexample',
    dead: 'Changes nothing',
    all: 'All properties hold.',
    some: (count: number) => `${count} of the properties ${count === 1 ? 'does' : 'do'} not hold.`,
  },
} as const;

const counterexampleLines = (
  { counterexample, dead = [] }: Property,
  w: (typeof words)[Language],
): readonly string[] => {
  const records = counterexample === undefined ? [] : [counterexample].flat();
  return [
    ...records.map((record) => `  ${w.example}: ${JSON.stringify(record)}`),
    ...dead.map((path) => `  ${w.dead}: ${path}`),
  ];
};

/** A proof in words: each property, whether it holds, and what breaks it. Plain text, without the last line feed. */
export const explainProof = (proof: Proof, { source }: CompiledRuleSet, language: Language): string => {
  const w = words[language];
  const { format } = new Intl.NumberFormat(language === 'nl' ? 'nl-BE' : 'en-GB');
  const broken = proof.properties.filter(({ holds }) => !holds).length;
  return [
    w.title(`${source.id} ${source.version}`, format(proof.cells)),
    '',
    ...proof.properties.flatMap((property) => [
      `${property.holds ? w.holds : w.broken}: ${propertyText(property.id, language)}`,
      ...counterexampleLines(property, w),
    ]),
    '',
    broken === 0 ? w.all : w.some(broken),
  ].join('\n');
};

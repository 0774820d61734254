import type { Difference, DifferenceGroup, Finding } from '../analysis/diff.ts';
import { gist, type Language, type RecordReason, reasonText } from '../reasons.ts';
import type { RowName } from '../rows.ts';
import type { CompiledRuleSet } from '../rule-set.ts';
import { whichRecords } from './which-records.ts';

const words = {
  nl: {
    title: (before: string, after: string, day: string) => `Verschil tussen ${before} en ${after}, op ${day}`,
    equivalent: (cells: string) =>
      `Geen verschil: beide versies beoordelen elk bewijs op dezelfde manier (${cells} soorten bewijzen nagegaan).`,
    differing: (differing: string, cells: string) =>
      `Van de ${cells} soorten bewijzen worden er ${differing} anders beoordeeld.`,
    kinds:
      'Een soort zijn alle bewijzen die geen enkele regel van de twee versies uit elkaar kan houden. De aantallen zeggen niets over hoe vaak een soort voorkomt.',
    verdicts: {
      match: 'volstaat',
      review: 'te beoordelen',
      rejected: 'volstaat niet',
      dropped: 'niet ingekeken',
    },
    change: (from: string, to: string) =>
      from === to ? `Blijft “${from}”, om een andere reden` : `Van “${from}” naar “${to}”`,
    cells: (cells: string) => `${cells} soorten`,
    outcome: (from: string, to: string) =>
      from === to
        ? `Is dit het enige bewijs, dan blijft de uitkomst ${from}.`
        : `Is dit het enige bewijs, dan wordt de uitkomst ${to} in plaats van ${from}.`,
    why: 'Waarom',
    which: 'Welke',
    example: 'Voorbeeld',
    several: 'Meer dan één van deze veranderingen tegelijk',
    witnesses: {
      vks: 'door het VKS-niveau',
      isced2011: 'door de ISCED 2011-code',
      degree: 'door de graad',
      category: 'door de categorie',
      isced1997: 'door de ISCED 1997-code',
    },
    outcomes: {
      eligible: 'aangetoond (eligible)',
      manualReview: 'te beoordelen (manualReview)',
      notDemonstrated: 'niet aangetoond (notDemonstrated)',
    },
    scope: { in: 'het onderwerp staat in de regelset', out: 'het onderwerp staat niet in de regelset' },
    nothing: 'geen reden',
    level: {
      enough: 'het niveau volstaat',
      tooLow: 'het niveau volstaat niet',
      levelConflict: 'de gegevens over het niveau spreken elkaar tegen',
      levelOpen: 'het niveau blijft open',
      levelUnknown: 'het niveau is onbekend',
    },
    otherWitness: (text: string) => `${text}, volgens een ander gegeven`,
  },
  en: {
    title: (before: string, after: string, day: string) => `Difference between ${before} and ${after}, on ${day}`,
    equivalent: (cells: string) =>
      `No difference: both versions judge every proof in the same way (${cells} kinds of proof checked).`,
    differing: (differing: string, cells: string) => `Of ${cells} kinds of proof, ${differing} are judged differently.`,
    kinds:
      'A kind is all proofs that no rule of the two versions can tell apart. The numbers say nothing about how often a kind occurs.',
    verdicts: {
      match: 'is enough',
      review: 'to be judged',
      rejected: 'is not enough',
      dropped: 'not looked at',
    },
    change: (from: string, to: string) =>
      from === to ? `Stays “${from}”, for another reason` : `From “${from}” to “${to}”`,
    cells: (cells: string) => `${cells} kinds`,
    outcome: (from: string, to: string) =>
      from === to
        ? `If this is the only proof, the outcome stays ${from}.`
        : `If this is the only proof, the outcome becomes ${to} instead of ${from}.`,
    why: 'Why',
    which: 'Which',
    example: 'Example',
    several: 'More than one of these changes at once',
    witnesses: {
      vks: 'by the VKS level',
      isced2011: 'by the ISCED 2011 code',
      degree: 'by the degree',
      category: 'by the category',
      isced1997: 'by the ISCED 1997 code',
    },
    outcomes: {
      eligible: 'proven (eligible)',
      manualReview: 'to be judged (manualReview)',
      notDemonstrated: 'not proven (notDemonstrated)',
    },
    scope: { in: 'the subject is in the rule set', out: 'the subject is not in the rule set' },
    nothing: 'no reason',
    level: {
      enough: 'the level is enough',
      tooLow: 'the level is not enough',
      levelConflict: 'the data about the level contradict each other',
      levelOpen: 'the level stays open',
      levelUnknown: 'the level is unknown',
    },
    otherWitness: (text: string) => `${text}, by another value`,
  },
} as const;

type Words = (typeof words)[Language];

/** A number as people write it. */
const numberText = (value: number, language: Language): string =>
  new Intl.NumberFormat(language === 'nl' ? 'nl-BE' : 'en-GB').format(value);

const findingText = (
  row: RowName | 'scope',
  finding: Finding,
  ruleSet: CompiledRuleSet,
  language: Language,
): string => {
  const w: Words = words[language];
  if (row === 'scope') return finding === undefined ? w.scope.in : w.scope.out;
  if (finding === undefined) return w.nothing;
  if (finding === 'levelConflict' || finding === 'levelOpen' || finding === 'levelUnknown') return w.level[finding];
  if (finding.startsWith('levelBy')) return w.level.enough;
  if (finding.startsWith('belowBy')) return w.level.tooLow;
  return `“${gist(reasonText(finding as RecordReason, language, ruleSet.minimumLevel)).replace(/\.$/, '')}”`;
};

const whyText = (
  group: DifferenceGroup,
  before: CompiledRuleSet,
  after: CompiledRuleSet,
  language: Language,
): string => {
  const w: Words = words[language];
  if (group.cause === 'several') return '';
  const { row, witness } = group.cause;
  const texts = group.changes.map(({ from, to }) => {
    const was = findingText(row, from, before, language);
    const is = findingText(row, to, after, language);
    return `${was} → ${was === is ? w.otherWitness(is) : is}`;
  });
  const by = witness === undefined ? '' : `${w.witnesses[witness]}: `;
  return `${by}${[...new Set(texts)].join('; ')}`;
};

/** One group of a difference in words. `why` and `which` are empty for a mixture of the others. */
export type DifferenceLine = {
  readonly isMixture: boolean;
  readonly change: string;
  readonly outcome: string;
  readonly why: string;
  readonly which: string;
  readonly kinds: string;
  readonly example: string;
};

/** Puts each group of a difference into words. */
export const differenceLines = (
  { axes, groups }: Difference,
  before: CompiledRuleSet,
  after: CompiledRuleSet,
  language: Language,
): readonly DifferenceLine[] => {
  const w: Words = words[language];
  return groups.map((group) => {
    const isMixture = group.cause === 'several';
    return {
      isMixture,
      change: w.change(w.verdicts[group.from], w.verdicts[group.to]),
      outcome: w.outcome(w.outcomes[group.outcomes[0]], w.outcomes[group.outcomes[1]]),
      why: whyText(group, before, after, language),
      which: isMixture ? '' : whichRecords(axes, group.seen(), group.cells, language),
      kinds: w.cells(numberText(group.cells, language)),
      example: JSON.stringify(group.witness),
    };
  });
};

/**
 * The difference between two rule sets as a page for a policy officer: each group of records with what changes, why, which
 * records and an example. `day`: `yyyy-mm-dd`. Plain text of several lines, without the last line feed.
 */
export const explainDiff = (
  difference: Difference,
  before: CompiledRuleSet,
  after: CompiledRuleSet,
  day: string,
  language: Language,
): string => {
  const w: Words = words[language];
  const named = ({ source: { id, version } }: CompiledRuleSet) => `${id} ${version}`;
  const number = (value: number) => numberText(value, language);
  const title = w.title(named(before), named(after), day);
  if (difference.differing === 0) return [title, '', w.equivalent(number(difference.cells))].join('\n');
  const lines = differenceLines(difference, before, after, language);
  const mixtures = lines.filter(({ isMixture }) => isMixture);
  return [
    title,
    '',
    w.differing(number(difference.differing), number(difference.cells)),
    w.kinds,
    ...lines
      .filter(({ isMixture }) => !isMixture)
      .flatMap(({ change, kinds, outcome, why, which, example }, index) => [
        '',
        `${index + 1}. ${change}: ${kinds}`,
        `   ${outcome}`,
        `   ${w.why}: ${why}.`,
        `   ${w.which}: ${which}.`,
        `   ${w.example}: ${example}`,
      ]),
    ...(mixtures.length > 0 ? ['', w.several] : []),
    ...mixtures.flatMap(({ change, kinds, example }) => [`   ${change}: ${kinds}`, `   ${w.example}: ${example}`]),
  ].join('\n');
};

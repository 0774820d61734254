import type { LedRecord } from '../../record.ts';
import { type Help, helpFor } from '../help.ts';
import { judge } from '../judge.ts';
import { followUpText, type Language, levelName, type RecordReason, reasonText } from '../reasons.ts';
import { type Standings, standingsOf } from '../rows.ts';
import type { CompiledRuleSet } from '../rule-set.ts';
import { valuesOf } from '../values.ts';

/** The things in a record that can say something about its level, in the order of the rules. */
const witnesses = [
  'vks',
  'isced2011',
  'degree',
  'category',
  'isced1997',
] as const satisfies readonly (keyof Standings)[];

/** What the rules find in one record, and what a person could bring that makes it count. */
export type RecordExplanation = {
  readonly verdict: 'match' | 'review' | 'rejected' | 'dropped';
  readonly reasons: readonly (RecordReason | 'outOfScope' | 'otherHolder')[];
  /** What the record says about the level. Left out for a record that is dropped. */
  readonly level?: Standings;
  readonly followUp: readonly Help[];
};

/** Judges a record of the person asked (its holder). `today`: in Brussels, `yyyy-mm-dd`. */
export const explanationOf = (record: LedRecord, ruleSet: CompiledRuleSet, today: string): RecordExplanation => {
  const judgement = judge(record, ruleSet, record.holder ?? '', today);
  const { verdict } = judgement;
  if (verdict === 'dropped') return { verdict, reasons: [judgement.reason], followUp: [] };
  const help = helpFor(record, judgement.reasons, ruleSet, today);
  const level = standingsOf(valuesOf(record), ruleSet, today);
  return { verdict, reasons: judgement.reasons, level, followUp: help === undefined ? [] : [help] };
};

const words = {
  nl: {
    verdicts: {
      match: 'Dit bewijs volstaat: het toont de diplomavoorwaarde aan.',
      review: 'Een dossierbehandelaar beoordeelt dit bewijs.',
      rejected: 'Dit bewijs volstaat niet. Dat is geen weigering: een ander bewijs kan wel volstaan.',
      dropped: 'Dit bewijs wordt niet beoordeeld en niet getoond.',
    },
    found: 'Wat er gevonden is',
    outOfScope:
      'Het onderwerp van dit bewijs staat niet in deze regelset. Het protocol staat niet toe dat het wordt ingekeken.',
    otherHolder: 'Dit bewijs hoort bij een ander INSZ.',
    level: (needed: string) => `Wat de gegevens over het niveau zeggen (nodig is minstens ${needed})`,
    witnesses: {
      vks: 'Het VKS-niveau',
      isced2011: 'ISCED 2011',
      degree: 'De graad',
      category: 'De categorie',
      isced1997: 'ISCED 1997',
    },
    standings: {
      enough: 'volstaat',
      tooLow: 'volstaat niet',
      open: 'laat het open',
      silent: 'zegt niets over het niveau',
    },
    helps: 'Wat zou helpen',
    nothing: 'Geen enkel document is op zichzelf genoeg.',
  },
  en: {
    verdicts: {
      match: 'This proof is enough: it proves the diploma condition.',
      review: 'A case handler judges this proof.',
      rejected: 'This proof is not enough. That is no refusal: another proof may be enough.',
      dropped: 'This proof is neither judged nor shown.',
    },
    found: 'What was found',
    outOfScope: 'The subject of this proof is not in this rule set. The protocol does not allow anyone to see it.',
    otherHolder: 'This proof belongs to another INSZ.',
    level: (needed: string) => `What the data say about the level (at least ${needed} is needed)`,
    witnesses: {
      vks: 'The VKS level',
      isced2011: 'ISCED 2011',
      degree: 'The degree',
      category: 'The category',
      isced1997: 'ISCED 1997',
    },
    standings: {
      enough: 'is enough',
      tooLow: 'is not enough',
      open: 'leaves it open',
      silent: 'says nothing about the level',
    },
    helps: 'What would help',
    nothing: 'No single document is enough on its own.',
  },
} as const;

/** An explanation in words. Plain text of several lines, without the last line feed. It holds no value of the record. */
export const explainRecord = (
  { verdict, reasons, level, followUp }: RecordExplanation,
  { source, minimumLevel }: CompiledRuleSet,
  language: Language,
): string => {
  const w = words[language];
  const found = reasons.map((code) =>
    code === 'outOfScope' || code === 'otherHolder' ? w[code] : reasonText(code, language, minimumLevel),
  );
  const levelLines =
    level === undefined
      ? []
      : [
          '',
          w.level(levelName(minimumLevel, language)),
          ...witnesses.map((name) => `  ${w.witnesses[name]} ${w.standings[level[name] ?? 'silent']}.`),
        ];
  const helps = followUp.map((step) => followUpText(step, language, minimumLevel));
  const needsHelp = verdict === 'review' || verdict === 'rejected';
  return [
    `${source.title[language]} (${source.id} ${source.version})`,
    w.verdicts[verdict],
    '',
    w.found,
    ...found.map((text) => `  ${text}`),
    ...levelLines,
    ...(needsHelp ? ['', w.helps, ...(helps.length > 0 ? helps : [w.nothing]).map((text) => `  ${text}`)] : []),
  ].join('\n');
};

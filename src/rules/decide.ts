import type { Outcome } from '../outcome.ts';
import { knownYear, type LedRecord } from '../record.ts';
import { type Help, helpFor, helpSteps } from './help.ts';
import { type Drop, type Judgement, judge, type QualityKind } from './judge.ts';
import type { AnswerReason, FollowUp, RecordReason } from './reasons.ts';
import type { CompiledRuleSet } from './rule-set.ts';

/** What the rules say about a whole answer of LED: the decision without its texts, and what audit and metrics count. */
export type Ruling = {
  readonly outcome: Outcome;
  readonly reasons: readonly AnswerReason[];
  /** Matches first, then reviews; in each group the newest first. */
  readonly diplomas: readonly {
    readonly verdict: 'match' | 'review';
    readonly reasons: readonly RecordReason[];
    readonly domain: string;
    readonly attributes: LedRecord['attributes'];
  }[];
  /** In the order of LED. Only the reasons: a proof that is not enough is not passed on. */
  readonly rejected: readonly { readonly reasons: readonly RecordReason[] }[];
  readonly followUp: readonly FollowUp[];
  readonly dropped: Readonly<Record<Drop, number>>;
  /** How many records show each oddity. A record that is out of scope and of another holder counts in both. */
  readonly quality: Readonly<Record<QualityKind, number>>;
};

/** LED sends at most this many records. If it sends as many, some may be missing. */
const maximumRecords = 99;

/** What the rules need of LED's answer. If LED has no data, it has no records. */
export type Answer = {
  readonly records: readonly LedRecord[];
  /** LED sent a WAARSCHUWING that is not harmless. */
  readonly warning: boolean;
  /** LED said that it holds more than it sent. */
  readonly incomplete: boolean;
};

/**
 * Decides on LED's answer about the person with this INSZ (11 digits). `today`: in Brussels, `yyyy-mm-dd`. Never throws.
 * Do not call this after a fault of LED: a fault is not an answer.
 */
export const decide = (answer: Answer, ruleSet: CompiledRuleSet, insz: string, today: string): Ruling => {
  const { diplomas, rejected, dropped, quality } = judgeAll(answer.records, ruleSet, insz, today);
  // toSorted is stable: diplomas that compare equal keep the order of LED.
  const sorted = diplomas.toSorted(compareDiplomas);
  const mainReason = mainReasonOf(sorted[0]?.verdict, rejected.length > 0);
  const reservations = reservationsOf(answer, dropped);
  const outcome = outcomeOf(mainReason, reservations);
  return {
    outcome,
    reasons: [mainReason, ...reservations],
    diplomas: sorted.map(({ verdict, reasons, domain, record }) => ({
      verdict,
      reasons,
      domain,
      attributes: record.attributes,
    })),
    rejected,
    followUp: followUpOf(outcome, sorted),
    dropped,
    quality,
  };
};

/**
 * The answer without the records that are out of this rule set's scope, for a candidate: the protocol does not allow
 * anyone to see them, whatever subjects the candidate has. It is incomplete if the whole answer is incomplete.
 */
export const withinScope = (answer: Answer, { subjects }: Pick<CompiledRuleSet, 'subjects'>): Answer => ({
  records: answer.records.filter(({ attributes }) => subjects.has(attributes.onderwerp?.code ?? '')),
  warning: answer.warning,
  incomplete: mayBeTruncated(answer),
});

/** Whether records may be missing. */
const mayBeTruncated = ({ records, incomplete }: Answer): boolean => incomplete || records.length >= maximumRecords;

type JudgedDiploma = {
  readonly verdict: 'match' | 'review';
  readonly reasons: readonly RecordReason[];
  readonly domain: string;
  readonly record: LedRecord;
  readonly date: IssueDate;
  readonly help: Help | undefined;
};

/** Judges every record, groups the judgements by verdict, and counts. Each group keeps the order of LED. */
const judgeAll = (records: readonly LedRecord[], ruleSet: CompiledRuleSet, insz: string, today: string) => {
  const diplomas: JudgedDiploma[] = [];
  const rejected: { reasons: readonly RecordReason[] }[] = [];
  const dropped: Record<Drop, number> = { otherHolder: 0, outOfScope: 0 };
  const quality: Record<QualityKind, number> = {
    otherHolder: 0,
    outOfScope: 0,
    subjectFieldMismatch: 0,
    levelConflict: 0,
    unknownValue: 0,
    unknownYear: 0,
  };
  for (const record of records) {
    const judgement: Judgement = judge(record, ruleSet, insz, today);
    for (const kind of judgement.quality) quality[kind] += 1;
    if (judgement.verdict === 'dropped') dropped[judgement.reason] += 1;
    else if (judgement.verdict === 'rejected') rejected.push({ reasons: judgement.reasons });
    else {
      const { verdict, reasons, domain } = judgement;
      const help = helpFor(record, reasons, ruleSet, today);
      diplomas.push({ verdict, reasons, domain, record, date: issueDateOf(record), help });
    }
  }
  return { diplomas, rejected, dropped, quality };
};

/** Year, month and day; `unknownPart` for a part that is missing or not usable. */
type IssueDate = readonly [year: number, month: number, day: number];

/** Lower than any real part of a date, so that an unknown part comes last. */
const unknownPart = -1;

const issueDateOf = ({ year, month, day }: LedRecord): IssueDate => {
  const numberOf = (part: string | undefined): number => (part?.match(/^[0-9]+$/) ? Number(part) : unknownPart);
  return [knownYear(year) ?? unknownPart, numberOf(month), numberOf(day)];
};

/** Matches before reviews, then the newest first. */
const compareDiplomas = (a: JudgedDiploma, b: JudgedDiploma): number => {
  if (a.verdict !== b.verdict) return a.verdict === 'match' ? -1 : 1;
  return compareDates(a.date, b.date);
};

/** The newest first. The parts after an unknown part are not compared: a day without a month says nothing. */
const compareDates = (a: IssueDate, b: IssueDate): number => {
  for (const part of [0, 1, 2] as const) {
    if (a[part] !== b[part] || a[part] === unknownPart) return b[part] - a[part];
  }
  return 0;
};

type MainReason = Extract<
  AnswerReason,
  'diplomaMatches' | 'diplomaNeedsReview' | 'noQualifyingDiploma' | 'noRelevantDiplomaInLed'
>;

/** The reason that follows from the records alone. `best`: the verdict of the first diploma, if there is one. */
const mainReasonOf = (best: 'match' | 'review' | undefined, someRejected: boolean): MainReason => {
  if (best === 'match') return 'diplomaMatches';
  if (best === 'review') return 'diplomaNeedsReview';
  return someRejected ? 'noQualifyingDiploma' : 'noRelevantDiplomaInLed';
};

/** Why the answer of LED may be wrong or incomplete. */
const reservationsOf = (answer: Answer, dropped: Ruling['dropped']): readonly AnswerReason[] => {
  const reservations: AnswerReason[] = [];
  if (answer.warning) reservations.push('ledWarning');
  if (mayBeTruncated(answer)) reservations.push('answerMayBeTruncated');
  if (dropped.otherHolder > 0) reservations.push('otherHolderInAnswer');
  return reservations;
};

const outcomes: Readonly<Record<MainReason, Outcome>> = {
  diplomaMatches: 'eligible',
  diplomaNeedsReview: 'manualReview',
  noQualifyingDiploma: 'notDemonstrated',
  noRelevantDiplomaInLed: 'notDemonstrated',
};

/**
 * A warning makes every outcome `manualReview`. Other reservations change only `notDemonstrated`: one match is enough.
 */
const outcomeOf = (mainReason: MainReason, reservations: readonly AnswerReason[]): Outcome => {
  if (reservations.includes('ledWarning')) return 'manualReview';
  const outcome = outcomes[mainReason];
  return outcome === 'notDemonstrated' && reservations.length > 0 ? 'manualReview' : outcome;
};

/** First what would make a diploma under review count, then what is always possible. */
const followUpOf = (outcome: Outcome, diplomas: readonly JudgedDiploma[]): readonly FollowUp[] => {
  if (outcome === 'eligible') return [];
  const helps = helpSteps.filter((step) => diplomas.some(({ help }) => help === step));
  const review: readonly FollowUp[] = diplomas.length > 0 ? ['reviewDiplomas'] : [];
  return [...helps, ...review, 'attachDiploma', 'careExperience'];
};

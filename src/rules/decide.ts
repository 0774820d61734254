import type { Outcome } from '../outcome.ts';
import { knownYear, type LedRecord } from '../record.ts';
import { type Judgement, judge, type QualityKind } from './judge.ts';
import type { AnswerReason, FollowUp, RecordReason } from './reasons.ts';
import type { CompiledRuleSet } from './rule-set.ts';

/** What the rules say of a whole answer of LED: the decision without its texts, and what audit and metrics count. */
export type Ruling = {
  readonly outcome: Outcome;
  readonly reasons: readonly AnswerReason[];
  /** Matches first, then reviews, within each the newest first. */
  readonly diplomas: readonly {
    readonly verdict: 'match' | 'review';
    readonly reasons: readonly RecordReason[];
    readonly domain: string;
    readonly attributes: LedRecord['attributes'];
  }[];
  /** In LED's order, by their reasons alone: what proves nothing is not passed on. */
  readonly rejected: readonly { readonly reasons: readonly RecordReason[] }[];
  readonly followUp: readonly FollowUp[];
  readonly dropped: { readonly otherHolder: number; readonly outOfScope: number };
  /** How many records show each kind of oddity. A record out of scope that is of another holder counts in both. */
  readonly quality: Readonly<Record<QualityKind, number>>;
};

/** LED sends no more records than this, so that as many may mean that some are missing. */
const maximumRecords = 99;

/** In place of a part of a date that is absent or, of the year, not known: less than any number. */
const unknown = -1;
const number = (part: string | undefined): number => (part?.match(/^[0-9]+$/) ? Number(part) : unknown);

type Listed = {
  readonly record: LedRecord;
  readonly judgement: Judgement & { verdict: 'match' | 'review' };
  /** Year, month and day. */
  readonly date: readonly [number, number, number];
};

/** Matches before reviews, then the newest first; a part that is missing comes last and ends the comparison. 0: LED's order stays. */
const inOrder = (a: Listed, b: Listed): number => {
  if (a.judgement.verdict !== b.judgement.verdict) return a.judgement.verdict === 'match' ? -1 : 1;
  for (const part of [0, 1, 2] as const) {
    const ofA = a.date[part];
    const ofB = b.date[part];
    if (ofA !== ofB || ofA === unknown) return ofB - ofA;
  }
  return 0;
};

const followUpOf = (outcome: Outcome, somethingToReview: boolean): readonly FollowUp[] => {
  if (outcome === 'eligible') return [];
  if (somethingToReview) return ['reviewDiplomas', 'attachDiploma', 'careExperience'];
  return ['attachDiploma', 'careExperience'];
};

/**
 * Decides on LED's answer about the person with this INSZ (11 digits). No data is an answer without records; `warning`
 * says that LED gave a WAARSCHUWING that is not harmless. Never fails: a fault of LED must not get here.
 */
export const decide = (
  answer: { readonly records: readonly LedRecord[]; readonly warning: boolean },
  ruleSet: CompiledRuleSet,
  insz: string,
): Ruling => {
  const listed: Listed[] = [];
  const rejected: { reasons: readonly RecordReason[] }[] = [];
  const dropped = { otherHolder: 0, outOfScope: 0 };
  const quality: Record<QualityKind, number> = {
    otherHolder: 0,
    outOfScope: 0,
    subjectFieldMismatch: 0,
    levelConflict: 0,
    unknownValue: 0,
    unknownYear: 0,
  };
  for (const record of answer.records) {
    const judgement = judge(record, ruleSet, insz);
    for (const kind of judgement.quality) quality[kind] += 1;
    if (judgement.verdict === 'dropped') dropped[judgement.reason] += 1;
    else if (judgement.verdict === 'rejected') rejected.push({ reasons: judgement.reasons });
    else {
      const date = [knownYear(record.year) ?? unknown, number(record.month), number(record.day)] as const;
      listed.push({ record, judgement, date });
    }
  }
  // toSorted is stable: equals keep LED's order.
  const ordered = listed.toSorted(inOrder);

  let outcome: Outcome;
  const reasons: AnswerReason[] = [];
  if (ordered[0]?.judgement.verdict === 'match') {
    outcome = 'eligible';
    reasons.push('diplomaMatches');
  } else if (ordered.length > 0) {
    outcome = 'manualReview';
    reasons.push('diplomaNeedsReview');
  } else {
    outcome = 'notDemonstrated';
    reasons.push(rejected.length > 0 ? 'noQualifyingDiploma' : 'noRelevantDiplomaInLed');
  }
  const doubt = (reason: AnswerReason): void => {
    reasons.push(reason);
    if (outcome === 'notDemonstrated') outcome = 'manualReview';
  };
  if (answer.warning) {
    reasons.push('ledWarning');
    outcome = 'manualReview';
  }
  if (answer.records.length >= maximumRecords) doubt('answerMayBeTruncated');
  if (dropped.otherHolder > 0) doubt('otherHolderInAnswer');

  return {
    outcome,
    reasons,
    diplomas: ordered.map(({ record, judgement: { verdict, reasons, domain } }) => ({
      verdict,
      reasons,
      domain,
      attributes: record.attributes,
    })),
    rejected,
    followUp: followUpOf(outcome, ordered.length > 0),
    dropped,
    quality,
  };
};

import { brusselsDay, instantOf } from '../../lib/clock.ts';
import { type QualityKind, qualityKinds } from '../../rules/judge.ts';
import type { Source } from '../verify/read-lines.ts';
import { readAccesses } from './read-accesses.ts';

/** What was wrong with LED's data in one answer. */
export type QualityFinding = {
  /** The day in Brussels. */
  readonly day: string;
  /** The Refertes under which MAGDA and LED find the question. The last one has the answer. */
  readonly references: readonly string[];
  readonly quality: Readonly<Partial<Record<QualityKind, number>>>;
};

export type QualityReport = {
  readonly findings: readonly QualityFinding[];
  /** How many records show each kind, in all answers together. */
  readonly totals: Readonly<Partial<Record<QualityKind, number>>>;
  readonly unreadable: number;
};

/**
 * Collects what the source of LED should correct (protocol, art. 7). Probes are about test numbers and do not count. Rejects
 * if a source cannot be read.
 */
export const reportQuality = async (
  sources: readonly Source[],
  includes: (day: string) => boolean,
): Promise<QualityReport> => {
  const findings: QualityFinding[] = [];
  const totals: Partial<Record<QualityKind, number>> = {};
  const seen = new Set<string>();
  const unreadable = await readAccesses(sources, {
    onAccess: ({ id, ts, user, quality, led }) => {
      const day = brusselsDay(instantOf(ts));
      if (!quality || user?.source === 'probe' || !includes(day) || seen.has(id)) return;
      seen.add(id);
      const kinds = qualityKinds.filter((kind) => (quality[kind] ?? 0) > 0);
      if (kinds.length === 0) return;
      for (const kind of kinds) totals[kind] = (totals[kind] ?? 0) + (quality[kind] ?? 0);
      const counts = Object.fromEntries(kinds.map((kind) => [kind, quality[kind]]));
      findings.push({ day, references: led?.references ?? [], quality: counts });
    },
  });
  return { findings, totals, unreadable };
};

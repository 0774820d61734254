import type { CompiledRuleSet } from './rule-set.ts';

/** The rule sets that the service knows. Days are `yyyy-mm-dd`; both ends of a period are included. */
export type Catalogue = {
  /** All versions, candidates included. Sorted by id, then by the first day of their period. */
  readonly all: readonly CompiledRuleSet[];
  /**
   * Returns the version in force on that day: the one with the latest `validFrom` not after it, unless its `validTo` has
   * passed. `unknown`: there is no rule set with this id. `notInForce`: there is, but no version of it is in force on
   * that day. A candidate is never in force, nor is a version that another one replaces.
   */
  readonly find: (
    id: string,
    day: string,
  ) =>
    | { readonly ok: true; readonly ruleSet: CompiledRuleSet }
    | { readonly ok: false; readonly reason: 'unknown' | 'notInForce' };
  /** The candidate versions that no other replaces, for any period. They are only evaluated and decide nothing. */
  readonly candidates: (id: string) => readonly CompiledRuleSet[];
};

const compareByIdAndPeriod = (a: CompiledRuleSet, b: CompiledRuleSet): number => {
  const keyOf = ({ source: { id, validFrom, version } }: CompiledRuleSet) => `${id}\n${validFrom}\n${version}`;
  return keyOf(a) < keyOf(b) ? -1 : 1;
};

const isCandidate = ({ source }: CompiledRuleSet): boolean => source.candidate === true;

/** The versions of `all` that none of `by` replaces. */
const notReplaced = (all: readonly CompiledRuleSet[], by: readonly CompiledRuleSet[]): readonly CompiledRuleSet[] => {
  const replaced = new Set(by.map(({ source }) => source.replaces));
  return all.filter(({ source }) => !replaced.has(source.version));
};

/** Makes a catalogue of rule sets in which `lint` found no fault. */
export const createCatalogue = (ruleSets: readonly CompiledRuleSet[]): Catalogue => {
  const all = ruleSets.toSorted(compareByIdAndPeriod);
  const byId = new Map(
    [...Map.groupBy(all, ({ source }) => source.id)].map(([id, versions]) => {
      // A candidate replaces nothing until it is in force.
      const inForce = versions.filter((version) => !isCandidate(version));
      const answering = notReplaced(inForce, inForce);
      return [id, { answering, candidates: notReplaced(versions.filter(isCandidate), versions) }];
    }),
  );
  return {
    all,
    find: (id, day) => {
      const versions = byId.get(id);
      if (versions === undefined) return { ok: false, reason: 'unknown' };
      const latest = versions.answering.findLast(({ source }) => source.validFrom <= day);
      const hasEnded = latest?.source.validTo !== undefined && latest.source.validTo < day;
      return latest === undefined || hasEnded ? { ok: false, reason: 'notInForce' } : { ok: true, ruleSet: latest };
    },
    candidates: (id) => byId.get(id)?.candidates ?? [],
  };
};

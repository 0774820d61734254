import type { CompiledRuleSet } from './rule-set.ts';

/** The rule sets that the service knows. Days are `yyyy-mm-dd`; both ends of a period are included. */
export type Catalogue = {
  /** All versions, candidates included. Sorted by id, then by the first day of their period. */
  readonly all: readonly CompiledRuleSet[];
  /**
   * Returns the version in force on that day. `unknown`: there is no rule set with this id. `notInForce`: there is, but
   * no version of it is in force on that day. A candidate is never in force.
   */
  readonly find: (
    id: string,
    day: string,
  ) =>
    | { readonly ok: true; readonly ruleSet: CompiledRuleSet }
    | { readonly ok: false; readonly reason: 'unknown' | 'notInForce' };
  /** The candidate versions, for any period. They are only evaluated and decide nothing. */
  readonly candidates: (id: string) => readonly CompiledRuleSet[];
};

const compareByIdAndPeriod = (a: CompiledRuleSet, b: CompiledRuleSet): number => {
  const keyOf = ({ source: { id, validFrom, version } }: CompiledRuleSet) => `${id}\n${validFrom}\n${version}`;
  return keyOf(a) < keyOf(b) ? -1 : 1;
};

/** Makes a catalogue of rule sets in which `lint` found no fault. */
export const createCatalogue = (ruleSets: readonly CompiledRuleSet[]): Catalogue => {
  const all = ruleSets.toSorted(compareByIdAndPeriod);
  const byId = Map.groupBy(all, ({ source }) => source.id);
  return {
    all,
    find: (id, day) => {
      const versions = byId.get(id);
      if (versions === undefined) return { ok: false, reason: 'unknown' };
      const ruleSet = versions.find(
        ({ source }) =>
          source.candidate !== true &&
          source.validFrom <= day &&
          (source.validTo === undefined || day <= source.validTo),
      );
      return ruleSet === undefined ? { ok: false, reason: 'notInForce' } : { ok: true, ruleSet };
    },
    candidates: (id) => byId.get(id)?.filter(({ source }) => source.candidate === true) ?? [],
  };
};

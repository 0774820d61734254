import type { CompiledRuleSet } from './rule-set.ts';

/** The rule sets that the service knows. Days are `yyyy-mm-dd`, both ends of a period included. */
export type Catalogue = {
  /** By id, then by the beginning of their period; candidates too. */
  readonly all: readonly CompiledRuleSet[];
  /** The version in force on that day. `notInForce`: the id is known, but no version answers then; a candidate never does. */
  readonly find: (
    id: string,
    day: string,
  ) =>
    | { readonly ok: true; readonly ruleSet: CompiledRuleSet }
    | { readonly ok: false; readonly reason: 'unknown' | 'notInForce' };
  /** The versions to evaluate beside the one in force. */
  readonly candidates: (id: string) => readonly CompiledRuleSet[];
};

const byIdAndPeriod = (a: CompiledRuleSet, b: CompiledRuleSet): number => {
  const keys = ({ source: { id, validFrom, version } }: CompiledRuleSet) => `${id}\n${validFrom}\n${version}`;
  return keys(a) < keys(b) ? -1 : 1;
};

/** A catalogue of rule sets in which `lint` found no fault. */
export const createCatalogue = (ruleSets: readonly CompiledRuleSet[]): Catalogue => {
  const all = ruleSets.toSorted(byIdAndPeriod);
  const versions = new Map(Map.groupBy(all, ({ source }) => source.id));
  return {
    all,
    find: (id, day) => {
      const ofId = versions.get(id);
      if (ofId === undefined) return { ok: false, reason: 'unknown' };
      const ruleSet = ofId.find(
        ({ source }) =>
          source.candidate !== true &&
          source.validFrom <= day &&
          (source.validTo === undefined || day <= source.validTo),
      );
      return ruleSet === undefined ? { ok: false, reason: 'notInForce' } : { ok: true, ruleSet };
    },
    candidates: (id) => versions.get(id)?.filter(({ source }) => source.candidate === true) ?? [],
  };
};

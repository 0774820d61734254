import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LintFault, lint } from './lint.ts';
import { type CompiledRuleSet, compile, RuleSet } from './rule-set.ts';

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

/** The folder of the rule sets that come with the program, in the sources and in the build alike. */
export const builtInFolder: string = fileURLToPath(new URL('sets', import.meta.url));

type File = { readonly name: string; readonly text: string };

const readFolder = (folder: string): { readonly files: readonly File[]; readonly faults: readonly LintFault[] } => {
  const files: File[] = [];
  const faults: LintFault[] = [];
  let names: readonly string[];
  try {
    // Kubernetes keeps folders of its own in a mounted one; their names begin with a dot.
    names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  } catch {
    return {
      files,
      faults: [{ file: folder, path: '', message: 'is no folder that can be read: check its name and rights' }],
    };
  }
  if (names.length === 0) {
    faults.push({ file: folder, path: '', message: 'holds no rule set: put a file in it whose name ends in .json' });
  }
  for (const name of names.toSorted()) {
    const file = join(folder, name);
    try {
      files.push({ name: file, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) });
    } catch {
      faults.push({ file, path: '', message: 'cannot be read as UTF-8 text: check its rights and its encoding' });
    }
  }
  return { files, faults };
};

/**
 * Reads the built-in rule sets and those of further folders (each `*.json`), checks all together, and gives the
 * catalogue, or every fault there is. A file that says to the letter what an earlier folder's file says counts once.
 */
export const loadRuleSets = (
  folders: readonly string[],
): { readonly catalogue: Catalogue } | { readonly faults: readonly LintFault[] } => {
  const files: File[] = [];
  const faults: LintFault[] = [];
  for (const folder of [builtInFolder, ...folders]) {
    const known = new Set(files.map(({ text }) => text));
    const read = readFolder(folder);
    files.push(...read.files.filter(({ text }) => !known.has(text)));
    faults.push(...read.faults);
  }
  faults.push(...lint(files));
  if (faults.length > 0) return { faults };
  return { catalogue: createCatalogue(files.map(({ text }) => compile(RuleSet.parse(JSON.parse(text))))) };
};

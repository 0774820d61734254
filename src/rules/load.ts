import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCode } from '../lib/error-code.ts';
import { type Catalogue, createCatalogue } from './catalogue.ts';
import { type LintFault, lint, lintAlone } from './lint.ts';
import { type CompiledRuleSet, compile, RuleSet } from './rule-set.ts';

/** The folder of the built-in rule sets. It is next to this file, in the sources and in the build. */
export const builtInFolder: string = fileURLToPath(new URL('sets', import.meta.url));

type File = { readonly name: string; readonly text: string; readonly bytes: Uint8Array };

const readRuleSetFile = (file: string): File | LintFault => {
  try {
    const bytes = readFileSync(file);
    return { name: file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), bytes };
  } catch {
    return { file, path: '', message: 'cannot be read as UTF-8 text: check its rights and its encoding' };
  }
};

/** Reads every rule-set file of a folder. A file or folder that cannot be read is a fault. */
const readFolder = (folder: string): { readonly files: readonly File[]; readonly faults: readonly LintFault[] } => {
  const files: File[] = [];
  const faults: LintFault[] = [];
  let names: readonly string[];
  try {
    // Kubernetes puts its own entries in a mounted folder; their names begin with a dot.
    names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  } catch (error) {
    const message = 'is no folder that can be read: check its name and rights';
    return { files, faults: [{ file: folder, path: '', message, unreadable: errorCode(error) }] };
  }
  if (names.length === 0) {
    faults.push({ file: folder, path: '', message: 'holds no rule set: put a file in it whose name ends in .json' });
  }
  for (const name of names.toSorted()) {
    const file = join(folder, name);
    const read = readRuleSetFile(file);
    if ('message' in read) faults.push(read);
    else files.push(read);
  }
  return { files, faults };
};

/**
 * Reads the built-in rule sets and those of a folder (`*.json`), and checks all of them together. Returns the catalogue,
 * or every fault. A file whose text is the same as that of a built-in one is ignored.
 */
export const loadRuleSets = (
  folder?: string,
): { readonly catalogue: Catalogue } | { readonly faults: readonly LintFault[] } => {
  const builtIn = readFolder(builtInFolder);
  const known = new Set(builtIn.files.map(({ text }) => text));
  const own = folder === undefined ? { files: [], faults: [] } : readFolder(folder);
  const files = [...builtIn.files, ...own.files.filter(({ text }) => !known.has(text))];
  const faults = [...builtIn.faults, ...own.faults, ...lint(files)];
  if (faults.length > 0) return { faults };
  return {
    catalogue: createCatalogue(files.map(({ text, bytes }) => compile(RuleSet.parse(JSON.parse(text)), bytes))),
  };
};

/** Reads one rule-set file, and checks it on its own. Returns the rule set, or every fault. */
export const loadRuleSet = (
  file: string,
): { readonly ruleSet: CompiledRuleSet } | { readonly faults: readonly LintFault[] } => {
  const read = readRuleSetFile(file);
  if ('message' in read) return { faults: [read] };
  const faults = lintAlone(read);
  if (faults.length > 0) return { faults };
  return { ruleSet: compile(RuleSet.parse(JSON.parse(read.text)), read.bytes) };
};

import { statSync } from 'node:fs';
import { brusselsDay, isDay } from '../lib/clock.ts';
import { faultLine } from '../rules/fault-line.ts';
import { loadRuleSet, loadRuleSets } from '../rules/load.ts';
import type { CompiledRuleSet } from '../rules/rule-set.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** A rule set, or why there is none: the exit code of the command and what to say. */
export type RuleSetFound =
  | { readonly ruleSet: CompiledRuleSet }
  | { readonly exitCode: ExitCode; readonly message: string };

/**
 * Finds the rule set that an argument SET names: a file, `id@version`, or `id` (in force on this day, `yyyy-mm-dd`).
 * `ruleSetDir`: the folder of RULE_SET_DIR, whose versions count beside the built-in ones.
 */
export const findRuleSet = (name: string, day: string, ruleSetDir?: string): RuleSetFound => {
  if (isFile(name) || /[/\\]|\.json$/.test(name)) return fromFile(name);
  const loaded = loadRuleSets(ruleSetDir === undefined ? [] : [ruleSetDir]);
  if ('faults' in loaded) {
    return { exitCode: exitCodes.configuration, message: loaded.faults.map(faultLine).join('\n') };
  }
  const { all, find } = loaded.catalogue;
  const [id = '', version] = name.split(/@(.*)/s);
  if (version === undefined) {
    const found = find(id, day);
    if (found.ok) return { ruleSet: found.ruleSet };
    if (found.reason === 'notInForce') {
      return { exitCode: exitCodes.usage, message: `No version of this rule set is in force on ${day}.` };
    }
  }
  const ruleSet = all.find(({ source }) => source.id === id && source.version === version);
  if (ruleSet !== undefined) return { ruleSet };
  const known = all.map(({ source }) => `${source.id}@${source.version}`).join(', ');
  return { exitCode: exitCodes.usage, message: `There is no such rule set and no such file. Known are: ${known}.` };
};

const isFile = (name: string): boolean => statSync(name, { throwIfNoEntry: false })?.isFile() === true;

const fromFile = (name: string): RuleSetFound => {
  const loaded = loadRuleSet(name);
  if ('ruleSet' in loaded) return loaded;
  return { exitCode: exitCodes.input, message: loaded.faults.map(faultLine).join('\n') };
};

/** The day of an option `--day`: today in Brussels without it, undefined if it is no day that exists. */
export const dayOf = (option: string | undefined): string | undefined => {
  if (option === undefined) return brusselsDay(Date.now());
  return isDay(option) ? option : undefined;
};

import { statSync } from 'node:fs';
import { brusselsDay, isDay } from '../lib/clock.ts';
import { faultLine } from '../rules/fault-line.ts';
import { loadRuleSet, loadRuleSets } from '../rules/load.ts';
import type { CompiledRuleSet } from '../rules/rule-set.ts';
import { badInput, Refusal, wrongUse } from './command.ts';
import { exitCodes } from './exit-codes.ts';

/**
 * Finds the rule set that an argument SET names: a file, `id@version`, or `id` (in force on this day, `yyyy-mm-dd`).
 * `ruleSetDir`: the folder of RULE_SET_DIR, whose versions count beside the built-in ones. Throws a `Refusal` if
 * there is no such rule set, or if it has faults.
 */
export const findRuleSet = (name: string, day: string, ruleSetDir?: string): CompiledRuleSet => {
  if (isFile(name) || /[/\\]|\.json$/.test(name)) return fromFile(name);
  const loaded = loadRuleSets(ruleSetDir);
  if ('faults' in loaded) throw new Refusal(exitCodes.configuration, loaded.faults.map(faultLine).join('\n'));
  const { all, find } = loaded.catalogue;
  const [id = '', version] = name.split(/@(.*)/s);
  if (version === undefined) {
    const found = find(id, day);
    if (found.ok) return found.ruleSet;
    if (found.reason === 'notInForce') {
      throw new Refusal(exitCodes.usage, `No version of this rule set is in force on ${day}.`);
    }
  }
  const ruleSet = all.find(({ source }) => source.id === id && source.version === version);
  if (ruleSet !== undefined) return ruleSet;
  const known = all.map(({ source }) => `${source.id}@${source.version}`).join(', ');
  throw new Refusal(exitCodes.usage, `There is no such rule set and no such file. Known are: ${known}.`);
};

const isFile = (name: string): boolean => statSync(name, { throwIfNoEntry: false })?.isFile() === true;

const fromFile = (name: string): CompiledRuleSet => {
  const loaded = loadRuleSet(name);
  if ('ruleSet' in loaded) return loaded.ruleSet;
  throw badInput(loaded.faults.map(faultLine).join('\n'));
};

/** The day of an option `--day`: today in Brussels without it. Throws a `Refusal` if it is no day that exists. */
export const dayOf = (option: string | undefined): string => {
  if (option === undefined) return brusselsDay(Date.now());
  if (!isDay(option)) throw wrongUse('rules');
  return option;
};

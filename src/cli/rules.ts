import { readdirSync } from 'node:fs';
import { faultLine } from '../rules/fault-line.ts';
import { loadRuleSets } from '../rules/load.ts';
import type { Language } from '../rules/reasons.ts';
import { explain } from '../rules/texts/explain.ts';
import { type CommandIo, cannotRead, parseOptions, refuse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { usageOf } from './usage.ts';

type Output = Pick<CommandIo, 'out' | 'err'>;

/**
 * `rules lint DIR` prints each fault on a line, and `rules explain ID` prints each version of a rule set in words.
 * Takes the arguments after `rules`, and the folder of RULE_SET_DIR for `explain`. Returns the exit code.
 */
export const runRulesCommand = (args: readonly string[], io: Output, ruleSetDir?: string): ExitCode => {
  const [command, ...rest] = args;
  const [folder, ...more] = rest;
  if (command === 'lint' && folder !== undefined && more.length === 0) return lintFolder(folder, io);
  const options = command === 'explain' ? explainOptions(rest) : undefined;
  if (options !== undefined) return explainRuleSet(options, io, ruleSetDir);
  return refuse(io, exitCodes.usage, usageOf('rules'));
};

const lintFolder = (folder: string, io: Output): ExitCode => {
  try {
    readdirSync(folder);
  } catch (error) {
    return refuse(io, exitCodes.input, cannotRead(folder, error));
  }
  const loaded = loadRuleSets([folder]);
  if ('faults' in loaded) {
    io.out(loaded.faults.map(faultLine).join('\n'));
    return exitCodes.failed;
  }
  const ruleSets = loaded.catalogue.all.map(({ source: { id, version, candidate } }) =>
    candidate === true ? `${id} ${version} (candidate)` : `${id} ${version}`,
  );
  io.out(`No faults. Together with the built-in rule sets: ${ruleSets.join(', ')}.`);
  return exitCodes.done;
};

type ExplainOptions = { readonly id: string; readonly language: Language; readonly version: string | undefined };

const explainOptions = (args: string[]): ExplainOptions | undefined => {
  const parsed = parseOptions({
    args,
    options: { lang: { type: 'string', default: 'nl' }, version: { type: 'string' } },
    allowPositionals: true,
  });
  if (parsed === undefined) return undefined;
  const { lang: language, version } = parsed.values;
  const [id, ...more] = parsed.positionals;
  if (id === undefined || more.length > 0 || (language !== 'nl' && language !== 'en')) return undefined;
  return { id, language, version };
};

const explainRuleSet = ({ id, language, version }: ExplainOptions, io: Output, ruleSetDir?: string): ExitCode => {
  const loaded = loadRuleSets(ruleSetDir === undefined ? [] : [ruleSetDir]);
  if ('faults' in loaded) {
    return refuse(io, exitCodes.configuration, loaded.faults.map(faultLine).join('\n'));
  }
  const { all } = loaded.catalogue;
  const found = all.filter(({ source }) => source.id === id && (version === undefined || source.version === version));
  if (found.length === 0) {
    const known = all.map(({ source }) => `${source.id} ${source.version}`).join(', ');
    return refuse(io, exitCodes.usage, `There is no such rule set. Known are: ${known}.`);
  }
  io.out(found.map((ruleSet) => explain(ruleSet, language)).join('\n\n'));
  return exitCodes.done;
};

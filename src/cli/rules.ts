import { parseArgs } from 'node:util';
import type { LintFault } from '../rules/lint.ts';
import { loadRuleSets } from '../rules/load.ts';
import type { Language } from '../rules/reasons.ts';
import { explain } from '../rules/texts/explain.ts';

/** Where a command writes; each call gets whole lines, without the last line feed. */
export type CommandOutput = { readonly out: (text: string) => void; readonly err: (text: string) => void };

const usage = `led-eligibility rules lint DIR
led-eligibility rules explain ID [--lang nl|en] [--version V]`;

/** One fault on one line: file, path if there is one, message. */
export const faultLine = ({ file, path, message }: LintFault): string =>
  (path === '' ? `${file}: ${message}` : `${file}: ${path}: ${message}`).replace(/\s+/g, ' ');

const lintCommand = (folder: string, io: CommandOutput): number => {
  const loaded = loadRuleSets([folder]);
  if ('faults' in loaded) {
    io.out(loaded.faults.map(faultLine).join('\n'));
    return 1;
  }
  const sets = loaded.catalogue.all.map(({ source: { id, version, candidate } }) =>
    candidate === true ? `${id} ${version} (candidate)` : `${id} ${version}`,
  );
  io.out(`No faults. Together with the built-in rule sets: ${sets.join(', ')}.`);
  return 0;
};

type ExplainOptions = { readonly id: string; readonly language: Language; readonly version: string | undefined };

const explainOptions = (args: readonly string[]): ExplainOptions | undefined => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { lang: { type: 'string', default: 'nl' }, version: { type: 'string' } },
      allowPositionals: true,
    });
    const { lang: language, version } = values;
    const [id, ...more] = positionals;
    if (id === undefined || more.length > 0 || (language !== 'nl' && language !== 'en')) return undefined;
    return { id, language, version };
  } catch {
    return undefined;
  }
};

const explainCommand = (
  { id, language, version }: ExplainOptions,
  io: CommandOutput,
  folders: readonly string[],
): number => {
  const loaded = loadRuleSets(folders);
  if ('faults' in loaded) {
    io.err(loaded.faults.map(faultLine).join('\n'));
    return 1;
  }
  const { all } = loaded.catalogue;
  const found = all.filter(({ source }) => source.id === id && (version === undefined || source.version === version));
  if (found.length === 0) {
    const known = all.map(({ source }) => `${source.id} ${source.version}`).join(', ');
    io.err(`There is no such rule set. Known are: ${known}.`);
    return 1;
  }
  io.out(found.map((ruleSet) => explain(ruleSet, language)).join('\n\n'));
  return 0;
};

/**
 * `rules lint DIR` (faults one a line; 1 if there are any) and `rules explain ID` (each version in words, or the one
 * of `--version`). `folders` are those of RULE_SET_DIR. Returns the exit code; 2 for arguments that make no command.
 */
export const runRulesCommand = (
  args: readonly string[],
  io: CommandOutput,
  folders: readonly string[] = [],
): number => {
  const [command, ...rest] = args;
  const [folder, ...more] = rest;
  if (command === 'lint' && folder !== undefined && more.length === 0) return lintCommand(folder, io);
  const options = command === 'explain' ? explainOptions(rest) : undefined;
  if (options !== undefined) return explainCommand(options, io, folders);
  io.err(usage);
  return 2;
};

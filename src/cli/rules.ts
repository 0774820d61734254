import { faultLine } from '../rules/fault-line.ts';
import { loadRuleSets } from '../rules/load.ts';
import { ledRecordOf } from '../rules/plain-record.ts';
import type { CompiledRuleSet } from '../rules/rule-set.ts';
import { explain } from '../rules/texts/explain.ts';
import { explainRecord, explanationOf } from '../rules/texts/explain-record.ts';
import { badInput, type CommandIo, cannotRead, languageOption, parseOptions, runCommand, wrongUse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { holder, judgeRecord, readRecords, writeLines } from './record-file.ts';
import { diffCommand, proveCommand } from './rule-analysis.ts';
import { dayOf, findRuleSet } from './rule-set-argument.ts';

/**
 * The commands about rule sets. `rules lint` prints the faults of a folder, `rules explain` a rule set or the judgement
 * of one record in words, `rules judge` the judgement of each record of a file, `rules diff` the records that two rule
 * sets judge differently, `rules prove` whether what must always hold does hold. Takes the arguments after `rules`, and
 * the folder of RULE_SET_DIR. Resolves with the exit code.
 */
export const runRulesCommand = (args: readonly string[], io: CommandIo, ruleSetDir?: string): Promise<ExitCode> =>
  runCommand('rules', args, io, (name, rest) => commands.get(name)?.(rest, io, ruleSetDir));

type Command = (args: string[], io: CommandIo, ruleSetDir?: string) => Promise<ExitCode>;

const lint: Command = async (args, io) => {
  const { values, positionals } = parseOptions('rules', {
    args,
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw wrongUse('rules');
  const loaded = loadRuleSets(folder);
  const faults = 'faults' in loaded ? loaded.faults : [];
  const unreadable = faults.find((fault) => fault.unreadable !== undefined)?.unreadable;
  if (unreadable !== undefined) throw cannotRead(folder, { code: unreadable });
  if (values.json) io.out(JSON.stringify({ faults }));
  else if ('faults' in loaded) io.out(faults.map(faultLine).join('\n'));
  else io.out(`No faults. Together with the built-in rule sets: ${loaded.catalogue.all.map(named).join(', ')}.`);
  return faults.length === 0 ? exitCodes.done : exitCodes.failed;
};

const named = ({ source: { id, version, candidate } }: CompiledRuleSet): string =>
  candidate === true ? `${id} ${version} (candidate)` : `${id} ${version}`;

const explainCommand: Command = async (args, io, ruleSetDir) => {
  const { values, positionals } = parseOptions('rules', {
    args,
    options: {
      day: { type: 'string' },
      json: { type: 'boolean', default: false },
      lang: { type: 'string', default: 'nl' },
      record: { type: 'string' },
    },
    allowPositionals: true,
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw wrongUse('rules');
  const { record: file, json } = values;
  const day = dayOf(values.day);
  const language = languageOption('rules', values.lang);
  const ruleSet = findRuleSet(name, day, ruleSetDir);
  if (file === undefined) {
    io.out(json ? fileText(ruleSet) : explain(ruleSet, language));
    return exitCodes.done;
  }
  const records = await readRecords(file, io.stdin);
  const [record] = records;
  if (record === undefined || records.length > 1) {
    throw badInput(`the file holds ${records.length} records: give it one`);
  }
  const explanation = explanationOf(ledRecordOf(record, holder), ruleSet, day);
  io.out(json ? JSON.stringify(explanation) : explainRecord(explanation, ruleSet, language));
  return exitCodes.done;
};

/** The file of a rule set as it stands, without its last line feed. */
const fileText = ({ file }: CompiledRuleSet): string => new TextDecoder().decode(file).replace(/\n$/, '');

const judgeCommand: Command = async (args, io, ruleSetDir) => {
  const { values, positionals } = parseOptions('rules', {
    args,
    options: { day: { type: 'string' }, json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [name, file = '-', ...more] = positionals;
  if (name === undefined || more.length > 0) throw wrongUse('rules');
  const day = dayOf(values.day);
  const ruleSet = findRuleSet(name, day, ruleSetDir);
  writeLines(await readRecords(file, io.stdin), io, (record) => judgeRecord(record, ruleSet, day));
  return exitCodes.done;
};

const commands: ReadonlyMap<string, Command> = new Map([
  ['lint', lint],
  ['explain', explainCommand],
  ['judge', judgeCommand],
  ['diff', diffCommand],
  ['prove', proveCommand],
]);

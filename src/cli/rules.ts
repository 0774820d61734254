import { faultLine } from '../rules/fault-line.ts';
import { judge } from '../rules/judge.ts';
import { loadRuleSets } from '../rules/load.ts';
import { ledRecordOf, type PlainRecord } from '../rules/plain-record.ts';
import type { Language } from '../rules/reasons.ts';
import type { CompiledRuleSet } from '../rules/rule-set.ts';
import { explain } from '../rules/texts/explain.ts';
import { explainRecord, explanationOf } from '../rules/texts/explain-record.ts';
import { type CommandIo, cannotRead, parseOptions, refuse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { holder, readRecords, writeLines } from './record-file.ts';
import { diffCommand, proveCommand } from './rule-analysis.ts';
import { dayOf, findRuleSet } from './rule-set-argument.ts';
import { usageOf } from './usage.ts';

/**
 * The commands about rule sets. `rules lint` prints the faults of a folder, `rules explain` a rule set or the judgement
 * of one record in words, `rules judge` the judgement of each record of a file, `rules diff` the records that two rule
 * sets judge differently, `rules prove` whether what must always hold does hold. Takes the arguments after `rules`, and
 * the folder of RULE_SET_DIR. Resolves with the exit code.
 */
export const runRulesCommand = async (
  args: readonly string[],
  io: CommandIo,
  ruleSetDir?: string,
): Promise<ExitCode> => {
  const [command, ...rest] = args;
  const run = commands.get(command ?? '');
  return run === undefined ? wrongUse(io) : run(rest, io, ruleSetDir);
};

type Command = (args: string[], io: CommandIo, ruleSetDir?: string) => Promise<ExitCode>;

const wrongUse = (io: CommandIo): ExitCode => refuse(io, exitCodes.usage, usageOf('rules'));

const lint: Command = async (args, io) => {
  const parsed = parseOptions({
    args,
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [folder, ...more] = parsed?.positionals ?? [];
  if (parsed === undefined || folder === undefined || more.length > 0) return wrongUse(io);
  const loaded = loadRuleSets([folder]);
  const faults = 'faults' in loaded ? loaded.faults : [];
  const unreadable = faults.find((fault) => fault.unreadable !== undefined)?.unreadable;
  if (unreadable !== undefined) return refuse(io, exitCodes.input, cannotRead(folder, { code: unreadable }));
  if (parsed.values.json) io.out(JSON.stringify({ faults }));
  else if ('faults' in loaded) io.out(faults.map(faultLine).join('\n'));
  else io.out(`No faults. Together with the built-in rule sets: ${loaded.catalogue.all.map(named).join(', ')}.`);
  return faults.length === 0 ? exitCodes.done : exitCodes.failed;
};

const named = ({ source: { id, version, candidate } }: CompiledRuleSet): string =>
  candidate === true ? `${id} ${version} (candidate)` : `${id} ${version}`;

const explainCommand: Command = async (args, io, ruleSetDir) => {
  const parsed = parseOptions({
    args,
    options: {
      day: { type: 'string' },
      json: { type: 'boolean', default: false },
      lang: { type: 'string', default: 'nl' },
      record: { type: 'string' },
    },
    allowPositionals: true,
  });
  const [name, ...more] = parsed?.positionals ?? [];
  const day = dayOf(parsed?.values.day);
  const language = parsed?.values.lang;
  if (parsed === undefined || name === undefined || more.length > 0 || day === undefined) return wrongUse(io);
  if (language !== 'nl' && language !== 'en') return wrongUse(io);
  const found = findRuleSet(name, day, ruleSetDir);
  if ('message' in found) return refuse(io, found.exitCode, found.message);
  const { record, json } = parsed.values;
  if (record !== undefined) return explainFile(record, { ruleSet: found.ruleSet, day, language, json }, io);
  io.out(json ? fileText(found.ruleSet) : explain(found.ruleSet, language));
  return exitCodes.done;
};

/** The file of a rule set as it stands, without its last line feed. */
const fileText = ({ file }: CompiledRuleSet): string => new TextDecoder().decode(file).replace(/\n$/, '');

const explainFile = async (
  file: string,
  given: {
    readonly ruleSet: CompiledRuleSet;
    readonly day: string;
    readonly language: Language;
    readonly json: boolean;
  },
  io: CommandIo,
): Promise<ExitCode> => {
  const read = await readRecords(file, io);
  if ('message' in read) return refuse(io, exitCodes.input, read.message);
  const [record, ...more] = read.records;
  if (record === undefined || more.length > 0) {
    return refuse(io, exitCodes.input, `the file holds ${read.records.length} records: give it one`);
  }
  const { ruleSet, day, language, json } = given;
  const explanation = explanationOf(ledRecordOf(record, holder), ruleSet, day);
  io.out(json ? JSON.stringify(explanation) : explainRecord(explanation, ruleSet, language));
  return exitCodes.done;
};

const judgeCommand: Command = async (args, io, ruleSetDir) => {
  const parsed = parseOptions({
    args,
    options: { day: { type: 'string' }, json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [name, file = '-', ...more] = parsed?.positionals ?? [];
  const day = dayOf(parsed?.values.day);
  if (name === undefined || more.length > 0 || day === undefined) return wrongUse(io);
  const found = findRuleSet(name, day, ruleSetDir);
  if ('message' in found) return refuse(io, found.exitCode, found.message);
  const read = await readRecords(file, io);
  if ('message' in read) return refuse(io, exitCodes.input, read.message);
  writeLines(read.records, io, (record) => resultOf(record, found.ruleSet, day));
  return exitCodes.done;
};

const resultOf = (record: PlainRecord, ruleSet: CompiledRuleSet, day: string): object => {
  const judgement = judge(ledRecordOf(record, holder), ruleSet, holder, day);
  const reasons = judgement.verdict === 'dropped' ? [judgement.reason] : judgement.reasons;
  return { verdict: judgement.verdict, reasons };
};

const commands: ReadonlyMap<string, Command> = new Map([
  ['lint', lint],
  ['explain', explainCommand],
  ['judge', judgeCommand],
  ['diff', diffCommand],
  ['prove', proveCommand],
]);

import { type Difference, type DifferenceClass, diff } from '../rules/analysis/diff.ts';
import { prove } from '../rules/analysis/prove.ts';
import { judge } from '../rules/judge.ts';
import { ledRecordOf, type PlainRecord } from '../rules/plain-record.ts';
import type { Language } from '../rules/reasons.ts';
import type { CompiledRuleSet } from '../rules/rule-set.ts';
import { explainDiff } from '../rules/texts/explain-diff.ts';
import { explainProof, propertyText } from '../rules/texts/explain-proof.ts';
import { whichRecords } from '../rules/texts/which-records.ts';
import { type CommandIo, parseOptions, refuse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { holder, readRecords, writeLines } from './record-file.ts';
import { dayOf, findRuleSet } from './rule-set-argument.ts';
import { usageOf } from './usage.ts';

const options = {
  day: { type: 'string' },
  json: { type: 'boolean', default: false },
  lang: { type: 'string', default: 'nl' },
} as const;

const wrongUse = (io: CommandIo): ExitCode => refuse(io, exitCodes.usage, usageOf('rules'));

const languageOf = (option: string | undefined): Language | undefined =>
  option === 'nl' || option === 'en' ? option : undefined;

/** `rules diff OLD NEW`: takes the arguments after `diff`. Resolves with 0 if the two judge every record alike. */
export const diffCommand = async (args: string[], io: CommandIo, ruleSetDir?: string): Promise<ExitCode> => {
  const parsed = parseOptions({
    args,
    options: { ...options, records: { type: 'string' } },
    allowPositionals: true,
  });
  const [oldName, newName, ...more] = parsed?.positionals ?? [];
  const day = dayOf(parsed?.values.day);
  const language = languageOf(parsed?.values.lang);
  if (parsed === undefined || oldName === undefined || newName === undefined || more.length > 0) return wrongUse(io);
  if (day === undefined || language === undefined) return wrongUse(io);
  const before = findRuleSet(oldName, day, ruleSetDir);
  if ('message' in before) return refuse(io, before.exitCode, before.message);
  const after = findRuleSet(newName, day, ruleSetDir);
  if ('message' in after) return refuse(io, after.exitCode, after.message);
  const { records: file, json } = parsed.values;
  const read = file === undefined ? { records: undefined } : await readRecords(file, io);
  if ('message' in read) return refuse(io, exitCodes.input, read.message);

  io.progress?.(language === 'nl' ? 'alle soorten bewijzen vergelijken …' : 'comparing all kinds of proof …');
  const difference = diff(before.ruleSet, after.ruleSet, day);
  io.progress?.('');
  if (read.records !== undefined) {
    const sides = [before.ruleSet, after.ruleSet] as const;
    writeLines(read.records, io, (record) => ({ class: classOf(record, difference, sides, day)?.id ?? null }));
  } else if (json) io.out(JSON.stringify(differenceJson(difference, language)));
  else io.out(explainDiff(difference, before.ruleSet, after.ruleSet, day, language));
  return difference.differing === 0 ? exitCodes.done : exitCodes.failed;
};

const classOf = (
  record: PlainRecord,
  difference: Difference,
  sides: readonly [CompiledRuleSet, CompiledRuleSet],
  day: string,
): DifferenceClass | undefined => {
  const judged = (ruleSet: CompiledRuleSet) => {
    const judgement = judge(ledRecordOf(record, holder), ruleSet, holder, day);
    return judgement.verdict === 'dropped' ? { verdict: judgement.verdict, reasons: [judgement.reason] } : judgement;
  };
  return difference.classOf(judged(sides[0]), judged(sides[1]));
};

const differenceJson = ({ axes, cells, differing, classes }: Difference, language: Language): object => ({
  equivalent: differing === 0,
  cells,
  differing,
  classes: classes.map(({ id, from, to, cells: count, seen, witness }) => ({
    id,
    from: { verdict: from.verdict, reasons: from.reasons },
    to: { verdict: to.verdict, reasons: to.reasons },
    cells: count,
    when: whichRecords(axes, seen(), count, language),
    witness,
  })),
});

/** Time without a sign of life that a person accepts, in milliseconds. */
const patience = 1_000;

/** `rules prove SET`: takes the arguments after `prove`. Resolves with 0 if every property holds. */
export const proveCommand = async (args: string[], io: CommandIo, ruleSetDir?: string): Promise<ExitCode> => {
  const parsed = parseOptions({ args, options, allowPositionals: true });
  const [name, ...more] = parsed?.positionals ?? [];
  const day = dayOf(parsed?.values.day);
  const language = languageOf(parsed?.values.lang);
  if (parsed === undefined || name === undefined || more.length > 0) return wrongUse(io);
  if (day === undefined || language === undefined) return wrongUse(io);
  const found = findRuleSet(name, day, ruleSetDir);
  if ('message' in found) return refuse(io, found.exitCode, found.message);

  const begin = Date.now();
  const proof = prove(found.ruleSet, day, {
    progress: (done, of) => {
      if (Date.now() - begin > patience) io.progress?.(`${done}/${of}`);
    },
  });
  io.progress?.('');
  if (parsed.values.json) {
    const properties = proof.properties.map(({ id, ...rest }) => ({ id, text: propertyText(id, language), ...rest }));
    io.out(JSON.stringify({ holds: proof.holds, cells: proof.cells, properties }));
  } else io.out(explainProof(proof, found.ruleSet, language));
  return proof.holds ? exitCodes.done : exitCodes.failed;
};

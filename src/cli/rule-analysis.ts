import { type Difference, diff } from '../rules/analysis/diff.ts';
import { prove } from '../rules/analysis/prove.ts';
import type { Language } from '../rules/reasons.ts';
import { explainDiff } from '../rules/texts/explain-diff.ts';
import { explainProof, propertyText } from '../rules/texts/explain-proof.ts';
import { whichRecords } from '../rules/texts/which-records.ts';
import { type CommandIo, languageOption, parseOptions, wrongUse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { onceASecond } from './progress.ts';
import { judgeRecord, readRecords, writeLines } from './record-file.ts';
import { dayOf, findRuleSet } from './rule-set-argument.ts';

const options = {
  day: { type: 'string' },
  json: { type: 'boolean', default: false },
  lang: { type: 'string', default: 'nl' },
} as const;

/** `rules diff OLD NEW`: takes the arguments after `diff`. Resolves with 0 if the two judge every record alike. */
export const diffCommand = async (args: string[], io: CommandIo, ruleSetDir?: string): Promise<ExitCode> => {
  const { values, positionals } = parseOptions('rules', {
    args,
    options: { ...options, records: { type: 'string' } },
    allowPositionals: true,
  });
  const [oldName, newName, ...more] = positionals;
  if (oldName === undefined || newName === undefined || more.length > 0) throw wrongUse('rules');
  const day = dayOf(values.day);
  const language = languageOption('rules', values.lang);
  const before = findRuleSet(oldName, day, ruleSetDir);
  const after = findRuleSet(newName, day, ruleSetDir);
  const records = values.records === undefined ? undefined : await readRecords(values.records, io.stdin);

  io.progress?.(language === 'nl' ? 'alle soorten bewijzen vergelijken …' : 'comparing all kinds of proof …');
  const difference = diff(before, after, day);
  io.progress?.('');
  if (records !== undefined) {
    writeLines(records, io, (record) => ({
      class: difference.classOf(judgeRecord(record, before, day), judgeRecord(record, after, day))?.id ?? null,
    }));
  } else if (values.json) io.out(JSON.stringify(differenceJson(difference, language)));
  else io.out(explainDiff(difference, before, after, day, language));
  return difference.differing === 0 ? exitCodes.done : exitCodes.failed;
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

/** `rules prove SET`: takes the arguments after `prove`. Resolves with 0 if every property holds. */
export const proveCommand = async (args: string[], io: CommandIo, ruleSetDir?: string): Promise<ExitCode> => {
  const { values, positionals } = parseOptions('rules', { args, options, allowPositionals: true });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw wrongUse('rules');
  const day = dayOf(values.day);
  const language = languageOption('rules', values.lang);
  const ruleSet = findRuleSet(name, day, ruleSetDir);

  const show = onceASecond(io);
  const proof = prove(ruleSet, day, { progress: (done, of) => show(`${done}/${of}`) });
  io.progress?.('');
  if (values.json) {
    const properties = proof.properties.map(({ id, ...rest }) => ({ id, text: propertyText(id, language), ...rest }));
    io.out(JSON.stringify({ holds: proof.holds, cells: proof.cells, properties }));
  } else io.out(explainProof(proof, ruleSet, language));
  return proof.holds ? exitCodes.done : exitCodes.failed;
};

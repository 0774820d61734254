import type { Readable } from 'node:stream';
import type { Judged } from '../rules/analysis/compare.ts';
import { judge } from '../rules/judge.ts';
import { ledRecordOf, type PlainRecord, readPlainRecords } from '../rules/plain-record.ts';
import type { CompiledRuleSet } from '../rules/rule-set.ts';
import { badInput, type CommandIo } from './command.ts';
import { bytesOf } from './files.ts';

/** The records of a file are about the person asked: any holder will do. */
export const holder = 'the person asked';

/** How many results a command writes at once. */
const batchSize = 1_000;

/**
 * Reads records from a file, or from standard input if it is `-`. Rejects with a `Refusal` that never quotes what was read.
 */
export const readRecords = async (file: string, stdin: Readable): Promise<readonly PlainRecord[]> => {
  const bytes = await bytesOf(file, stdin);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badInput(`${file === '-' ? 'standard input' : file} is no UTF-8 text`);
  }
  const read = readPlainRecords(text);
  if ('records' in read) return read.records;
  throw badInput(`record ${read.badRecord} is no JSON object with only the members of a record, each a text`);
};

/** The judgement of a record on this day (`yyyy-mm-dd`). */
export const judgeRecord = (record: PlainRecord, ruleSet: CompiledRuleSet, day: string): Judged => {
  const judgement = judge(ledRecordOf(record, holder), ruleSet, holder, day);
  const { verdict } = judgement;
  return verdict === 'dropped' ? { verdict, reasons: [judgement.reason] } : { verdict, reasons: judgement.reasons };
};

/** Writes a line of JSON for each record. */
export const writeLines = (
  records: readonly PlainRecord[],
  { out }: Pick<CommandIo, 'out'>,
  resultOf: (record: PlainRecord) => object,
): void => {
  for (let at = 0; at < records.length; at += batchSize) {
    const batch = records.slice(at, at + batchSize);
    out(batch.map((record) => JSON.stringify(resultOf(record))).join('\n'));
  }
};

import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type PlainRecord, readPlainRecords } from '../rules/plain-record.ts';
import { type CommandIo, cannotRead } from './command.ts';

/** The records of a file are about the person asked: any holder will do. */
export const holder = 'the person asked';

/** How many results a command writes at once. */
const batchSize = 1_000;

/** Reads records from a file, or from standard input if it is `-`. A message never quotes what was read. */
export const readRecords = async (
  file: string,
  { stdin }: Pick<CommandIo, 'stdin'>,
): Promise<{ readonly records: readonly PlainRecord[] } | { readonly message: string }> => {
  const place = file === '-' ? 'standard input' : file;
  let bytes: Buffer;
  try {
    bytes = file === '-' ? await bytesOf(stdin) : await readFile(file);
  } catch (error) {
    return { message: cannotRead(place, error) };
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { message: `${place} is no UTF-8 text` };
  }
  const read = readPlainRecords(text);
  if ('records' in read) return read;
  return { message: `record ${read.badRecord} is no JSON object with only the members of a record, each a text` };
};

const bytesOf = async (stream: Readable): Promise<Buffer> => Buffer.concat(await stream.toArray());

/** Writes a line of JSON for each record. */
export const writeLines = (
  records: readonly PlainRecord[],
  { out }: Pick<CommandIo, 'out'>,
  resultOf: (record: PlainRecord) => object,
): void => {
  for (let at = 0; at < records.length; at += batchSize) {
    out(
      records
        .slice(at, at + batchSize)
        .map((record) => JSON.stringify(resultOf(record)))
        .join('\n'),
    );
  }
};

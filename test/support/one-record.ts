import { expect } from 'vitest';
import type { ParsedAnswer } from '../../src/led/answer/parse.ts';
import type { LedRecord } from '../../src/record.ts';
import { answerXml, bachelorRecord, testInsz } from './answers.ts';
import { parse, refusal } from './parsing.ts';
import { referte } from './sample-answers.ts';

export const holder = testInsz(1);
export const record = bachelorRecord(holder);
/** A sound answer with one record, as XML. */
export const answer = answerXml({ referte, records: [record] });

/** Reads an answer. */
export const read = (xml: string): ParsedAnswer => parse(xml, referte);
/** The reason for which an answer is refused. */
export const refused = (xml: string): string => refusal(xml, referte);
/** The first record of an answer. */
export const first = (xml: string): LedRecord | undefined => read(xml).records[0];

/** The sound answer, changed as XML. */
export const changed = (from: string | RegExp, to: string): string => {
  const result = answer.replace(from, () => to);
  expect(result).not.toBe(answer);
  return result;
};

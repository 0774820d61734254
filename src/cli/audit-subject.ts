import type { Readable } from 'node:stream';
import { subjectHmac } from '../audit/identity.ts';
import { readKeysInUse } from '../audit/verify/key-cover.ts';
import { checkInsz, inszTitles } from '../insz.ts';
import { brusselsDay } from '../lib/clock.ts';
import { auditKeysOf, matchKeys } from './audit-keys.ts';
import { badInput, type CommandIo, parseOptions, Refusal, wrongUse } from './command.ts';
import { dayOption } from './days.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { sourcesOf } from './files.ts';

/** Throws a `Refusal` if there is an INSZ among the arguments, where others can see it. */
export const refuseInsz = (args: readonly string[]): void => {
  if (!args.some((arg) => LIKE_INSZ.test(arg))) return;
  const advice = 'an INSZ is never given as an argument, where others can see it: send it to standard input';
  throw new Refusal(exitCodes.usage, advice);
};

/** Eleven digits, bare or in the usual notation of an INSZ: 00.00.00-000.00. */
const LIKE_INSZ = /(?<!\d)\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}(?!\d)/;

/**
 * `audit subject`: prints the HMAC of a person, for each key. With files of audit lines it refuses a key that no process
 * in them uses. With `--day`, only processes with a line on that day count. Rejects with a `Refusal` if the arguments
 * are wrong, or a file or standard input does not hold what it should.
 */
export const runSubject = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  refuseInsz(args);
  const { values, positionals: files } = parseOptions('audit', {
    args,
    allowPositionals: true,
    options: {
      'key-file': { type: 'string', multiple: true },
      'key-id': { type: 'string', default: 'k1' },
      day: { type: 'string' },
    },
  });
  const { 'key-file': keyFiles, 'key-id': keyId, day } = values;
  const includes = dayOption(day);
  // Standard input holds the INSZ, so it cannot hold the lines.
  if (keyFiles === undefined || files.includes('-')) throw wrongUse('audit');
  const keys = await auditKeysOf(keyFiles);
  const insz = await readInsz(io.stdin);
  const cover =
    files.length > 0
      ? matchKeys(keys, keyFiles, await readKeysInUse(sourcesOf(files, io.stdin), includes), io)
      : undefined;
  for (const [index, key] of keys.entries()) {
    const ids = cover?.ids[index] ?? [];
    io.out(subjectHmac(key, insz));
    io.err(`key ${ids.length > 0 ? ids.join(', ') : keyId}: look for this HMAC in lines with the same subject.key.`);
  }
  io.err('Lines about a case handler with this number have it as user.id, after "hmac:".');
  return exitCodes.done;
};

/**
 * Reads one INSZ. Rejects with a `Refusal` if the number cannot be one: no line can hold it, so a search would find
 * nothing.
 */
export const readInsz = async (stdin: Readable): Promise<string> => {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > 1024) break;
  }
  const insz = /^\s*(\d{11})\s*$/.exec(text)?.[1];
  if (insz === undefined) throw badInput('standard input must hold one INSZ: eleven digits and nothing else');
  const check = checkInsz(insz, brusselsDay(Date.now()), true);
  if (!check.ok) throw badInput(`the number ${inszTitles[check.reason]}. No audit line can hold it`);
  return insz;
};

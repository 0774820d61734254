import { subjectHmac } from '../audit/identity.ts';
import { reportToCitizen } from '../audit/reports/citizen.ts';
import { citizenText } from '../audit/reports/citizen-text.ts';
import { readKeysInUse } from '../audit/verify/key-cover.ts';
import { brusselsDay } from '../lib/clock.ts';
import { auditKeysOf, matchKeys } from './audit-keys.ts';
import { readInsz, refuseInsz } from './audit-subject.ts';
import { type CommandIo, languageOption, parseOptions, wrongUse } from './command.ts';
import { dayOption } from './days.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { sayUnreadable, sourcesOf } from './files.ts';

/**
 * `audit report`: who looked a person up, for that person. Reads the INSZ from standard input. Rejects with a
 * `Refusal` if the arguments are wrong, or a file, a key or the number is not what it should be.
 */
export const runReport = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  refuseInsz(args);
  const { values, positionals: files } = parseOptions('audit', {
    args,
    allowPositionals: true,
    options: {
      'key-file': { type: 'string', multiple: true },
      'key-id': { type: 'string' },
      lang: { type: 'string', default: 'nl' },
      day: { type: 'string' },
      handlers: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { 'key-file': keyFiles, 'key-id': keyId, lang, day, handlers, json } = values;
  const language = languageOption('audit', lang);
  const includes = dayOption(day);
  // Standard input holds the INSZ, so it cannot hold the lines.
  if (keyFiles === undefined || files.length === 0 || files.includes('-')) throw wrongUse('audit');

  const keys = await auditKeysOf(keyFiles);
  const insz = await readInsz(io.stdin);
  const inUse = await readKeysInUse(sourcesOf(files, io.stdin));
  matchKeys(keys, keyFiles, keyId === undefined ? inUse : inUse.filter(({ id }) => id === keyId), io);
  const hmacs = new Set(keys.map((key) => subjectHmac(key, insz)));
  const { accesses, unreadable } = await reportToCitizen(sourcesOf(files, io.stdin), hmacs, { includes, handlers });
  sayUnreadable(unreadable, io);
  io.out(json ? JSON.stringify({ accesses, unreadable }) : citizenText(accesses, brusselsDay(Date.now()), language));
  return exitCodes.done;
};

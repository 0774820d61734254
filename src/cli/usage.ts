import { exitCodeMeanings } from './exit-codes.ts';

const commands = [
  ['[serve]', 'serve over HTTP, configured by environment variables'],
  [
    'audit verify [FILE…] [--complete] [--key PUB]… [--seal SEAL]… [--previous SEAL] [--seal-key PUB]… [--answered LOG]… [--json]',
    'check audit lines: chains, gaps, edits, signatures, seals; without FILE: standard input',
  ],
  [
    'audit subject --key-file F… [--key-id K] [--day D] [FILE…]',
    'read an INSZ from standard input and print its HMAC, to search audit lines for; with FILE: refuse a wrong key',
  ],
  [
    'audit receipt --answer F --receipt F --key PUB… [--log FILE]… [--json]',
    'check that a receipt is genuine, that it is about this answer, and that the audit lines hold the decision',
  ],
  [
    'audit seal --key K [--previous SEAL] [--seal-key PUB]… FILE…',
    'print a signed statement of all chains in an archive that is sound',
  ],
  [
    'audit report --key-file F… [--key-id K] [--lang nl|en] [--handlers] [--day D] [--json] FILE…',
    'read an INSZ from standard input and say, for that person, who looked them up, when, why and with what result',
  ],
  [
    'audit quality [--day D] [--json] FILE…',
    'list what was wrong with the data of LED, by day and Referte, for AHOVOKS (protocol, art. 7)',
  ],
  [
    'audit breach --from T --to T [--client C] [--user U] [--json] FILE…',
    'say how many persons were affected, what went out, and which files to look up (protocol, art. 9)',
  ],
  ['rules lint DIR [--json]', 'check the rule sets of a folder, together with the built-in ones'],
  [
    'rules explain SET [--record F] [--day D] [--lang nl|en] [--json]',
    'print a rule set in words; with --record, what it finds in the record of a file, and what would help',
  ],
  [
    'rules judge SET [FILE] [--day D]',
    'judge the records of a file: a JSON array, or a JSON object on each line; without FILE: standard input',
  ],
  [
    'rules diff OLD NEW [--records FILE] [--day D] [--lang nl|en] [--json]',
    'find every record that two rule sets judge differently; with --records, the class of each record of a file',
  ],
  [
    'rules prove SET [--day D] [--lang nl|en] [--json]',
    'check for all records what must hold whatever the data, such as: a match has a proof of its level',
  ],
  [
    'led check [--ask NUMBER --audit-log F] [--json]',
    'try the connection to LED, with the environment of the service: addresses, certificates, path; with --ask, ask about a test number of MAGDA, and add the audit lines to F',
  ],
  ['openapi', 'print the OpenAPI document'],
  ['--help | --version', ''],
] as const;

const linesOf = (chosen: readonly (readonly [string, string])[]): string =>
  chosen.map(([synopsis, what]) => `  led-eligibility ${synopsis}${what === '' ? '' : `\n      ${what}`}`).join('\n');

/** What SET means. */
const ruleSetNames =
  'SET, OLD, NEW: a file, ID@VERSION, or ID (the version in force on the day D, yyyy-mm-dd; without --day: today in Brussels)';

/** The first word of a command that has commands of its own. */
export type CommandWord = 'audit' | 'rules' | 'led';

/** How the commands that begin with this word are used. */
export const usageOf = (word: CommandWord): string =>
  [
    'usage:',
    linesOf(commands.filter(([synopsis]) => synopsis.startsWith(`${word} `))),
    ...(word === 'rules' ? [ruleSetNames] : []),
  ].join('\n');

/** The text of `--help`. */
export const help = (version: string): string =>
  [
    `led-eligibility ${version}: decides from LED whether diplomas meet the condition of a recognition`,
    `usage:\n${linesOf(commands)}`,
    ruleSetNames,
    `exit codes:\n${Object.entries(exitCodeMeanings)
      .map(([code, meaning]) => `  ${code.padStart(2)}  ${meaning}`)
      .join('\n')}`,
  ].join('\n\n');

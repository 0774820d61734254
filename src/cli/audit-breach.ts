import { masked } from '../audit/identity.ts';
import { type Breach, type Persons, reportBreach } from '../audit/reports/breach.ts';
import { printable } from '../lib/printable.ts';
import { type CommandIo, parseOptions, Refusal, wrongUse } from './command.ts';
import { periodOption } from './days.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { sayUnreadable, sourcesOf } from './files.ts';

/**
 * `audit breach`: who was affected in a period, what went out, and which files to look up. Rejects with a `Refusal`
 * if the arguments are wrong or a file cannot be read.
 */
export const runBreach = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  const { values, positionals: files } = parseOptions('audit', {
    args,
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      client: { type: 'string' },
      user: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { from, to, client, user, json } = values;
  const includes = periodOption(from, to);
  if (files.length === 0) throw wrongUse('audit');
  if ([client, user].some((id) => id !== undefined && masked(id) !== id)) {
    const advice = 'an INSZ is never given as an argument: audit subject gives what stands on the line, after "hmac:"';
    throw new Refusal(exitCodes.usage, advice);
  }
  const breach = await reportBreach(sourcesOf(files, io.stdin), { includes, client, user });
  sayUnreadable(breach.unreadable, io);
  io.out(json ? JSON.stringify(breach) : describe(breach).map(printable).join('\n'));
  return exitCodes.done;
};

/** The lines of the report. Parts have an empty line between them. */
const describe = (breach: Breach): string[] => {
  const clients = Object.entries(breach.byClient).map(([id, each]) => [
    `${id === '' ? 'not authenticated' : id}${each.organisation === undefined ? '' : ` (${each.organisation})`}`,
    ...countLines(each).map((line) => `  ${line}`),
    '  files to look up, by decisionId and by the caller’s own number:',
    ...each.files.map(({ id: decision, caseReference }) => `    ${decision}  ${caseReference ?? '-'}`),
  ]);
  const severalKeys = `The lines have ${breach.keys.length} audit keys (${breach.keys.join(', ')}). One person has another HMAC under each, so the number of persons is a range: from the largest count under one key to the sum of all.`;
  const parts = [
    countLines(breach),
    ...(breach.keys.length > 1 ? [[severalKeys]] : []),
    ...(breach.withoutAccess.length > 0 ? [withoutAccessLines(breach.withoutAccess)] : []),
    ...clients,
  ];
  return parts.flatMap((part, index) => (index === 0 ? part : ['', ...part]));
};

const countLines = (
  counts: Pick<Breach, 'persons' | 'decisions' | 'disclosed' | 'failed' | 'attributes'>,
): string[] => [
  `persons: ${personsText(counts.persons)}`,
  `decisions: ${counts.decisions}, of which with diplomas: ${counts.disclosed}`,
  `failed requests, from which nothing went out: ${counts.failed}`,
  `attributes that went out: ${counts.attributes.length === 0 ? 'none' : counts.attributes.join(', ')}`,
];

const personsText = ({ from, to }: Persons): string => (from === to ? String(from) : `${from} to ${to}`);

const withoutAccessLines = (ids: readonly string[]): string[] => [
  'LED was asked, and no line says how these requests ended. An answer may have left; it is not counted above:',
  ...ids.map((id) => `  ${id}`),
];

import { type ChainSummary, type Finding, type Report, verify } from '../audit/verify/verify.ts';
import { type CommandIo, parseOptions, wrongUse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { publicKeysOf, sourcesOf } from './files.ts';
import { onceASecond } from './progress.ts';
import { sealOf } from './seals.ts';

/**
 * `audit verify`: prints what is wrong with audit lines. Rejects with a `Refusal` if the arguments are wrong, or a file is
 * not what it should be.
 */
export const runVerify = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  const { values, positionals } = parseOptions('audit', {
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      complete: { type: 'boolean', default: false },
      key: { type: 'string', multiple: true },
      seal: { type: 'string', multiple: true },
      previous: { type: 'string' },
      'seal-key': { type: 'string', multiple: true },
      answered: { type: 'string', multiple: true },
    },
  });
  const { json, complete, key, seal = [], previous, 'seal-key': sealKey, answered } = values;
  const needsSealKey = seal.length > 0 || previous !== undefined;
  if (needsSealKey !== (sealKey !== undefined)) throw wrongUse('audit');

  const names = positionals.length > 0 ? positionals : ['-'];
  const keys = key && (await publicKeysOf(key));
  const sealKeys = await publicKeysOf(sealKey ?? []);
  const seals = [];
  for (const name of seal) seals.push(await sealOf(name, sealKeys));
  const report = await verify(sourcesOf(names, io.stdin), {
    complete,
    keys,
    seals: seals.length > 0 ? seals : undefined,
    previous: previous === undefined ? undefined : await sealOf(previous, sealKeys),
    answered: answered && sourcesOf(answered, io.stdin),
    onProgress: showLines(io),
  });
  io.out(json ? JSON.stringify(report) : [...attested(report, keys !== undefined), inWords(report, names)].join('\n'));
  return report.ok ? exitCodes.done : exitCodes.failed;
};

/** Returns a function that shows how many lines were read. */
export const showLines = (io: CommandIo): ((lines: number) => void) => {
  const show = onceASecond(io);
  return (lines) => show(`${lines} lines read`);
};

/** One finding on each line, and a summary on the last. A finding names its file only if there are several files. */
export const inWords = (report: Report, names: readonly string[]): string => {
  const place = ({ file, line }: Finding): string => {
    if (line === 0) return '';
    return names.length > 1 ? `${file}, line ${line}: ` : `line ${line}: `;
  };
  const about = ({ inst, seq }: Finding): string =>
    inst === undefined ? '' : ` (inst ${clean(inst)}${seq === undefined ? '' : `, seq ${seq}`})`;
  const linesOf = (word: string, list: readonly Finding[], count: number): string[] => [
    ...list.map((found) => `${word}: ${place(found)}${found.text}${about(found)}`),
    ...(count > list.length ? [`${word}: and ${count - list.length} more`] : []),
  ];
  const verdict = report.ok ? 'sound' : number(report.faultCount, 'fault');
  return [
    ...linesOf('fault', report.faults, report.faultCount),
    ...linesOf('note', report.notes, report.noteCount),
    `${number(report.lines, 'line')} of ${number(report.chains.length, 'chain')}: ${verdict}, ${number(report.noteCount, 'note')}`,
  ].join('\n');
};

/** So many chains are printed one by one. */
const MOST_CHAINS = 1000;

/** Up to which line each chain is attested by its signatures. */
const attested = ({ chains }: Report, wasChecked: boolean): string[] => {
  if (!wasChecked) return [];
  const line = ({ inst, firstSeq, lastSeq, attested = 0 }: ChainSummary): string =>
    `chain ${clean(inst)}: seq ${firstSeq} to ${lastSeq}, ${attested === 0 ? 'not attested' : `attested up to seq ${attested}`}`;
  const more = chains.length - MOST_CHAINS;
  return [...chains.slice(0, MOST_CHAINS).map(line), ...(more > 0 ? [`and ${more} more chains`] : [])];
};

/** `inst` comes from the file: nothing in it may steer a terminal. */
const clean = (inst: string): string => inst.replace(/[^\w-]/g, '?');

const number = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

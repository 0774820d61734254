import { type QualityReport, reportQuality } from '../audit/reports/quality.ts';
import { printable } from '../lib/printable.ts';
import { type CommandIo, parseOptions, wrongUse } from './command.ts';
import { dayOption } from './days.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { sayUnreadable, sourcesOf } from './files.ts';

/**
 * `audit quality`: what was wrong with LED's data, by day and Referte, for AHOVOKS. Rejects with a `Refusal` if the
 * arguments are wrong or a file cannot be read.
 */
export const runQuality = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  const { values, positionals: files } = parseOptions('audit', {
    args,
    allowPositionals: true,
    options: { day: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const includes = dayOption(values.day);
  if (files.length === 0) throw wrongUse('audit');
  const report = await reportQuality(sourcesOf(files, io.stdin), includes);
  sayUnreadable(report.unreadable, io);
  io.out(values.json ? JSON.stringify(report) : describe(report));
  return exitCodes.done;
};

const describe = ({ findings, totals }: QualityReport): string => {
  if (findings.length === 0) return 'LED’s data had no oddity in these lines.';
  const counts = (quality: Readonly<Record<string, number | undefined>>): string =>
    Object.entries(quality)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ');
  return [
    ...findings.map(
      ({ day, references, quality }) => `${day}  ${printable(references.join(' ')) || '-'}  ${counts(quality)}`,
    ),
    `records in total: ${counts(totals)}`,
  ].join('\n');
};

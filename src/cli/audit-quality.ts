import { type QualityReport, reportQuality } from '../audit/reports/quality.ts';
import { printable } from '../lib/printable.ts';
import { type CommandIo, parseOptions, refuse } from './command.ts';
import { dayOption, sayUnreadable } from './days.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { sourcesOf } from './files.ts';
import { usageOf } from './usage.ts';

/**
 * `audit quality`: what was wrong with LED's data, by day and Referte, for AHOVOKS. Rejects with an `InputFault` if a
 * file cannot be read.
 */
export const runQuality = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  const parsed = parseOptions({
    args,
    allowPositionals: true,
    options: { day: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const includes = dayOption(parsed?.values.day);
  if (!parsed || !includes || parsed.positionals.length === 0) return refuse(io, exitCodes.usage, usageOf('audit'));
  const report = await reportQuality(sourcesOf(parsed.positionals, io.stdin), includes);
  sayUnreadable(report.unreadable, io);
  io.out(parsed.values.json ? JSON.stringify(report) : describe(report));
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

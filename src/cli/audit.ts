import { runBreach } from './audit-breach.ts';
import { runQuality } from './audit-quality.ts';
import { runReceipt } from './audit-receipt.ts';
import { runReport } from './audit-report.ts';
import { runSeal } from './audit-seal.ts';
import { runSubject } from './audit-subject.ts';
import { runVerify } from './audit-verify.ts';
import { type CommandIo, runCommand } from './command.ts';
import type { ExitCode } from './exit-codes.ts';

const commands: ReadonlyMap<string, (args: string[], io: CommandIo) => Promise<ExitCode>> = new Map([
  ['verify', runVerify],
  ['subject', runSubject],
  ['receipt', runReceipt],
  ['seal', runSeal],
  ['report', runReport],
  ['quality', runQuality],
  ['breach', runBreach],
]);

/** The commands about audit lines. Takes the arguments after `audit`, resolves with the exit code. */
export const runAuditCommand = (args: readonly string[], io: CommandIo): Promise<ExitCode> =>
  runCommand('audit', args, io, (name, rest) => commands.get(name)?.(rest, io));

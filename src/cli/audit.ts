import { runBreach } from './audit-breach.ts';
import { runQuality } from './audit-quality.ts';
import { runReceipt } from './audit-receipt.ts';
import { runReport } from './audit-report.ts';
import { runSeal } from './audit-seal.ts';
import { runSubject } from './audit-subject.ts';
import { runVerify } from './audit-verify.ts';
import { type CommandIo, refuse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { InputFault } from './files.ts';
import { NotGenuine } from './seals.ts';
import { usageOf } from './usage.ts';

const commands: Readonly<Record<string, (args: string[], io: CommandIo) => Promise<ExitCode>>> = {
  verify: runVerify,
  subject: runSubject,
  receipt: runReceipt,
  seal: runSeal,
  report: runReport,
  quality: runQuality,
  breach: runBreach,
};

/** The commands about audit lines. Takes the arguments after `audit`, resolves with the exit code. */
export const runAuditCommand = async (args: readonly string[], io: CommandIo): Promise<ExitCode> => {
  const [name = '', ...rest] = args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) return refuse(io, exitCodes.usage, usageOf('audit'));
  try {
    return await command(rest, io);
  } catch (error) {
    if (error instanceof InputFault) return refuse(io, exitCodes.input, error.message);
    if (error instanceof NotGenuine) return refuse(io, exitCodes.failed, error.message);
    throw error;
  }
};

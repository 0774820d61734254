/** The exit codes of every command. Those from 64 on are taken from sysexits.h. */
export const exitCodes = { done: 0, failed: 1, usage: 64, input: 65, configuration: 78 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What each exit code means, for the help text. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'the command is done, and what it checked is sound',
  1: 'what was checked is not sound, or differs; serve: it could not listen, or did not end in good order',
  64: 'the command line is wrong',
  65: 'a file, a folder or standard input cannot be read as what it should be',
  78: 'the configuration is wrong: an environment variable, or a file or folder that it names',
};

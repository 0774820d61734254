import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A block of code in the worked change of the document: its language and its text, with the last line feed. */
export type Block = { readonly language: string; readonly text: string };

/** The blocks of code of each numbered step of the worked change in `src/rules/README.md`, as they stand there. */
export const workedChange = (): readonly (readonly Block[])[] => {
  const document = readFileSync(fileURLToPath(new URL('../../src/rules/README.md', import.meta.url)), 'utf8');
  const part = document.slice(
    document.indexOf('## How to change the rules'),
    document.indexOf('**In the repository**'),
  );
  return part
    .split(/^\*\*\d+\. /m)
    .slice(1)
    .map((step) =>
      [...step.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text })),
    );
};

/** The only block of a step in this language. Throws if there is not exactly one. */
const blockOf = (step: readonly Block[] | undefined, language: string): string => {
  const [found, ...more] = step?.filter((block) => block.language === language) ?? [];
  if (found === undefined || more.length > 0) throw new Error(`the step needs one block of ${language}`);
  return found.text;
};

/** Edits a file as a diff without line numbers says: `@@` separates its parts. Each part must fit exactly one place. */
export const edit = (file: string, diff: string): void => {
  const edited = diff.split(/^@@\n/m).reduce(
    (text, part) => {
      const lines = part.split('\n').filter((line) => line !== '');
      const side = (without: string) =>
        lines.flatMap((line) => (line.startsWith(without) ? [] : [`${line.slice(1)}\n`])).join('');
      // In the document the lines are indented less than in the file.
      const [place, ...more] = [0, 2, 4].flatMap((indent) => {
        const indented = (block: string) => block.replace(/^(?=.)/gm, ' '.repeat(indent));
        return text.split(indented(side('+'))).length === 2 ? [{ from: side('+'), to: side('-'), indented }] : [];
      });
      if (place === undefined || more.length > 0) throw new Error(`fits no place, or several: ${part}`);
      return text.replace(place.indented(place.from), () => place.indented(place.to));
    },
    readFileSync(file, 'utf8'),
  );
  writeFileSync(file, edited);
};

/**
 * Runs commands of the document in bash, in this folder. `command`: what `led-eligibility` runs, with `"$@"` for its
 * arguments. Returns standard output.
 */
const runInShell = (commands: string, { folder, command }: { folder: string; command: string }): string =>
  execFileSync('bash', ['-eu', '-c', `led-eligibility() { ${command}; }\n${commands}`], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DOCKER_HOST: process.env.DOCKER_HOST },
  });

/**
 * Follows the steps of the document in an empty folder: copy, change, lint, judge, diff, candidate, in force. `onCandidate` is
 * called while the version is a candidate. Returns what each step printed beside what the document shows.
 */
export const followSteps = async (
  given: { readonly folder: string; readonly command: string },
  onCandidate: (ruleSetDir: string, shown: string) => Promise<void> = async () => {},
): Promise<readonly { readonly step: string; readonly printed: string; readonly shown: string }[]> => {
  const [copy, change, lint, judge, diff, candidate, inForce] = workedChange();
  const file = join(given.folder, 'rules/begeleider-ama-1.2.0.json');
  runInShell(blockOf(copy, 'sh'), given);
  edit(file, blockOf(change, 'diff'));
  const printedBy = (step: string, blocks: readonly Block[] | undefined) => ({
    step,
    printed: runInShell(blockOf(blocks, 'sh'), given),
    shown: blockOf(blocks, 'text'),
  });
  const results = [printedBy('lint', lint)];
  writeFileSync(join(given.folder, 'records.jsonl'), blockOf(judge, 'json'));
  writeFileSync(join(given.folder, 'rules/golden.csv'), blockOf(judge, 'csv'));
  results.push(printedBy('judge', judge), printedBy('diff', diff));
  await onCandidate(join(given.folder, 'rules'), blockOf(candidate, 'text'));
  edit(file, blockOf(inForce, 'diff'));
  results.push(printedBy('in force', inForce));
  return results;
};

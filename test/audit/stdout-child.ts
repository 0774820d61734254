// A process that looks at its own standard output. `fault`: says on standard error what stdoutFault finds. `write`:
// writes a line of each given size (in bytes) through wholeLines, and says on standard error how each write ended.
import { stdoutFault, wholeLines } from '../../src/audit/stdout.ts';

const [task, ...sizes] = process.argv.slice(2);
if (task === 'fault') process.stderr.write(stdoutFault() ?? 'fine');
if (task === 'write') {
  const out = wholeLines(process.stdout as NodeJS.WriteStream & { fd: number });
  out.on('error', () => {});
  const outcomes: string[] = [];
  for (const size of sizes.map(Number)) {
    const outcome = await new Promise<string>((resolve) => {
      out.write(`${'x'.repeat(size - 1)}\n`, (error) =>
        resolve(error ? ((error as NodeJS.ErrnoException).code ?? 'error') : 'written'),
      );
    });
    outcomes.push(outcome);
  }
  process.stderr.write(outcomes.join(' '));
}

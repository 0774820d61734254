import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { matchesGlob } from 'node:path';

/*
 * Mutation testing of the rules, their analysis and the INSZ: Stryker changes the sources in some 4000 ways, and the tests
 * must notice. Only the tests named here are run on a changed file. More tests could only notice more,
 * so the score is a lower bound. Tests on random records are left out, so the score is the same each time.
 *
 *     npm run mutation                              all files
 *     npm run mutation -- src/rules/level.ts        these files
 */

/** The score that each file must reach, in percent. */
const LEAST = 95;

const rules = 'test/rules/*.test.ts';
const texts = 'test/rules/texts/*.test.ts';

/** Which tests check a file: the first line that fits. `flow-chart.ts` and `svg.ts` draw; their numbers are no rules. */
const testsOf: readonly (readonly [files: string, tests: readonly string[]])[] = [
  ['src/insz.ts', ['test/insz.test.ts']],
  ['src/rules/{lint,salvage}*.ts', ['test/rules/lint.test.ts']],
  ['src/rules/*.ts', [rules]],
  ['src/rules/texts/{flow-chart,svg}.ts', []],
  ['src/rules/texts/explain-{diff,proof}.ts', [texts]],
  ['src/rules/texts/*.ts', [rules, texts]],
  ...['cells', 'compare', 'diff', 'entries', 'prove', 'table'].map(
    (name) => [`src/rules/analysis/${name}.ts`, [`test/rules/analysis/${name}.test.ts`]] as const,
  ),
];

const sources = [...globSync('src/rules/**/*.ts'), 'src/insz.ts'].sort();
const asked = process.argv.slice(2);
const unknown = asked.filter((file) => !sources.includes(file));
if (unknown.length > 0) {
  console.error(`no file of the rules: ${unknown.join(', ')}`);
  process.exit(64);
}

const testsFor = (file: string): readonly string[] => {
  const row = testsOf.find(([files]) => matchesGlob(file, files));
  if (row === undefined) throw new Error(`name the tests of ${file} in test/rules/mutation.ts`);
  return row[1];
};

type Report = {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
};
type Count = { readonly noticed: number; readonly missed: number };

/** What Stryker found for some files, by file. A mutant that cannot even be loaded counts as neither. */
const mutate = (files: readonly string[], tests: readonly string[]): readonly (readonly [string, Count])[] => {
  const report = 'reports/mutation.json';
  rmSync(report, { force: true });
  const env = { ...process.env, MUTATION_TESTS: tests.join() };
  spawnSync('stryker', ['run', '--mutate', files.join()], { stdio: 'inherit', env });
  const { files: found } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  return Object.entries(found).map(([file, { mutants }]) => {
    const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length;
    return [file, { noticed: count('Killed', 'Timeout'), missed: count('Survived', 'NoCoverage') }];
  });
};

const score = ({ noticed, missed }: Count): number => (100 * noticed) / (noticed + missed);
const line = (name: string, count: Count): string =>
  `${name.padEnd(40)} ${score(count).toFixed(1).padStart(5)} %  ${String(count.missed).padStart(3)} of ${count.noticed + count.missed} not noticed`;

const groups = Map.groupBy(asked.length > 0 ? asked : sources, (file) => testsFor(file).join());
const results = [...groups]
  .filter(([tests]) => tests !== '')
  .flatMap(([tests, files]) => mutate(files, tests.split(',')))
  // A file without code has no mutants.
  .filter(([, { noticed, missed }]) => noticed + missed > 0)
  .sort(([one], [other]) => one.localeCompare(other));
const total = results.reduce<Count>(
  (sum, [, { noticed, missed }]) => ({ noticed: sum.noticed + noticed, missed: sum.missed + missed }),
  { noticed: 0, missed: 0 },
);
for (const [file, count] of results) console.log(line(file, count));
console.log(line('total', total));
process.exitCode = results.every(([, count]) => score(count) >= LEAST) ? 0 : 1;

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

let folder: string | undefined;
afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

type Finding = { category: string; location: { path: string | { file: string } } };

/**
 * Runs the linter, with the settings of this project, on a project of these files. Returns the paths in which it
 * reports the rule.
 */
const reported = (rule: string, files: Readonly<Record<string, string>>): string[] => {
  folder = mkdtempSync(join(tmpdir(), 'purity-'));
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  }
  const { stdout } = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', '.'],
    { cwd: folder, encoding: 'utf8' },
  );
  const { diagnostics }: { diagnostics: Finding[] } = JSON.parse(stdout);
  const paths = diagnostics
    .filter(({ category }) => category.endsWith(`/${rule}`))
    .map(({ location: { path } }) => (typeof path === 'string' ? path : path.file));
  return [...new Set(paths)].sort();
};

const everywhere = (paths: readonly string[], text: string) => Object.fromEntries(paths.map((path) => [path, text]));

describe('the core has no effects', () => {
  const core = [
    'src/audit/access-draft.ts',
    'src/audit/planted.ts',
    'src/audit/verify/planted.ts',
    'src/eligibility.ts',
    'src/insz.ts',
    'src/led/answer/planted.ts',
    'src/led/ask.ts',
    'src/led/request/planted.ts',
    'src/rules/planted.ts',
    'src/rules/texts/planted.ts',
  ];
  const edge = ['src/audit/stream.ts', 'src/led/client.ts', 'src/rules/load.ts', 'src/serve.ts'];

  test.each([
    ['a file system', "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;"],
    ['a connection', "import { request } from 'undici';\nexport const x = request;"],
    ['a logger', "import { pino } from 'pino';\nexport const x = pino;"],
    ['the logger of the service', "import type { Log } from '../lib/log.ts';\nexport type X = Log;"],
    ['a listener', "import { build } from '../http/listener.ts';\nexport const x = build;"],
    ['the authentication', "import { x } from '../auth/jwt.ts';\nexport const y = x;"],
    ['the configuration', "import type { Config } from './config.ts';\nexport type X = Config;"],
    ['the process', "import { serve } from '../../serve.ts';\nexport const x = serve;"],
  ])('imports of %s are reported in the core, and not at the edge', (_, text) => {
    expect(reported('noRestrictedImports', everywhere([...core, ...edge], text))).toEqual(core);
  });

  test.each([
    ['a clock', 'export const x = (): number => Date.now();'],
    ['the environment', 'export const x = process.env.HOME;'],
    ['a timer', 'export const x = (): void => void setTimeout(() => {}, 1);'],
  ])('uses of %s are reported in the core, and not at the edge', (_, text) => {
    expect(reported('noRestrictedGlobals', everywhere([...core, ...edge], text))).toEqual(core);
  });
});

describe('in all of src', () => {
  test('the environment is read in main.ts only', () => {
    const files = ['src/config.ts', 'src/http/planted.ts', 'src/main.ts', 'src/serve.ts'];
    expect(reported('noProcessEnv', everywhere(files, 'export const x = process.env.HOME;'))).toEqual([
      'src/config.ts',
      'src/http/planted.ts',
      'src/serve.ts',
    ]);
  });

  test('a circle of imports is reported, also of types', () => {
    const files = {
      'src/http/a.ts': "import type { B } from '../led/b.ts';\nexport type A = { b?: B };",
      'src/led/b.ts': "import type { A } from '../http/a.ts';\nexport type B = { a?: A };",
      'src/led/c.ts': "import type { B } from './b.ts';\nexport type C = B;",
    };
    expect(reported('noImportCycles', files)).toEqual(['src/http/a.ts', 'src/led/b.ts']);
  });

  test('a function with more than 120 lines in its body is reported', () => {
    const functionOf = (lines: number) => `export const x = (): void => {\n${'  void 0;\n'.repeat(lines)}};`;
    const files = { 'src/long.ts': functionOf(121), 'src/short.ts': functionOf(120), 'test/long.ts': functionOf(121) };
    expect(reported('noExcessiveLinesPerFunction', files)).toEqual(['src/long.ts']);
  });
});

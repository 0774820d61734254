import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const violations = {
  'a file system': ["import { readFileSync } from 'node:fs';\nexport const x = readFileSync;", 'noRestrictedImports'],
  'a connection': ["import { request } from 'undici';\nexport const x = request;", 'noRestrictedImports'],
  'a logger': ["import { pino } from 'pino';\nexport const x = pino;", 'noRestrictedImports'],
  'the listener': ["import { build } from '../http/docs.ts';\nexport const x = build;", 'noRestrictedImports'],
  'a clock': ['export const x = (): number => Date.now();', 'noRestrictedGlobals'],
  'the environment': ['export const x = process.env.HOME;', 'noRestrictedGlobals'],
  'a timer': ['export const x = (): void => void setTimeout(() => {}, 1);', 'noRestrictedGlobals'],
} as const;

/** Folders of the core, and one file of the edge that may do all of this. */
const core = ['src', 'src/rules', 'src/led/answer', 'src/audit'];
const names: Record<string, string> = {
  src: 'insz',
  'src/rules': 'planted',
  'src/led/answer': 'parse',
  'src/audit': 'line',
};

type Finding = { category: string; location: { path: string | { file: string } } };

describe('the core stays pure', () => {
  let folder: string;
  let findings: string[];

  beforeAll(() => {
    // A copy of the linter's settings, and one violation a folder: the paths are those of the project.
    folder = mkdtempSync(join(tmpdir(), 'purity-'));
    const plant = (path: string, text: string): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `${text}\n`);
    };
    Object.values(violations).forEach(([text], n) => {
      for (const place of core) plant(`${n}/${place}/${names[place]}.ts`, text);
      plant(`${n}/src/serve.ts`, text);
      cpSync(join(root, 'biome.json'), join(folder, `${n}/biome.json`));
    });
    findings = Object.keys(violations).flatMap((_, n) => {
      const { stdout } = spawnSync(
        join(root, 'node_modules/.bin/biome'),
        ['lint', '--vcs-enabled=false', '--reporter=json', '.'],
        { cwd: join(folder, String(n)), encoding: 'utf8' },
      );
      const { diagnostics }: { diagnostics: Finding[] } = JSON.parse(stdout);
      return diagnostics.map(({ category, location: { path } }) => {
        return `${n} ${typeof path === 'string' ? path : path.file} ${category}`;
      });
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(Object.entries(violations).map(([what, [, rule]], n) => [what, rule, n] as const))(
    '%s is refused in all of it, and at the edge alone allowed',
    (_, rule, n) => {
      const found = findings.filter((finding) => finding.startsWith(`${n} `) && finding.includes(rule));
      for (const place of core) {
        expect(found).toContainEqual(expect.stringContaining(`${place}/${names[place]}.ts`));
      }
      expect(found).not.toContainEqual(expect.stringContaining('serve.ts'));
    },
  );
});

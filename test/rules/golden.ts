import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { loadRuleSets } from '../../src/rules/load.ts';
import type { CompiledRuleSet } from '../../src/rules/rule-set.ts';
import { applicant, bachelor, type Raw, somebodyElse } from './support.ts';

export type GoldenRow = Readonly<Record<string, string>>;
export type GoldenTable = { readonly name: string; readonly rows: readonly GoldenRow[] };

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A folder with rule sets and golden tables of one's own, such as those of a policy officer. */
const ownFolder = process.env.RULE_SET_DIR;

/** In a cell, `\n` and `\u00a0` mean that character. */
const unescaped = (cell: string): string =>
  cell
    .replaceAll('\\n', '\n')
    .replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));

const readTable = (path: string): readonly GoldenRow[] =>
  (parse(readFileSync(path, 'utf8'), { columns: true, bom: true }) as GoldenRow[]).map((row) =>
    Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, unescaped(cell)])),
  );

/**
 * Every golden table (`*.csv`) in `test/golden` and in the folder of RULE_SET_DIR that has this column: `verdict` for
 * tables of records, `outcome` for tables of answers.
 */
export const goldenTables = (column: 'verdict' | 'outcome'): readonly GoldenTable[] =>
  [here('../golden'), ...(ownFolder === undefined ? [] : [ownFolder])].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.csv'))
      .toSorted()
      .map((name) => ({ name, rows: readTable(join(folder, name)) }))
      .filter(({ rows }) => rows[0] !== undefined && column in rows[0]),
  );

const ruleSetsOf = (folder: string | undefined): readonly CompiledRuleSet[] => {
  const loaded = loadRuleSets(folder);
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
  return loaded.catalogue.all;
};
const ruleSets = new Map(
  [here('sets'), ownFolder].flatMap(ruleSetsOf).map((each) => [`${each.source.id}@${each.source.version}`, each]),
);

/** The rule set that a row names in its column `ruleSet`, as `id@version`. Throws if there is none. */
export const ruleSetOf = ({ ruleSet = '' }: GoldenRow): CompiledRuleSet => {
  const found = ruleSets.get(ruleSet);
  if (found === undefined) throw new Error(`"${ruleSet}" is not one of ${[...ruleSets.keys()].join(', ')}`);
  return found;
};

const columns = [...Object.keys(bachelor), 'month', 'day', 'isced2011'] as (keyof Raw)[];

/** The record of a row. An empty cell is a missing element; a table without the column `holder` is about the applicant. */
export const rawOf = (row: GoldenRow): Raw => {
  const raw: Raw = {};
  for (const column of columns) if (row[column]) raw[column] = row[column];
  raw.holder = (row.holder ?? 'applicant').replace('applicant', applicant).replace('somebody else', somebodyElse);
  return raw;
};

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { Environment } from '../src/config.ts';
import { loadRuleSets } from '../src/rules/load.ts';
import { flowOf } from '../src/rules/texts/flow-chart.ts';

const path = fileURLToPath(new URL('../README.md', import.meta.url));

/** One row a variable, from the schema that reads it. */
const configurationTable = (): string => {
  const rows = Object.entries(Environment.shape).map(([name, schema]: [string, z.ZodType]) => {
    const { defaultValue } = schema.def as { defaultValue?: unknown };
    const required = defaultValue === undefined && !schema.isOptional();
    const shown = required ? '*required*' : defaultValue === undefined ? '' : `\`${String(defaultValue)}\``;
    return `| \`${name}\` | ${shown} | ${schema.description ?? ''} |`;
  });
  return ['| name | default | |', '|---|---|---|', ...rows].join('\n');
};

test('the README’s table of variables is that of the code (UPDATE_README=1 npm test -- readme writes it)', () => {
  const readme = readFileSync(path, 'utf8');
  const current = readme.replace(
    /(<!-- configuration:.*?-->\n)[\s\S]*?(<!-- end of configuration -->)/,
    (_, begin: string, end: string) => `${begin}\n${configurationTable()}\n\n${end}`,
  );
  if (process.env.UPDATE_README) writeFileSync(path, current);
  else expect(readme).toBe(current);
});

test('the README’s picture of a decision is that of the rule set (written with UPDATE_README=1 too)', () => {
  const picture = fileURLToPath(new URL('../openapi/decision-flow.svg', import.meta.url));
  const loaded = loadRuleSets([]);
  const found = 'catalogue' in loaded ? loaded.catalogue.find('begeleider-ama', '2026-11-23') : undefined;
  const current = found?.ok ? flowOf(found.ruleSet, 'en') : '';
  if (process.env.UPDATE_README) writeFileSync(picture, current);
  else expect(readFileSync(picture, 'utf8')).toBe(current);
});

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { diff } from '../../../src/rules/analysis/diff.ts';
import { type DifferenceLine, differenceLines } from '../../../src/rules/texts/explain-diff.ts';
import { ama, replaced } from '../support.ts';

const { UPDATE_DOCUMENTS: updates } = process.env;
const page = new URL('../../../src/rules/begeleider-ama-1.1.0.md', import.meta.url);
const [begin, end] = ['<!-- begin: rules diff -->\n', '<!-- end -->'];

const row = ({ change, outcome, why, which, kinds, example }: DifferenceLine, index: number): string =>
  `| ${[index + 1, `${change}. ${outcome}`, why, which, kinds, `\`${example}\``].join(' | ')} |`;

const mixture = ({ change, outcome, kinds, example }: DifferenceLine): string =>
  `| ${[`${change}. ${outcome}`, kinds, `\`${example}\``].join(' | ')} |`;

test('the page on 1.1.0 is what rules diff finds', () => {
  const lines = differenceLines(diff(replaced, ama, '2026-11-26'), replaced, ama, 'nl');
  const table = [
    '| | wat verandert | waarom | welke bewijzen | hoeveel soorten | voorbeeld |',
    '|---|---|---|---|---|---|',
    ...lines.filter(({ isMixture }) => !isMixture).map(row),
    '',
    'Bij deze bewijzen spelen meer dan één van deze veranderingen tegelijk:',
    '',
    '| wat verandert | hoeveel soorten | voorbeeld |',
    '|---|---|---|',
    ...lines.filter(({ isMixture }) => isMixture).map(mixture),
    '',
  ].join('\n');
  const text = readFileSync(page, 'utf8');
  const at = [text.indexOf(begin) + begin.length, text.indexOf(end)] as const;
  const expected = `${text.slice(0, at[0])}${table}${text.slice(at[1])}`;
  if (updates === '1') writeFileSync(page, expected);
  expect(text === expected, 'run UPDATE_DOCUMENTS=1 vitest run test/rules/analysis/document.test.ts').toBe(true);
});

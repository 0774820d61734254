import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { personWith } from '../support/persons.ts';
import { ask, createWorld, json, startService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { judged } from './support.ts';
import { edit, followSteps, workedChange } from './worked-change.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'worked-change-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
  rmSync(folder, { recursive: true, force: true });
});

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const command = `"${process.execPath}" "${main}" "$@"`;

test('the worked change of the document holds step by step, from the sources', { timeout: 120_000 }, async () => {
  const results = await followSteps({ folder, command }, async (ruleSetDir, shown) => {
    // The service runs the candidate, and its audit line has what the document shows.
    const world = await createWorld();
    const service = await startService({ ...world.environment, RULE_SET_DIR: ruleSetDir });
    try {
      const decision = await json(
        await ask(service, { insz: personWith('eligible'), caseHandler: { id: 'handler-1' } }),
      );
      expect(decision).toMatchObject({ outcome: 'eligible', ruleSet: { version: '1.1.0' } });
      await until(() => service.accesses().length > 0);
      expect(service.stdout()).toContain(shown.trimEnd());
      const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
      expect(metrics).toMatch(/^rule_shadow_total\{rule_set="begeleider-ama",version="1\.2\.0",result="same"\} 1$/m);
    } finally {
      await service.stop();
      await world.close();
    }
  });
  expect(results.map(({ step }) => step)).toEqual(['lint', 'judge', 'diff', 'in force']);
  for (const { step, printed, shown } of results) expect({ step, printed }).toEqual({ step, printed: shown });
});

test('the golden table of the document is read from a folder of RULE_SET_DIR, and holds', async () => {
  await followSteps({ folder, command });
  vi.stubEnv('RULE_SET_DIR', join(folder, 'rules'));
  vi.resetModules();
  const { goldenTables, rawOf, ruleSetOf } = await import('./golden.ts');
  const own = goldenTables('verdict').find(({ name }) => name === 'golden.csv');
  expect(own?.rows).toHaveLength(1);
  for (const row of own?.rows ?? []) {
    expect(judged(rawOf(row), ruleSetOf(row))).toBe(`${row.verdict} ${row.reasons}`);
  }
});

test('the document has the seven steps, each with its blocks', () => {
  expect(workedChange().map((step) => step.map(({ language }) => language).join(' '))).toEqual([
    'sh',
    'diff',
    'sh text',
    'json sh text csv',
    'sh text',
    'text',
    'diff sh text',
  ]);
});

test('an edit that fits no place, or several, is a fault of the document', () => {
  const file = join(folder, 'a.json');
  writeFileSync(file, '{\n  "a": 1,\n  "b": 1\n}\n');
  edit(file, '-  "a": 1,\n+  "a": 2,\n@@\n   "b": 1\n+  "c"\n');
  expect(readFileSync(file, 'utf8')).toBe('{\n  "a": 2,\n  "b": 1\n  "c"\n}\n');
  expect(() => edit(file, '-  "a": 1,\n')).toThrow('fits no place');
  writeFileSync(file, '{\n  "a": 2,\n  "a": 2,\n}\n');
  expect(() => edit(file, '-  "a": 2,\n')).toThrow('fits no place');
});

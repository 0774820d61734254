import { expect, test } from 'vitest';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { help, usageOf } from '../../src/cli/usage.ts';

test('the help names the version, every command, and what each exit code means', () => {
  const text = help('1.2.3');
  expect(text).toMatch(/^led-eligibility 1\.2\.3: /);
  expect([...text.matchAll(/^ {2}led-eligibility (\S+( [a-z]+)?)/gm)].map(([, command]) => command)).toEqual([
    '[serve]',
    'audit verify',
    'audit subject',
    'audit receipt',
    'audit seal',
    'audit report',
    'audit quality',
    'audit breach',
    'rules lint',
    'rules explain',
    'rules judge',
    'rules diff',
    'rules prove',
    'led check',
    'openapi',
    '--help',
  ]);
  const codes = [...text.matchAll(/^ {1,3}(\d+) {2}\S/gm)].map(([, code]) => Number(code));
  expect(codes).toEqual(Object.values(exitCodes));
});

test('the usage of a command names its own forms', () => {
  expect(usageOf('rules')).toMatch(/^usage:\n {2}led-eligibility rules lint DIR \[--json]\n/);
  expect(usageOf('rules')).not.toContain('audit');
  expect(usageOf('audit')).not.toContain('rules');
});

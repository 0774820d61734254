import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runRulesCommand } from '../../src/cli/rules.ts';
import { builtInFolder } from '../../src/rules/load.ts';
import { amaText, exampleText } from '../rules/support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string | Buffer): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const version = (text: string, over: object): string => JSON.stringify({ ...JSON.parse(text), ...over });

const run = (args: string[], ruleSetDir?: string): { code: number; out: string; err: string } => {
  let out = '';
  let err = '';
  const io = {
    stdin: Readable.from([]),
    out: (text: string) => {
      out += `${text}\n`;
    },
    err: (text: string) => {
      err += `${text}\n`;
    },
  };
  return { code: runRulesCommand(args, io, ruleSetDir), out, err };
};

describe('rules lint', () => {
  test('says that there is no fault', () => {
    put('example.json', exampleText);
    put('next.json', version(amaText, { version: '1.2.0', candidate: true }));
    expect(run(['lint', folder])).toEqual({
      code: 0,
      out: 'No faults. Together with the built-in rule sets: begeleider-ama 1.0.0, begeleider-ama 1.1.0, begeleider-ama 1.2.0 (candidate), voorbeeld-zorghulp 0.1.0.\n',
      err: '',
    });
    expect(run(['lint', builtInFolder]).code).toBe(0);
  });

  test('names each fault on a line of its own with file, path and what to do', () => {
    const a = put('a.json', version(exampleText, { minimumLevel: 4, subjets: [] }));
    const b = put('b.json', '[1,\n\n x]');
    const { code, out } = run(['lint', folder]);
    const lines = out.trimEnd().split('\n');
    expect(code).toBe(1);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(`${a}: minimumLevel: must be a whole number from 5 to 8, the least VKS level that qualifies`);
    expect(lines[1]).toBe(`${a}: subjets: is no member that is known here: check its spelling, or take it out`);
    expect(lines[2]).toMatch(new RegExp(`^${b}: is not JSON: correct it \\(`));
    expect(out).not.toMatch(/\s{2}/);
  });

  test('exits 65 when the folder cannot be read', () => {
    const missing = join(folder, 'missing');
    expect(run(['lint', missing])).toEqual({ code: 65, out: '', err: `cannot read ${missing}: ENOENT\n` });
    const file = put('one.json', exampleText);
    expect(run(['lint', file])).toEqual({ code: 65, out: '', err: `cannot read ${file}: ENOTDIR\n` });
  });

  test('counts a folder without rule sets, and a file that cannot be read, as faults: exits 1', () => {
    expect(run(['lint', folder])).toMatchObject({ code: 1, out: expect.stringContaining('holds no rule set') });
    mkdirSync(join(folder, 'sub.json'));
    expect(run(['lint', folder])).toMatchObject({ code: 1, out: expect.stringContaining('cannot be read') });
  });
});

describe('rules explain', () => {
  test('prints a rule set in Dutch or in English', () => {
    expect(run(['explain', 'begeleider-ama'])).toMatchObject({ code: 0, err: '' });
    expect(run(['explain', 'begeleider-ama']).out).toContain('\nRechtsgrond: ');
    expect(run(['explain', 'begeleider-ama', '--lang', 'nl']).out).toContain('\nRechtsgrond: ');
    expect(run(['explain', '--lang=en', 'begeleider-ama']).out).toContain('\nLegal basis: ');
  });

  test('prints every version, or the one that was asked for', () => {
    put('one.json', exampleText);
    put('two.json', version(exampleText, { version: '0.2.0', validFrom: '2026-02-01', validTo: '2026-02-28' }));
    const all = run(['explain', 'voorbeeld-zorghulp'], folder).out;
    expect(all.match(/^Versie: .*$/gm)).toEqual([
      'Versie: voorbeeld-zorghulp 0.1.0',
      'Versie: voorbeeld-zorghulp 0.2.0',
    ]);
    expect(all).toMatch(/[^\n]\n\nVerzonnen voorbeeld: /);
    const one = run(['explain', 'voorbeeld-zorghulp', '--version', '0.2.0'], folder).out;
    expect(one.match(/^Versie: .*$/gm)).toEqual(['Versie: voorbeeld-zorghulp 0.2.0']);
  });

  test('exits 64 and names the known rule sets when there is no such rule set', () => {
    const err = 'There is no such rule set. Known are: begeleider-ama 1.0.0, begeleider-ama 1.1.0.\n';
    expect(run(['explain', 'nothing'])).toEqual({ code: 64, out: '', err });
    expect(run(['explain', 'begeleider-ama', '--version', '9.9.9'])).toEqual({ code: 64, out: '', err });
    put('one.json', exampleText);
    expect(run(['explain', 'nothing'], folder).err).toBe(
      'There is no such rule set. Known are: begeleider-ama 1.0.0, begeleider-ama 1.1.0, voorbeeld-zorghulp 0.1.0.\n',
    );
  });

  test('exits 78 when the service would not start with the RULE_SET_DIR', () => {
    const files = [put('a.json', '[]'), put('b.json', '[]')];
    expect(run(['explain', 'begeleider-ama'], folder)).toEqual({
      code: 78,
      out: '',
      err: files.map((file) => `${file}: has the wrong type: make it an object\n`).join(''),
    });
  });
});

test.each([
  [[]],
  [['lint']],
  [['lint', 'a', 'b']],
  [['check', 'a']],
  [['explain']],
  [['explain', 'a', 'b']],
  [['explain', 'a', '--lang', 'fr']],
  [['explain', 'a', '--lang']],
  [['explain', 'a', '--version']],
  [['explain', 'a', '--colour', 'red']],
])('%j is no command: exits 64 and shows the usage', (args) => {
  expect(run(args)).toEqual({
    code: 64,
    out: '',
    err: [
      'usage:',
      '  led-eligibility rules lint DIR',
      '      check the rule sets of a folder',
      '  led-eligibility rules explain ID [--lang nl|en] [--version V]',
      '      print a rule set in words',
      '',
    ].join('\n'),
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runRulesCommand } from '../../src/cli/rules.ts';
import { builtInFolder, loadRuleSets } from '../../src/rules/load.ts';
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

const catalogueOf = (...folders: string[]) => {
  const loaded = loadRuleSets(folders);
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
  return loaded.catalogue;
};
const faultsOf = (...folders: string[]) => {
  const loaded = loadRuleSets(folders);
  return 'faults' in loaded ? loaded.faults : [];
};

const run = (args: string[], folders?: string[]): { code: number; out: string; err: string } => {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => {
      out += `${text}\n`;
    },
    err: (text: string) => {
      err += `${text}\n`;
    },
  };
  return { code: runRulesCommand(args, io, folders), out, err };
};

describe('the catalogue', () => {
  test('holds the built-in sets', () => {
    expect(catalogueOf().all.map(({ source }) => `${source.id} ${source.version}`)).toEqual(['begeleider-ama 1.0.0']);
  });

  test('picks the version in force on the day, both ends included', () => {
    put('one.json', exampleText);
    put('two.json', version(exampleText, { version: '0.2.0', validFrom: '2026-02-01', validTo: '2026-02-01' }));
    const catalogue = catalogueOf(folder);
    const on = (day: string) => {
      const found = catalogue.find('voorbeeld-zorghulp', day);
      return found.ok ? found.ruleSet.source.version : found.reason;
    };
    expect([
      on('2023-12-31'),
      on('2024-01-01'),
      on('2025-12-31'),
      on('2026-01-01'),
      on('2026-01-31'),
      on('2026-02-01'),
      on('2026-02-02'),
    ]).toEqual(['notInForce', '0.1.0', '0.1.0', 'notInForce', 'notInForce', '0.2.0', 'notInForce']);
    expect(catalogue.find('begeleider-ama', '2023-10-03')).toEqual({ ok: false, reason: 'notInForce' });
    expect(catalogue.find('begeleider-ama', '2099-01-01')).toMatchObject({ ok: true });
    expect(catalogue.find('nothing', '2024-01-01')).toEqual({ ok: false, reason: 'unknown' });
    expect(catalogue.find('__proto__', '2024-01-01')).toEqual({ ok: false, reason: 'unknown' });
  });

  test('never lets a candidate answer, and names it for evaluation beside', () => {
    put('next.json', version(amaText, { version: '1.1.0', validFrom: '2020-01-01', candidate: true }));
    put('alone.json', version(exampleText, { candidate: true }));
    const catalogue = catalogueOf(folder);
    expect(catalogue.find('begeleider-ama', '2022-01-01')).toEqual({ ok: false, reason: 'notInForce' });
    const found = catalogue.find('begeleider-ama', '2024-01-01');
    expect(found.ok && found.ruleSet.source.version).toBe('1.0.0');
    expect(catalogue.candidates('begeleider-ama').map(({ source }) => source.version)).toEqual(['1.1.0']);
    expect(catalogue.find('voorbeeld-zorghulp', '2024-06-01')).toEqual({ ok: false, reason: 'notInForce' });
    expect(catalogue.candidates('nothing')).toEqual([]);
    expect(catalogue.all.map(({ source }) => `${source.id} ${source.version}`)).toEqual([
      'begeleider-ama 1.1.0',
      'begeleider-ama 1.0.0',
      'voorbeeld-zorghulp 0.1.0',
    ]);
  });

  test('takes a file that repeats a built-in one to the letter for the same file', () => {
    put('copy.json', amaText);
    expect(catalogueOf(folder, builtInFolder).all).toHaveLength(1);
  });

  test('reads a byte order mark, and passes over what is no rule set by its name', () => {
    put('one.json', `\u{FEFF}${exampleText}`);
    put('README.md', 'text');
    put('.hidden.json', '{');
    mkdirSync(join(folder, '..data.json'));
    expect(catalogueOf(folder).all).toHaveLength(2);
  });
});

describe('does not load', () => {
  test('a folder that is not there', () => {
    const missing = join(folder, 'missing');
    expect(faultsOf(missing)).toEqual([
      { file: missing, path: '', message: 'is no folder that can be read: check its name and rights' },
    ]);
  });

  test('a folder without rule sets', () => {
    expect(faultsOf(folder)).toEqual([
      { file: folder, path: '', message: 'holds no rule set: put a file in it whose name ends in .json' },
    ]);
  });

  test('what is no UTF-8, or no file', () => {
    const latin = put('latin.json', Buffer.from(exampleText.replace('Made-up', 'Verzonnen \u00e9'), 'latin1'));
    mkdirSync(join(folder, 'sub.json'));
    const message = 'cannot be read as UTF-8 text: check its rights and its encoding';
    expect(faultsOf(folder)).toEqual([
      { file: latin, path: '', message },
      { file: join(folder, 'sub.json'), path: '', message },
    ]);
  });

  test('a version that overlaps a built-in one', () => {
    const file = put('next.json', version(amaText, { version: '2.0.0', validFrom: '2030-01-01' }));
    expect(faultsOf(folder)).toMatchObject([{ file, path: 'validFrom' }]);
  });
});

describe('rules lint', () => {
  test('says that all is well', () => {
    put('example.json', exampleText);
    put('next.json', version(amaText, { version: '1.1.0', candidate: true }));
    expect(run(['lint', folder])).toEqual({
      code: 0,
      out: 'No faults. Together with the built-in rule sets: begeleider-ama 1.0.0, begeleider-ama 1.1.0 (candidate), voorbeeld-zorghulp 0.1.0.\n',
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
});

describe('rules explain', () => {
  test('says a rule set in Dutch, or in English', () => {
    expect(run(['explain', 'begeleider-ama'])).toMatchObject({ code: 0, err: '' });
    expect(run(['explain', 'begeleider-ama']).out).toContain('\nRechtsgrond: ');
    expect(run(['explain', 'begeleider-ama', '--lang', 'nl']).out).toContain('\nRechtsgrond: ');
    expect(run(['explain', '--lang=en', 'begeleider-ama']).out).toContain('\nLegal basis: ');
  });

  test('says every version, or the one asked for', () => {
    put('one.json', exampleText);
    put('two.json', version(exampleText, { version: '0.2.0', validFrom: '2026-02-01', validTo: '2026-02-28' }));
    const all = run(['explain', 'voorbeeld-zorghulp'], [folder]).out;
    expect(all.match(/^Versie: .*$/gm)).toEqual([
      'Versie: voorbeeld-zorghulp 0.1.0',
      'Versie: voorbeeld-zorghulp 0.2.0',
    ]);
    expect(all).toMatch(/[^\n]\n\nVerzonnen voorbeeld: /);
    const one = run(['explain', 'voorbeeld-zorghulp', '--version', '0.2.0'], [folder]).out;
    expect(one.match(/^Versie: .*$/gm)).toEqual(['Versie: voorbeeld-zorghulp 0.2.0']);
  });

  test('names the sets there are if there is no such set', () => {
    const err = 'There is no such rule set. Known are: begeleider-ama 1.0.0.\n';
    expect(run(['explain', 'nothing'])).toEqual({ code: 1, out: '', err });
    expect(run(['explain', 'begeleider-ama', '--version', '9.9.9'])).toEqual({ code: 1, out: '', err });
    put('one.json', exampleText);
    expect(run(['explain', 'nothing'], [folder]).err).toBe(
      'There is no such rule set. Known are: begeleider-ama 1.0.0, voorbeeld-zorghulp 0.1.0.\n',
    );
  });

  test('does not explain what the service would not start on', () => {
    const files = [put('a.json', '[]'), put('b.json', '[]')];
    expect(run(['explain', 'begeleider-ama'], [folder])).toEqual({
      code: 1,
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
])('%j is no command: shows how, and exits 2', (args) => {
  expect(run(args)).toEqual({
    code: 2,
    out: '',
    err: 'led-eligibility rules lint DIR\nled-eligibility rules explain ID [--lang nl|en] [--version V]\n',
  });
});

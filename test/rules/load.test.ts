import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { builtInFolder, loadRuleSet, loadRuleSets } from '../../src/rules/load.ts';
import { amaText, amaVersion, exampleText } from './support.ts';

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

const catalogueOf = (folder?: string) => {
  const loaded = loadRuleSets(folder);
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
  return loaded.catalogue;
};
const faultsOf = (folder?: string) => {
  const loaded = loadRuleSets(folder);
  return 'faults' in loaded ? loaded.faults : [];
};

describe('the catalogue', () => {
  test('holds the built-in sets', () => {
    expect(catalogueOf().all.map(({ source }) => `${source.id} ${source.version}`)).toEqual([
      'begeleider-ama 1.0.0',
      'begeleider-ama 1.1.0',
    ]);
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

  test('never lets a candidate answer, and lists it as a candidate', () => {
    put('next.json', JSON.stringify(amaVersion({ version: '1.2.0', validFrom: '2020-01-01', candidate: true })));
    put('alone.json', version(exampleText, { candidate: true }));
    const catalogue = catalogueOf(folder);
    expect(catalogue.find('begeleider-ama', '2022-01-01')).toEqual({ ok: false, reason: 'notInForce' });
    const found = catalogue.find('begeleider-ama', '2024-01-01');
    expect(found.ok && found.ruleSet.source.version).toBe('1.1.0');
    expect(catalogue.candidates('begeleider-ama').map(({ source }) => source.version)).toEqual(['1.2.0']);
    expect(catalogue.find('voorbeeld-zorghulp', '2024-06-01')).toEqual({ ok: false, reason: 'notInForce' });
    expect(catalogue.candidates('nothing')).toEqual([]);
    expect(catalogue.all.map(({ source }) => `${source.id} ${source.version}`)).toEqual([
      'begeleider-ama 1.2.0',
      'begeleider-ama 1.0.0',
      'begeleider-ama 1.1.0',
      'voorbeeld-zorghulp 0.1.0',
    ]);
  });

  test('counts a file with the same text as a built-in one once', () => {
    put('copy.json', amaText);
    expect(catalogueOf(folder).all).toHaveLength(2);
    expect(catalogueOf(builtInFolder).all).toHaveLength(2);
  });

  test('accepts a byte order mark, and ignores files whose name is not that of a rule set', () => {
    put('one.json', `\u{FEFF}${exampleText}`);
    put('README.md', 'text');
    put('.hidden.json', '{');
    mkdirSync(join(folder, '..data.json'));
    expect(catalogueOf(folder).all).toHaveLength(3);
  });
});

describe('a version of a folder, beside the built-in ones', () => {
  const on = (day: string): string => {
    const found = catalogueOf(folder).find('begeleider-ama', day);
    return found.ok ? found.ruleSet.source.version : found.reason;
  };

  test('ends the built-in one by coming into force', () => {
    put('next.json', JSON.stringify(amaVersion({ version: '2.0.0', validFrom: '2030-01-01' })));
    expect([on('2029-12-31'), on('2030-01-01')]).toEqual(['1.1.0', '2.0.0']);
  });

  test('corrects the built-in one', () => {
    put('next.json', JSON.stringify(amaVersion({ version: '1.1.1', replaces: '1.1.0' })));
    expect([on('2023-10-03'), on('2023-10-04'), on('2030-01-01')]).toEqual(['notInForce', '1.1.1', '1.1.1']);
  });

  test('keeps the bytes of its file', () => {
    const text = `\u{FEFF}${exampleText}\n`;
    put('one.json', text);
    const found = catalogueOf(folder).find('voorbeeld-zorghulp', '2024-06-01');
    expect(found.ok && Buffer.from(found.ruleSet.file).toString()).toBe(text);
  });
});

describe('does not load', () => {
  test('a folder that does not exist', () => {
    const missing = join(folder, 'missing');
    expect(faultsOf(missing)).toEqual([
      {
        file: missing,
        path: '',
        message: 'is no folder that can be read: check its name and rights',
        unreadable: 'ENOENT',
      },
    ]);
  });

  test('a folder without rule sets', () => {
    expect(faultsOf(folder)).toEqual([
      { file: folder, path: '', message: 'holds no rule set: put a file in it whose name ends in .json' },
    ]);
  });

  test('a file that is not UTF-8, or a folder with the name of a file', () => {
    const latin = put('latin.json', Buffer.from(exampleText.replace('Made-up', 'Verzonnen \u00e9'), 'latin1'));
    mkdirSync(join(folder, 'sub.json'));
    const message = 'cannot be read as UTF-8 text: check its rights and its encoding';
    expect(faultsOf(folder)).toEqual([
      { file: latin, path: '', message },
      { file: join(folder, 'sub.json'), path: '', message },
    ]);
  });

  test('a version that begins on the same day as the built-in one', () => {
    const file = put('next.json', JSON.stringify(amaVersion({ version: '2.0.0' })));
    expect(faultsOf(folder)).toMatchObject([{ file, path: 'validFrom' }]);
  });
});

describe('one file on its own', () => {
  test('is loaded with its bytes, also if it replaces a version that is not there', () => {
    const text = `${JSON.stringify(amaVersion({ version: '9.0.1', replaces: '9.0.0' }))}\n`;
    const loaded = loadRuleSet(put('one.json', text));
    const ruleSet = 'ruleSet' in loaded ? loaded.ruleSet : undefined;
    expect(ruleSet?.source.version).toBe('9.0.1');
    expect(Buffer.from(ruleSet?.file ?? []).toString()).toBe(text);
  });

  test('is not loaded with faults', () => {
    const file = put('one.json', version(exampleText, { minimumLevel: 4, validTo: '2020-01-01' }));
    expect(loadRuleSet(file)).toMatchObject({
      faults: [
        { file, path: 'minimumLevel' },
        { file, path: 'validTo' },
      ],
    });
  });

  test('is not loaded if it cannot be read', () => {
    const file = join(folder, 'missing.json');
    const message = 'cannot be read as UTF-8 text: check its rights and its encoding';
    expect(loadRuleSet(file)).toEqual({ faults: [{ file, path: '', message }] });
  });
});

import { describe, expect, test } from 'vitest';
import { createCatalogue } from '../../src/rules/catalogue.ts';
import { compile, type RuleSet } from '../../src/rules/rule-set.ts';
import { amaVersion } from './support.ts';

/** A rule set with this version; `validFrom` is 2024-01-01 unless another is given. */
const ruleSet = (version: string, over: Partial<RuleSet> = {}) =>
  compile(amaVersion({ version, validFrom: '2024-01-01', ...over }));

const year2024 = ruleSet('1.0.0', { validTo: '2024-12-31' });
const from2026 = ruleSet('2.0.0', { validFrom: '2026-01-01' });
const candidate = ruleSet('3.0.0', { candidate: true });
const other = ruleSet('1.0.0', { id: 'another', validFrom: '2020-01-01' });
const catalogue = createCatalogue([from2026, other, candidate, year2024]);

const versionOn = (day: string, id = 'begeleider-ama'): string => {
  const found = catalogue.find(id, day);
  return found.ok ? found.ruleSet.source.version : found.reason;
};

describe('find', () => {
  test.each([
    ['2023-12-31', 'notInForce'],
    ['2024-01-01', '1.0.0'],
    ['2024-12-31', '1.0.0'],
    ['2025-01-01', 'notInForce'],
    ['2025-12-31', 'notInForce'],
    ['2026-01-01', '2.0.0'],
    ['2099-12-31', '2.0.0'],
  ])('on %s: %s', (day, expected) => {
    expect(versionOn(day)).toBe(expected);
  });

  test('returns the rule set itself', () => {
    expect(catalogue.find('another', '2024-01-01')).toEqual({ ok: true, ruleSet: other });
  });

  test('does not know other ids, not even the names of members that every object has', () => {
    for (const id of ['nothing', '', 'Begeleider-ama', '__proto__', 'constructor']) {
      expect(versionOn('2024-06-01', id)).toBe('unknown');
    }
  });

  test('never returns a candidate, not even if there is no other version', () => {
    const only = createCatalogue([candidate]);
    expect(only.find('begeleider-ama', '2024-06-01')).toEqual({ ok: false, reason: 'notInForce' });
  });

  test('takes `candidate: false` as no candidate', () => {
    const plain = ruleSet('1.0.0', { candidate: false });
    expect(createCatalogue([plain]).find('begeleider-ama', '2024-06-01')).toEqual({ ok: true, ruleSet: plain });
    expect(createCatalogue([plain]).candidates('begeleider-ama')).toEqual([]);
  });
});

describe('a version ends the one before by coming into force', () => {
  const versions = createCatalogue([
    ruleSet('1.0.0'),
    ruleSet('2.0.0', { validFrom: '2025-01-01', validTo: '2025-06-30' }),
    ruleSet('3.0.0', { validFrom: '2026-01-01' }),
  ]);
  const on = (day: string, catalogue = versions): string => {
    const found = catalogue.find('begeleider-ama', day);
    return found.ok ? found.ruleSet.source.version : found.reason;
  };

  test.each([
    ['2024-12-31', '1.0.0'],
    ['2025-01-01', '2.0.0'],
    ['2025-06-30', '2.0.0'],
    ['2025-07-01', 'notInForce'],
    ['2025-12-31', 'notInForce'],
    ['2026-01-01', '3.0.0'],
  ])('on %s: %s', (day, expected) => {
    expect(on(day)).toBe(expected);
  });

  test('what a correction replaces never answers, whatever the order of the files, and stays listed', () => {
    const corrected = [
      ruleSet('1.0.0'),
      ruleSet('1.0.1', { replaces: '1.0.0' }),
      ruleSet('1.0.2', { replaces: '1.0.1' }),
    ];
    for (const order of [corrected, corrected.toReversed()]) {
      const catalogue = createCatalogue(order);
      expect(on('2024-06-01', catalogue)).toBe('1.0.2');
      expect(catalogue.all).toHaveLength(3);
    }
    const ended = createCatalogue([ruleSet('1.0.0'), ruleSet('1.0.1', { replaces: '1.0.0', validTo: '2024-03-31' })]);
    expect(on('2024-04-01', ended)).toBe('notInForce');
  });

  test('a correction of another rule set replaces nothing here', () => {
    const catalogue = createCatalogue([ruleSet('1.0.0'), ruleSet('1.0.1', { id: 'another', replaces: '1.0.0' })]);
    expect(on('2024-06-01', catalogue)).toBe('1.0.0');
  });

  test('a candidate replaces what is in force only once it is no candidate', () => {
    const correction = ruleSet('1.0.1', { replaces: '1.0.0', candidate: true });
    const catalogue = createCatalogue([ruleSet('1.0.0'), correction]);
    expect(on('2024-06-01', catalogue)).toBe('1.0.0');
    expect(catalogue.candidates('begeleider-ama')).toEqual([correction]);
  });

  test('a candidate that another version replaces is not evaluated', () => {
    const first = ruleSet('2.0.0', { candidate: true });
    const second = ruleSet('2.0.1', { candidate: true, replaces: '2.0.0' });
    expect(createCatalogue([first, second]).candidates('begeleider-ama')).toEqual([second]);
    const inForce = ruleSet('2.0.1', { replaces: '2.0.0' });
    expect(createCatalogue([first, inForce]).candidates('begeleider-ama')).toEqual([]);
  });
});

test('candidates are all those of the id, for any period', () => {
  const later = ruleSet('4.0.0', { candidate: true, validFrom: '2099-01-01' });
  const both = createCatalogue([later, candidate, year2024, other]);
  expect(both.candidates('begeleider-ama')).toEqual([candidate, later]);
  expect(both.candidates('another')).toEqual([]);
  expect(both.candidates('nothing')).toEqual([]);
});

test('all rule sets are sorted by id, then by first day, then by version', () => {
  const names = catalogue.all.map(({ source: { id, version } }) => `${id} ${version}`);
  expect(names).toEqual(['another 1.0.0', 'begeleider-ama 1.0.0', 'begeleider-ama 3.0.0', 'begeleider-ama 2.0.0']);
});

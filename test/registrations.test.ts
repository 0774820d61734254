import { describe, expect, test } from 'vitest';
import { readRegistrations, unknownRuleSets } from '../src/registrations.ts';

const read = (value: unknown) => readRegistrations(JSON.stringify(value));

describe('registrations with MAGDA', () => {
  test('are read by rule set, with and without a Hoedanigheid', () => {
    const { registrations, ruleSets, faults } = read({
      'begeleider-ama': { senderId: 'kbo.be/led', capacity: 'begeleiders' },
      zorghulp: { senderId: 'kbo.be/zorg' },
    });
    expect(faults).toEqual([]);
    expect(ruleSets).toEqual(['begeleider-ama', 'zorghulp']);
    expect([...registrations]).toEqual([
      ['begeleider-ama', { id: 'kbo.be/led', capacity: 'begeleiders' }],
      ['zorghulp', { id: 'kbo.be/zorg' }],
    ]);
    expect(registrations.get('zorghulp')).not.toHaveProperty('capacity');
    expect(read({})).toMatchObject({ faults: [], ruleSets: [] });
  });

  test('may be as long as the schema of MAGDA allows, and no longer', () => {
    const longest = { senderId: 'a'.repeat(120), capacity: 'b'.repeat(24) };
    expect(read({ zorghulp: longest }).faults).toEqual([]);
    expect(read({ zorghulp: { ...longest, senderId: 'a'.repeat(121) } }).faults).toEqual([
      'zorghulp.senderId must have at most 120 characters',
    ]);
    expect(read({ zorghulp: { ...longest, capacity: 'b'.repeat(25) } }).faults).toEqual([
      'zorghulp.capacity must have at most 24 characters',
    ]);
  });

  test('are refused with every fault at once, by rule set and member, and never with a value', () => {
    const { registrations, faults, ruleSets } = read({
      good: { senderId: 'x' },
      none: {},
      empty: { senderId: '', capacity: '' },
      control: { senderId: 'secret\u0007' },
      number: { senderId: 5, capacity: null },
      more: { senderId: 'x', Secret: 'secret' },
      list: [],
      text: 'secret',
      nothing: null,
      'A secret value': { senderId: 'x', capacity: 7 },
    });
    expect(faults).toEqual([
      'none.senderId is required',
      'empty.senderId must not be empty',
      'empty.capacity must not be empty',
      'control.senderId must not hold control characters',
      'number.senderId must be a string',
      'number.capacity must be a string',
      'more has a member other than senderId and capacity',
      'list must be an object with a senderId',
      'text must be an object with a senderId',
      'nothing must be an object with a senderId',
      'a rule set.capacity must be a string',
    ]);
    expect([...registrations.keys()]).toEqual(['good']);
    expect(ruleSets).toHaveLength(10);
  });

  test.each(['', '[]', 'null', '"x"', '{"a":', '\ufeff{}'])('must be one JSON object: %j is not', (text) => {
    expect(readRegistrations(text).faults).toEqual([
      'the file must hold one JSON object with a member for each rule set',
    ]);
  });

  test('name each rule set and each member once', () => {
    for (const text of ['{"a":{"senderId":"x"},"a":{"senderId":"y"}}', '{"a":{"senderId":"x","senderId":"y"}}']) {
      expect(readRegistrations(text).faults).toEqual(['the file names a member twice']);
    }
  });

  test('are only for rule sets that are loaded', () => {
    expect(unknownRuleSets(['a', 'b', 'A secret value'], new Set(['a']))).toEqual([
      'b is not a rule set that is loaded',
      'a rule set is not a rule set that is loaded',
    ]);
  });
});

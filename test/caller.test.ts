import { describe, expect, test } from 'vitest';
import { type Caller, identifierForm, permit } from '../src/caller.ts';
import { Fault } from '../src/fault.ts';

describe('permit', () => {
  const caller = (ruleSets: Caller['ruleSets']): Caller => ({ client: { id: 'c' }, ruleSets });
  const attempt = (ruleSets: Caller['ruleSets'], role?: string, allowedRoles?: string[]): string => {
    try {
      permit(caller(ruleSets), { ruleSet: 'begeleider-ama', role, allowedRoles });
      return 'permitted';
    } catch (error) {
      return error instanceof Fault ? `${error.code}:${error.reason}` : 'other';
    }
  };

  test('lets a caller use only its own rule sets', () => {
    expect(attempt('all')).toBe('permitted');
    expect(attempt(new Set(['other', 'begeleider-ama']))).toBe('permitted');
    expect(attempt(new Set(['other']))).toBe('missingPermission:ruleSetNotAllowed');
    expect(attempt(new Set())).toBe('missingPermission:ruleSetNotAllowed');
  });

  test('lets a case handler ask only with an allowed role, if roles are configured', () => {
    expect(attempt('all', 'dossierbehandelaar', ['dossierbehandelaar'])).toBe('permitted');
    expect(attempt('all', 'other', ['dossierbehandelaar'])).toBe('missingPermission:roleNotAllowed');
    expect(attempt('all', undefined, ['dossierbehandelaar'])).toBe('missingPermission:roleNotAllowed');
    expect(attempt('all', 'anything', [])).toBe('missingPermission:roleNotAllowed');
    expect(attempt('all', 'anything')).toBe('permitted');
  });

  test('names the rule set first if both are wrong', () => {
    expect(attempt(new Set(['other']), 'other', ['dossierbehandelaar'])).toBe('missingPermission:ruleSetNotAllowed');
  });
});

test.each([
  ['a', true],
  ['AZ.az_09@host:x-1', true],
  ['a'.repeat(64), true],
  ['a'.repeat(65), false],
  ['', false],
  ['a b', false],
  ['a\n', false],
  ['é', false],
  ['a/b', false],
])('the form of an identifier: %j is %s', (value, expected) => {
  expect(identifierForm.test(value)).toBe(expected);
});

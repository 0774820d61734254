import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCode } from '../../src/lib/error-code.ts';

const errorOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

test('is the code of a system error', () => {
  expect(errorCode(errorOf(() => readFileSync('/does/not/exist')))).toBe('ENOENT');
});

test.each([[new Error('secret')], [{ code: 7 }], ['ENOENT'], [null], [undefined]])(
  'is `unknown`, or the given word, for an error without a code: %j',
  (error) => {
    expect(errorCode(error)).toBe('unknown');
    expect(errorCode(error, 'unreadable')).toBe('unreadable');
  },
);

import { expect, test } from 'vitest';
import { bulletList } from '../../src/lib/markdown.ts';

test('one line for each entry, without a last line feed', () => {
  expect(bulletList([])).toBe('');
  expect(bulletList([['format', 'is wrong']])).toBe('- `format`: is wrong');
  expect(bulletList(Object.entries({ a: 'first', b: 'second' }))).toBe('- `a`: first\n- `b`: second');
});

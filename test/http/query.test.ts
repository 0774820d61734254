import { expect, test } from 'vitest';
import { queryIssues } from '../../src/http/query.ts';

const names = (url: string) => queryIssues({ url }).map(({ in: place, name }) => `${place} ${name}`);

test.each(['/x', '/x?', '/x?&'])('%s has no query parameter', (url) => {
  expect(names(url)).toEqual([]);
});

test('each parameter is named once, and by `query` if its name is not 1 to 32 letters', () => {
  expect(names('/x?lang=nl&lang=en&insz90610100155=1&q%31=2&=3')).toEqual(['query lang', 'query query']);
});

test('many parameters give a bounded answer', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
  const url = `/x?${letters.flatMap((a) => letters.map((b) => `${a}${b}=1`)).join('&')}`;
  expect(names(url)).toHaveLength(32);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { languageOf } from '../../src/http/language.ts';

test.each([
  [undefined, 'nl'],
  ['', 'nl'],
  ['EN-us', 'en'],
  [' en ; q=0.001 ', 'en'],
  ['nl;q=0.9, en;q=0.8', 'nl'],
  ['en, nl', 'en'],
  ['nl, en', 'nl'],
  ['fr, de;q=0.5', 'nl'],
])('%j is answered in %s', (header, language) => {
  expect(languageOf(header)).toBe(language);
});

test.each(['en;q=2', 'en;q=x', 'en;level=1', 'english', 'e n'])('a part that is not valid is ignored: %j', (part) => {
  expect(languageOf(part)).toBe('nl');
  expect(languageOf(`${part}, en;q=0.1`)).toBe('en');
});

test('every header gives one of the two languages', () => {
  fc.assert(fc.property(fc.string(), (header) => ['nl', 'en'].includes(languageOf(header))));
});

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { knownIds } from '../../src/led/answer/exceptions.ts';

const folder = fileURLToPath(new URL('../../src/led/', import.meta.url));
// `…Depth` continues a list that begins with a whole reason.
const readme = readFileSync(`${folder}README.md`, 'utf8').replaceAll('`…', '`ledInvalid');
const sources = globSync('**/*.ts', { cwd: folder }).map((file) => readFileSync(folder + file, 'utf8'));

test('the README names every reason of a fault in the code, and no other', () => {
  const reasons = /(?<=[`'])(?:led[A-Z]\w+|referteMismatch|overload|breakerOpen)(?=[`'])/g;
  const named = new Set(readme.match(reasons));
  const used = new Set(
    sources.flatMap((source) => source.match(new RegExp(reasons.source.replaceAll('`', ''), 'g')) ?? []),
  );
  expect([...named].sort()).toEqual([...used].sort());
});

test('the README names every code of an Uitzondering that the code knows, and no other', () => {
  const chapter = readme.slice(readme.indexOf('## Uitzonderingen'), readme.indexOf('## The connection'));
  expect([...new Set(chapter.match(/\b(?:[0-9]{5}|ERR_[0-9]+)\b/g))].sort()).toEqual([...knownIds].sort());
});

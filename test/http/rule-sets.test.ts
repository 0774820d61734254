import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import { expect, test } from 'vitest';
import { ruleSetRoutes } from '../../src/http/rule-sets.ts';
import { createCatalogue } from '../../src/rules/catalogue.ts';
import { builtInFolder, loadRuleSets } from '../../src/rules/load.ts';
import { compile, type RuleSet } from '../../src/rules/rule-set.ts';
import { json } from '../support/service.ts';
import { startListener } from './support.ts';

const loaded = loadRuleSets();
const found = 'catalogue' in loaded ? loaded.catalogue.find('begeleider-ama', '2026-11-23') : undefined;
if (!found?.ok) throw new Error('there is no built-in rule set');
const { replaces, ...source } = found.ruleSet.source;

/** A catalogue with variants of the built-in rule set. */
const start = (today: string, ...variants: readonly Partial<RuleSet>[]) =>
  startListener((app) =>
    ruleSetRoutes(app, {
      catalogue: createCatalogue(variants.map((variant) => compile({ ...source, ...variant }))),
      today: () => today,
    }),
  );

const past = { version: '1.0.0', validFrom: '2020-01-01', validTo: '2020-12-31' };
const present = { version: '2.0.0', validFrom: '2021-01-01', validTo: '2021-12-31' };
const future = { version: '3.0.0', validFrom: '2023-01-01' };
const candidate = { version: '4.0.0', validFrom: '2021-01-01', candidate: true };

test('the list has every version, also those that do not answer', async () => {
  const { url } = await start('2021-06-01', past, present, future, candidate);
  const { items, total } = await json(await fetch(`${url}/ruleSets`));
  expect(items.map(({ version }: RuleSet) => version).sort()).toEqual(['1.0.0', '2.0.0', '3.0.0', '4.0.0']);
  expect(items.find(({ version }: RuleSet) => version === '4.0.0')).toMatchObject({ candidate: true });
  expect(total).toBe(4);
});

test.each([
  ['the version in force on that day', '2021-06-01', '2.0.0'],
  ['the version that starts last, if none is in force', '2022-06-01', '3.0.0'],
])('one rule set is shown in %s', async (_, today, version) => {
  const { url } = await start(today, past, present, future);
  expect(await json(await fetch(`${url}/ruleSets/${source.id}`))).toMatchObject({ version });
});

test('a rule set that does not exist is not found, and the answer does not repeat its name', async () => {
  const { url } = await start('2021-06-01', present);
  const response = await fetch(`${url}/ruleSets/secret`);
  expect(response.status).toBe(404);
  const text = await response.text();
  expect(text).not.toContain('secret');
  expect(JSON.parse(text).issues).toMatchObject([{ in: 'path', name: 'ruleSetId' }]);
});

test.each(['nl', 'en'] as const)('titles and reasons are in the language that was asked for: %s', async (language) => {
  const { url } = await start('2021-06-01', present);
  const response = await fetch(`${url}/ruleSets/${source.id}`, { headers: { 'accept-language': language } });
  expect(response.headers.get('content-language')).toBe(language);
  expect(response.headers.get('vary')).toBe('Accept-Language');
  const { title, reasons } = await json(response);
  expect(title).toBe(source.title[language]);
  expect(reasons[0].text).toMatch(language === 'nl' ? / dit / : / this /);
});

test('href leads from the list and from the detail to the file, byte for byte, from which the digest can be computed', async () => {
  const { url } = await start('2021-06-01', past, present);
  for (const path of ['/ruleSets', `/ruleSets/${source.id}`]) {
    const answer = await json(await fetch(`${url}${path}`));
    const { href, digest } = answer.items?.[0] ?? answer;
    const response = await fetch(new URL(href, `${url}${path}`));
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const file = JSON.parse(await response.text());
    const canonical = canonicalize(file) ?? '';
    expect(`sha256:${createHash('sha256').update(canonical).digest('hex')}`).toBe(digest);
  }
});

test('the file of a built-in rule set has the bytes of the repository', async () => {
  const { url } = await startListener((app) =>
    ruleSetRoutes(app, { catalogue: createCatalogue([found.ruleSet]), today: () => '2026-01-01' }),
  );
  const response = await fetch(`${url}/ruleSets/${source.id}/versions/${source.version}`);
  const file = readFileSync(`${builtInFolder}/${source.id}-${source.version}.json`);
  expect(Buffer.from(await response.arrayBuffer()).equals(file)).toBe(true);
});

test.each([
  ['/ruleSets/none/versions/1.0.0', 'ruleSetId'],
  [`/ruleSets/${source.id}/versions/9.9.9`, 'version'],
])('%s is not found, by the part of the path that is wrong: %s', async (path, name) => {
  const { url } = await start('2021-06-01', present);
  const response = await fetch(`${url}${path}`);
  expect(response.status).toBe(404);
  expect((await json(response)).issues).toMatchObject([{ in: 'path', name }]);
});

test.each(['/ruleSets', `/ruleSets/${source.id}`, `/ruleSets/${source.id}/versions/2.0.0`])(
  '%s takes no query parameters, and answers in JSON only',
  async (path) => {
    const { url } = await start('2021-06-01', present);
    const query = await fetch(`${url}${path}?lang=nl&x1=2`);
    expect(query.status).toBe(400);
    expect(
      (await json(query)).issues.map(({ in: place, name }: { in: string; name: string }) => [place, name]),
    ).toEqual([
      ['query', 'lang'],
      ['query', 'query'],
    ]);
    expect((await fetch(`${url}${path}`, { headers: { accept: 'text/html' } })).status).toBe(406);
    expect((await fetch(`${url}${path}`, { headers: { accept: 'text/html, */*;q=0.1' } })).status).toBe(200);
  },
);

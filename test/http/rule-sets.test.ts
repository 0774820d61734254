import { expect, test } from 'vitest';
import { ruleSetRoutes } from '../../src/http/rule-sets.ts';
import { createCatalogue } from '../../src/rules/catalogue.ts';
import { loadRuleSets } from '../../src/rules/load.ts';
import { compile, type RuleSet } from '../../src/rules/rule-set.ts';
import { json } from '../support/service.ts';
import { startListener } from './support.ts';

const loaded = loadRuleSets([]);
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
  const { ruleSets } = await json(await fetch(`${url}/ruleSets`));
  expect(ruleSets.map(({ version }: RuleSet) => version).sort()).toEqual(['1.0.0', '2.0.0', '3.0.0', '4.0.0']);
  expect(ruleSets.find(({ version }: RuleSet) => version === '4.0.0')).toMatchObject({ candidate: true });
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
  expect(await response.text()).not.toContain('secret');
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

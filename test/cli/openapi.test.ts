import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderOpenapi } from '../../src/cli/openapi.ts';

const packageFile = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

test('prints the OpenAPI document of this version, and needs no configuration', async () => {
  const text = await renderOpenapi();
  expect(text).toMatch(/^openapi: /);
  expect(text).toMatch(/[^\n]\n$/);
  const document = parse(text);
  expect(document.info.version).toBe(packageFile.version);
  expect(Object.keys(document.paths)).toContain('/eligibility');
});

test('prints the same text each time', async () => {
  expect(await renderOpenapi()).toBe(await renderOpenapi());
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const packageFile = JSON.parse(text('package.json'));

const ajv = new Ajv.default({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(text('test/documents/publiccode.schema.json')));

/** What is wrong with a publiccode.yml, as `path: what`. */
const faultsOf = (file: unknown): string[] =>
  validate(file) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);

// biome-ignore lint/suspicious/noExplicitAny: a test changes the file freely
type Part = any;
const publiccode = (): Part => parse(text('publiccode.yml'));

test('publiccode.yml is as the standard wants it', () => {
  expect(faultsOf(publiccode())).toEqual([]);
});

test.each<[what: string, change: (file: Part) => void, fault: string]>([
  ['no licence', (file) => delete file.legal.license, "/legal: must have required property 'license'"],
  ['an unknown status', (file) => Object.assign(file, { developmentStatus: 'done' }), '/developmentStatus: '],
  [
    'a long short description',
    ({ description: { nl } }) => (nl.shortDescription += 'x'.repeat(150)),
    '/description/nl/',
  ],
  ['a short long description', ({ description: { en } }) => (en.longDescription = 'Short.'), '/description/en/'],
  ['a member of no standard', (file) => Object.assign(file, { licence: 'EUPL-1.2' }), ': must NOT have additional'],
  ['nobody to ask', (file) => delete file.maintenance.contacts, "/maintenance: must have required property 'contacts'"],
  ['a plain address', (file) => Object.assign(file, { url: 'http://example.org' }), '/url: must match pattern'],
  ['a date that does not exist', (file) => Object.assign(file, { releaseDate: '2026-02-30' }), '/releaseDate: '],
])('the check rejects %s', (_, change, fault) => {
  const file = publiccode();
  change(file);
  expect(faultsOf(file)).toContainEqual(expect.stringContaining(fault));
});

test('it says what package.json says, and its pictures exist', () => {
  const { softwareVersion, legal, description, dependsOn } = publiccode();
  expect(softwareVersion).toBe(packageFile.version);
  expect(legal.license).toBe(packageFile.license);
  expect(packageFile.engines.node).toBe(`>=${dependsOn.open[0].versionMin}`);
  expect(Object.keys(description).sort()).toEqual(['en', 'nl']);
  for (const { screenshots } of Object.values<Part>(description)) {
    for (const path of screenshots) expect(existsSync(join(root, path)), path).toBe(true);
  }
});

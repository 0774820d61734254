import { readFileSync } from 'node:fs';
import { type ISpectralDiagnostic, type RulesetDefinition, Spectral } from '@stoplight/spectral-core';
import { oas3 } from '@stoplight/spectral-formats';
import { defined, falsy, pattern, schema, truthy } from '@stoplight/spectral-functions';
import { oas } from '@stoplight/spectral-rulesets';
import { parse } from 'yaml';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** `spectral.yaml` names functions and formats. Spectral's core needs the functions and formats themselves. */
const named: Readonly<Record<string, unknown>> = { defined, falsy, oas3, pattern, schema, truthy };
const ruleset = parse(read('spectral.yaml'), (key, value) =>
  key === 'function' || value === 'oas3' ? named[String(value)] : value,
) as RulesetDefinition;

/** Returns where a parsed OpenAPI document breaks the rules of `spectral.yaml`, or Spectral's own rules for OpenAPI. */
export const check = async (document: object): Promise<ISpectralDiagnostic[]> => {
  const found: ISpectralDiagnostic[] = [];
  for (const rules of [ruleset, oas as RulesetDefinition]) {
    const spectral = new Spectral();
    spectral.setRuleset(rules);
    found.push(...(await spectral.run(structuredClone(document) as Record<string, unknown>)));
  }
  return found;
};

if (import.meta.main) {
  const found = await check(parse(read('openapi.yaml')));
  for (const { code, path, message } of found) process.stdout.write(`${code}  ${path.join('.')}: ${message}\n`);
  process.stdout.write(`openapi.yaml: ${found.length} errors by spectral.yaml and Spectral’s own rules\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

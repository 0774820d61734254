import { readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { OpenAPI3 } from 'openapi-typescript';
import { parse } from 'yaml';

// openapi-typescript uses TypeScript's old API, which TypeScript 7 does not have. ts-morph contains a copy of it.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'typescript' ? '@ts-morph/common/dist/typescript.js' : specifier, context),
});
const { default: openapiTypes, astToString } = await import('openapi-typescript');

/**
 * The document without its promise that answers may grow. With it each type would have any member, and the compiler
 * would find no misspelt one. A type without it does not stop a program from reading an answer that has grown.
 */
const closed = (document: OpenAPI3): OpenAPI3 =>
  JSON.parse(JSON.stringify(document), (key, value) =>
    key === 'additionalProperties' && value === true ? undefined : value,
  );

/** The TypeScript types of the API, as `clients/api.d.ts` must hold them. */
const generateTypes = async (): Promise<string> => {
  const nodes = await openapiTypes(closed(parse(readFileSync(new URL('openapi.yaml', import.meta.url), 'utf8'))));
  return `// Made from openapi.yaml by openapi-typescript: npm run openapi\n\n${astToString(nodes)}`;
};

if (import.meta.main) {
  const file = new URL('clients/api.d.ts', import.meta.url);
  const types = await generateTypes();
  if (!process.argv.includes('--check')) writeFileSync(file, types);
  else if (readFileSync(file, 'utf8') !== types) {
    process.stderr.write('openapi/clients/api.d.ts does not match openapi.yaml. Run: npm run openapi\n');
    process.exitCode = 1;
  }
}

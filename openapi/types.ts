import { readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// openapi-typescript uses TypeScript's old API, which TypeScript 7 does not have. ts-morph contains a copy of it.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'typescript' ? '@ts-morph/common/dist/typescript.js' : specifier, context),
});
const { default: openapiTypes, astToString } = await import('openapi-typescript');

/** The TypeScript types of the API, as `clients/api.d.ts` must hold them. */
export const generateTypes = async (): Promise<string> => {
  const nodes = await openapiTypes(new URL('openapi.yaml', import.meta.url), { alphabetize: false });
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

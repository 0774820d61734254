import { configDefaults, defineConfig } from 'vitest/config';

/**
 * What mutation testing runs: the tests of the rules and of the INSZ. Without those on random records: what kills a
 * mutant is then a row that a person can read, and the score is the same each time.
 */
export const config = defineConfig({
  test: {
    include: ['test/rules/**/*.test.ts', 'test/insz.test.ts'],
    exclude: [...configDefaults.exclude, '**/*.property.test.ts'],
    testTimeout: 30_000,
  },
});

// Vitest reads its configuration from the default export.
export default config;

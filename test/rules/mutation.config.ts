import { configDefaults, defineConfig } from 'vitest/config';

/**
 * The tests that mutation testing runs: those of the rules and of the INSZ. The test of the worked change is left out,
 * because it starts the service. Tests on random records are left out. Then a row that a person can read kills each
 * mutant, and the score is the same each time. The proof of the built-in sets is left out because it takes long; the
 * same properties are tested on a small set.
 */
export const config = defineConfig({
  test: {
    include: ['test/rules/**/*.test.ts', 'test/insz.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      '**/*.property.test.ts',
      '**/worked-change.test.ts',
      '**/analysis/edits.test.ts',
      '**/analysis/built-in.test.ts',
    ],
    testTimeout: 30_000,
  },
});

// Vitest reads its configuration from the default export.
export default config;

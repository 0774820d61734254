import { defineConfig } from 'vitest/config';

/** The tests that mutation testing runs: those that `mutation.ts` names, separated by commas. */
export const config = defineConfig({
  test: {
    include: process.env.MUTATION_TESTS?.split(',') ?? [],
    exclude: ['**/*.property.test.ts', '**/worked-change.test.ts'],
    testTimeout: 30_000,
  },
});

// Vitest reads its configuration from the default export.
export default config;

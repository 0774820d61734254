import { defineConfig } from 'vitest/config';

/** What mutation testing runs: the tests of the rules and of the INSZ, without the sockets. */
export const config = defineConfig({
  test: { include: ['test/rules/**/*.test.ts', 'test/insz.test.ts'], testTimeout: 30_000 },
});

// Vitest reads its configuration from the default export.
export default config;

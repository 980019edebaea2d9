import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Unit tests run on the sources, so that a failing line is a line one can edit; what spawns processes runs the build.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^#hash$/, replacement: at('gatos-core/node/hash.ts') },
      { find: /^gatos-core$/, replacement: at('gatos-core/src/index.ts') },
      { find: /^gatos-core\/mythos$/, replacement: at('gatos-core/src/mythos/index.ts') },
      { find: /^gatos-core\/node$/, replacement: at('gatos-core/node/index.ts') },
      { find: /^gatos-core\/testing$/, replacement: at('gatos-core/testing/index.ts') },
      { find: /^gatosd$/, replacement: at('gatosd/src/index.ts') },
    ],
  },
  test: {
    include: ['{gatos-core,gatosd,git-gatos,tools,conformance,examples}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/build/**'],
    pool: 'forks',
    // Most of the time goes into processes that the tests start and wait for: no core is kept free.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

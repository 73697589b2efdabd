import { defineConfig } from 'vitest/config'

/** Longest unit test: properties of many runs on a machine that does other things too, in milliseconds. */
const UNIT_TIMEOUT_MS = 20_000
/** Longest single step of an integration test: a service that starts, in milliseconds. */
const INTEGRATION_TIMEOUT_MS = 60_000
/** Longest single step of an end-to-end test: a replay through all services while some of them are down. */
const E2E_TIMEOUT_MS = 300_000

/**
 * `unit` needs nothing; `int` and `e2e` need a running stack whose addresses are in the environment (`npm test` starts
 * one). The projects run one after the other; `e2e`, which kills and stops services, has the stack to itself.
 */
export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: [
        '{api,avro,cli,domain,games,reconciliation,screening,service,sinks,stack,streams,synthetic,topics}/**/*.ts',
      ],
      // Entry points of processes run outside of the test runner: the end-to-end tests are what proves them.
      exclude: ['**/*.spec.ts', '**/testing/**', '**/main.ts', '**/*.d.ts', 'avro/types.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.unit.spec.ts'],
          exclude: ['**/node_modules/**', '.local*/**'],
          testTimeout: UNIT_TIMEOUT_MS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: ['**/*.int.spec.ts'],
          exclude: ['**/node_modules/**', '.local*/**'],
          testTimeout: INTEGRATION_TIMEOUT_MS,
          hookTimeout: INTEGRATION_TIMEOUT_MS,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.e2e.spec.ts'],
          testTimeout: E2E_TIMEOUT_MS,
          hookTimeout: E2E_TIMEOUT_MS,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})

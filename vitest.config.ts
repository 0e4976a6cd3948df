import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

// What the user has calibrated is nothing to the tests: it would change which router decides.
process.env['GRACE_CACHE'] = path.join(tmpdir(), `grace-cache-${process.pid}`);

/** Two files at a time on two cores as well, where Vitest would run one: most of them wait for a child of their own. */
const together = { maxWorkers: Math.max(2, availableParallelism() - 1) };

/** One file at a time, each with a server and a browser of its own, and when all other projects are through. */
const alone = { fileParallelism: false, sequence: { groupOrder: 1 } };

const skipWorkbench = process.env['GRACE_SKIP_WORKBENCH'] === '1';
if (skipWorkbench) console.log('GRACE_SKIP_WORKBENCH is set: the tests in a browser and in VS Code are left out.');

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          ...together,
        },
      },
      {
        test: {
          name: 'parity',
          include: ['test/parity/**/*.test.ts'],
          globalSetup: 'test/parity/setup.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...together,
        },
      },
      {
        test: {
          name: 'cli',
          include: ['test/cli/**/*.test.ts'],
          globalSetup: 'test/cli/build.ts',
          testTimeout: 240_000,
          hookTimeout: 240_000,
          ...together,
        },
      },
      ...(process.env['GRACE_PYTHON'] === undefined
        ? []
        : [
            {
              test: {
                name: 'pytorch',
                include: ['test/pytorch/**/*.test.ts'],
                testTimeout: 120_000,
                hookTimeout: 600_000,
                ...together,
              },
            },
          ]),
      ...(skipWorkbench
        ? []
        : [
            {
              test: {
                name: 'page',
                include: ['test/page/**/*.test.ts'],
                globalSetup: 'test/page/setup.ts',
                testTimeout: 120_000,
                hookTimeout: 120_000,
                ...together,
              },
            },
            {
              test: {
                name: 'workbench',
                include: ['test/workbench/**/*.test.ts'],
                globalSetup: 'test/workbench/support/setup.ts',
                // VS Code loses a click now and then when the machine is busy.
                retry: 1,
                testTimeout: 240_000,
                hookTimeout: 240_000,
                ...alone,
              },
            },
          ]),
    ],
  },
});

import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const conditions = ["@fairlead/source"];
// A second, the default, is too short for a process on a busy machine.
const expect = { poll: { timeout: 10_000 } };
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

export default defineConfig({
  test: {
    // Most suites wait for real processes and time limits: one for each core left the cores idle for 45 % of the time.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts"],
          exclude: ["packages/*/src/**/*.alone.test.ts"],
          // A process and every module anew for each of four hundred files would cost more than the tests themselves.
          isolate: false,
          testTimeout: 20_000,
          expect,
        },
      },
      {
        // What looks at or changes its whole process: handles, memory, umask.
        ...shared,
        test: {
          name: "unit-alone",
          include: ["packages/*/src/**/*.alone.test.ts"],
          testTimeout: 20_000,
          expect,
        },
      },
      {
        // Real daemons, the built CLI, and servers and clients that we did not write.
        ...shared,
        test: {
          name: "system",
          globalSetup: "scripts/fresh-bundle.mjs",
          include: ["test/src/**/*.test.ts"],
          exclude: ["test/src/**/*.long.test.ts"],
          testTimeout: 60_000,
          expect,
          hookTimeout: 60_000,
        },
      },
      {
        // Soaks, waits and whole matrices that are too long for every run: `npm run test:long`.
        ...shared,
        test: {
          name: "long",
          globalSetup: "scripts/fresh-bundle.mjs",
          include: ["test/src/**/*.long.test.ts", "test/src/fidelity/*.test.ts"],
          env: { FAIRLEAD_MATRIX: "whole" },
          testTimeout: 600_000,
          expect,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

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
    // Most suites wait for real processes and time limits, so every core may have one.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      {
        ...shared,
        test: { name: "unit", include: ["packages/*/src/**/*.test.ts"], testTimeout: 20_000, expect },
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
        // Soaks, waits and whole matrices that are too long for every run: `pnpm test:long`.
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

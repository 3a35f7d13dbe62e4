import { defineConfig } from "vitest/config";

const conditions = ["@fairlead/source"];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: { name: "unit", include: ["packages/*/src/**/*.test.ts"], testTimeout: 20_000 },
      },
      {
        // Real daemons, the built CLI, and servers and clients that we did not write.
        ...shared,
        test: {
          name: "system",
          include: ["test/src/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

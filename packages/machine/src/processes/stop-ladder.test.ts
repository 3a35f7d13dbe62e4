import { describe, expect, it } from "vitest";
import type { ProcessTree } from "./process-tree.js";
import { climbStopLadder } from "./stop-ladder.js";

const nothing = { ended: [], forced: [], survived: [], blindSpots: [] };

/** A tree in memory that goes when it is killed, and writes down what was asked of it. */
function memoryTree(canBeAsked: boolean): { readonly tree: ProcessTree; readonly asked: string[] } {
  const asked: string[] = [];
  const isGone = (): boolean => asked.includes("SIGKILL");
  return {
    asked,
    tree: {
      look: () => Promise.resolve(!isGone()),
      isGone: () => Promise.resolve(isGone()),
      signal: (name) => {
        asked.push(name);
        return Promise.resolve(name === "SIGKILL" || canBeAsked);
      },
      living: () => [],
      forgetEnded: () => Promise.resolve(),
      report: () => Promise.resolve(nothing),
    },
  };
}

async function climbed(tree: ProcessTree, termGraceMs: number): Promise<number> {
  const startedAt = performance.now();
  await climbStopLadder({
    tree,
    pollMs: { first: 1, most: 5 },
    times: () => ({ stdinGraceMs: 0, termGraceMs }),
    closeStdin: () => performance.now(),
    destroyStdin: () => {},
    exited: new Promise(() => {}),
  });
  return performance.now() - startedAt;
}

describe("the stop ladder", () => {
  it("gives whoever was asked to go the time to do it", async () => {
    const { tree, asked } = memoryTree(true);
    expect(await climbed(tree, 100)).toBeGreaterThanOrEqual(100);
    expect(asked).toEqual(["SIGTERM", "SIGKILL"]);
  });

  it("does not wait where nobody could be asked", async () => {
    const { tree, asked } = memoryTree(false);
    expect(await climbed(tree, 600_000)).toBeLessThan(60_000);
    expect(asked).toEqual(["SIGTERM", "SIGKILL"]);
  });
});

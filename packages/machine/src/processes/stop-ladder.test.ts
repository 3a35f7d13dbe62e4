import { afterEach, describe, expect, it, vi } from "vitest";
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

describe("a tree that is slow to look at", () => {
  afterEach(() => vi.useRealTimers());

  /** One that has born another generation each time that it is looked at again after a kill. */
  async function killedGenerations(generations: number): Promise<readonly string[]> {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { tree, asked } = memoryTree(false);
    let left = generations;
    const slow: ProcessTree = {
      ...tree,
      look: async () => {
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        asked.push("look");
        return left > 0;
      },
      isGone: () => Promise.resolve(false),
      signal: (name) => {
        if (name === "SIGKILL") left -= 1;
        return tree.signal(name);
      },
    };
    const climbing = climbed(slow, 0);
    await vi.runAllTimersAsync();
    await climbing;
    return asked.slice(asked.indexOf("SIGTERM") + 1);
  }

  it("is killed thrice, whoever was born meanwhile included", async () => {
    expect((await killedGenerations(3)).join(" ")).toBe("look SIGKILL look SIGKILL look SIGKILL look");
    expect((await killedGenerations(2)).join(" ")).toBe("look SIGKILL look SIGKILL look look");
  });

  it("is given up at last, and looked at once more for who survived", async () => {
    expect((await killedGenerations(99)).join(" ")).toBe("look SIGKILL look SIGKILL look SIGKILL look");
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fixture, isAlive } from "../fixtures/launched.js";
import { startProcess } from "../processes/local-process.js";
import type { SpawnedRoot } from "../processes/spawn-child.js";
import { listJournaledTrees } from "../trees/list-trees.js";
import { openTreeKeeper } from "../trees/tree-keeper.js";
import { loadPtyLibrary } from "./pty-library.js";
import { spawnInSession } from "./session-child.js";

const stateDir = mkdtempSync(join(tmpdir(), "fairlead-session-"));
afterAll(() => rmSync(stateDir, { recursive: true }));

describe.skipIf(process.platform !== "linux")("a child in a session of its own", () => {
  it("is told in the turn of its fork, and not only when its starter has become the program", async () => {
    const { library } = await loadPtyLibrary();
    const told: SpawnedRoot[] = [];
    // A shell that waits for input is a starter that does not come to the point.
    const request = { program: "read line; exit 3", args: [], cwd: "/", env: {} };
    const spawning = spawnInSession(
      { ...request, onSpawned: (root) => told.push(root) },
      { columns: 80, rows: 24 },
      { starter: "/bin/sh", library },
    );
    await expect.poll(() => told).toHaveLength(1);
    const [root] = told;
    expect([isAlive(root?.pid ?? 0), root?.hasExited()]).toEqual([true, false]);
    process.kill(root?.pid ?? 0, "SIGKILL");
    const child = await spawning;
    expect(root?.hasExited()).toBe(true);
    child.outputs.stdout?.destroy();
  });

  it("leaves neither a journal line nor anything else if it cannot become the program", async () => {
    await using keeper = await openTreeKeeper({ stateDir });
    const tree = await keeper.prepare({ program: "x", labels: {} });
    const starting = startProcess({
      // No program at all.
      program: fixture("launched"),
      args: [],
      cwd: "/",
      env: { FAIRLEAD_TREE: tree.cookie },
      tree,
      terminal: { columns: 80, rows: 24 },
      onOutput: () => {},
      windowBytes: 1_024,
      drainMs: 100,
      stopTimes: { stdinGraceMs: 0, termGraceMs: 0 },
    });
    await expect(starting).rejects.toMatchObject({ reason: "program_not_executable" });
    expect(await listJournaledTrees(stateDir)).toEqual([]);
  });
});

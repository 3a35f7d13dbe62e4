import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createJournal, journalFolder, journalPath } from "./journal.js";
import { type JournaledTree, parseJournal } from "./journal-text.js";
import type { TreeOwner } from "./owner.js";

const stateDir = mkdtempSync(join(tmpdir(), "fairlead-journal-"));
afterAll(() => rmSync(stateDir, { recursive: true }));
const folder = journalFolder(stateDir);

function owner(ownerId: string): TreeOwner {
  return {
    ownerId,
    pid: process.pid,
    startedAt: 1,
    host: "h",
    bootId: "b",
    pidNamespace: "",
    cgroupPath: undefined,
  };
}
function tree(treeId: string): JournaledTree {
  return { treeId, pid: 80, startedAt: 2, startedAtMs: 3, program: "node", labels: {} };
}
const noProblem = (cause: unknown): void => {
  throw cause;
};

describe.skipIf(process.platform === "win32")("a journal", () => {
  it("is private, has its owner from the first moment, and every tree as soon as it is noted", async () => {
    const journal = await createJournal(folder, owner("o_1"), noProblem);
    const path = journalPath(folder, "o_1");
    for (const made of [folder, join(folder, "..")]) expect(statSync(made).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(parseJournal(readFileSync(path, "utf8"))).toEqual({ owner: owner("o_1"), trees: [] });
    journal.add(tree("t_1"));
    journal.add(tree("t_2"));
    journal.end("t_1");
    expect(parseJournal(readFileSync(path, "utf8"))?.trees).toEqual([tree("t_2")]);
    journal.end("t_2");
    await journal.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("notes the end of a root with what it left behind, and forgets it with the tree", async () => {
    const journal = await createJournal(folder, owner("o_9"), noProblem);
    const read = (): unknown => parseJournal(readFileSync(journalPath(folder, "o_9"), "utf8"))?.trees;
    journal.add(tree("t_1"));
    journal.rootEnded("t_1", [{ pid: 81, startedAt: 4 }]);
    journal.rootEnded("t_2", []);
    expect(read()).toEqual([{ ...tree("t_1"), left: [{ pid: 81, startedAt: 4 }] }]);
    journal.end("t_1");
    journal.rootEnded("t_1", []);
    expect(read()).toEqual([]);
    await journal.close();
  });

  it("stays where it is when a tree is left at the end", async () => {
    const journal = await createJournal(folder, owner("o_2"), noProblem);
    journal.add(tree("t_1"));
    await journal.close();
    await journal.close();
    journal.add(tree("t_2"));
    expect(parseJournal(readFileSync(journalPath(folder, "o_2"), "utf8"))?.trees).toEqual([tree("t_1")]);
  });

  it("is written anew before what is over fills the disk", async () => {
    const journal = await createJournal(folder, owner("o_3"), noProblem);
    const path = journalPath(folder, "o_3");
    journal.add(tree("t_kept"));
    for (let count = 0; count < 10_000; count += 1) {
      journal.add(tree(`t_${count}`));
      journal.end(`t_${count}`);
    }
    journal.add(tree("t_last"));
    expect(readFileSync(path, "utf8").split("\n").length).toBeLessThan(600);
    expect(parseJournal(readFileSync(path, "utf8"))?.trees).toEqual([tree("t_kept"), tree("t_last")]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".new"))).toEqual([]);
    await journal.close();
  });

  it("tells what it could not write, and does not lose the next line with it", async () => {
    const problems: unknown[] = [];
    const journal = await createJournal(folder, owner("o_4"), (cause) => problems.push(cause));
    rmSync(folder, { recursive: true });
    // Nobody sees this line any more, but nothing falls over.
    journal.add(tree("t_1"));
    expect(problems).toEqual([]);
    for (let count = 0; count < 300; count += 1) {
      journal.add(tree(`t_${count}`));
      journal.end(`t_${count}`);
    }
    expect(problems.length).toBeGreaterThan(0);
    await journal.close();
  });
});

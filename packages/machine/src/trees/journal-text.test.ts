import { describe, expect, it } from "vitest";
import { formatEnd, formatOwner, formatTree, type JournaledTree, parseJournal } from "./journal-text.js";
import type { TreeOwner } from "./owner.js";

const owner: TreeOwner = {
  ownerId: "o_1",
  pid: 77,
  startedAt: 1_234,
  host: "box",
  bootId: "b",
  pidNamespace: "pid:[1]",
  cgroupPath: "/cg/fairlead-o_1",
};
function tree(treeId: string, more: Partial<JournaledTree> = {}): JournaledTree {
  return {
    treeId,
    pid: 80,
    startedAt: 1_300,
    startedAtMs: 1_700_000_000_000,
    program: "node",
    labels: { server: "files" },
    ...more,
  };
}
const first = formatOwner(owner);

describe("parseJournal", () => {
  it("reads back the owner and the trees whose end was not noted", () => {
    const text = first + formatTree(tree("t_1")) + formatTree(tree("t_2")) + formatEnd("t_1");
    expect(parseJournal(text)).toEqual({ owner, trees: [tree("t_2")] });
    const without = { ...owner, cgroupPath: undefined };
    expect(parseJournal(formatOwner(without))).toEqual({ owner: without, trees: [] });
  });

  it("survives a last line that was torn anywhere", () => {
    const whole = first + formatTree(tree("t_1"));
    const last = formatTree(tree("t_2"));
    for (let length = 0; length < last.length - 1; length += 1) {
      expect(parseJournal(whole + last.slice(0, length))?.trees).toEqual([tree("t_1")]);
    }
    expect(parseJournal(whole + last.trimEnd())?.trees).toHaveLength(2);
  });

  it("goes on behind a torn line, and skips what makes no sense", () => {
    const lines = ['{"tree":{"treeId":"t_0","pi', "null", "[]", '{"end":5}', '{"tree":"x"}', "", "garbage"];
    const text = `${first}${lines.join("\n")}\n${formatTree(tree("t_1"))}`;
    expect(parseJournal(text)?.trees).toEqual([tree("t_1")]);
  });

  it.each([
    ["the first process of the system", { pid: 1 }],
    ["a whole group", { pid: -5 }],
    ["no process", { pid: Number.NaN }],
    ["no start", { startedAt: Number.NaN }],
    ["a negative start", { startedAt: -1 }],
  ])("never takes %s for a root", (_, wrong) => {
    expect(parseJournal(first + formatTree(tree("t_1", wrong)))?.trees).toEqual([]);
  });

  it("lets an owner be the first process, as it is in a container", () => {
    expect(parseJournal(formatOwner({ ...owner, pid: 1 }))?.owner.pid).toBe(1);
  });

  it("keeps labels that are text only", () => {
    const text = first + formatTree(tree("t_1")).replace('"files"', '"files","port":7');
    expect(parseJournal(text)?.trees).toEqual([tree("t_1")]);
  });

  it.each([
    ["nothing", ""],
    ["a torn first line", first.slice(0, 60)],
    ["another format", first.replace("fairlead-trees-1", "fairlead-trees-2")],
    ["an owner without pid", first.replace('"pid":77', '"pid":"77"')],
    ["an owner without id", first.replace('"o_1"', '""')],
    ["an owner whose id leads elsewhere", first.replace('"o_1"', '"o_1/../.."')],
    ["a tree first", formatTree(tree("t_1")) + first],
  ])("knows no owner in %s", (_, text) => {
    expect(parseJournal(text)).toBeUndefined();
  });
});

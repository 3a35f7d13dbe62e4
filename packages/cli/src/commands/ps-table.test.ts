import type { ProcessExit } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { textWidth } from "../output/text-width.js";
import type { TreeRow } from "../runtime/list-trees.js";
import { formatTrees } from "./ps-table.js";

const mebibyte = 1024 * 1024;

const known = { machine: "here", hosts: [{ pid: 812 }, { pid: 813, url: "http://127.0.0.1:1/mcp" }] };

function row(more: Partial<TreeRow> = {}): TreeRow {
  return {
    executor: "devbox",
    host: "box",
    server: "files",
    client: "fairlead",
    pid: 4_194_303,
    program: "/usr/bin/npx",
    labels: {},
    memoryBytes: 82.4 * mebibyte,
    ageMs: 3_600_000,
    tree: [
      { pid: 4_194_303, parentPid: 1, name: "npx", memoryBytes: 40 * mebibyte, ageMs: 3_600_000 },
      { pid: 77, parentPid: 4_194_303, name: "node", memoryBytes: 42.4 * mebibyte, ageMs: 3_500_000 },
    ],
    ...more,
  };
}

test("each tree is one line", () => {
  expect(
    formatTrees([row(), row({ executor: "local", client: "pid 812", pid: 4, tree: [] })], known, 80),
  ).toBe(
    [
      "EXECUTOR  SERVER  STARTED BY      PID  PROCS  MEMORY     AGE  STATE",
      "devbox    files   fairlead    4194303      2  82 MiB  60 min  running",
      "local     files   pid 812           4      0  82 MiB  60 min  running",
    ].join("\n"),
  );
});

test.each<[Record<string, string>, string]>([
  [{ host: "here", hostPid: "812" }, "serve 812"],
  [{ host: "here", hostPid: "813" }, "hub 813"],
  [{ host: "here", hostPid: "5" }, "pid 5"],
  [{ host: "here", hostPid: "5", command: "run" }, "run 5"],
  [{ host: "laptop", hostPid: "812" }, "laptop 812"],
  [{ host: "laptop", hostPid: "no number" }, "fairlead"],
])("labels %j say that it was started by %j", (labels, text) => {
  expect(formatTrees([row({ labels })], known, 100).split("\n")[1]).toContain(`  ${text}  `);
});

test.each<[ProcessExit, string]>([
  [{ reason: "exited", code: 3, signal: null }, "ended: code 3"],
  [{ reason: "exited", code: null, signal: "SIGSEGV" }, "ended: SIGSEGV"],
  [{ reason: "exited", code: null, signal: null }, "ended: by itself"],
  [{ reason: "stopped", code: 0, signal: null }, "ended: stopped"],
  [{ reason: "lease_expired", code: null, signal: "SIGTERM" }, "ended: lease expired"],
  [{ reason: "output_limit", code: null, signal: "SIGKILL" }, "ended: output limit"],
])("a root that ended with %j says so", (exit, text) => {
  expect(formatTrees([row({ exit })], known, 100).split("\n")[1]).toMatch(new RegExp(`${text}$`));
});

describe("80 columns", () => {
  test("are enough for any name, and numbers are never cut", () => {
    const long = "a-very-long-name-indeed-of-sixty-four-characters-at-the-most-here";
    const text = formatTrees(
      [row({ executor: long, server: long, client: long, memoryBytes: 1023 * mebibyte })],
      known,
      80,
    );
    for (const line of text.split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(80);
    expect(text).toMatch(/ 4194303 +2 +1023 MiB +60 min  running$/);
    expect(text).toMatch(/a-very-\S*… +a-very-\S*… +a-very-\S*… /);
  });
});

test("what a client or server calls itself stays in its cell", () => {
  const hostile = "\u001b[2J\u202efiles\nlocal     root\t\u0007";
  const text = formatTrees([row({ server: hostile, client: hostile, executor: hostile })], known, 200);
  expect(text.split("\n")).toHaveLength(2);
  for (const steering of ["\u001b", "\t", "\u0007", "\u202e"]) expect(text).not.toContain(steering);
  expect(text).toContain("running");
});

import { describe, expect, test } from "vitest";
import type { LiveHost } from "../control/ask-hosts.js";
import { textWidth } from "../output/text-width.js";
import type { TreeRow } from "../runtime/list-trees.js";
import { createCpuMeter } from "./cpu-meter.js";
import { renderTop } from "./render-top.js";
import { orderOf, sortRows } from "./sort-rows.js";
import { type TopRow, type TopSources, toTopRows } from "./top-row.js";
import type { TopSnapshot } from "./top-snapshot.js";

const mebibyte = 1024 * 1024;
const nowMs = Date.parse("2026-11-21T12:00:00Z");

function tree(more: Partial<TreeRow> & { readonly cpuMs?: number } = {}): TreeRow {
  const { cpuMs = 1_000, ...rest } = more;
  const pid = rest.pid ?? 100;
  return {
    executor: "local",
    host: "here",
    server: "files",
    client: "pid 7",
    pid,
    program: "node",
    labels: { server: "files", host: "here", hostPid: "42" },
    memoryBytes: 40 * mebibyte,
    ageMs: 300_000,
    tree: [{ pid, parentPid: 1, name: "node", memoryBytes: 40 * mebibyte, ageMs: 300_000, cpuMs }],
    ...rest,
  };
}

const host: LiveHost = {
  pid: 42,
  version: "1",
  ageMs: 1,
  servers: [
    {
      name: "files",
      executor: "local",
      state: "ready",
      consumerCount: 2,
      toolCount: 12,
      sinceMs: nowMs - 60_000,
      calls: { active: 1, total: 20, failed: 0 },
    },
    { name: "spare", executor: "local", state: "idle", consumerCount: 0 },
    {
      name: "web",
      executor: "devbox",
      state: "failed",
      sinceMs: nowMs - 5_000,
      lastFailure: {
        reason: "exited",
        message: "Server 'web' exited with code 3",
        atMs: nowMs,
        stderrTail: "x",
      },
    },
  ],
};

const sources: TopSources = { hosts: [host], trees: [], machine: "here", cpuOf: () => undefined, nowMs };

describe("the rows", () => {
  test("join what a host says with its trees, whatever needs somebody first", () => {
    const rows = toTopRows({
      ...sources,
      trees: [tree(), tree({ pid: 101, ageMs: 600_000 })],
      cpuOf: ({ pid }) => pid / 10,
    });
    expect(rows.map(({ server, state }) => `${server} ${state}`)).toEqual([
      "web failed",
      "files ready",
      "spare idle",
    ]);
    expect(rows[1]).toEqual({
      server: "files",
      executor: "local",
      startedBy: { host: "here", pid: 42 },
      state: "ready",
      pids: [100, 101],
      processCount: 2,
      cpuPercent: 20.1,
      memoryBytes: 80 * mebibyte,
      calls: { active: 1, total: 20, failed: 0 },
      agentCount: 2,
      toolCount: 12,
      ageMs: 600_000,
    });
    expect(rows[0]?.lastFailure).toEqual({
      reason: "exited",
      message: "Server 'web' exited with code 3",
      atMs: nowMs,
    });
  });

  test("are also there for trees of other machines, of hosts that are gone, and of other programs", () => {
    const strangers = [
      tree({ labels: { host: "laptop", hostPid: "42" } }),
      tree({ labels: { host: "here", hostPid: "43" } }),
      tree({ labels: {} }),
    ];
    const rows = toTopRows({ ...sources, hosts: [], trees: strangers });
    expect(rows.map(({ state, startedBy }) => [state, startedBy])).toEqual([
      ["running", { host: "laptop", pid: 42 }],
      ["running", { host: "here", pid: 43 }],
      ["running", undefined],
    ]);
  });
});

test("keys sort by what weighs most; the last one counts", () => {
  const rows = toTopRows({ ...sources, trees: [tree()], cpuOf: () => 50 });
  const big = { ...(rows[2] as TopRow), memoryBytes: 2 ** 40 };
  const names = (keys: string): readonly string[] =>
    sortRows([...rows.slice(0, 2), big], orderOf(keys) ?? "state").map(({ server }) => server);
  expect(names("x")).toEqual(["web", "files", "spare"]);
  expect(names("c")).toEqual(["files", "web", "spare"]);
  expect(names("cM")).toEqual(["spare", "files", "web"]);
  expect(names("ms")).toEqual(["web", "files", "spare"]);
});

describe("how busy a tree is", () => {
  test("is known from the second look on", () => {
    const cpu = createCpuMeter();
    cpu.look([tree({ cpuMs: 1_000 })], 0);
    expect(cpu.of(tree())).toBeUndefined();
    cpu.look([tree({ cpuMs: 1_500 })], 1_000);
    expect(cpu.of(tree())).toBe(50);
    cpu.look([tree({ cpuMs: 3_500 })], 2_000);
    expect(cpu.of(tree())).toBe(200);
  });

  test("is not measured over an instant, nor across two processes with one number", () => {
    const cpu = createCpuMeter();
    cpu.look([tree({ cpuMs: 1_000 })], 0);
    cpu.look([tree({ cpuMs: 1_010 })], 10);
    expect(cpu.of(tree())).toBeUndefined();
    cpu.look([tree({ cpuMs: 500 })], 1_000);
    expect(cpu.of(tree())).toBeUndefined();
  });
});

describe("a screen", () => {
  const snapshot: TopSnapshot = {
    time: new Date(2026, 10, 21, 9, 5, 3).toISOString(),
    machine: "here",
    machines: [
      { executor: "local", status: "ok" },
      { executor: "pi", status: "unreachable", problem: "Executor pi at grpc://pi cannot be reached" },
    ],
    hosts: [{ pid: 42, version: "1", ageMs: 1 }],
    servers: toTopRows({ ...sources, trees: [tree()], cpuOf: () => 3.2 }),
  };

  test("of 80 columns shows everything that matters", () => {
    expect(renderTop(snapshot, { columns: 80, rows: 24 })).toMatchInlineSnapshot(`
      [
        "09:05:03  1 host  1 failed, 1 ready, 1 idle  memory 40 MiB  CPU 3.2 %",
        "Executor pi at grpc://pi cannot be reached",
        "",
        "SERVER  STATE   EXECUTOR  PID    CPU  MEMORY  CALLS  AGENTS    AGE",
        "web     failed  devbox      -      -       -      -       -    5 s",
        "files   ready   local     100  3.2 %  40 MiB   1/20       2  5 min",
        "spare   idle    local       -      -       -      -       0      -",
        "",
        "web: Server 'web' exited with code 3",
      ]
    `);
  });

  test("that is wide also says who started it", () => {
    const [, , , head, , files] = renderTop(snapshot, { columns: 120, rows: 24 });
    expect(head).toMatch(/^SERVER +STATE +EXECUTOR +STARTED BY +PID/);
    expect(files).toMatch(/^files +ready +local +serve 42 +100 /);
  });

  test("is never overfull, and says what it leaves out", () => {
    const [first] = snapshot.servers;
    const many: readonly TopRow[] = Array.from({ length: 50 }, (_, index) => ({
      ...(first as TopRow),
      server: `${"long-name-".repeat(6)}${index}`,
    }));
    for (const columns of [20, 40, 80]) {
      const lines = renderTop({ ...snapshot, servers: many }, { columns, rows: 10 });
      expect(lines).toHaveLength(10);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
    }
    expect(renderTop({ ...snapshot, servers: many }, { columns: 80, rows: 10 }).at(-1)).toBe(
      "… and 45 more; a higher window shows them",
    );
  });

  test("cannot be steered by what servers are called or say", () => {
    const [first] = snapshot.servers;
    const hostile = { ...(first as TopRow), server: "a\u001b[2Jb\nc" };
    const text = renderTop({ ...snapshot, servers: [hostile] }, { columns: 80, rows: 24 }).join("");
    for (const steering of ["\u001b", "\n"]) expect(text).not.toContain(steering);
  });
});

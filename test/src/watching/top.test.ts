import { hostname } from "node:os";
import {
  canCountProcesses,
  fixtureServerPath,
  initializeRawClient,
  type RawClient,
  spawnRawClient,
  waitUntil,
} from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectClean } from "../failures/support/expect-failure.js";
import { callServed } from "../failures/support/expect-served-failure.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { serverProcesses } from "../lifetimes/support/server-processes.js";
import { type OuterTerminal, openTerminalFor } from "../pty/support/outer-terminal.js";

interface Row {
  readonly server: string;
  readonly executor: string;
  readonly state: string;
  readonly startedBy?: object;
  readonly pids: readonly number[];
  readonly processCount: number;
  readonly cpuPercent?: number;
  readonly memoryBytes: number;
  readonly calls?: object;
  readonly agentCount?: number;
  readonly ageMs?: number;
  readonly lastFailure?: { readonly message: string };
}

interface Snapshot {
  readonly machines: readonly { readonly executor: string; readonly status: string }[];
  readonly hosts: readonly { readonly pid: number }[];
  readonly servers: readonly Row[];
}

const patience = { withinMs: 15_000 };

async function top(scene: Scene, ...args: readonly string[]): Promise<Snapshot> {
  const result = await scene.fairlead(["top", "--json", ...args]);
  expectClean(result);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(result.stdout) as Snapshot;
}

describe.skipIf(!canCountProcesses())("fairlead top", () => {
  test("joins what hosts say with the processes on every machine", async () => {
    await using scene = await createScene();
    await using daemon = await startDaemon(scene);
    await scene.configure(
      [
        executorTable("far", daemon),
        executorTable("gone", { address: "unix:///tmp/fairlead-none/x.sock", tokenFile: undefined }),
        scene.server("here"),
        scene.server("there", [], ['executor = "far"']),
        '[mcp_servers.broken]\ncommand = "no-such-program-anywhere"\n',
      ].join("\n"),
    );
    expect((await top(scene)).servers).toEqual([]);
    const agent = await scene.start(["serve"]);
    await initializeRawClient(agent);
    for (const server of ["here", "here", "there"]) await callServed(agent, `${server}__echo`, { text: "x" });
    const { machines, hosts, servers } = await top(scene);
    expect(machines.map(({ executor, status }) => `${executor} ${status}`)).toEqual([
      "local ok",
      "far ok",
      "gone unreachable",
    ]);
    expect(hosts.map(({ pid }) => pid)).toEqual([agent.pid]);
    const running = serverProcesses(scene).map(({ pid }) => pid);
    expect(running).toHaveLength(2);
    const byName = new Map(servers.map((row) => [row.server, row]));
    expect(byName.size).toBe(3);
    for (const [name, calls] of [
      ["here", 2],
      ["there", 1],
    ] as const) {
      const row = byName.get(name);
      expect(row).toMatchObject({
        state: "ready",
        executor: name === "here" ? "local" : "far",
        startedBy: { host: hostname(), pid: agent.pid },
        calls: { active: 0, total: calls, failed: 0 },
        agentCount: 1,
        processCount: 1,
        cpuPercent: expect.any(Number) as number,
      });
      expect(running).toContain(row?.pids[0]);
      expect(row?.memoryBytes).toBeGreaterThan(1024 * 1024);
    }
    expect(byName.get("broken")).toMatchObject({ state: "failed", pids: [], memoryBytes: 0 });
    expect(byName.get("broken")?.lastFailure?.message).toContain("no-such-program-anywhere");

    const table = await scene.fairlead(["top", "--executor", "local"]);
    expectClean(table);
    expect(table.stdout).toMatch(/^here +ready +local +serve \d+ +\d+ +\S+ % +\S+ MiB +2 +1 +\d+ s$/m);
    expect(table.stdout).not.toContain("\u001b");
    const listed = await scene.fairlead(["ps"]);
    expect(listed.stdout).toMatch(new RegExp(`^far +there +serve ${agent.pid} `, "m"));
    expect(listed.stdout).toMatch(new RegExp(`^local +here +serve ${agent.pid} `, "m"));
  });

  test("--json --interval gives a snapshot a line until its reader goes", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("files"));
    await using stream = await scene.start(["top", "--json", "--interval", "0.2"]);
    await waitUntil(() => stream.lines.length >= 3, { ...patience, what: "Three snapshots" });
    for (const line of stream.lines) expect(JSON.parse(line.toString())).toMatchObject({ servers: [] });
    stream.kill("SIGINT");
    expect(await stream.exited).toMatchObject({ signal: null });
    expect(stream.stderr()).not.toContain("    at ");
  });
});

/** An agent that is served in the home of a terminal. */
async function startAgent(terminal: OuterTerminal): Promise<RawClient> {
  const agent = await spawnRawClient(terminal.home.command("serve"), {
    env: terminal.home.env,
    cwd: terminal.home.folder.path,
  });
  await initializeRawClient(agent);
  await callServed(agent, "files__echo", { text: "x" });
  return agent;
}

const servers = { files: { command: process.execPath, args: [fixtureServerPath] } };

describe.skipIf(!canCountProcesses())("fairlead top in a terminal", () => {
  test.each([
    ["q", "q"],
    ["Ctrl-C", "\u0003"],
  ])("draws in place, follows the size, and puts everything back: %s", async (_, key) => {
    await using terminal = await openTerminalFor(["top", "--interval", "0.2"], { servers });
    await terminal.shows("no servers");
    await using agent = await startAgent(terminal);
    await waitUntil(() => /files +ready +local/.test(terminal.shown()), {
      ...patience,
      what: () => `The server in ${JSON.stringify(terminal.shown().slice(-2_000))}`,
    });
    expect(terminal.shown()).toContain("\u001b[?1049h\u001b[?25l");
    await terminal.resize(60, 12);
    const before = terminal.shown().length;
    await waitUntil(() => /SERVER[^]*SERVER/.test(terminal.shown().slice(before)), {
      ...patience,
      what: "Two more screens",
    });
    const frames = terminal.shown().slice(before).split("\u001b[H").slice(2, -1);
    for (const frame of frames) {
      const lines = frame.replace("\u001b[J", "").split("\r\n");
      expect(lines.length).toBeLessThanOrEqual(12);
      for (const line of lines) expect(line.replace("\u001b[K", "").length).toBeLessThanOrEqual(60);
    }
    await terminal.type(key);
    expect(await terminal.outcome()).toEqual({ code: 0, restored: true });
    const end = terminal.shown().split("\u001b[?25h\u001b[?1049l");
    expect(end).toHaveLength(2);
    expect(end[1]).not.toContain("\u001b");
    agent.closeStdin();
    await agent.exited;
  });

  test("puts everything back when it is told to end", async () => {
    await using terminal = await openTerminalFor(["top"], { servers });
    await terminal.shows("no servers");
    const [watching] = terminal.running(" top").filter(({ cmdline }) => cmdline[0] === process.execPath);
    process.kill(watching?.pid ?? 0, "SIGTERM");
    const { restored } = await terminal.outcome();
    expect(restored).toBe(true);
    expect(terminal.shown()).toContain("\u001b[?25h\u001b[?1049l");
  });
});

describe.skipIf(!canCountProcesses())("fairlead serve typed by a person", () => {
  test("says what it waits for, and ends with Ctrl-D", async () => {
    await using terminal = await openTerminalFor(["serve"], { servers });
    await terminal.shows("waiting for an MCP client on stdin");
    await terminal.shows("fairlead client install");
    await terminal.shows("Ctrl-D or Ctrl-C ends it.");
    await terminal.type("\u0004");
    expect(await terminal.outcome()).toMatchObject({ code: 0 });
  });
});

test("an executor that is not configured is unknown, as it is to ps", async () => {
  await using scene = await createScene();
  for (const args of [["top"], ["top", "--json"], ["ps"]]) {
    const { code, stdout, stderr } = await scene.fairlead([...args, "--executor", "nope"]);
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toContain("There is no executor");
  }
});

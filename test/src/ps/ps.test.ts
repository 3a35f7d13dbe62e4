import { hostname } from "node:os";
import { connectExecutor, type ExecutorSession } from "@fairlead/link";
import { initializeRawClient, processesWithMarker } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { type ExecutorDaemon, executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectClean, expectFailure } from "../failures/support/expect-failure.js";
import { callServed } from "../failures/support/expect-served-failure.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { launchScript } from "../lifetimes/support/launch.js";

interface ToldTree {
  readonly executor: string;
  readonly host: string;
  readonly server: string;
  readonly client: string;
  readonly pid: number;
  readonly memoryBytes: number;
  readonly ageMs: number;
  readonly exit?: object;
  readonly tree: readonly { readonly pid: number; readonly parentPid: number; readonly name: string }[];
}

async function ps(scene: Scene, ...args: readonly string[]): Promise<readonly ToldTree[]> {
  const result = await scene.fairlead(["ps", "--json", ...args]);
  expectClean(result);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  return (JSON.parse(result.stdout) as { trees: readonly ToldTree[] }).trees;
}

function open(daemon: ExecutorDaemon, clientName: string): Promise<ExecutorSession> {
  return connectExecutor({ url: daemon.address, token: daemon.token, clientName, clientVersion: "0" });
}

test("every tree of every session is shown with its members, memory and age", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  await scene.configure(executorTable("far", daemon));
  await using one = await open(daemon, "one");
  await using other = await open(daemon, "other\u001b[2J\nspoof");
  const family = await launchScript(one, scene.marker, "sleep 600 & sleep 600 & echo ready; wait");
  await family.ready;
  const ended = await launchScript(other, scene.marker, "exit 7");
  await ended.process.exited;
  const startedAtMs = family.process.startedAtMs;

  const trees = await ps(scene);
  expect(trees).toHaveLength(2);
  const grown = trees.find(({ pid }) => pid === family.process.pid);
  expect(grown).toMatchObject({ executor: "far", host: hostname(), server: "sh", client: "one" });
  expect(grown).not.toHaveProperty("exit");
  // As the kernel tells it, not only as we do.
  const members = processesWithMarker(scene.marker).filter(({ pid }) =>
    grown?.tree.some((member) => member.pid === pid),
  );
  expect(members).toHaveLength(3);
  expect(grown?.tree.map(({ name }) => name)).toEqual(["sh", "sleep", "sleep"]);
  expect(grown?.tree.slice(1).map(({ parentPid }) => parentPid)).toEqual([grown?.pid, grown?.pid]);
  expect(grown?.memoryBytes).toBeGreaterThan(100 * 1024);
  expect(grown?.ageMs).toBeGreaterThanOrEqual(0);
  expect(grown?.ageMs).toBeLessThan(Date.now() - startedAtMs + 1_000);
  expect(trees.find(({ pid }) => pid === ended.process.pid)).toMatchObject({
    client: "other\u001b[2J\nspoof",
    exit: { reason: "exited", code: 7 },
    tree: [],
  });

  const plain = await scene.fairlead(["ps", "--executor", "far"]);
  expect(plain).toMatchObject({ code: 0, stderr: "" });
  const lines = plain.stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^EXECUTOR +SERVER +STARTED BY +PID +PROCS +MEMORY +AGE +STATE$/);
  expect(plain.stdout).toMatch(
    new RegExp(`^far +sh +one +${family.process.pid} +3 +\\S+ [KM]iB +\\d+ s +running$`, "m"),
  );
  expect(plain.stdout).toMatch(/ ended: code 7$/m);
  expect(plain.stdout).not.toContain("\u001b");

  const described = await scene.fairlead(["executor", "describe", "far", "--json"]);
  expect(JSON.parse(described.stdout)).toMatchObject({
    trees: { count: 2, processes: 3, memoryBytes: expect.any(Number), oldestAgeMs: expect.any(Number) },
  });
  const told = await scene.fairlead(["executor", "describe", "far"]);
  expect(told.stdout).toMatch(/^ {2}trees +2 of ours, 3 processes, \S+ [KM]iB, oldest \d+ s$/m);
});

test("an executor that cannot be reached is one line, and hides nothing of the others", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  const gone = { address: "unix:///tmp/fairlead-none/x.sock", tokenFile: undefined };
  await scene.configure(executorTable("gone", gone) + executorTable("far", daemon));
  await using session = await open(daemon, "one");
  const { process, ready } = await launchScript(session, scene.marker, "read -r line");
  await ready;
  const [plain, json] = await Promise.all([scene.fairlead(["ps"]), scene.fairlead(["ps", "--json"])]);
  for (const result of [plain, json]) {
    expectClean(result);
    expect(result.code).toBe(4);
    expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
  }
  expect(plain.stderr).toMatch(/^fairlead: Executor gone at .* cannot be reached/);
  expect(plain.stdout).toMatch(new RegExp(`^far .* ${process.pid} `, "m"));
  expect(JSON.parse(json.stderr)).toMatchObject({
    error: { code: "unavailable", details: { reason: "executor_unreachable", executor: "gone" } },
  });
  expect(JSON.parse(json.stdout)).toMatchObject({ trees: [{ executor: "far", pid: process.pid }] });
  const expected = { exit: 4, code: "unavailable", reason: "executor_unreachable", tells: ["gone"] } as const;
  await expectFailure(scene, ["ps", "--executor", "gone"], expected, {
    stillRunning: processesWithMarker(scene.marker).map(({ pid }) => pid),
  });
});

test("the servers of every host of this machine are shown, and nothing else is started for it", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("files"));
  expect(await ps(scene)).toEqual([]);
  expect(await scene.fairlead(["ps"])).toMatchObject({ code: 0, stdout: "", stderr: "Nothing is running\n" });
  const agents = [await scene.start(["serve"]), await scene.start(["serve"])];
  for (const agent of agents) {
    await initializeRawClient(agent);
    expect((await callServed(agent, "files__echo", { text: "x" })).error).toBeUndefined();
  }
  const before = processesWithMarker(scene.marker).length;
  const trees = await ps(scene);
  expect(trees.map(({ executor, server }) => `${executor} ${server}`)).toEqual([
    "local files",
    "local files",
  ]);
  expect(new Set(trees.map(({ client }) => client)).size).toBe(2);
  const servers = processesWithMarker(scene.marker).filter(({ cmdline }) => cmdline.includes(scene.marker));
  expect(trees.map(({ pid }) => pid).toSorted((a, b) => a - b)).toEqual(
    servers.map(({ pid }) => pid).toSorted((a, b) => a - b),
  );
  for (const { tree, memoryBytes } of trees) {
    expect(tree).toHaveLength(1);
    expect(memoryBytes).toBeGreaterThan(1024 * 1024);
  }
  expect(processesWithMarker(scene.marker)).toHaveLength(before);
  const [first, second] = agents;
  first?.closeStdin();
  await first?.exited;
  expect(await ps(scene, "--executor", "local")).toHaveLength(1);
  second?.closeStdin();
  await second?.exited;
});

test("a tree that both an executor and the journal of our home tell of is shown once", async () => {
  await using scene = await createScene();
  // Its state folder is the scene's home.
  await using daemon = await startDaemon(scene);
  await scene.configure(executorTable("far", daemon));
  await using session = await open(daemon, "one");
  const { process, ready } = await launchScript(session, scene.marker, "read -r line");
  await ready;
  expect(await ps(scene)).toMatchObject([{ executor: "far", pid: process.pid }]);
  expect(await ps(scene, "--executor", "local")).toMatchObject([
    { executor: "local", client: `pid ${daemon.pid}`, pid: process.pid },
  ]);
});

test("an executor that is not configured is unknown", async () => {
  await using scene = await createScene();
  await expectFailure(scene, ["ps", "--executor", "devbx"], {
    exit: 5,
    code: "not_found",
    reason: "executor_unknown",
    tells: ["devbx"],
  });
});

test("arguments are shown without the secrets in them", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  await scene.configure(executorTable("far", daemon));
  await using session = await open(daemon, "one");
  const options = { onOutput: () => {} };
  const args = ["-c", "sleep 600", scene.marker, "--token", "canaryword", "--api-key=canaryvalue"];
  const spec = { program: "/bin/sh", args, env: { set: { SCENE_MARKER: scene.marker } } };
  const process = await session.launcher.launch(spec, options);
  const result = await scene.fairlead(["ps", "--json"]);
  const { trees } = JSON.parse(result.stdout) as {
    trees: readonly { pid: number; args: readonly string[] }[];
  };
  expect(trees.find(({ pid }) => pid === process.pid)?.args).toEqual([
    "-c",
    "sleep 600",
    scene.marker,
    "--token",
    "***",
    "--api-key=***",
  ]);
});

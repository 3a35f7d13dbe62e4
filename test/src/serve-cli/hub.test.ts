import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import {
  canCountProcesses,
  fixtureServerPath,
  initializeRawClient,
  type RawClient,
  waitUntil,
} from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createScene, type Scene, serverTable } from "../failures/support/scene.js";
import { serverProcesses, waitUntilServersGone } from "../lifetimes/support/server-processes.js";
import { startHttpGateway } from "./support/http-gateway.js";

async function pidOf(agent: RawClient): Promise<string> {
  const { result } = await agent.request("tools/call", { name: "s__pid", arguments: {} });
  return JSON.stringify(result);
}

async function startAgent(scene: Scene, flags: readonly string[] = [], env = {}): Promise<RawClient> {
  const agent = await scene.start(["serve", ...flags], { env });
  await initializeRawClient(agent);
  return agent;
}

/** Whoever serves an agent itself has its local executor as a child; a relay has none. */
async function isRelay(agent: RawClient): Promise<boolean> {
  const children = await readFile(`/proc/${agent.pid}/task/${agent.pid}/children`, "utf8");
  return children.trim() === "";
}

describe.skipIf(!canCountProcesses())("an agent's serve, where a hub is running", () => {
  test("is only a relay to it; who shares a server uses one copy, and the others do not", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s", [], ['share = "all"']) + scene.server("own"));
    await startHttpGateway(scene);
    const [one, other] = [await startAgent(scene), await startAgent(scene)];
    expect([await isRelay(one), await isRelay(other)]).toEqual([true, true]);
    expect(await pidOf(one)).toBe(await pidOf(other));
    for (const agent of [one, other]) {
      await agent.request("tools/call", { name: "own__pid", arguments: {} });
    }
    expect(serverProcesses(scene)).toHaveLength(3);

    const leftAtMs = performance.now();
    one.closeStdin();
    const exit = await one.exited;
    expect(exit).toMatchObject({ code: 0, signal: null });
    expect(exit.atMs - leftAtMs).toBeLessThan(1_500);
    await waitUntil(() => serverProcesses(scene).length === 2, {
      withinMs: 5_000,
      what: "The end of its own copy",
    });
    await pidOf(other);
  });

  test("passes the bytes of big answers", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    await startHttpGateway(scene);
    const agent = await startAgent(scene);
    const text = "é\\n\u2028".repeat(500_000);
    const { result } = await agent.request("tools/call", { name: "s__echo", arguments: { text } });
    expect(result).toEqual({ content: [{ type: "text", text }] });
  });

  test("writes what is due before it goes, and goes with its agent's signal", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    await startHttpGateway(scene);
    const agent = await startAgent(scene);
    await pidOf(agent);
    const answer = agent.request("ping");
    agent.closeStdin();
    expect(await answer).toMatchObject({ result: {} });
    expect(await agent.exited).toMatchObject({ code: 0 });
    const signalled = await startAgent(scene);
    signalled.kill("SIGTERM");
    expect(await signalled.exited).toMatchObject({ code: 0 });
    await waitUntilServersGone(scene, 5_000);
  });

  test("ends with exit code 4 when the hub is gone: nothing is started again behind the agent's back", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    const hub = await startHttpGateway(scene);
    const agent = await startAgent(scene);
    hub.process.kill("SIGKILL");
    expect(await agent.exited).toMatchObject({ code: 4 });
    expect(agent.stderr()).toBe("fairlead: the hub that this agent was attached to is gone\n");
    await waitUntilServersGone(scene, 5_000);
    // What the dead hub left is no hindrance.
    const next = await startAgent(scene);
    await pidOf(next);
    expect(await isRelay(next)).toBe(false);
  });

  test("serves itself where it is told to", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    await startHttpGateway(scene);
    const agent = await startAgent(scene, ["--attach", "never"]);
    await pidOf(agent);
    expect(await isRelay(agent)).toBe(false);
  });

  test("speaks to one server alone over it", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    await startHttpGateway(scene);
    const agent = await startAgent(scene, ["--server", "s"]);
    expect(await isRelay(agent)).toBe(true);
    expect(await agent.request("tools/call", { name: "pid", arguments: {} })).toMatchObject({
      result: expect.anything(),
    });
  });
});

test.skipIf(!canCountProcesses())(
  "--attach always starts the one hub that is missing, also for many at once, and it outlives them",
  async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s", [], ['share = "all"']));
    const agents = await Promise.all([1, 2, 3].map(() => startAgent(scene, ["--attach", "always"])));
    const pids = await Promise.all(agents.map((agent) => pidOf(agent)));
    expect(new Set(pids).size).toBe(1);
    const hubs = (await readdir(scene.folder.file("home/run"))).filter((name) => name.endsWith(".hub"));
    expect(hubs).toHaveLength(1);
    for (const agent of agents) agent.closeStdin();
    for (const agent of agents) expect(await agent.exited).toMatchObject({ code: 0 });
    const later = await startAgent(scene);
    expect(await isRelay(later)).toBe(true);
    const hubPid = Number.parseInt(hubs[0] ?? "", 10);
    process.kill(hubPid, "SIGTERM");
    expect(await later.exited).toMatchObject({ code: 4 });
    await waitUntilServersGone(scene, 5_000);
  },
);

test.skipIf(!canCountProcesses())(
  "--attach always waits for a hub whose own servers are slow, and that depends on no agent's folder",
  async () => {
    await using scene = await createScene();
    const fixture = [process.execPath, fixtureServerPath, "--marker", scene.marker];
    const slow = ["sh", "-c", 'sleep 3; exec "$0" "$@"', ...fixture];
    await scene.configure(serverTable("s", slow, ["required = true", 'share = "all"', 'cwd = "/"']));
    const tmp = scene.folder.file("tmp-of-one");
    const start = (): Promise<RawClient> => startAgent(scene, ["--attach", "always"], { TMPDIR: tmp });
    const agents = await Promise.all([start(), start()]);
    const hubs = (await readdir(scene.folder.file("home/run"))).filter((name) => name.endsWith(".hub"));
    expect(hubs).toHaveLength(1);
    const pid = Number.parseInt(hubs[0] ?? "", 10);
    expect(await readlink(`/proc/${pid}/cwd`)).toBe(await realpath(scene.folder.file("home")));
    expect(await readFile(`/proc/${pid}/environ`, "utf8")).not.toContain(tmp);
    const pids = await Promise.all(agents.map(pidOf));
    expect(new Set(pids).size).toBe(1);
    process.kill(pid, "SIGTERM");
    await waitUntilServersGone(scene, 10_000);
  },
);

test("a hub that is meant for agents alone goes when they are gone", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("s"));
  const hub = await startHttpGateway(scene, ["--linger-sec", "1"]);
  const agent = await startAgent(scene);
  await pidOf(agent);
  agent.closeStdin();
  expect(await hub.process.exited).toMatchObject({ code: 0 });
  await waitUntilServersGone(scene, 5_000);
});

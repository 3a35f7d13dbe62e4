import { type ErrorReason, FairleadError } from "@fairlead/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { createMemoryServers } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";
import { startServers } from "./start-servers.js";

function failing(reason: ErrorReason, times: number) {
  return createMemoryServers({
    beforeStart: (number) => {
      if (number <= times) throw new FairleadError("unavailable", "It does not start", { reason });
    },
    answer: ({ method }) => ({ result: method === "tools/list" ? { tools: [{ name: "t" }] } : {} }),
  });
}

test.each(["executor_unreachable", "spawn_failed"] as const)(
  "a first start that fails of %s is tried again by itself, and its list is told",
  async (reason) => {
    await using scene = createPoolScene();
    const servers = failing(reason, 2);
    const agent = createAgent("a");
    const server = scene.pool.attach(servers.define(), agent);
    await startServers([server], () => {});
    expect(await server.listNow("tools/list", 0)).toBeUndefined();
    await scene.event("ready");
    await scene.event("list-changed");
    expect(agent.listChanges).toEqual(["tools/list"]);
    expect(await server.list("tools/list")).toHaveLength(1);
    const restarts = scene.events.filter(({ type }) => type === "restarting");
    expect(restarts).toMatchObject([
      { attempt: 1, pauseMs: 10 },
      { attempt: 2, pauseMs: 20 },
    ]);
    // It never ended unexpectedly.
    expect(scene.pool.statuses([servers.define()])[0]).toMatchObject({ state: "ready", restartCount: 0 });
  },
);

test("a first start that needs somebody is not tried again by itself, but for a call and for the next agent", async () => {
  await using scene = createPoolScene();
  const servers = failing("program_not_found", 2);
  const definition = servers.define({ share: "all" });
  const first = scene.pool.attach(definition, createAgent("a"));
  await startServers([first], () => {});
  expect(scene.pool.statuses([definition])[0]).toMatchObject({
    state: "failed",
    lastFailure: { reason: "command_not_found" },
  });
  await expect(ask(first, "tools/call")).rejects.toMatchObject({ reason: "program_not_found" });
  const second = scene.pool.attach(definition, createAgent("b"));
  expect(await startServers([second], () => {})).toMatchObject({ ready: ["memory"], failed: [] });
  expect(scene.events.some(({ type }) => type === "restarting")).toBe(false);
});

test("an agent that comes while a first start is to be tried again does not wait for that", async () => {
  await using scene = createPoolScene({ restartTimes: { firstPauseMs: 60_000, longestPauseMs: 60_000 } });
  const servers = failing("spawn_failed", 1);
  const definition = servers.define({ share: "all" });
  await startServers([scene.pool.attach(definition, createAgent("a"))], () => {});
  const second = scene.pool.attach(definition, createAgent("b"));
  expect(await startServers([second], () => {})).toMatchObject({ ready: ["memory"] });
});

test("a first start is not tried again for an agent that has left", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  await using scene = createPoolScene();
  const servers = failing("spawn_failed", 1);
  const server = scene.pool.attach(servers.define(), createAgent("a"));
  await expect(server.ready()).rejects.toThrow("It does not start");
  await server.release();
  await vi.advanceTimersByTimeAsync(1_000);
  await nextTurn();
  expect(servers.processes).toHaveLength(0);
});

test("copies that failed are tried again all together, and those that are well are left alone", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({
    beforeStart: (number) => {
      if (number === 2) throw new FairleadError("usage", "It is missing", { reason: "program_not_found" });
    },
  });
  const [well, ill] = ["a", "b"].map((name) => scene.pool.attach(servers.define(), createAgent(name)));
  if (well === undefined || ill === undefined) throw new Error("There are two");
  await startServers([well], () => {});
  await startServers([ill], () => {});
  expect(servers.processes).toHaveLength(1);
  scene.pool.retryFailed();
  await ill.ready();
  expect(servers.processes.map(({ isRunning }) => isRunning)).toEqual([true, true]);
});

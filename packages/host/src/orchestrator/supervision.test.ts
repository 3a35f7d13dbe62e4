import { FairleadError } from "@fairlead/core";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createMemoryServers } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";
import { startServers } from "./start-servers.js";

const failure = (): never => {
  throw new FairleadError("unavailable", "It does not start", { reason: "spawn_failed", effect: "none" });
};

describe("a server that ends unexpectedly", () => {
  test("is started again by itself, after a pause that doubles", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers();
    const agent = createAgent("a");
    const server = scene.pool.attach(servers.define(), agent);
    await server.ready();
    for (const number of [1, 2, 3]) {
      const process = await servers.started(number);
      process.complain("out of ideas\n");
      process.exit(3);
      await scene.event("ready", number + 1);
    }
    expect(scene.events.filter(({ type }) => type === "restarting")).toMatchObject([
      { attempt: 1, pauseMs: 10 },
      { attempt: 2, pauseMs: 20 },
      { attempt: 3, pauseMs: 40 },
    ]);
    expect(await scene.event("lost")).toMatchObject({
      server: "memory",
      reason: "exited",
      stderrTail: "out of ideas\n",
      exit: { code: 3, signal: null },
    });
    expect([agent.readyCount, servers.runningCount]).toEqual([4, 1]);
    const [status] = scene.pool.statuses([servers.define()]);
    expect(status).toMatchObject({ state: "ready", restartCount: 3, instanceCount: 1 });
    expect(status?.lastFailure).toMatchObject({ reason: "exited", stderrTail: "out of ideas\n" });
  });

  test("fails the calls under way, and a call during the pause starts it at once", async () => {
    await using scene = createPoolScene({ restartTimes: { firstPauseMs: 60_000, longestPauseMs: 60_000 } });
    const servers = createMemoryServers({
      answer: ({ params }) => (params?.["name"] === "slow" ? undefined : { result: {} }),
    });
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    const pending = ask(server, "tools/call", { name: "slow" });
    const first = await servers.started(1);
    await first.next(({ method }) => method === "tools/call");
    first.exit();
    await expect(pending).rejects.toMatchObject({ code: "unavailable", reason: "server_exited" });
    await scene.event("restarting");
    expect(scene.pool.statuses([servers.define()])[0]?.state).toBe("restarting");
    expect(await ask(server, "tools/call", { name: "quick" })).toEqual({});
    expect(servers.processes).toHaveLength(2);
  });

  test("takes no calls while its last words are listened to, and its successor gets them", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers();
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    await server.ready();
    const first = await servers.started(1);
    first.exit(0, true);
    await nextTurn();
    expect(await ask(server, "tools/call", { mark: 1 })).toEqual({});
    expect([first.calls("tools/call"), servers.processes.length]).toEqual([[], 2]);
  });

  test("is told again what its agents had wished, and they of what they may have missed", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers();
    const [a, b] = [createAgent("a"), createAgent("b")];
    const definition = servers.define({ share: "all" });
    const [first, second] = [scene.pool.attach(definition, a), scene.pool.attach(definition, b)];
    await ask(first, "resources/subscribe", { uri: "u:1" });
    await ask(second, "resources/subscribe", { uri: "u:1" });
    await ask(first, "logging/setLevel", { level: "notice" });
    (await servers.started(1)).exit();
    await scene.event("ready", 2);
    const process = await servers.started(2);
    await process.next(({ method }) => method === "resources/subscribe");
    await nextTurn();
    expect(process.calls("resources/subscribe").map(({ params }) => params)).toEqual([{ uri: "u:1" }]);
    expect(process.calls("logging/setLevel").map(({ params }) => params)).toEqual([{ level: "notice" }]);
    // What an agent's session repeats at every start is known already.
    await ask(first, "logging/setLevel", { level: "notice" });
    expect(process.calls("logging/setLevel")).toHaveLength(1);
    for (const agent of [a, b]) {
      expect(agent.toldOf("notifications/resources/updated")).toEqual([{ uri: "u:1" }]);
    }
  });

  test("stays down once its agent has left, and while nobody is there", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    await using scene = createPoolScene();
    const servers = createMemoryServers();
    const own = scene.pool.attach(servers.define(), createAgent("a"));
    await own.ready();
    (await servers.started(1)).exit();
    await scene.event("restarting");
    await own.release();
    const definition = servers.define({ share: "all" });
    const shared = scene.pool.attach(definition, createAgent("b"));
    await shared.ready();
    await shared.release();
    (await servers.started(2)).exit();
    await scene.event("lost", 2);
    // Whoever comes next gets a new one, and not the failure of the last.
    await scene.pool.attach(definition, createAgent("c")).ready();
    expect(servers.processes).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1_000);
    await nextTurn();
    expect(servers.processes).toHaveLength(3);
  });
});

describe("a server that fails too often", () => {
  test("is given up: calls fail at once and say what to do, until one probe succeeds", async () => {
    let isRepaired = false;
    await using scene = createPoolScene();
    const servers = createMemoryServers({
      beforeStart: (number) => {
        if (number > 1 && !isRepaired) failure();
      },
    });
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    await server.ready();
    (await servers.started(1)).exit();
    const opened = await scene.event("breaker-open");
    expect(opened).toMatchObject({ server: "memory", failureCount: 5, probeInMs: 50 });
    const refused = await server.call({ method: "tools/call" }).then(
      () => undefined,
      (error: unknown) => error as FairleadError,
    );
    expect(refused).toMatchObject({
      code: "unavailable",
      reason: "server_failing",
      effect: "none",
      details: { server: "memory", failure: "spawn_failed" },
    });
    expect(refused?.message).toMatch(/'memory' failed 5 times.*fairlead reload memory.*It does not start/);
    expect(scene.pool.statuses([servers.define()])[0]?.state).toBe("broken");
    // The first probe fails as well, and shows that nothing has changed.
    await scene.event("breaker-open", 2);
    isRepaired = true;
    await scene.event("breaker-closed");
    expect(await ask(server, "tools/call")).toEqual({});
    expect(scene.events.filter(({ type }) => type === "failed")).toHaveLength(5);
  });

  test("is started at once when somebody asks for it", async () => {
    let isRepaired = false;
    await using scene = createPoolScene({ restartTimes: { maxFailures: 2, probeAfterMs: 60_000 } });
    const servers = createMemoryServers({
      beforeStart: () => {
        if (!isRepaired) failure();
      },
    });
    const server = scene.pool.attach(servers.define(), createAgent("a"));
    for (const _ of [1, 2]) await expect(server.readyAgain()).rejects.toThrow("It does not start");
    await expect(server.readyAgain()).rejects.toMatchObject({ reason: "server_failing" });
    await expect(scene.pool.restart("memory")).rejects.toThrow("It does not start");
    isRepaired = true;
    await scene.pool.restart("memory");
    expect(server.connection).toBeDefined();
  });

  test("is not given up because its machine is away", async () => {
    await using scene = createPoolScene();
    const servers = createMemoryServers();
    let isAway = true;
    const definition = servers.define({
      prepare: async (signal) => {
        if (!isAway) return servers.define().prepare(signal);
        throw new FairleadError("unavailable", "Nobody answers", { reason: "executor_unreachable" });
      },
    });
    const server = scene.pool.attach(definition, createAgent("a"));
    await expect(server.readyAgain()).rejects.toMatchObject({ reason: "executor_unreachable" });
    await scene.event("failed", 12);
    expect(scene.events.some(({ type }) => type === "breaker-open")).toBe(false);
    isAway = false;
    await scene.event("ready");
  });
});

describe("a server whose machine is away", () => {
  const away = new FairleadError("unavailable", "Nobody answers", { reason: "executor_unreachable" });

  test("is tried once a pause, however many calls there are, and they do not lengthen it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    await using scene = createPoolScene({ restartTimes: { firstPauseMs: 300, longestPauseMs: 60_000 } });
    const servers = createMemoryServers();
    const definition = servers.define({ prepare: () => Promise.reject(away) });
    const server = scene.pool.attach(definition, createAgent("a"));
    for (let count = 0; count < 50; count += 1) {
      await expect(ask(server, "tools/call")).rejects.toMatchObject({ reason: "executor_unreachable" });
    }
    expect(scene.events.filter(({ type }) => type === "failed")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(300);
    expect(await scene.event("restarting", 2)).toMatchObject({ attempt: 2, pauseMs: 600 });
    // Its own next start is far off now; a call is worth one again after the first pause.
    await vi.advanceTimersByTimeAsync(300);
    await expect(ask(server, "tools/call")).rejects.toMatchObject({ reason: "executor_unreachable" });
    expect(await scene.event("restarting", 3)).toMatchObject({ attempt: 2, pauseMs: 600 });
  });

  test("when it is probed is not given up for that, and closes the breaker once it is back", async () => {
    let trouble: FairleadError | undefined = new FairleadError("unavailable", "It does not start", {
      reason: "spawn_failed",
    });
    await using scene = createPoolScene({
      restartTimes: { maxFailures: 2, probeAfterMs: 30, firstPauseMs: 10, longestPauseMs: 20 },
    });
    const servers = createMemoryServers();
    const definition = servers.define({
      prepare: async (signal) => {
        if (trouble === undefined) return servers.define().prepare(signal);
        throw trouble;
      },
    });
    const server = scene.pool.attach(definition, createAgent("a"));
    await expect(server.readyAgain()).rejects.toThrow("It does not start");
    await scene.event("breaker-open");
    trouble = away;
    await scene.event("failed", 3);
    expect(scene.pool.statuses([definition])[0]?.state).toBe("restarting");
    await expect(ask(server, "tools/call")).rejects.toMatchObject({ reason: "executor_unreachable" });
    trouble = undefined;
    await scene.event("breaker-closed");
    expect(await ask(server, "tools/call")).toEqual({});
    expect(scene.events.filter(({ type }) => type === "breaker-open")).toHaveLength(1);
  });

  test("and was lost with it is started by the next call without a pause", async () => {
    await using scene = createPoolScene({ restartTimes: { firstPauseMs: 60_000, longestPauseMs: 60_000 } });
    const servers = createMemoryServers();
    let isAway = false;
    const definition = servers.define({
      prepare: async (signal) => {
        if (isAway) throw away;
        return servers.define().prepare(signal);
      },
    });
    const server = scene.pool.attach(definition, createAgent("a"));
    await server.ready();
    isAway = true;
    (await servers.started(1)).exit();
    await scene.event("restarting");
    isAway = false;
    expect(await ask(server, "tools/call")).toEqual({});
  });
});

test("a first start that fails is told to whoever asks, and a call does not wait for the next one", async () => {
  await using scene = createPoolScene({ restartTimes: { firstPauseMs: 60_000, longestPauseMs: 60_000 } });
  const servers = createMemoryServers({
    beforeStart: (number) => {
      if (number === 1) failure();
    },
  });
  const server = scene.pool.attach(servers.define(), createAgent("a"));
  await expect(server.ready()).rejects.toThrow("It does not start");
  await expect(server.ready()).rejects.toThrow("It does not start");
  expect(await server.isReadyWithin(1_000)).toBe(false);
  expect(await ask(server, "tools/call")).toEqual({});
  expect(scene.events.map(({ type }) => type)).toEqual([
    "starting",
    "failed",
    "restarting",
    "call-started",
    "starting",
    "ready",
    "call-ended",
  ]);
});

test("the start of all servers ends in one summary", async () => {
  await using scene = createPoolScene();
  const sound = createMemoryServers();
  const failing = createMemoryServers({ beforeStart: failure });
  const stuck = createMemoryServers({ beforeStart: () => new Promise<void>(() => {}) });
  const holds = [
    scene.pool.attach(sound.define({ name: "sound" }), createAgent("a")),
    scene.pool.attach(failing.define({ name: "failing" }), createAgent("a")),
    scene.pool.attach(stuck.define({ name: "stuck" }), createAgent("a")),
  ];
  const events: unknown[] = [];
  const starting = startServers(holds, (event) => events.push(event));
  await scene.event("ready");
  await holds[2]?.release();
  const summary = {
    ready: ["sound"],
    failed: [
      {
        server: "failing",
        reason: "spawn_failed",
        message: expect.stringContaining("It does not start") as string,
      },
    ],
    cancelled: ["stuck"],
  };
  expect(await starting).toEqual(summary);
  expect(events).toEqual([{ type: "startup-complete", ...summary }]);
  expect(scene.events).toContainEqual({ type: "cancelled", server: "stuck" });
});

test("calls are told with their tool, context and outcome", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({
    answer: ({ params }) =>
      params?.["name"] === "bad" ? { error: { code: -32602, message: "no" } } : { result: {} },
  });
  const server = scene.pool.attach(servers.define({ context: "local" }), createAgent("a"));
  await ask(server, "tools/call", { name: "good", arguments: { name: "not this" } });
  await ask(server, "tools/call", { name: "bad" });
  await expect(
    ask(server, "prompts/get", { name: "p" }, { signal: AbortSignal.abort("enough") }),
  ).rejects.toThrow("cancelled");
  (await servers.started(1)).exit();
  const told = scene.events.filter(({ type }) => type === "call-started" || type === "call-ended");
  expect(told).toMatchObject([
    { type: "call-started", server: "memory", method: "tools/call", tool: "good", callNumber: 1 },
    { type: "call-ended", tool: "good", outcome: "result", context: "local", callNumber: 1 },
    { type: "call-started", tool: "bad", callNumber: 2 },
    { type: "call-ended", tool: "bad", outcome: "error", callNumber: 2 },
    { type: "call-started", method: "prompts/get", callNumber: 3 },
    { type: "call-ended", method: "prompts/get", outcome: "canceled", error: { code: "canceled" } },
  ]);
});

import { createDeferred, defaultExecutorLimits } from "@fairlead/core";
import { afterEach, describe, expect, test } from "vitest";
import { createMemoryLauncher } from "../test-support/memory-launcher.js";
import { SessionRegistry } from "./session-registry.js";

const limits = { ...defaultExecutorLimits, sessionsPerExecutor: 2, processesPerExecutor: 2 };
const me = { principal: "user:1", clientName: "test", detachTtlMs: 60_000 };
const spec = { program: "tool", args: [] };
const registries: SessionRegistry[] = [];

afterEach(async () => {
  await Promise.all(registries.splice(0).map((registry) => registry.endAll("stopped")));
});

function create(): SessionRegistry {
  const registry = new SessionRegistry(limits, createMemoryLauncher());
  registries.push(registry);
  return registry;
}

describe("a session", () => {
  test("is found by its id and epoch, by its own principal alone", () => {
    const registry = create();
    const session = registry.open(me);
    const ref = { sessionId: session.id, epoch: 1 };
    expect(registry.find(ref, "user:1")).toBe(session);
    // To anybody else it looks like one that never was.
    for (const find of [
      () => registry.find(ref, "user:2"),
      () => registry.find({ ...ref, sessionId: "s_none" }, "user:1"),
    ]) {
      expect(find).toThrow(expect.objectContaining({ code: "unavailable", reason: "session_unknown" }));
    }
  });

  test("is resumed with its secret by its own principal alone; older calls are displaced", () => {
    const registry = create();
    const session = registry.open(me);
    for (const resume of [
      () =>
        registry.resume({ sessionId: session.id, secret: session.secret, attempt: 1, client: "c" }, "user:2"),
      () =>
        registry.resume(
          { sessionId: session.id, secret: Buffer.alloc(32), attempt: 1, client: "c" },
          "user:1",
        ),
      () =>
        registry.resume({ sessionId: "s_none", secret: session.secret, attempt: 1, client: "c" }, "user:1"),
    ]) {
      expect(resume).toThrow(expect.objectContaining({ reason: "session_unknown" }));
    }
    expect(session.epoch).toBe(1);
    expect(
      registry.resume({ sessionId: session.id, secret: session.secret, attempt: 1, client: "c" }, "user:1"),
    ).toBe(session);
    expect(session.epoch).toBe(2);
    expect(() => registry.find({ sessionId: session.id, epoch: 1 }, "user:1")).toThrow(
      expect.objectContaining({ reason: "session_displaced", effect: "none" }),
    );
  });

  test("is closed again with the same report, also from an older epoch, until it is long forgotten", async () => {
    const registry = create();
    const session = registry.open(me);
    const ref = { sessionId: session.id, epoch: session.epoch };
    session.advanceEpoch(1);
    await registry.start(session, "p", spec);
    const report = await registry.findToClose(ref, "user:1").end("stopped");
    expect(report.ended).toHaveLength(1);
    expect(await registry.findToClose(ref, "user:1").end("stopped")).toBe(report);
    expect(() => registry.findToClose(ref, "user:2")).toThrow(
      expect.objectContaining({ reason: "session_unknown" }),
    );
    for (let count = 0; count < 64; count += 1) await registry.open(me).end("stopped");
    expect(() => registry.findToClose(ref, "user:1")).toThrow(
      expect.objectContaining({ reason: "session_unknown" }),
    );
  });

  test("whose end has begun is found to be closed alone", async () => {
    const gate = createDeferred<void>();
    const registry = new SessionRegistry(
      limits,
      createMemoryLauncher(undefined, () => gate.promise),
    );
    const session = registry.open(me);
    const ref = { sessionId: session.id, epoch: session.epoch };
    await registry.start(session, "p", spec);
    const ending = session.end("stopped");
    expect(() => registry.find(ref, "user:1")).toThrow(
      expect.objectContaining({ reason: "session_unknown" }),
    );
    expect(registry.findToClose(ref, "user:1")).toBe(session);
    gate.resolve();
    await ending;
  });

  test("that was ended is forgotten", async () => {
    const registry = create();
    const session = registry.open(me);
    await session.end("stopped");
    expect(registry.sessions).toEqual([]);
    expect(() =>
      registry.resume({ sessionId: session.id, secret: session.secret, attempt: 1, client: "c" }, "user:1"),
    ).toThrow(expect.objectContaining({ reason: "session_unknown" }));
  });
});

describe("limits of the whole executor", () => {
  test("hold for sessions", async () => {
    const registry = create();
    const first = registry.open(me);
    registry.open(me);
    expect(() => registry.open(me)).toThrow(
      expect.objectContaining({ code: "resource_exhausted", reason: "limit_reached", effect: "none" }),
    );
    await first.end("stopped");
    expect(registry.open(me).epoch).toBe(1);
  });

  test("hold for the processes of all sessions together", async () => {
    const registry = create();
    const [one, other] = [registry.open(me), registry.open(me)];
    await registry.start(one, "p", spec);
    await registry.start(other, "p", spec);
    expect(registry.processCount).toBe(2);
    await expect(registry.start(one, "q", spec)).rejects.toMatchObject({ reason: "limit_reached" });
    await other.end("stopped");
    expect(await registry.start(one, "q", spec)).toMatchObject({ id: "q" });
  });

  test("hold for starts that are under way at the same time", async () => {
    const registry = create();
    const session = registry.open(me);
    const starts = await Promise.allSettled(
      ["a", "b", "c", "d"].map((id) => registry.start(session, id, spec)),
    );
    expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  });
});

describe("while it ends", () => {
  test("the executor opens nothing, ends everything, and answers one report", async () => {
    const registry = create();
    const session = registry.open(me);
    await registry.start(session, "p", spec);
    const ending = registry.endAll("executor_shutdown");
    expect(registry.draining).toBe(true);
    expect(() => registry.open(me)).toThrow(
      expect.objectContaining({ code: "unavailable", reason: "executor_draining", effect: "none" }),
    );
    expect((await ending).ended).toHaveLength(1);
    expect(registry.sessions).toEqual([]);
    expect((await registry.endAll("executor_shutdown")).ended).toEqual([]);
  });
});

import { createDeferred, defaultExecutorLimits, FairleadError } from "@fairlead/core";
import { afterEach, describe, expect, test } from "vitest";
import { createMemoryLauncher, type MemoryLauncher } from "../test-support/memory-launcher.js";
import { Session, type SessionHolder } from "./session.js";

const spec = { program: "tool", args: [] };
const limits = { ...defaultExecutorLimits, processesPerSession: 2 };
const opened: Session[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((session) => session.end("stopped")));
});

interface Opened {
  readonly session: Session;
  readonly launcher: MemoryLauncher;
  /** Settles when the session has ended. */
  readonly ended: Promise<void>;
}

function open(options: { detachTtlMs?: number; launcher?: MemoryLauncher } = {}): Opened {
  const { detachTtlMs = 60_000, launcher = createMemoryLauncher() } = options;
  const ended = createDeferred<void>();
  const session = new Session({
    principal: "user:1",
    clientName: "test",
    detachTtlMs,
    limits,
    launcher,
    onEnded: () => ended.resolve(),
  });
  opened.push(session);
  return { session, launcher, ended: ended.promise };
}

function holder(release: (displacement?: FairleadError) => void = () => {}): SessionHolder {
  return { release, heard: () => {} };
}

describe("a session without a holder", () => {
  test("ends with everything in it after its TTL", async () => {
    const { session, launcher, ended } = open({ detachTtlMs: 30 });
    const process = await session.start("p", spec);
    const startedAtMs = performance.now();
    await ended;
    expect(performance.now() - startedAtMs).toBeGreaterThan(20);
    expect(launcher.processes[0]?.stops).toHaveLength(1);
    await launcher.processes[0]?.exited;
    expect(process.exit).toMatchObject({ reason: "lease_expired" });
    expect(() => session.hold(holder())).toThrow(expect.objectContaining({ reason: "session_unknown" }));
    expect(() => session.advanceEpoch(1)).toThrow(expect.objectContaining({ reason: "session_unknown" }));
  });

  test("lives on while somebody holds it, and from the letting go for one whole TTL", async () => {
    const { session, ended } = open({ detachTtlMs: 40 });
    const letGo = session.hold(holder());
    const early = await Promise.race([ended.then(() => "ended"), pause(100)]);
    expect(early).toBeUndefined();
    const letGoAtMs = performance.now();
    letGo();
    await ended;
    expect(performance.now() - letGoAtMs).toBeGreaterThan(30);
  });

  test("that let go twice does not let go of a later holder", async () => {
    const { session, ended } = open({ detachTtlMs: 20 });
    const first = session.hold(holder());
    session.hold(holder());
    first();
    expect(await Promise.race([ended.then(() => "ended"), pause(60)])).toBeUndefined();
  });
});

describe("a newer attachment", () => {
  test("displaces the holder with a typed error and raises the epoch", () => {
    const { session } = open();
    let told: FairleadError | undefined;
    session.hold(
      holder((displacement) => {
        told = displacement;
      }),
    );
    expect(session.epoch).toBe(1);
    session.advanceEpoch(1);
    expect(session.epoch).toBe(2);
    expect(told).toMatchObject({ code: "unavailable", reason: "session_displaced" });
  });

  test("that a later one overtook on its way displaces nobody", () => {
    const { session } = open();
    session.advanceEpoch(2);
    const letGo = session.hold(holder());
    expect(() => session.advanceEpoch(1)).toThrow(expect.objectContaining({ reason: "session_displaced" }));
    expect(session.epoch).toBe(2);
    letGo();
  });

  test("ends every reader of the former connection", () => {
    const { session } = open();
    const told: FairleadError[] = [];
    session.onDisplaced((displacement) => told.push(displacement));
    const takeBack = session.onDisplaced((displacement) => told.push(displacement));
    takeBack();
    session.advanceEpoch(1);
    expect(told).toMatchObject([{ reason: "session_displaced" }]);
  });

  test("gets a whole TTL to take hold", async () => {
    const { session, ended } = open({ detachTtlMs: 40 });
    await pause(25);
    session.advanceEpoch(1);
    await pause(25);
    const letGo = session.hold(holder());
    expect(await Promise.race([ended.then(() => "ended"), pause(60)])).toBeUndefined();
    letGo();
  });
});

describe("the end of a session", () => {
  test("stops every process with the reason that came first, and answers the same report again", async () => {
    const { session } = open();
    const [one, other] = [await session.start("a", spec), await session.start("b", spec)];
    const [first, second] = await Promise.all([session.end("stopped"), session.end("executor_shutdown")]);
    expect(second).toBe(first);
    expect(first.ended).toHaveLength(2);
    await pause(0);
    for (const process of [one, other]) expect(process.exit).toMatchObject({ reason: "stopped" });
  });

  test("can be hurried by a later one", async () => {
    const { session, launcher } = open();
    await session.start("a", spec);
    const times = { stdinGraceMs: 0, termGraceMs: 0 };
    await Promise.all([session.end("stopped"), session.end("stopped", times)]);
    expect(launcher.processes[0]?.stops).toEqual([undefined, times]);
  });

  test("tells the holder last, and is no displacement", async () => {
    const { session, launcher } = open();
    await session.start("a", spec);
    const order: string[] = [];
    session.hold(holder((displacement) => order.push(displacement === undefined ? "released" : "displaced")));
    void launcher.processes[0]?.exited.then(() => order.push("exited"));
    await session.end("stopped");
    expect(order).toEqual(["exited", "released"]);
  });

  test("ends a process too that is just being started", async () => {
    const gate = createDeferred<void>();
    const launcher = createMemoryLauncher(() => gate.promise);
    const { session } = open({ launcher });
    const starting = session.start("late", spec);
    const ending = session.end("stopped");
    gate.resolve();
    await expect(starting).rejects.toMatchObject({ reason: "session_unknown" });
    await ending;
    expect(launcher.processes[0]?.stops).toEqual([{ stdinGraceMs: 0, termGraceMs: 0 }]);
    await expect(session.start("never", spec)).rejects.toMatchObject({ reason: "session_unknown" });
  });
});

describe("process ids", () => {
  test("are unique also while a start is under way", async () => {
    const gate = createDeferred<void>();
    const { session } = open({ launcher: createMemoryLauncher(() => gate.promise) });
    const first = session.start("same", spec);
    await expect(session.start("same", spec)).rejects.toMatchObject({
      code: "already_exists",
      reason: "id_reused",
    });
    gate.resolve();
    await first;
  });

  test("of a start that failed can be used again", async () => {
    let fails = true;
    const launcher = createMemoryLauncher(async () => {
      if (fails) throw new FairleadError("not_found", "no such program", { effect: "none" });
    });
    const { session } = open({ launcher });
    await expect(session.start("p", spec)).rejects.toMatchObject({ code: "not_found" });
    fails = false;
    expect((await session.start("p", spec)).id).toBe("p");
  });

  test("count towards the limit as long as their processes run", async () => {
    const { session, launcher } = open();
    await session.start("a", spec);
    await session.start("b", spec);
    await expect(session.start("c", spec)).rejects.toMatchObject({
      code: "resource_exhausted",
      reason: "limit_reached",
      effect: "none",
    });
    launcher.processes[0]?.exit(0);
    await launcher.processes[0]?.exited;
    expect(await session.start("c", spec)).toMatchObject({ id: "c" });
  });

  test("are forgotten after a stop, but not before the reader has seen the end", async () => {
    const { session } = open();
    await session.start("unread", spec);
    await session.stopProcess("unread", {});
    expect(() => session.find("unread")).toThrow(expect.objectContaining({ reason: "process_unknown" }));
    const process = await session.start("read", spec);
    process.watch({ changed: () => {}, acknowledged: () => {}, displaced: () => {} }, 1);
    await session.stopProcess("read", {});
    await pause(0);
    expect(session.find("read")).toBe(process);
    process.markExitSeen();
    session.forgetSettled(process);
    expect(() => session.find("read")).toThrow(expect.objectContaining({ reason: "process_unknown" }));
  });
});

test("a secret is compared whole", () => {
  const { session } = open();
  expect(session.hasSecret(session.secret)).toBe(true);
  expect(session.hasSecret(session.secret.subarray(1))).toBe(false);
  expect(session.hasSecret(Buffer.alloc(session.secret.length))).toBe(false);
  expect(session.hasSecret(Buffer.alloc(0))).toBe(false);
});

function pause(durationMs: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), durationMs);
  });
}

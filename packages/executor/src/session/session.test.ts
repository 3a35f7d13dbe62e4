import { createDeferred, defaultExecutorLimits, FairleadError, secondLookMs } from "@fairlead/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createMemoryLauncher, type MemoryLauncher } from "../test-support/memory-launcher.js";
import { Session, type SessionHolder } from "./session.js";

const spec = { program: "tool", args: [] };
const limits = { ...defaultExecutorLimits, processesPerSession: 2 };
const opened: Session[] = [];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(opened.splice(0).map((session) => session.end("stopped")));
});

interface Opened {
  readonly session: Session;
  readonly launcher: MemoryLauncher;
  /** Settles when the session has ended. */
  readonly ended: Promise<void>;
  /** What was told where nobody waits for an answer. */
  readonly problems: readonly string[];
}

function open(options: { detachTtlMs?: number; launcher?: MemoryLauncher } = {}): Opened {
  const { detachTtlMs = 60_000, launcher = createMemoryLauncher() } = options;
  const ended = createDeferred<void>();
  const problems: string[] = [];
  const session = new Session({
    principal: "user:1",
    clientName: "test",
    detachTtlMs,
    limits,
    launcher,
    onEnded: () => ended.resolve(),
    onProblem: (error, where) => problems.push(`${where}: ${error.message}`),
  });
  opened.push(session);
  return { session, launcher, ended: ended.promise, problems };
}

function holder(release: (displacement?: FairleadError) => void = () => {}): SessionHolder {
  return { release, heard: () => {} };
}

describe("a session without a holder", () => {
  test("ends with everything in it after its TTL", async () => {
    const { session, launcher } = open({ detachTtlMs: 30 });
    const process = await session.start("p", spec);
    await vi.advanceTimersByTimeAsync(30 + secondLookMs - 1);
    expect(session.hasEnded).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(launcher.processes[0]?.stops).toHaveLength(1);
    expect(process.exit).toMatchObject({ reason: "lease_expired" });
    expect(() => session.hold(holder())).toThrow(expect.objectContaining({ reason: "session_unknown" }));
    expect(() => session.advanceEpoch(1)).toThrow(expect.objectContaining({ reason: "session_unknown" }));
  });

  test("lives on while somebody holds it, and from the letting go for one whole TTL", async () => {
    const { session } = open({ detachTtlMs: 40 });
    const letGo = session.hold(holder());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(session.hasEnded).toBe(false);
    letGo();
    await vi.advanceTimersByTimeAsync(40 + secondLookMs - 1);
    expect(session.hasEnded).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(session.hasEnded).toBe(true);
  });

  test("that let go twice does not let go of a later holder", async () => {
    const { session } = open({ detachTtlMs: 20 });
    const first = session.hold(holder());
    session.hold(holder());
    first();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(session.hasEnded).toBe(false);
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

  test("of another client is newer, whatever number of its own it has come to", () => {
    const { session } = open();
    session.advanceEpoch(7, "first");
    session.advanceEpoch(1, "second");
    expect(session.epoch).toBe(3);
    expect(() => session.advanceEpoch(6, "first")).toThrow(
      expect.objectContaining({ reason: "session_displaced" }),
    );
    session.advanceEpoch(8, "first");
    expect(session.epoch).toBe(4);
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
    const { session } = open({ detachTtlMs: 40 });
    await vi.advanceTimersByTimeAsync(39);
    session.advanceEpoch(1);
    await vi.advanceTimersByTimeAsync(40 + secondLookMs - 1);
    const letGo = session.hold(holder());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(session.hasEnded).toBe(false);
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
    await settle();
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

  test("ends a process too that is just being started, and does not answer before that", async () => {
    const gate = createDeferred<void>();
    const launcher = createMemoryLauncher(() => gate.promise);
    const { session } = open({ launcher });
    const starting = session.start("late", spec);
    starting.catch(() => {});
    let isAnswered = false;
    const ending = session.end("stopped").finally(() => {
      isAnswered = true;
    });
    await settle();
    expect(isAnswered).toBe(false);
    gate.resolve();
    expect((await ending).ended).toEqual([{ pid: 1_000, name: "memory" }]);
    await expect(starting).rejects.toMatchObject({ reason: "session_unknown" });
    expect(launcher.processes[0]?.stops).toEqual([{ stdinGraceMs: 0, termGraceMs: 0 }]);
    expect(launcher.processes[0]?.disposed).toBe(true);
    await expect(session.start("never", spec)).rejects.toMatchObject({ reason: "session_unknown" });
  });

  test("with a ladder that fails is an end all the same: told as a survivor, and to us", async () => {
    const launcher = createMemoryLauncher(undefined, async ({ program }) => {
      if (program === "broken") throw new Error("no /proc today");
    });
    const { session, ended, problems } = open({ launcher });
    await session.start("a", { ...spec, program: "broken" });
    await session.start("b", spec);
    const report = await session.end("lease_expired");
    await ended;
    expect(report).toMatchObject({
      ended: [{ pid: 1_001 }],
      survived: [{ pid: 1_000, name: "broken" }],
      blindSpots: [expect.stringContaining("no /proc today")],
    });
    expect(problems).toEqual([expect.stringMatching("stopping pid 1000: .*no /proc today")]);
    expect(await session.end("stopped", { stdinGraceMs: 0 })).toBe(report);
  });

  test.each(["lease_expired", "executor_shutdown"] as const)(
    "because of %s waits for no process as long as its start asked for",
    async (reason) => {
      const { session, launcher } = open();
      await session.start("49-days", { ...spec, stopTimes: { stdinGraceMs: 2 ** 32 - 1, termGraceMs: 100 } });
      await session.end(reason);
      expect(launcher.processes[0]?.stops).toEqual([{ stdinGraceMs: 2_000, termGraceMs: 100 }]);
    },
  );

  test("that its client asked for in good time is hurried by the executor's own", async () => {
    const gate = createDeferred<void>();
    const { session, launcher } = open({ launcher: createMemoryLauncher(undefined, () => gate.promise) });
    await session.start("49-days", { ...spec, stopTimes: { stdinGraceMs: 2 ** 32 - 1 } });
    const ends = [session.end("stopped"), session.end("executor_shutdown")];
    expect(launcher.processes[0]?.stops).toEqual([undefined, { stdinGraceMs: 2_000, termGraceMs: 2_000 }]);
    gate.resolve();
    await Promise.all(ends);
  });

  test("lets go of what nobody read, but not under a reader", async () => {
    const { session, launcher } = open();
    await session.start("unread", spec);
    const read = await session.start("read", spec);
    const watcher = { changed: () => {}, acknowledged: () => {}, displaced: () => {} };
    read.watch(watcher, 1);
    await session.end("stopped");
    expect(launcher.processes.map(({ disposed }) => disposed)).toEqual([true, false]);
    read.unwatch(watcher);
    expect(launcher.processes.map(({ disposed }) => disposed)).toEqual([true, true]);
  });
});

describe("the reason of an end", () => {
  test("is the process's own where it broke a limit before it was stopped", async () => {
    const { session, launcher } = open();
    const process = await session.start("p", spec);
    const stopping = session.stopProcess("p", {});
    launcher.processes[0]?.exit(1, "output_limit");
    await stopping;
    await settle();
    expect(process.exit).toMatchObject({ reason: "output_limit" });
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

  test("and labels, which every list tells, may only be so large", async () => {
    const { session } = open();
    const limit = { code: "resource_exhausted", reason: "limit_reached", effect: "none" };
    await expect(session.start("p".repeat(257), spec)).rejects.toMatchObject(limit);
    const labelled = (bytes: number): Promise<unknown> =>
      session.start("p", { ...spec, labels: { server: "x".repeat(bytes - 6) } });
    await expect(labelled(4_097)).rejects.toMatchObject(limit);
    await labelled(4_096);
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

  test("of those that ended, left nothing and were seen to end are forgotten when there are too many", async () => {
    const { session, launcher } = open();
    for (let index = 0; index < 30; index += 1) await endSeen(session, launcher, `p${index}`);
    expect(session.processes.length).toBeLessThanOrEqual(8);
    expect(launcher.processes[0]?.disposed).toBe(true);
    expect(await session.start("p0", spec)).toMatchObject({ id: "p0" });
  });

  test("are kept of those that left a child or that nobody saw end, whom the refusal of the next one tells of", async () => {
    const { session, launcher } = open();
    for (let index = 0; index < 7; index += 1) {
      await endSeen(session, launcher, `p${index}`);
      const process = launcher.processes[index];
      if (process !== undefined) process.leavesChild = true;
    }
    await session.start("unseen", spec);
    launcher.processes[7]?.exit(0);
    await expect(session.start("late", spec)).rejects.toMatchObject({
      code: "resource_exhausted",
      reason: "limit_reached",
      effect: "none",
      message: expect.stringMatching(/keeps 8 processes, most of which have ended.*Stop some/),
      details: { limit: 8 },
    });
    expect(launcher.processes.filter(({ disposed }) => disposed)).toEqual([]);
    const [first] = launcher.processes;
    if (first !== undefined) first.leavesChild = false;
    expect(await session.start("late", spec)).toMatchObject({ id: "late" });
    expect(() => session.find("p0")).toThrow(expect.objectContaining({ reason: "process_unknown" }));
  });

  test("of starts at the same time count before there is room for all of them", async () => {
    const { session, launcher } = open();
    for (let index = 0; index < 8; index += 1) await endSeen(session, launcher, `p${index}`);
    const starts = Promise.allSettled(["a", "b", "c"].map((id) => session.start(id, spec)));
    // Whoever gives a start up while room is made for it must find it.
    await session.stopProcess("a", {});
    const results = await starts;
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  });

  test("are forgotten after a stop, but not before the reader has seen the end", async () => {
    const { session, launcher } = open();
    await session.start("unread", spec);
    await session.stopProcess("unread", {});
    expect(() => session.find("unread")).toThrow(expect.objectContaining({ reason: "process_unknown" }));
    const process = await session.start("read", spec);
    const watcher = { changed: () => {}, acknowledged: () => {}, displaced: () => {} };
    process.watch(watcher, 1);
    await session.stopProcess("read", {});
    await settle();
    expect(session.find("read")).toBe(process);
    process.markExitSeen();
    session.forgetSettled(process);
    process.unwatch(watcher);
    expect(launcher.processes.map(({ disposed }) => disposed)).toEqual([true, true]);
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

/** Starts a process that ends by itself, which its client sees. */
async function endSeen(session: Session, launcher: MemoryLauncher, id: string): Promise<void> {
  const process = await session.start(id, spec);
  launcher.processes.at(-1)?.exit(0);
  await launcher.processes.at(-1)?.closed;
  process.markExitSeen();
  session.forgetSettled(process);
}

/** Lets whatever waits for no timer come to its end. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

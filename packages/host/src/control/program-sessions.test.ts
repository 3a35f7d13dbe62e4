import { describe, expect, test } from "vitest";
import { createControlCenter } from "./host-control.js";
import { scriptedMachine } from "./test-support/scripted-machine.js";

function scene() {
  const { machine, started } = scriptedMachine();
  const center = createControlCenter({ openLauncher: async () => machine }, () => ({
    servers: [],
    statuses: () => [],
    restart: async () => {},
    interrupt: () => 0,
  }));
  return { center, started, sessionsOf: (principal: string) => center.sessionsOf({ principal }) };
}

const chunk = Buffer.alloc(64 * 1024, "x");

describe("programs of an embedding host", () => {
  test("run where and how it was said", async () => {
    const { center, started } = scene();
    const { sessions } = center.face;
    const pty = { columns: 80, rows: 24 };
    await sessions.create({ program: "sh", args: ["-i"], cwd: "/srv/a b", env: { A: "1" }, pty });
    await sessions.create({ program: "true" });
    expect(started.map(({ spec }) => spec)).toMatchObject([
      {
        program: "sh",
        args: ["-i"],
        cwd: "file:///srv/a%20b",
        env: { set: { A: "1" } },
        stdio: { mode: "pty", ...pty },
      },
      { program: "true", args: [], cwd: "file:///home/user", stdio: { mode: "pipe" } },
    ]);
    await expect(sessions.create({ program: "sh", cwd: "a/b" })).rejects.toMatchObject({
      reason: "path_invalid",
    });
  });

  test("are known to their principal only, and used by their owner only", async () => {
    const { center, sessionsOf } = scene();
    const [one, other, stranger] = [sessionsOf("a"), sessionsOf("a"), sessionsOf("b")];
    const { sessionId } = await one.create({ program: "sh" });
    const told: string[] = [];
    one.addListener(sessionId, ({ type }) => told.push(type));
    expect(stranger.list()).toEqual([]);
    expect(() => stranger.connect(sessionId)).toThrow("There is no session");
    expect(() => other.addListener(sessionId, () => {})).toThrow("connect to it first");
    expect(other.connect(sessionId)).toMatchObject({ isOwn: true });
    expect(told).toEqual(["initialState", "connectionRevoked"]);
    await expect(one.interrupt(sessionId)).rejects.toMatchObject({ reason: "session_displaced" });
    expect(center.face.sessions.list()).toMatchObject([{ sessionId, isOwn: false }]);
  });

  test("are held back by a slow reader, who then misses nothing", async () => {
    const { center, started } = scene();
    const { sessions } = center.face;
    const { sessionId } = await sessions.create({ program: "flood" });
    const told = sessions.listen(sessionId);
    const [program] = started;
    for (let index = 0; index < 32; index += 1) program?.output("stdout", chunk);
    expect(program?.consumedBytes).toBe(16 * chunk.length);
    let bytes = 0;
    for await (const message of told) {
      if (message.type === "event" && message.event.type === "output") {
        bytes += message.event.data?.length ?? 0;
      }
      if (bytes === 32 * chunk.length) break;
    }
    expect(program?.consumedBytes).toBe(32 * chunk.length);
  });

  test("whose slow reader leaves run on", async () => {
    const { center, started } = scene();
    const { sessions } = center.face;
    const { sessionId } = await sessions.create({ program: "flood" });
    const leaving = new AbortController();
    const told = sessions.listen(sessionId, { signal: leaving.signal });
    const [program] = started;
    for (let index = 0; index < 32; index += 1) program?.output("stderr", chunk);
    leaving.abort();
    expect(program?.consumedBytes).toBe(32 * chunk.length);
    expect(await told.next()).toEqual({ done: true, value: undefined });
  });

  test("stay usable after input that could not be written", async () => {
    const { center } = scene();
    const { sessions } = center.face;
    const { sessionId } = await sessions.create({ program: "sh" });
    const told: unknown[] = [];
    sessions.addListener(sessionId, (message) => told.push(message.type === "event" && message.event));
    await expect(sessions.send({ sessionId, data: "fail" })).rejects.toMatchObject({
      reason: "stdin_closed",
    });
    expect(await sessions.send({ sessionId, data: "on" })).toEqual({ writtenBytes: 2 });
    expect(told.at(-1)).toMatchObject({ data: "echo on" });
    await expect(sessions.send({ sessionId: "x", data: "on" })).rejects.toMatchObject({ code: "usage" });
  });

  test("do not gather input that they never read, and waiting for them can be given up", async () => {
    const { center, started } = scene();
    const { sessions } = center.face;
    const { sessionId } = await sessions.create({ program: "sh" });
    if (started[0] !== undefined) started[0].isDeaf = true;
    const givingUp = new AbortController();
    const waiting = sessions.send({ sessionId, data: "wait" }, givingUp.signal);
    const given = waiting.catch((thrown: unknown) => thrown);
    const data = "y".repeat(8 * 1024 * 1024);
    await expect(sessions.send({ sessionId, data })).rejects.toMatchObject({ reason: "limit_reached" });
    givingUp.abort();
    expect(await given).toMatchObject({ code: "canceled" });
  });

  test("are interrupted as fits them, and not once they have ended", async () => {
    const { center, started } = scene();
    const { sessions } = center.face;
    const { sessionId } = await sessions.create({ program: "sh" });
    await sessions.interrupt(sessionId);
    started[0]?.end({});
    await Promise.resolve();
    await sessions.interrupt(sessionId);
    expect(started[0]?.signals).toEqual(["SIGINT"]);
  });

  test("in a terminal are interrupted by Ctrl-C, and by a signal where input waits that it would come behind", async () => {
    const { center, started } = scene();
    const { sessions } = center.face;
    const { sessionId } = await sessions.create({ program: "sh", pty: { columns: 80, rows: 24 } });
    await sessions.interrupt(sessionId);
    const [state] = [(await sessions.listen(sessionId).next()).value];
    expect(state).toMatchObject({ output: [{ data: "echo \u0003" }] });
    if (started[0] !== undefined) started[0].isDeaf = true;
    const givingUp = new AbortController();
    const interrupting = sessions.interrupt(sessionId, givingUp.signal).catch((thrown: unknown) => thrown);
    await sessions.interrupt(sessionId);
    expect(started[0]?.signals).toEqual(["SIGINT"]);
    givingUp.abort();
    expect(await interrupting).toMatchObject({ code: "canceled" });
  });

  test("end with their owner, save those that are kept, and those too that were just being started", async () => {
    const { center, started } = scene();
    const owner = { principal: "a" };
    const sessions = center.sessionsOf(owner);
    await sessions.create({ program: "ends" });
    const kept = await sessions.create({ program: "stays", keep: true });
    const told: string[] = [];
    sessions.addListener(kept.sessionId, ({ type }) => told.push(type));
    const late = sessions.create({ program: "late" });
    await center.leave(owner);
    await late;
    expect(started.map(({ spec, isStopped }) => [spec.program, isStopped])).toEqual([
      ["ends", true],
      ["stays", false],
      ["late", true],
    ]);
    expect(told).toEqual(["initialState", "cancelled"]);
    expect(center.face.sessions.list()).toMatchObject([{ sessionId: kept.sessionId }]);
    await center.close();
    expect(started.every(({ isStopped }) => isStopped)).toBe(true);
  });

  test("are 64 at most of one principal, where those that have ended make room and are stopped", async () => {
    const { started, sessionsOf } = scene();
    const [one, other, stranger] = [sessionsOf("a"), sessionsOf("a"), sessionsOf("b")];
    for (let index = 0; index < 32; index += 1) await one.create({ program: "sh" });
    await Promise.all(Array.from({ length: 32 }, () => other.create({ program: "sh" })));
    await expect(one.create({ program: "sh" })).rejects.toMatchObject({ reason: "limit_reached" });
    await stranger.create({ program: "sh" });
    for (const index of [7, 40]) started[index]?.end({});
    await Promise.resolve();
    await other.create({ program: "sh" });
    expect(other.list()).toHaveLength(64);
    expect([7, 40].map((index) => started[index]?.isStopped)).toEqual([false, true]);
    await other.create({ program: "sh" });
    expect(started[7]?.isStopped).toBe(true);
    await expect(other.create({ program: "sh" })).rejects.toMatchObject({ reason: "limit_reached" });
  });

  test("are not started any more once the host has been closed, which is said", async () => {
    const { center, started } = scene();
    await center.close();
    await expect(center.face.sessions.create({ program: "sh" })).rejects.toMatchObject({
      code: "unavailable",
      reason: "transport_closed",
    });
    expect(started).toEqual([]);
  });
});

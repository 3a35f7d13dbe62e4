import { describe, expect, test } from "vitest";
import { createControlCenter } from "./host-control.js";
import type { SessionOwner } from "./program-session.js";
import { type ScriptedProgram, scriptedMachine } from "./test-support/scripted-machine.js";

const chunk = Buffer.alloc(64 * 1024, "x");

/** Two connections of one principal, and a way to make a program write so many chunks. */
function scene() {
  const { machine, started } = scriptedMachine();
  const center = createControlCenter({ openLauncher: async () => machine }, () => ({
    servers: [],
    statuses: () => [],
    restart: async () => {},
    interrupt: () => 0,
  }));
  const join = () => {
    const owner: SessionOwner = { principal: "a" };
    const sessions = center.sessionsOf(owner);
    const told: number[] = [];
    const listen = (sessionId: string): void => {
      sessions.addListener(sessionId, (message) => {
        if (message.type === "event" && message.event.type === "output") told.push(message.event.offset);
      });
    };
    return { sessions, told, listen, press: (isPressed: boolean) => center.press(owner, isPressed) };
  };
  return { center, started, join };
}

function write(program: ScriptedProgram | undefined, chunkCount: number): void {
  for (let index = 0; index < chunkCount; index += 1) program?.output("stdout", chunk);
}

describe("a program whose owner reads slowly", () => {
  test("is read on once another connection has taken it over", async () => {
    const { started, join } = scene();
    const [slow, quick] = [join(), join()];
    const { sessionId } = await slow.sessions.create({ program: "flood" });
    slow.press(true);
    write(started[0], 2);
    expect(started[0]?.consumedBytes).toBe(0);
    quick.sessions.connect(sessionId);
    quick.listen(sessionId);
    write(started[0], 2);
    expect(started[0]?.consumedBytes).toBe(4 * chunk.length);
    expect(quick.told).toHaveLength(2);
    slow.press(false);
    quick.press(true);
    write(started[0], 1);
    expect(started[0]?.consumedBytes).toBe(4 * chunk.length);
  });

  test("is read no further, too, if it was started or taken over only then", async () => {
    const { started, join } = scene();
    const [slow, quick] = [join(), join()];
    const { sessionId } = await quick.sessions.create({ program: "flood" });
    slow.press(true);
    await slow.sessions.create({ program: "flood" });
    slow.sessions.connect(sessionId);
    for (const program of started) write(program, 3);
    expect(started.map(({ consumedBytes }) => consumedBytes)).toEqual([0, 0]);
    slow.press(false);
    expect(started.map(({ consumedBytes }) => consumedBytes)).toEqual([3 * chunk.length, 3 * chunk.length]);
  });

  test("is read on when its owner has left it to others", async () => {
    const { started, join, center } = scene();
    const owner: SessionOwner = { principal: "a" };
    const { sessionId } = await center.sessionsOf(owner).create({ program: "flood", keep: true });
    center.press(owner, true);
    write(started[0], 3);
    await center.leave(owner);
    expect(started[0]?.consumedBytes).toBe(3 * chunk.length);
    expect(join().sessions.connect(sessionId)).toMatchObject({ isOwn: true });
  });

  test("is not held back by a stream of somebody who has it no more", async () => {
    const { center, started, join } = scene();
    const { sessions } = center.face;
    const { sessionId } = await sessions.create({ program: "flood" });
    sessions.listen(sessionId);
    write(started[0], 32);
    expect(started[0]?.consumedBytes).toBe(16 * chunk.length);
    expect(() => join().sessions.connect(sessionId)).toThrow("There is no session");
    const all = center.sessionsOf({ principal: undefined });
    all.connect(sessionId);
    expect(started[0]?.consumedBytes).toBe(32 * chunk.length);
  });
});

describe("a program that is stopped while its owner reads slowly", () => {
  test("is read to its end, and its owner misses what he was too slow for", async () => {
    const { started, join } = scene();
    const slow = join();
    const { sessionId } = await slow.sessions.create({ program: "flood" });
    slow.listen(sessionId);
    write(started[0], 4);
    slow.press(true);
    const [program] = started;
    if (program !== undefined) program.whileStopping = () => write(program, 3_000);
    await slow.sessions.stop(sessionId);
    expect(program?.consumedBytes).toBe(3_004 * chunk.length);
    expect(slow.told).toHaveLength(4);
  });

  test("does not grow what waits for a stream that nobody reads", async () => {
    const { center, started } = scene();
    const { sessions } = center.face;
    const { sessionId } = await sessions.create({ program: "flood" });
    const told = sessions.listen(sessionId);
    const [program] = started;
    if (program !== undefined) program.whileStopping = () => write(program, 3_000);
    await sessions.stop(sessionId);
    const types: string[] = [];
    for await (const message of told)
      types.push(message.type === "event" ? message.event.type : message.type);
    expect(types).toEqual([
      "initialState",
      ...Array.from({ length: 17 }, () => "output"),
      "exit",
      "cancelled",
    ]);
    expect(program?.consumedBytes).toBe(3_000 * chunk.length);
  });

  test("hears everything again if it could not be stopped", async () => {
    const { started, join } = scene();
    const slow = join();
    const { sessionId } = await slow.sessions.create({ program: "flood" });
    slow.listen(sessionId);
    slow.press(true);
    const [program] = started;
    if (program !== undefined) {
      program.whileStopping = () => {
        throw new Error("There are no more files");
      };
    }
    await expect(slow.sessions.stop(sessionId)).rejects.toThrow("no more files");
    write(program, 2);
    expect(program?.consumedBytes).toBe(0);
    expect(slow.told).toEqual([0, chunk.length]);
  });
});

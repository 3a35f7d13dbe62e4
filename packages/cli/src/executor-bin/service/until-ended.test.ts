import { startDaemon } from "@fairlead/machine";
import { describe, expect, it } from "vitest";
import { untilEnded } from "./until-ended.js";

const idle = { program: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"] };
const startedAtMs = Date.UTC(2026, 10, 22);

describe("an executor that the end of its console did not reach", () => {
  it("is ended", async () => {
    await using executor = await startDaemon(idle);
    const startOf = (): Promise<number> => Promise.resolve(startedAtMs + 900);
    await untilEnded({ pid: executor.pid, startedAtMs }, { kind: "task" }, { startOf, consolePatienceMs: 0 });
    expect(await executor.exited).toMatchObject({ signal: "SIGTERM" });
  });

  it("is not mistaken for another program that got its number", async () => {
    await using other = await startDaemon(idle);
    const startOf = (): Promise<number> => Promise.resolve(startedAtMs + 3_600_000);
    await untilEnded({ pid: other.pid, startedAtMs }, { kind: "task" }, { startOf, consolePatienceMs: 0 });
    expect(process.kill(other.pid, 0)).toBe(true);
  });
});

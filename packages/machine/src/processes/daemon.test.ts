import { homedir } from "node:os";
import { describe, expect, it } from "vitest";
import { fixture, isAlive } from "../fixtures/launched.js";
import { startDaemon } from "./daemon.js";

const sh = (script: string): { program: string; args: string[] } => ({ program: "sh", args: ["-c", script] });

describe("startDaemon", () => {
  it("tells the first line, holds stdin open, and ends the daemon by closing it", async () => {
    await using daemon = await startDaemon({ program: process.execPath, args: [fixture("cooperative")] });
    expect(await daemon.firstLine).toBe(`ready ${daemon.pid}`);
    expect(isAlive(daemon.pid)).toBe(true);
    expect((await daemon.stop()).forced).toEqual([]);
    expect(await daemon.exited).toEqual({ reason: "stopped", code: 0, signal: null });
  });

  it("gives it the whole environment of this process, and what is set beside", async () => {
    const known = Object.keys(process.env).find((name) => name.startsWith("VITEST")) ?? "HOME";
    await using daemon = await startDaemon({
      ...sh(`printf '%s|%s|%s\\r\\n' "$${known}" "$EXTRA" "$(pwd -P)"; cat`),
      env: { EXTRA: "more" },
    });
    expect(await daemon.firstLine).toBe(`${process.env[known] ?? ""}|more|${process.cwd()}`);
  });

  it("gives it only what is set when nothing shall be inherited", async () => {
    const program = process.execPath;
    const script = "console.log(Object.keys(process.env).sort().join())";
    await using daemon = await startDaemon({
      program,
      args: ["-e", script],
      env: { ONLY: "1" },
      inheritEnv: false,
      cwd: homedir(),
    });
    expect(await daemon.firstLine).toBe("FAIRLEAD_TREE,ONLY");
  });

  it("goes on reading both outputs, and keeps the last 4 KiB of stderr", async () => {
    await using daemon = await startDaemon(
      sh("echo up; head -c 2000000 /dev/zero; head -c 2000000 /dev/zero >&2; echo last words >&2"),
    );
    expect(await daemon.firstLine).toBe("up");
    expect(await daemon.exited).toMatchObject({ code: 0 });
    await daemon.stop();
    await expect.poll(() => daemon.stderrTail()).toMatch(/last words\n$/);
    expect(daemon.stderrTail().length).toBe(4_096);
  });

  it("says what it said when it ends before it is ready", async () => {
    await using daemon = await startDaemon(sh("echo 'address in use' >&2; exit 5"));
    await expect(daemon.firstLine).rejects.toMatchObject({
      code: "unavailable",
      reason: "process_exited",
      message: expect.stringMatching(/with code 5.*address in use/) as string,
    });
  });

  it("refuses a first line without end", async () => {
    await using daemon = await startDaemon(sh("head -c 100000 /dev/zero; cat"));
    await expect(daemon.firstLine).rejects.toMatchObject({ code: "protocol" });
  });

  it("names a program that is not there", async () => {
    await expect(startDaemon({ program: "no-such-daemon", args: [] })).rejects.toMatchObject({
      reason: "program_not_found",
    });
  });
});

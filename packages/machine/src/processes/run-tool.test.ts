import { describe, expect, test } from "vitest";
import { openProgram } from "../fixtures/open-program.js";
import { runTool } from "./run-tool.js";

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe.skipIf(process.platform === "win32")("a tool of the system", () => {
  const shell = (script: string, patienceMs?: number) =>
    runTool({ program: "sh", args: ["-c", script], patienceMs });

  test("is run to its end, with no input, and both outputs", async () => {
    const answer = await shell("cat; echo out; echo err >&2; exit 3");
    expect({ ...answer, stdout: String(answer.stdout), stderr: String(answer.stderr) }).toEqual({
      code: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  test("is not waited for when it has ended and something that it started holds its outputs", async () => {
    const { code, stdout } = await shell("sleep 600 & echo $!");
    const pid = Number(String(stdout));
    expect([code, isAlive(pid)]).toEqual([0, true]);
    process.kill(pid);
  });

  test("is killed when it takes too long", async () => {
    await expect(shell("exec sleep 600", 50)).rejects.toMatchObject({ code: "deadline_exceeded" });
  });

  // Only Linux keeps a program from running that is open for writing; on Windows scanners for viruses have that effect.
  test.runIf(process.platform === "linux")("whose file somebody has open is told", async () => {
    await using program = await openProgram();
    await expect(runTool({ program: program.path, args: [] })).rejects.toMatchObject({
      code: "unavailable",
      reason: "spawn_failed",
      message: expect.stringContaining("could not be started: spawn ETXTBSY"),
    });
    await program.letGo();
    expect(await runTool({ program: program.path, args: [] })).toMatchObject({ code: 0 });
  });

  test("that does not exist is told", async () => {
    await expect(runTool({ program: "no-such-tool", args: [] })).rejects.toMatchObject({
      code: "not_found",
      reason: "program_not_found",
    });
  });

  test("gets nothing that the loader goes by", async () => {
    const env = { PATH: process.env["PATH"], LD_LIBRARY_PATH: "/none", OWN: "kept" };
    const { stdout } = await runTool({ program: "env", args: [], env });
    expect(String(stdout)).toContain("OWN=kept");
    expect(String(stdout)).not.toContain("LD_LIBRARY_PATH");
  });
});

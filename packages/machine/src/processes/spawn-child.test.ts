import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openProgram } from "../fixtures/open-program.js";
import { spawnChild } from "./spawn-child.js";

it("tells a command line that the system finds too long as a limit", async () => {
  // Windows counts the whole line, other systems the path of the program.
  const program = `/${"x".repeat(40_000)}`;
  const request = { program, args: [], cwd: tmpdir(), env: {} };
  await expect(spawnChild(request)).rejects.toMatchObject({
    code: "resource_exhausted",
    reason: "limit_reached",
    details: { errno: "ENAMETOOLONG" },
  });
});

// Node tells it in an event that comes before any promise goes on; unheard it would end this process.
it("hears of a program that vanished, in whatever turn it is started", async () => {
  const request = { program: join(tmpdir(), "fl-no-such-program"), args: [], cwd: tmpdir(), env: {} };
  const started = new Promise((resolve, reject) => {
    setImmediate(() => void spawnChild(request).then(resolve, reject));
  });
  await expect(started).rejects.toMatchObject({ reason: "program_not_executable", effect: "none" });
});

// Only Linux keeps a program from running that is open for writing; on Windows scanners for viruses have that effect.
it.runIf(process.platform === "linux")("starts a program as soon as nobody has its file open", async () => {
  await using program = await openProgram();
  const starting = spawnChild(requestOf(program));
  // The first attempt was made in the turn of the call.
  await program.letGo();
  const child = await starting;
  expect(await new Promise((resolve) => child.onExit(resolve))).toBe(0);
});

it.runIf(process.platform === "linux")("says of a program whose file stays open what keeps it", async () => {
  await using program = await openProgram();
  await expect(spawnChild(requestOf(program))).rejects.toMatchObject({
    code: "unavailable",
    reason: "spawn_failed",
    effect: "none",
    details: { errno: "ETXTBSY" },
    message: expect.stringContaining("something has its file open"),
  });
});

function requestOf({ path }: { readonly path: string }) {
  return { program: path, args: [], cwd: tmpdir(), env: {} };
}

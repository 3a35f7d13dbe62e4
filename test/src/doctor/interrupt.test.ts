import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { processesMatching, runCommand, waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { expectNothingLeft } from "../failures/support/expect-failure.js";
import { createScene } from "../failures/support/scene.js";

const isPosix = process.platform !== "win32";
if (!isPosix)
  process.stdout.write(
    "doctor/interrupt.test.ts is skipped: Windows has neither pipes in folders nor signals\n",
  );

/** The other end of a named pipe, as soon as somebody reads from it. */
async function whenRead(path: string): Promise<FileHandle> {
  const writing = constants.O_WRONLY | constants.O_NONBLOCK;
  const reached = (): Promise<FileHandle | undefined> => open(path, writing).catch(() => undefined);
  return waitUntil(reached, { withinMs: 10_000, what: `a reader of ${path}` });
}

test.skipIf(!isPosix)("Ctrl-C leaves a check that hangs in the file system", async () => {
  await using scene = await createScene();
  await scene.configure("");
  // A journal of an executor that never comes to its end.
  const journal = scene.folder.file(`home/run/trees/o_${"0".repeat(32)}.jsonl`);
  await mkdir(scene.folder.file("home/run/trees"), { recursive: true, mode: 0o700 });
  expect(await runCommand(["mkfifo", journal])).toMatchObject({ code: 0 });
  const doctor = await scene.start(["doctor", "--bundle", scene.folder.file("bundle.tar.gz")]);
  const pipe = await whenRead(journal);
  try {
    doctor.kill("SIGINT");
    // No exit waits for less than the file system; to a shell both are 130.
    expect(await doctor.exited).toMatchObject({ code: null, signal: "SIGINT" });
    expect(doctor.stderr()).toMatch(/^fairlead: .*SIGINT/m);
    await expect(open(scene.folder.file("bundle.tar.gz"))).rejects.toMatchObject({ code: "ENOENT" });
  } finally {
    await pipe.close();
  }
  await expectNothingLeft(scene);
});

test.skipIf(!isPosix)("Ctrl-C leaves a server that never answers, and ends it", async () => {
  await using scene = await createScene();
  const argv = ["-c", "while :; do read -r line; done", scene.marker];
  await scene.configure(`[mcp_servers.mute]\ncommand = "sh"\nargs = ${JSON.stringify(argv)}\n`);
  const doctor = await scene.start(["doctor"]);
  const runs = (): boolean =>
    processesMatching(({ cmdline }) => cmdline.includes("-c") && cmdline.includes(scene.marker)).length > 0;
  await waitUntil(runs, { withinMs: 10_000, what: "the start of the server" });
  doctor.kill("SIGINT");
  expect(await doctor.exited).toMatchObject({ code: 130, signal: null });
  await expectNothingLeft(scene);
});

import { mkdirSync, writeFileSync } from "node:fs";
import { binaryCommand, type CommandResult, runCommand } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../failures/support/scene.js";

/** Plants a program in a folder with byte 0xFF in its name. It prints its PATH and one more variable. */
function plantTool(scene: Scene): Buffer {
  const folder = Buffer.concat([Buffer.from(`${scene.folder.path}/`), Buffer.from([0xff])]);
  mkdirSync(folder);
  const script = '#!/bin/sh\nprintf "%s|%s|%s" "$PATH" "$EXTRA" "$1"\n';
  writeFileSync(Buffer.concat([folder, Buffer.from("/raw-tool")]), script, { mode: 0o755 });
  return folder;
}

/** Puts bytes into the environment of a command, which Node itself cannot. */
function withRaw(scene: Scene, command: readonly string[]): readonly string[] {
  const script = `PATH="$(printf '${scene.folder.path}/\\377'):$PATH"; EXTRA="$(printf 'a\\376b')"; export PATH EXTRA; exec "$@"`;
  return ["/bin/sh", "-c", script, "sh", ...command];
}

function fairlead(scene: Scene, args: readonly string[]): Promise<CommandResult> {
  const argv = withRaw(scene, [...binaryCommand("fairlead"), ...args]);
  return runCommand(argv, { env: scene.env, cwd: scene.folder.path });
}

/** The output as it was would not survive being read as text, so it is printed in hex. */
const hexed = ["sh", "-c", 'raw-tool "$1" | od -An -v -tx1 | tr -d " \\n"', "sh"];

test.skipIf(process.platform !== "linux")(
  "a program in a folder that is no UTF-8 is found on PATH, here and on an executor",
  async () => {
    await using scene = await createScene();
    const folder = plantTool(scene);
    await using daemon = await startDaemon(scene, {
      args: ["--search-path", "own"],
      wrap: (command) => withRaw(scene, command),
    });
    await scene.configure(executorTable("box", daemon));
    const path = Buffer.concat([folder, Buffer.from(`:${scene.env["PATH"] ?? ""}`)]);
    for (const executor of ["local", "box"]) {
      const direct = await fairlead(scene, ["run", "--executor", executor, "--", "raw-tool", "ü"]);
      expect([direct.stderr, direct.code]).toEqual(["", 0]);
      const copied = executor === "local" ? ["--env-var", "EXTRA"] : [];
      const run = await fairlead(scene, ["run", "--executor", executor, ...copied, "--", ...hexed, "ü"]);
      const extra = executor === "local" ? Buffer.from([0x61, 0xfe, 0x62]) : Buffer.alloc(0);
      const expected = Buffer.concat([path, Buffer.from("|"), extra, Buffer.from("|ü")]);
      expect([run.stderr, run.stdout]).toEqual(["", expected.toString("hex")]);
    }
  },
);

test.skipIf(process.platform !== "linux")(
  "such a value is not sent to another machine, which is told by its name",
  async () => {
    await using scene = await createScene();
    plantTool(scene);
    await using daemon = await startDaemon(scene);
    await scene.configure(executorTable("box", daemon));
    const run = await fairlead(scene, ["run", "--executor", "box", "--env-var", "EXTRA", "--", "true"]);
    expect([run.code, run.stderr]).toEqual([125, expect.stringMatching(/EXTRA.* is not UTF-8/)]);
  },
);

import { readFile, writeFile } from "node:fs/promises";
import { processesWithMarker } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene } from "../failures/support/scene.js";

test.skipIf(process.platform !== "linux")(
  "a profile that never ends costs a start some seconds and a warning, and is gone then",
  { timeout: 60_000 },
  async () => {
    await using scene = await createScene();
    await writeFile(
      scene.folder.file("user/.bash_profile"),
      'echo noise\necho run >> "$HOME/runs"\nsleep 54321 &\nsleep 54321\n',
    );
    await using daemon = await startDaemon(scene, { env: { SHELL: "/bin/bash" } });
    await scene.configure(executorTable("box", daemon));
    const args = ["run", "--executor", "box", "--shell-profile", "--", "echo", "started"];
    const run = await scene.fairlead(args);
    expect([run.code, run.stdout]).toEqual([0, "started\n"]);
    expect(run.stderr).toMatch(/PATH of the login shell is not known.*did not answer within 5 s/);
    expect(run.stderr).toMatch(/profile of the user's shell is left out.*did not answer within 10 s/);
    const left = processesWithMarker(scene.folder.file("user")).map(({ cmdline }) => cmdline.join(" "));
    expect(left.filter((command) => command.includes("54321"))).toEqual([]);
    // The PATH was looked for once.
    const second = await scene.fairlead(["run", "--executor", "box", "--", "echo", "started"]);
    expect([second.code, second.stdout]).toEqual([0, "started\n"]);
    expect(await readFile(scene.folder.file("user/runs"), "utf8")).toBe("run\nrun\n");
  },
);

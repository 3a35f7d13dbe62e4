import { chmod, mkdir, writeFile } from "node:fs/promises";
import { initializeRawClient, waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { runDoctor } from "../doctor/support/run-doctor.js";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../failures/support/scene.js";

const isPosix = process.platform !== "win32";

/** A program that only the profile of the scene's user knows a way to, and a variable that only that sets. */
async function plantProfile(scene: Scene, ...lines: readonly string[]): Promise<string> {
  const bin = scene.folder.file("user/tools/bin");
  await mkdir(bin, { recursive: true });
  const tool = `${bin}/planted-tool`;
  await writeFile(tool, '#!/bin/sh\nprintf "%s|" "$PLANTED" "$@"\n');
  await chmod(tool, 0o755);
  const profile = ["echo noise", ...lines, `export PATH="${bin}:$PATH" PLANTED=by-profile`];
  await writeFile(scene.folder.file("user/.bash_profile"), `${profile.join("\n")}\n`);
  return tool;
}

const bash = { SHELL: "/bin/bash" };

test.skipIf(!isPosix)(
  "an executor finds programs as its user does, and gives them nothing else of the profile",
  async () => {
    await using scene = await createScene();
    const tool = await plantProfile(scene);
    await using daemon = await startDaemon(scene, { env: bash });
    await scene.configure(
      `${executorTable("box", daemon)}[mcp_servers.planted]\ncommand = "planted-tool"\nexecutor = "box"\n`,
    );
    const run = await scene.fairlead(["run", "--executor", "box", "--", "planted-tool", "a b"]);
    expect([run.stdout, run.code, run.stderr]).toEqual(["|a b|", 0, ""]);
    const { checks } = await runDoctor(scene, ["planted"]);
    const check = checks.find(({ id }) => id === "server-program");
    expect(check).toMatchObject({ status: "ok", details: { path: tool, pathFrom: "login_shell" } });
    expect(daemon.stderr()).toBe("");
  },
);

test.skipIf(!isPosix)(
  "--search-path own asks no shell, and neither does the executor of this machine",
  async () => {
    await using scene = await createScene();
    await plantProfile(scene);
    await using daemon = await startDaemon(scene, { env: bash, args: ["--search-path", "own"] });
    await scene.configure(executorTable("box", daemon));
    for (const executor of ["box", "local"]) {
      const run = await scene.fairlead(["run", "--executor", executor, "--", "planted-tool"], { env: bash });
      expect([run.code, run.stderr]).toEqual([
        125,
        expect.stringMatching(/planted-tool was not found; searched PATH=/),
      ]);
    }
  },
);

test.skipIf(!isPosix)(
  "a shell that gives no PATH is told: by the executor, by doctor and in the log of a server",
  async () => {
    await using scene = await createScene();
    await using daemon = await startDaemon(scene, { env: { SHELL: "/bin/false" } });
    await scene.configure(
      [executorTable("box", daemon), scene.server("plain", [], ['executor = "box"'])].join("\n"),
    );
    const text = /PATH of the login shell is not known.*\/bin\/false ended with code 1/;
    const { checks } = await runDoctor(scene, ["plain"]);
    const check = checks.find(({ id }) => id === "server-program");
    expect(check).toMatchObject({ status: "warning", details: { pathFrom: "own" } });
    expect(check?.summary).toMatch(text);
    await using serve = await scene.start(["serve"]);
    await initializeRawClient(serve);
    await serve.request("tools/list");
    const isLogged = async (): Promise<boolean> =>
      text.test((await scene.fairlead(["logs", "plain"])).stdout);
    await waitUntil(isLogged, { withinMs: 10_000, what: "The warning in the log" });
    expect(daemon.stderr()).toMatch(text);
  },
);

test.skipIf(!isPosix)(
  "a program is given what a profile exports where that is asked for, here and elsewhere",
  async () => {
    await using scene = await createScene();
    await plantProfile(scene, "read answer");
    await using daemon = await startDaemon(scene, { env: bash });
    await scene.configure(executorTable("box", daemon));
    for (const executor of ["box", "local"]) {
      const args = [
        "run",
        "--executor",
        executor,
        "--shell-profile",
        "--",
        "planted-tool",
        "it's",
        "$HOME",
        "",
      ];
      const run = await scene.fairlead(args, { env: bash });
      expect([run.stdout, run.stderr]).toEqual(["by-profile|it's|$HOME||", ""]);
    }
  },
);

test.skipIf(!isPosix)("a server is given it by shell_profile, whatever the profile prints", async () => {
  await using scene = await createScene();
  await plantProfile(scene);
  const plain = scene.server("fixture", [], ["shell_profile = true"]);
  await scene.configure(plain.replace(JSON.stringify(process.execPath), '"planted-node"'));
  await writeFile(
    scene.folder.file("user/tools/bin/planted-node"),
    `#!/bin/sh\nexec ${process.execPath} "$@"\n`,
  );
  await chmod(scene.folder.file("user/tools/bin/planted-node"), 0o755);
  const tools = await scene.fairlead(["tools", "fixture"], { env: bash });
  expect([tools.code, tools.stderr]).toEqual([0, ""]);
});

import { expect, test } from "vitest";
import { daemonCommand, executorTable, startDaemon } from "./support/executor-daemon.js";
import { expectFailure } from "./support/expect-failure.js";
import { callServed, expectServedFailure } from "./support/expect-served-failure.js";
import { createScene } from "./support/scene.js";

const missing = { exit: 5, code: "not_found", reason: "cwd_missing" } as const;

test.each(["local", "a separate daemon"])("call names server and folder, executor: %s", async (place) => {
  await using scene = await createScene();
  await using daemon = place === "local" ? undefined : await startDaemon(scene);
  const folder = scene.folder.file("not-there");
  const executor = daemon === undefined ? [] : ['executor = "far"'];
  const servers = scene.server("files", [], [`cwd = ${JSON.stringify(folder)}`, ...executor]);
  await scene.configure(servers + (daemon === undefined ? "" : executorTable("far", daemon)));
  const result = await expectFailure(
    scene,
    ["call", "files", "echo"],
    { ...missing, tells: ["'files'", folder, /create it/i] },
    { stillRunning: daemon === undefined ? [] : [daemon.pid] },
  );
  expect(result.details).toMatchObject({ server: "files", cwd: folder, failure: "cwd_missing" });
});

test("a file instead of a folder is told apart", async () => {
  await using scene = await createScene();
  const file = await scene.folder.write("file.txt", "x");
  await scene.configure(scene.server("files", [], [`cwd = ${JSON.stringify(file)}`]));
  await expectFailure(scene, ["call", "files", "echo"], { ...missing, tells: [file, "is not a directory"] });
});

test("run names the folder and exits with 125", async () => {
  await using scene = await createScene();
  const folder = scene.folder.file("not-there");
  await expectFailure(scene, ["run", "--cwd", folder, "--", "ls"], {
    ...missing,
    exit: 125,
    tells: [folder],
  });
});

test("add writes nothing", async () => {
  await using scene = await createScene();
  const folder = scene.folder.file("not-there");
  const command = daemonCommand(scene);
  await expectFailure(scene, ["add", "files", "--cwd", folder, "--", ...command], {
    ...missing,
    tells: ["'files'", folder, "Nothing was added"],
  });
  expect(await scene.configText()).toBeUndefined();
});

test("serve lives on, tries again at each call and tells each failure in one line", async () => {
  await using scene = await createScene();
  const folder = scene.folder.file("not-there");
  await scene.configure(scene.server("files", [], [`cwd = ${JSON.stringify(folder)}`]));
  await expectServedFailure(scene, async (agent) => {
    for (let time = 0; time < 3; time += 1) {
      const { error } = await callServed(agent, "files__echo", { text: "x" });
      expect(error?.message).toMatch(folder);
      expect(error).toMatchObject({
        data: { fairlead: { code: "not_found", details: { reason: "cwd_missing" } } },
      });
    }
    return [/'files'.*\[cwd_missing\]$/];
  });
});

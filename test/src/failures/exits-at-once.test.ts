import { expect, test } from "vitest";
import { expectFailure } from "./support/expect-failure.js";
import { callServed, expectServedFailure } from "./support/expect-served-failure.js";
import { createScene, serverTable } from "./support/scene.js";

const exited = { exit: 4, code: "unavailable", reason: "server_exited" } as const;

test("call names the server and its exit code, and gives its last words to programs", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("brief", ["--exit-at-once", "3"]));
  const error = await expectFailure(scene, ["call", "brief", "echo"], {
    ...exited,
    tells: ["'brief'", "exited with code 3", "initialize"],
  });
  expect(error.details).toMatchObject({
    server: "brief",
    failure: "exited",
    exitCode: 3,
    stderrTail: "the fixture server exits at once, as told\n",
  });
});

test("one that a signal ends is told by the signal", async () => {
  await using scene = await createScene();
  await scene.configure(serverTable("shot", ["sh", "-c", "kill -SEGV $$"]));
  const error = await expectFailure(scene, ["call", "shot", "echo"], {
    ...exited,
    tells: ["'shot'", "SIGSEGV"],
  });
  expect(error.details).toMatchObject({ exitSignal: "SIGSEGV" });
});

test("one that ends well without a word is told too", async () => {
  await using scene = await createScene();
  await scene.configure(serverTable("empty", ["true"]));
  await expectFailure(scene, ["call", "empty", "echo"], {
    ...exited,
    tells: ["'empty'", "exited with code 0"],
  });
});

test("one that ends in the middle of a call is told at once", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("brief"));
  await expectFailure(scene, ["call", "brief", "exit", '{"code":9}'], {
    ...exited,
    tells: ["'brief'", "exited with code 9", "tools/call"],
  });
});

test("add writes nothing", async () => {
  await using scene = await createScene();
  await expectFailure(scene, ["add", "brief", "--", "false"], {
    ...exited,
    tells: ["'brief'", "code 1", ". Nothing was added"],
  });
  expect(await scene.configText()).toBeUndefined();
});

test("serve shows its last words and why it failed, and lives on", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("brief", ["--exit-at-once", "3"]));
  await expectServedFailure(scene, async (agent) => {
    const { error } = await callServed(agent, "brief__echo", { text: "x" });
    expect(error?.message).toMatch("'brief' exited with code 3");
    expect((await agent.request("ping")).result).toEqual({});
    return [/^\[brief\] the fixture server exits at once/, /'brief' exited with code 3.*\[exited\]$/];
  });
});

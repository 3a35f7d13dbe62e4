import { expect, test } from "vitest";
import { expectClean, expectFailure, expectNothingLeft } from "./support/expect-failure.js";
import { callServed, expectServedFailure } from "./support/expect-served-failure.js";
import { createScene } from "./support/scene.js";

const unknown = {
  exit: 5,
  code: "not_found",
  reason: "executor_unknown",
  tells: ['"devbx"', "local"],
} as const;
const devbox = '[executors.devbox]\nurl = "unix:///run/none.sock"\n';

test("run names it, and the nearest one that there is", async () => {
  await using scene = await createScene();
  await scene.configure(devbox);
  await expectFailure(scene, ["run", "--executor", "devbx", "--", "true"], {
    ...unknown,
    exit: 125,
    tells: [...unknown.tells, 'Did you mean "devbox"'],
  });
});

test("executor describe names it", async () => {
  await using scene = await createScene();
  await expectFailure(scene, ["executor", "describe", "devbx"], unknown);
});

test("add writes nothing", async () => {
  await using scene = await createScene();
  await expectFailure(scene, ["add", "files", "--executor", "devbx", "--", "node"], unknown);
  expect(await scene.configText()).toBeUndefined();
});

test("call of a server that names one warns with file and line, then fails", async () => {
  await using scene = await createScene();
  const path = await scene.configure(devbox + scene.server("files", [], ['executor = "devbx"']));
  const result = await scene.fairlead(["call", "files", "echo"]);
  expectClean(result);
  expect(result).toMatchObject({ code: 5, stdout: "" });
  const [warning, error, ...others] = result.stderr.trimEnd().split("\n");
  expect(warning).toMatch(`${path}:`);
  expect(warning).toMatch("mcp_servers.files.executor");
  expect(error).toMatch('There is no executor "devbx"');
  expect(others).toEqual([]);
  await expectNothingLeft(scene);
});

test("serve fails the calls to that server only", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("files", [], ['executor = "devbx"']) + scene.server("good"));
  await expectServedFailure(scene, async (agent) => {
    const { error } = await callServed(agent, "files__echo", { text: "x" });
    expect(error?.message).toMatch('"devbx"');
    expect((await callServed(agent, "good__echo", { text: "x" })).error).toBeUndefined();
    return [/config\.toml:\d+: mcp_servers\.files\.executor/, /There is no executor "devbx".*\[\w+\]$/];
  });
});

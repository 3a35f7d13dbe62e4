import { expect, test } from "vitest";
import { expectFailure } from "./support/expect-failure.js";
import { callServed, expectServedFailure } from "./support/expect-served-failure.js";
import { createScene, serverTable } from "./support/scene.js";

const notFound = {
  exit: 5,
  code: "not_found",
  reason: "program_not_found",
  tells: ["no-such-program", "PATH", /install it/i],
} as const;

test("call names the server, the program and where it was looked for", async () => {
  await using scene = await createScene();
  await scene.configure(serverTable("wrong", ["no-such-program"]));
  const error = await expectFailure(scene, ["call", "wrong", "echo"], {
    ...notFound,
    tells: ["'wrong'", ...notFound.tells],
  });
  expect(error.details).toMatchObject({
    server: "wrong",
    program: "no-such-program",
    failure: "command_not_found",
  });
});

test("a program that may not be executed is told apart", async () => {
  await using scene = await createScene();
  const path = await scene.folder.write("plain.txt", "no program\n");
  await scene.configure(serverTable("plain", [path]));
  await expectFailure(scene, ["call", "plain", "echo"], {
    exit: 5,
    code: "not_found",
    reason: "program_not_executable",
    tells: ["'plain'", path],
  });
});

test("add starts it first, fails the same way, and writes nothing", async () => {
  await using scene = await createScene();
  await expectFailure(scene, ["add", "wrong", "--", "no-such-program"], {
    ...notFound,
    tells: [...notFound.tells, ". Nothing was added", "--no-probe"],
  });
  expect(await scene.configText()).toBeUndefined();
});

test("run exits with 125, as runners of programs do", async () => {
  await using scene = await createScene();
  await expectFailure(scene, ["run", "--", "no-such-program"], { ...notFound, exit: 125 });
});

test("tools says the same", async () => {
  await using scene = await createScene();
  await scene.configure(serverTable("wrong", ["no-such-program"]));
  await expectFailure(scene, ["tools", "wrong"], notFound);
});

test("serve lives on, tells it, and fails the calls to that server only", async () => {
  await using scene = await createScene();
  await scene.configure(serverTable("wrong", ["no-such-program"]) + scene.server("good"));
  await expectServedFailure(scene, async (agent) => {
    const failed = await callServed(agent, "wrong__echo", { text: "x" });
    expect(failed.error).toMatchObject({ data: { fairlead: { code: "not_found" } } });
    expect(failed.error?.message).toMatch("no-such-program");
    const answered = await callServed(agent, "good__echo", { text: "still here" });
    expect(answered.result).toMatchObject({ content: [{ text: "still here" }] });
    return [/'wrong'.*no-such-program.*\[command_not_found\]$/];
  });
});

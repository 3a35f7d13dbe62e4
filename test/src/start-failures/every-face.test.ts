import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExecutorDaemon, executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectClean, expectFailure, expectNothingLeft } from "../failures/support/expect-failure.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { type FailingStart, failingStarts } from "./support/failing-starts.js";
import { connectAgent, failingCall } from "./support/sdk-agent.js";

let scene: Scene;
let daemon: ExecutorDaemon;
beforeAll(async () => {
  scene = await createScene();
  daemon = await startDaemon(scene);
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

/** Configures every failing server and a good one, all on one executor. */
async function configure(executor: "local" | "far"): Promise<void> {
  const more = [`executor = "${executor}"`];
  const sick = await Promise.all(failingStarts.map((failing) => failing.table(scene, more)));
  await scene.configure([...sick, scene.server("good", [], more), executorTable("far", daemon)].join("\n"));
}

function detailsOf({ name, failure, reason, details }: FailingStart): object {
  return { server: name, failure, reason, ...details };
}

test.each(failingStarts)("call tells $what, to people and to programs", async (failing) => {
  await configure("far");
  const { name, tells } = failing;
  const expected = { ...failing, tells: [`'${name}'`, ...tells] };
  const options = { stillRunning: [daemon.pid] };
  const error = await expectFailure(scene, ["call", name, "echo"], expected, options);
  expect(error.details).toMatchObject(detailsOf(failing));
});

test("tools tells each of them beside the tools of the others", async () => {
  await configure("local");
  const result = await scene.fairlead(["tools", "--json"]);
  expectClean(result);
  const told = result.stderr.trimEnd().split("\n");
  expect(told.map((line) => JSON.parse(line) as unknown)).toEqual(
    failingStarts.map((failing) => ({
      error: expect.objectContaining({
        code: failing.code,
        details: expect.objectContaining(detailsOf(failing)),
      }),
    })),
  );
  expect(failingStarts.map(({ exit }) => exit)).toContain(result.code);
  expect(result.stdout).toContain("good__echo");
});

test("list --check tells each of them, to people and to programs", async () => {
  await configure("far");
  const [plain, json] = await Promise.all([
    scene.fairlead(["list", "--check"]),
    scene.fairlead(["list", "--check", "--json"]),
  ]);
  for (const result of [plain, json]) {
    expectClean(result);
    expect(failingStarts.map(({ exit }) => exit)).toContain(result.code);
  }
  const { servers } = JSON.parse(json.stdout) as { servers: readonly { name: string }[] };
  expect(plain.stdout).toMatch(/^good .* ok, \d+ tools/m);
  for (const failing of failingStarts) {
    expect(plain.stdout).toMatch(new RegExp(`^${failing.name} .* failed`, "m"));
    const sentence = plain.stderr.split("\n").find((line) => line.startsWith(`${failing.name}: `));
    for (const part of failing.tells) expect(sentence).toMatch(part);
    expect(servers.find(({ name }) => name === failing.name)).toMatchObject({
      check: { status: "failed", error: { code: failing.code, details: detailsOf(failing) } },
    });
  }
  expect(plain.stderr).toContain("\n[wordy] cómplaint 599 日本\n");
});

test("serve tells each of them to the agent that calls it, and goes on with the others", async () => {
  await configure("local");
  const agent = await connectAgent(scene);
  for (const failing of failingStarts) {
    const failed = await failingCall(agent, `${failing.name}__echo`, { text: "x" });
    for (const part of [`'${failing.name}'`, ...failing.tells]) expect(failed.message).toMatch(part);
    expect(failed.fairlead).toMatchObject({ code: failing.code, details: detailsOf(failing) });
  }
  const answer = await agent.client.callTool({ name: "good__echo", arguments: { text: "here" } });
  expect(answer).toMatchObject({ content: [{ text: "here" }] });
  await agent.close();
  await expectNothingLeft(scene, [daemon.pid]);
});

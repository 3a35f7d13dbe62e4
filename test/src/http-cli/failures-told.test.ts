import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExecutorDaemon, executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectClean, expectFailure, expectNothingLeft } from "../failures/support/expect-failure.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { connectAgent, failingCall } from "../start-failures/support/sdk-agent.js";
import { type FailingPlaces, failingServers, startFailingServers } from "./support/failing-servers.js";
import { httpTable } from "./support/http-table.js";

let scene: Scene;
let daemon: ExecutorDaemon;
let places: FailingPlaces;
beforeAll(async () => {
  scene = await createScene();
  daemon = await startDaemon(scene);
  places = await startFailingServers();
});
afterAll(async () => {
  await places.closed[Symbol.asyncDispose]();
  await places.front[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

async function configure(executor: "local" | "far"): Promise<void> {
  const more = [`executor = "${executor}"`, 'protocol = "legacy"'];
  const sick = failingServers.map(({ name, url }) => httpTable(name, url(places), more));
  await scene.configure(
    [...sick, httpTable("good", places.front.url(), more), executorTable("far", daemon)].join("\n"),
  );
}

test("list --check tells each of them beside the one that works", async () => {
  await configure("far");
  const [plain, json] = await Promise.all([
    scene.fairlead(["list", "--check"]),
    scene.fairlead(["list", "--check", "--json"]),
  ]);
  for (const result of [plain, json]) {
    expectClean(result);
    // That of the first which failed.
    expect(result.code).toBe(failingServers[0]?.expected.exit);
  }
  expect(plain.stdout).toMatch(/^good +far +ok, 1 tool +http +http:/m);
  const { servers } = JSON.parse(json.stdout) as { servers: readonly { name: string }[] };
  for (const { name, expected, failure } of failingServers) {
    expect(plain.stdout).toMatch(new RegExp(`^${name} +far +failed +http +`, "m"));
    expect(plain.stderr).toMatch(new RegExp(`^${name}: .*'${name}'`, "m"));
    expect(servers.find((server) => server.name === name)).toMatchObject({
      transport: "http",
      check: { status: "failed", error: { code: expected.code, details: { failure } } },
    });
  }
});

test("serve tells them to the agent that calls, and goes on with the others", async () => {
  await configure("local");
  const agent = await connectAgent(scene);
  for (const { name, expected, failure } of failingServers) {
    const failed = await failingCall(agent, `${name}__echo`);
    expect(failed.message).toMatch(expected.tells[0] ?? "");
    expect(failed.fairlead).toMatchObject({ code: expected.code, details: { failure } });
  }
  const answer = await agent.client.callTool({ name: "good__echo", arguments: {} });
  expect(answer).toMatchObject({ content: [{ text: "called" }] });
  await agent.close();
  await expectNothingLeft(scene, [daemon.pid]);
});

test("a token that is not set is told with its name, before anything is sent", async () => {
  await scene.configure(httpTable("web", places.front.url("/asked"), ['bearer_token_env_var = "NO_TOKEN"']));
  const expected = {
    exit: 2,
    code: "usage",
    reason: "config_invalid",
    tells: ["'web'", "NO_TOKEN"],
  } as const;
  const stillRunning = [daemon.pid];
  await expectFailure(scene, ["call", "web", "echo"], expected, { stillRunning });
  const blank = { ...expected, tells: ["NO_TOKEN", "is blank"] };
  await expectFailure(scene, ["tools"], blank, { env: { NO_TOKEN: " " }, stillRunning });
  expect(places.front.requests.filter(({ path }) => path === "/asked")).toEqual([]);
});

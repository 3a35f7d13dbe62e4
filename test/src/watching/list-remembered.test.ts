import { initializeRawClient } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";

interface Listed {
  readonly name: string;
  readonly live?: unknown;
  readonly cached?: { readonly tools: number; readonly seenAt: string };
}

async function listed(scene: Scene): Promise<readonly Listed[]> {
  const { stdout } = await scene.fairlead(["list", "--json"]);
  return (JSON.parse(stdout) as { servers: readonly Listed[] }).servers;
}

test.each([
  ["test", "s"],
  ["tools", "s"],
  ["list", "--check"],
])("without a host, list shows what %s %s saw", async (...command) => {
  await using scene = await createScene();
  await scene.configure(`${scene.server("s")}${scene.server("off", [], ["enabled = false"])}`);
  const before = await scene.fairlead(["list"]);
  expect(before.stdout).toMatch(/^s +local +enabled +stdio /m);
  expect(await scene.fairlead(command)).toMatchObject({ code: 0 });
  const after = await scene.fairlead(["list"]);
  expect(after.stdout).toMatch(/^s +local +\d+ tools, seen \d+ s ago +stdio /m);
  expect(after.stdout).toMatch(/^off +local +disabled +stdio /m);
});

test("a server that was just added shows the tools that add counted", async () => {
  await using scene = await createScene();
  const [, program = "", args = ""] = /command = (.*)\nargs = (.*)\n/.exec(scene.server("s")) ?? [];
  const command = [JSON.parse(program) as string, ...(JSON.parse(args) as string[])];
  const added = await scene.fairlead(["add", "s", "--json", "--", ...command]);
  const { tools } = JSON.parse(added.stdout) as { tools: number };
  expect(await listed(scene)).toMatchObject([{ name: "s", cached: { tools } }]);
});

test("a running host speaks for its servers, and what it saw is remembered after its end", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("s"));
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  await agent.request("tools/list");
  const [during] = await listed(scene);
  expect(during).toMatchObject({ live: [{ state: "ready" }] });
  expect(during?.cached).toBeUndefined();
  await agent[Symbol.asyncDispose]();
  const [after] = await listed(scene);
  expect(after?.live).toBeUndefined();
  expect(after?.cached?.tools).toBeGreaterThan(0);
});

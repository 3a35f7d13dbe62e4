import { rm } from "node:fs/promises";
import { canCountProcesses, initializeRawClient, type RawClient } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { startHttpGateway } from "../serve-cli/support/http-gateway.js";
import { createProjectScene, mcpServersText } from "./support/project.js";

async function toolNames(agent: RawClient): Promise<readonly string[]> {
  const { result } = await agent.request<{ tools: { name: string }[] }>("tools/list");
  return (result?.tools ?? []).map(({ name }) => name);
}

describe.skipIf(!canCountProcesses())("where a hub is running", () => {
  test("serve serves a project with files of its own itself, and every other one through the hub", async () => {
    await using scene = await createProjectScene();
    await scene.configure(scene.server("common"));
    await startHttpGateway(scene);
    const file = await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    await scene.fairlead(["trust", "--yes"], { cwd: scene.root });
    const agent = await scene.start(["serve"], { cwd: scene.root });
    await initializeRawClient(agent);
    expect(await toolNames(agent)).toEqual(expect.arrayContaining(["common__echo", "theirs__echo"]));

    const attached = await scene.start(["serve", "--attach", "always"], { cwd: scene.root });
    await initializeRawClient(attached);
    expect(attached.stderr()).toContain("the files of this project have no effect with --attach always");
    expect((await toolNames(attached)).some((name) => name.startsWith("theirs__"))).toBe(false);

    await rm(file);
    const other = await scene.start(["serve"], { cwd: scene.root });
    await initializeRawClient(other);
    expect((await toolNames(other)).some((name) => name.startsWith("theirs__"))).toBe(false);
    expect(other.stderr()).toBe("");
  });

  test("a file that has only Fairlead in it keeps nobody from the hub", async () => {
    await using scene = await createProjectScene();
    await scene.configure("");
    await startHttpGateway(scene);
    await scene.write(".mcp.json", mcpServersText({ fairlead: { command: "fairlead", args: ["serve"] } }));
    const agent = await scene.start(["serve", "--attach", "always"], { cwd: scene.root });
    await initializeRawClient(agent);
    expect(agent.stderr()).toBe("");
  });
});

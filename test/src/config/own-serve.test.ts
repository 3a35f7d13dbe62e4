import { initializeRawClient } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createScene } from "../failures/support/scene.js";

const note = "mcpServers.me: is fairlead serve itself, which does not start itself again; left out here";

test("a server that is fairlead serve itself is told of once by serve, and by list", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("good"));
  const entry = { command: "npx", args: ["-y", "fairlead", "serve"] };
  const file = await scene.folder.write("servers.json", JSON.stringify({ mcpServers: { me: entry } }));
  const given = ["--mcp-config", file];
  const listed = await scene.fairlead(["list", ...given]);
  expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining("good") });
  expect(listed.stderr).toContain(`fairlead: ${file}:1: ${note}\n`);
  const json = await scene.fairlead(["list", "--json", ...given]);
  expect(json).toMatchObject({ code: 0, stdout: expect.stringContaining('"good"'), stderr: "" });
  expect(await scene.fairlead(["get", "good", ...given])).toMatchObject({ code: 0, stderr: "" });

  const agent = await scene.start(["serve", "--attach", "never", ...given]);
  await initializeRawClient(agent);
  await agent.request("tools/list");
  agent.closeStdin();
  expect(await agent.exited).toMatchObject({ code: 0 });
  expect(agent.stderr().split(note)).toHaveLength(2);
});

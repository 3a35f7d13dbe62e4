import { initializeRawClient } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { expectFailure } from "./support/expect-failure.js";
import { createScene, serverTable } from "./support/scene.js";

/** Sets the title of the window, clears the screen, and pretends to be a line of ours. */
const hostile = "\u001b]0;owned\u0007\u001b[2J\u009b31mgone\r\nfairlead: all is well";

/** What a terminal would act upon. */
const controls = /[^\n\t\P{Cc}]/u;

test("an error of a server cannot steer the terminal, nor look like a line of ours", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("f"));
  const args = JSON.stringify({ code: -32_000, message: hostile });
  const result = await scene.fairlead(["call", "f", "fail", args]);
  expect(result).toMatchObject({ code: 7, stdout: "" });
  expect(result.stderr).toMatch(/gone.*fairlead: all is well\n$/);
  expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(result.stderr).not.toMatch(controls);
});

test("a result of a server cannot steer the terminal either; programs get it as it is", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("f"));
  const args = JSON.stringify({ text: hostile });
  const plain = await scene.fairlead(["call", "f", "echo", args]);
  expect(plain).toMatchObject({ code: 0, stderr: "" });
  expect(plain.stdout).toContain("gone");
  expect(plain.stdout).not.toMatch(controls);
  const json = await scene.fairlead(["call", "f", "echo", args, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ content: [{ text: hostile }] });
});

test("neither can kinds of content and names of tools", async () => {
  await using scene = await createScene();
  const program = `
    const hostile = ${JSON.stringify(hostile)};
    const answers = {
      initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "h", version: "1" } },
      "tools/list": { tools: [{ name: hostile, description: hostile, inputSchema: { type: "object" } }] },
      "tools/call": { content: [{ type: hostile, mimeType: hostile }] },
    };
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { id, method } = JSON.parse(line);
      if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method] }));
    });`;
  await scene.configure(serverTable("h", [process.execPath, "-e", program, scene.marker]));
  for (const args of [["call", "h", "any"], ["tools", "h"], ["tools"]]) {
    const result = await scene.fairlead(args);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toContain("gone");
    expect(result.stdout).not.toMatch(controls);
  }
});

test("neither can arguments, which stay in their row", async () => {
  await using scene = await createScene();
  await scene.configure(serverTable("h", ["sh", "-c", "cd /srv\nexec server", hostile]));
  for (const args of [["list"], ["get", "h"], ["config", "explain", "mcp_servers.h.args"]]) {
    const result = await scene.fairlead(args);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toContain("gone");
    expect(result.stdout).not.toMatch(controls);
  }
  const { stdout } = await scene.fairlead(["list"]);
  expect(stdout.trimEnd().split("\n")).toHaveLength(2);
});

test("what a server says on stderr is shown by serve under its name, without control characters", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("f"));
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  await agent.request("tools/call", { name: "f__stderr", arguments: { text: hostile } });
  await expect.poll(() => agent.stderr()).toContain("all is well");
  expect(agent.stderr()).not.toMatch(controls);
  expect(agent.stderr()).toMatch(/^\[f\] fairlead: all is well$/m);
});

test("a name that was typed is shown without control characters", async () => {
  await using scene = await createScene();
  const error = await expectFailure(scene, ["call", "no\u001b[2Jname", "echo"], {
    exit: 5,
    code: "not_found",
    reason: "server_unknown",
    tells: ["There is no server"],
  });
  expect(error.message).not.toMatch(controls);
});

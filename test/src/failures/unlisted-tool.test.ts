import { expect, test } from "vitest";
import { expectFailure } from "./support/expect-failure.js";
import { createScene, type Scene, serverTable } from "./support/scene.js";

/** A server that lists `wipe` alone, and answers each call with its arguments. */
async function configure(scene: Scene): Promise<void> {
  const program = `
    const capable = { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "o", version: "1" } };
    const tools = [{ name: "wipe", inputSchema: { type: "object" } }];
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { id, method, params } = JSON.parse(line);
      const answers = { initialize: { result: capable }, "tools/list": { result: { tools } } };
      const answer = answers[method] ?? params?.arguments;
      if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    });`;
  await scene.configure(serverTable("o", [process.execPath, "-e", program, scene.marker]));
}

test("what a tool that is not listed says of its failure is printed, with those that are listed beside it", async () => {
  await using scene = await createScene();
  await configure(scene);
  const result = { content: [{ type: "text", text: "half of it is gone" }], isError: true };
  const call = ["call", "o", "wype", JSON.stringify({ result })];
  const hint = 'fairlead: Server o lists no tool "wype"; it has wipe. Did you mean "wipe"?\n';
  expect(await scene.fairlead(call)).toMatchObject({ code: 8, stdout: "half of it is gone\n", stderr: hint });
  const stdout = `${JSON.stringify(result)}\n`;
  expect(await scene.fairlead([...call, "--json"])).toMatchObject({ code: 8, stdout, stderr: hint });
});

test.each([-32602, -32601])("a server that refuses a tool with %i has none of that name", async (code) => {
  await using scene = await createScene();
  await configure(scene);
  const error = { code, message: "what is that?" };
  await expectFailure(scene, ["call", "o", "wype", JSON.stringify({ error })], {
    exit: 5,
    code: "not_found",
    reason: "tool_unknown",
    tells: ['Server o has no tool "wype"; it has wipe. Did you mean "wipe"? It said: what is that?'],
  });
});

test("a server that refuses a tool for another reason is told with that reason, listed or not", async () => {
  await using scene = await createScene();
  await configure(scene);
  const error = { code: -32603, message: "the disk is full" };
  await expectFailure(scene, ["call", "o", "wype", JSON.stringify({ error })], {
    exit: 7,
    code: "protocol",
    reason: "peer_error",
    tells: ["Server o refused the call of wype: the disk is full"],
  });
});

import { expect, test } from "vitest";
import { expectFailure } from "./support/expect-failure.js";
import { createScene, type Scene, serverTable } from "./support/scene.js";

/** A server whose only tool answers with its arguments' member `raw`, or with so many MiB of text. */
async function configure(scene: Scene): Promise<void> {
  const program = `
    const capable = { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "o", version: "1" } };
    const large = (mebibytes) => ({ content: [{ type: "text", text: "a line of text\\n".repeat(mebibytes * 69906) }] });
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { id, method, params } = JSON.parse(line);
      const { raw, mebibytes } = params?.arguments ?? {};
      const answers = { initialize: capable, "tools/call": mebibytes === undefined ? raw : large(mebibytes) };
      if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method] }));
    });`;
  await scene.configure(serverTable("o", [process.execPath, "-e", program, scene.marker]));
}

test.each([
  [{ content: "hello" }, "content that is no array"],
  [{ content: { type: "text" } }, "content that is no array"],
  ["just text", "something that is no object"],
  [["text"], "something that is no object"],
  [null, "something that is no object"],
])("a tool that answers %j broke the contract, and is named", async (raw, what) => {
  await using scene = await createScene();
  await configure(scene);
  await expectFailure(scene, ["call", "o", "odd", JSON.stringify({ raw })], {
    exit: 7,
    code: "protocol",
    reason: "frame_invalid",
    tells: [`Server o answered the call of odd with ${what}`],
  });
});

test("a result without content is shown as far as there is something", async () => {
  await using scene = await createScene();
  await configure(scene);
  const args = JSON.stringify({ raw: { structuredContent: { a: 1 } } });
  expect(await scene.fairlead(["call", "o", "odd", args])).toMatchObject({ code: 0, stdout: '{"a":1}\n' });
});

test("32 MiB of text are printed in a heap of 256 MiB", async () => {
  await using scene = await createScene();
  await configure(scene);
  const env = { NODE_OPTIONS: "--max-old-space-size=256" };
  const { code, stdout, stderr } = await scene.fairlead(["call", "o", "odd", '{"mebibytes":32}'], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toHaveLength(32 * 69_906 * 15 + 1);
});

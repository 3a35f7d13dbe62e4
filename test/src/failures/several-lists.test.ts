import { expect, test } from "vitest";
import { expectClean, type FailureLine } from "./support/expect-failure.js";
import { createScene, serverTable } from "./support/scene.js";

test.each(["tools", "resources", "prompts"])(
  "%s tells of every server why it fails, where none has an answer",
  async (list) => {
    await using scene = await createScene();
    const missing = serverTable("missing", ["no-such-program"]);
    await scene.configure(scene.server("brief", ["--exit-at-once", "3"]) + missing);
    const [plain, json] = await Promise.all([scene.fairlead([list]), scene.fairlead([list, "--json"])]);
    for (const result of [plain, json]) {
      expectClean(result);
      // That of the first.
      expect(result).toMatchObject({ code: 4 });
    }
    const told = plain.stderr.split("\n").filter((line) => line.startsWith("fairlead: "));
    expect(told).toEqual([expect.stringContaining("'brief'"), expect.stringContaining("'missing'")]);
    expect(plain.stderr).not.toContain("There are no");
    expect(plain.stdout).toBe("");
    expect(JSON.parse(json.stdout)).toEqual({ [list]: [] });
    const lines = json.stderr.trimEnd().split("\n");
    const servers = lines.map((line) => (JSON.parse(line) as FailureLine).error.details["server"]);
    expect(servers).toEqual(["brief", "missing"]);
  },
);

test.each([
  ["knows no such method", "has none", "console.log(refusal(id))", { code: 0 }],
  ["ends", "has failed", "process.exit(3)", { code: 4, stdout: "" }],
])("a server that %s when it is asked for templates %s", async (_, __, then, expected) => {
  await using scene = await createScene();
  const program = `
    const answers = {
      initialize: { protocolVersion: "2025-11-25", capabilities: { resources: {} }, serverInfo: { name: "h", version: "1" } },
      "resources/list": { resources: [{ uri: "x://one", name: "one" }] },
    };
    const refusal = (id) => JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32601, message: "Method not found" } });
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { id, method } = JSON.parse(line);
      const result = answers[method];
      if (method === "resources/templates/list") ${then};
      else if (id !== undefined) console.log(result === undefined ? refusal(id) : JSON.stringify({ jsonrpc: "2.0", id, result }));
    });`;
  await scene.configure(serverTable("h", [process.execPath, "-e", program, scene.marker]));
  const [listed, tested] = await Promise.all([
    scene.fairlead(["resources", "h"]),
    scene.fairlead(["test", "h"]),
  ]);
  for (const result of [listed, tested]) expect(result, result.stderr).toMatchObject(expected);
});

import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { maskRandom } from "./support/mask.js";
import { everythingServer } from "./support/real-servers.js";
import { openV1Ways, type V1Ways } from "./support/v1-ways.js";

// A client that announces nothing, so the server offers the tools that ask nothing of it.
let ways: V1Ways;
beforeAll(async () => {
  ways = await openV1Ways({ server: () => everythingServer({ EVERYTHING_TEST: 'ä=1 "2"' }) });
});
afterAll(async () => ways[Symbol.asyncDispose]());

function call(name: string, args?: Record<string, unknown>): Promise<CallToolResult> {
  return ways.sameAnswer(
    async ({ client, exposed }) =>
      (await client.callTool({ name: exposed(name), arguments: args })) as CallToolResult,
    // The server writes the time of day into the resources that it makes up.
    maskRandom,
  );
}

/** Every tool with what it is asked; the end of the file checks that none is missing. */
const cases: readonly (readonly [tool: string, args: Record<string, unknown>])[] = [
  ["echo", { message: 'héllo\n\u2028\u0000 🜁 "quoted"' }],
  ["echo", { message: "" }],
  ["echo", { message: "x".repeat(200_000) }],
  ["get-annotated-message", { messageType: "error" }],
  ["get-annotated-message", { messageType: "success", includeImage: true }],
  ["get-annotated-message", { messageType: "debug" }],
  ["get-resource-links", { count: 3 }],
  ["get-resource-links", { count: 10 }],
  ["get-resource-reference", { resourceType: "Text", resourceId: 4 }],
  ["get-resource-reference", { resourceType: "Blob", resourceId: 7 }],
  ["get-structured-content", { location: "Chicago" }],
  ["get-sum", { a: 0.1, b: 0.2 }],
  ["get-sum", { a: -1e21, b: 1 }],
  ["get-tiny-image", {}],
  ["gzip-file-as-resource", { name: "a.gz", data: "data:text/plain,hello", outputType: "resource" }],
  ["gzip-file-as-resource", { name: "b.gz", data: "data:text/plain,hello", outputType: "resourceLink" }],
  ["trigger-long-running-operation", { duration: 0.05, steps: 2 }],
];

describe("every tool answers the same directly, through a local and through a separate executor", () => {
  test.each(cases)("%s %j", async (tool, args) => {
    const result = await call(tool, args);
    expect(result.content.length).toBeGreaterThan(0);
    expect(result.isError).toBeUndefined();
  });

  test("echo gives the very text back", async () => {
    const message = "tab\tand \\ and é";
    expect((await call("echo", { message })).content).toEqual([{ type: "text", text: `Echo: ${message}` }]);
  });

  test("structured content arrives as data", async () => {
    const { structuredContent } = await call("get-structured-content", { location: "New York" });
    expect(structuredContent).toEqual({ temperature: 33, conditions: "Cloudy", humidity: 82 });
  });

  test("a link that a tool gave can be read", async () => {
    await call("gzip-file-as-resource", {
      name: "c.gz",
      data: "data:text/plain,linked",
      outputType: "resourceLink",
    });
    const read = await ways.sameAnswer(({ client }) =>
      client.readResource({ uri: "demo://resource/session/c.gz" }),
    );
    expect(read.contents).toMatchObject([
      { uri: "demo://resource/session/c.gz", mimeType: "application/gzip" },
    ]);
  });

  // The rest of the environment is the machine's and the executor's own business, and differs.
  test("get-env shows the variables that are configured for the server", async () => {
    const answer = await ways.sameAnswer(async ({ client, exposed }) => {
      const { content } = (await client.callTool({ name: exposed("get-env") })) as CallToolResult;
      const [block] = content;
      return block?.type === "text" ? JSON.parse(block.text).EVERYTHING_TEST : undefined;
    });
    expect(answer).toBe('ä=1 "2"');
  });

  test("the toggles start and stop", async () => {
    for (const tool of ["toggle-simulated-logging", "toggle-subscriber-updates"]) {
      expect(JSON.stringify(await call(tool))).toContain("Started simulated");
      expect(JSON.stringify(await call(tool))).toContain("Stopped simulated");
    }
  });
});

describe("what the server refuses is told in the same words", () => {
  test.each<[string, Record<string, unknown>]>([
    ["get-sum", { a: "one" }],
    ["get-resource-links", { count: 11 }],
    ["gzip-file-as-resource", { data: "ftp://example.invalid/x" }],
    ["trigger-long-running-operation", { duration: "long" }],
  ])("%s %j", async (tool, args) => {
    expect((await call(tool, args)).isError).toBe(true);
  });

  test("a tool that does not exist", async () => {
    const result = await call("no-such-tool");
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("no-such-tool") }],
    });
  });
});

test("the list of tools is the same but for the names, and has no tool that is not tried here", async () => {
  const { tools } = await ways.sameAnswer(
    ({ client }) => client.listTools(),
    (list, { raw }) => ({ ...list, tools: list.tools.map((tool) => ({ ...tool, name: raw(tool.name) })) }),
  );
  const tried = new Set(cases.map(([tool]) => tool));
  for (const tool of ["get-env", "toggle-simulated-logging", "toggle-subscriber-updates"]) tried.add(tool);
  // It needs a client that can follow tasks; everything-tasks.test.ts has one.
  tried.add("simulate-research-query");
  expect(tools.map(({ name }) => name).toSorted()).toEqual([...tried].toSorted());
});

test("the server sends nothing that the client cannot place", () => {
  for (const { complaints, way } of ways.all) expect({ way, complaints }).toEqual({ way, complaints: [] });
});

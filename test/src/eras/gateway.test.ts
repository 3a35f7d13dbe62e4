import { waitUntil } from "@fairlead/testkit";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { connectV1, type V1End } from "../servers/support/v1-ways.js";
import { connectV2, type V2End } from "../servers/support/v2-client.js";
import { watchProgress } from "../servers/support/watch-progress.js";
import { v2ServerPath } from "./support/open-v2-server.js";

// A server that knows the modern era only, behind `fairlead serve`, and agents of both eras before it.
const stack = createDisposeStack();
let home: TestHome;
let legacy: V1End;
let modern: V2End;
beforeAll(async () => {
  home = stack.use(
    await createTestHome({
      servers: { new: { command: process.execPath, args: [v2ServerPath, "--modern-only"] } },
    }),
  );
  const [command, ...args] = home.command("serve");
  const launch = { command, args, env: { ...home.env }, cwd: home.folder.path };
  legacy = await connectV1(launch, { capabilities: { elicitation: {} } }, (client) => {
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: { name: "Ada" } }));
  });
  stack.use({ [Symbol.asyncDispose]: legacy.close });
  modern = await connectV2(launch, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  stack.use({ [Symbol.asyncDispose]: modern.close });
});
afterAll(async () => stack[Symbol.asyncDispose]());

const ends = { legacy: () => legacy.client, modern: () => modern.client } as const;

describe.each(["legacy", "modern"] as const)("an agent of the %s era", (era) => {
  test("lists and calls the tools of a modern server", async () => {
    const client = ends[era]();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(["new__hello", "new__ask"]));
    const result = await client.callTool({ name: "new__hello", arguments: {} });
    expect(result.content).toEqual([{ type: "text", text: "hello" }]);
  });

  test("reads its resources and prompts", async () => {
    const client = ends[era]();
    expect((await client.readResource({ uri: "test://thing" })).contents).toEqual([
      { uri: "test://thing", text: "a thing" },
    ]);
    expect((await client.getPrompt({ name: "new__greet" })).messages).toHaveLength(1);
  });
});

test("an agent of the legacy era is asked what the modern server wants to know", async () => {
  const result = await legacy.client.callTool({ name: "new__ask", arguments: {} });
  const [block] = result.content as readonly { readonly text: string }[];
  const answers = { name: { action: "accept", content: { name: "Ada" } } };
  expect(JSON.parse(block?.text ?? "")).toEqual([answers, 'state "é"']);
});

test("an agent of the legacy era is told what changes and what is logged, as it asked", async () => {
  const told = (method: string): boolean => legacy.notifications.some((note) => note.method === method);
  await legacy.client.subscribeResource({ uri: "test://thing" });
  await legacy.client.setLoggingLevel("error");
  await legacy.client.callTool({ name: "new__log", arguments: {} });
  await legacy.client.callTool({ name: "new__touch", arguments: {} });
  for (const method of [
    "notifications/message",
    "notifications/resources/updated",
    "notifications/tools/list_changed",
  ]) {
    await waitUntil(() => told(method), { withinMs: 10_000, what: method });
  }
  expect(legacy.notifications.filter(({ method }) => method === "notifications/message")).toHaveLength(1);
  await legacy.client.unsubscribeResource({ uri: "test://thing" });
  expect(legacy.complaints).toEqual([]);
});

test("calls of a legacy agent report progress and can be taken back", async () => {
  using watched = watchProgress(legacy.client);
  await legacy.client.callTool({ name: "new__progress", arguments: {} }, undefined, {
    onprogress: () => {},
  });
  expect(watched.steps).toEqual([1, 2, 3]);
  const abort = new AbortController();
  const call = legacy.client.callTool({ name: "new__hang", arguments: {} }, undefined, {
    signal: abort.signal,
  });
  abort.abort("enough");
  await expect(call).rejects.toThrow("enough");
  expect((await legacy.client.callTool({ name: "new__hello", arguments: {} })).isError).toBeUndefined();
});

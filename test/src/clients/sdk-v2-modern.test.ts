import { initializeRawClient, spawnRawClient, waitUntil } from "@fairlead/testkit";
import { type Client, ProtocolError } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { maskRandom } from "../servers/support/mask.js";
import { type ModernAgent, openModernAgent, withoutModernMembers } from "./modern-agent.js";

// The official SDK v2 client in the modern era (2026-07-28: no handshake, `_meta` in every request) against servers of the
// legacy era on an executor. What a legacy client is told directly by the very same server is the yardstick.
let agent: ModernAgent;
let client: Client;
beforeAll(async () => {
  agent = await openModernAgent();
  client = agent.client;
});
afterAll(async () => agent[Symbol.asyncDispose]());

describe("discovery", () => {
  test("the client is in the modern era and knows what it talks to", () => {
    expect(client.getProtocolEra()).toBe("modern");
    expect(client.getNegotiatedProtocolVersion()).toBe("2026-07-28");
    expect(client.getServerVersion()).toMatchObject({ name: "fairlead" });
    expect(client.getServerCapabilities()).toMatchObject({
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true },
      completions: {},
    });
  });

  test("server/discover can be asked again", async () => {
    const { supportedVersions } = await client.discover();
    expect(supportedVersions).toContain("2026-07-28");
  });

  test("a client that leaves the era open ends up in the modern one", async () => {
    const { client: open } = await agent.connectAnother({ versionNegotiation: { mode: "auto" } });
    expect(open.getProtocolEra()).toBe("modern");
    expect((await open.listTools()).tools.length).toBeGreaterThan(10);
  });

  test("a client that knows the era already needs no round trip", async () => {
    const discover = client.getDiscoverResult();
    if (discover === undefined) throw new Error("nothing was discovered");
    const { client: second } = await agent.connectAnother({}, { prior: { kind: "modern", discover } });
    expect((await second.listTools()).tools.length).toBeGreaterThan(10);
  });
});

describe("lists are those that a legacy client sees, but for the names", () => {
  test("tools", async () => {
    const { tools } = await client.listTools();
    const own = tools.filter(({ name }) => name.startsWith("ev__"));
    // The modern era has no tasks, so this client takes away what a tool says about them.
    const expected = (await agent.legacy.listTools()).tools;
    const comparable = expected.map((tool) => ({ ...tool, execution: undefined }));
    expect(own.map((tool) => ({ ...tool, name: tool.name.slice(4) }))).toEqual(comparable);
  });

  test("prompts", async () => {
    const { prompts } = await client.listPrompts();
    const own = prompts.filter(({ name }) => name.startsWith("ev__"));
    const expected = (await agent.legacy.listPrompts()).prompts;
    expect(own.map((prompt) => ({ ...prompt, name: prompt.name.slice(4) }))).toEqual(expected);
  });

  test("resources and templates", async () => {
    const { resources } = await client.listResources();
    expect(resources).toEqual(expect.arrayContaining((await agent.legacy.listResources()).resources));
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates).toEqual(
      expect.arrayContaining((await agent.legacy.listResourceTemplates()).resourceTemplates),
    );
  });

  test("in the same order every time", async () => {
    const first = await client.listTools({}, { cacheMode: "bypass" });
    const second = await client.listTools({}, { cacheMode: "bypass" });
    expect(second.tools.map(({ name }) => name)).toEqual(first.tools.map(({ name }) => name));
  });
});

describe("answers are those that a legacy client gets", () => {
  test.each<[string, Record<string, unknown>]>([
    ["echo", { message: "é 🜁 \u2028" }],
    ["get-annotated-message", { messageType: "error", includeImage: true }],
    ["get-resource-links", { count: 2 }],
    ["get-resource-reference", { resourceType: "Text", resourceId: 3 }],
    ["get-structured-content", { location: "Los Angeles" }],
    ["get-sum", { a: 1, b: 2 }],
    ["get-sum", { a: "no number" }],
    ["get-tiny-image", {}],
    ["gzip-file-as-resource", { name: "m.gz", data: "data:text/plain,hello", outputType: "resource" }],
    ["trigger-long-running-operation", { duration: 0.05, steps: 1 }],
  ])("of the tool %s %j", async (name, args) => {
    const result = await client.callTool({ name: `ev__${name}`, arguments: args });
    const expected = await agent.legacy.callTool({ name, arguments: args });
    // The server writes the time of day into resources.
    expect(maskRandom(withoutModernMembers(result))).toEqual(maskRandom(expected));
  });

  test("of prompts", async () => {
    const args = { city: "Bern" };
    const got = await client.getPrompt({ name: "ev__args-prompt", arguments: args });
    expect(withoutModernMembers(got)).toEqual(
      await agent.legacy.getPrompt({ name: "args-prompt", arguments: args }),
    );
  });

  test("of resources", async () => {
    const uri = "demo://resource/static/document/features.md";
    expect(withoutModernMembers(await client.readResource({ uri }))).toEqual(
      await agent.legacy.readResource({ uri }),
    );
    expect((await client.readResource({ uri: "fixture://item/5" })).contents).toMatchObject([
      { text: "item 5" },
    ]);
  });

  test("of completion", async () => {
    const argument = { name: "department", value: "S" };
    const { completion } = await client.complete({
      ref: { type: "ref/prompt", name: "ev__completable-prompt" },
      argument,
    });
    expect(completion.values).toEqual(["Sales", "Support"]);
  });
});

describe("refusals", () => {
  test("a server's error keeps code, message and data", async () => {
    const error = { code: -32_050, message: "own words", data: { a: [1] } };
    const refused = client.callTool({ name: "fix__fail", arguments: error });
    await expect(refused).rejects.toMatchObject(error);
  });

  test("a tool, prompt or resource that nobody has", async () => {
    await expect(client.callTool({ name: "none__x" })).rejects.toBeInstanceOf(ProtocolError);
    await expect(client.getPrompt({ name: "none__x" })).rejects.toBeInstanceOf(ProtocolError);
    await expect(client.readResource({ uri: "demo://none" })).rejects.toBeInstanceOf(ProtocolError);
  });

  test("a revision that nobody knows is refused with those that we do", async () => {
    await using raw = await spawnRawClient(agent.home.command("serve"), { env: agent.home.env });
    const meta = {
      "io.modelcontextprotocol/protocolVersion": "2099-01-01",
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const { error } = await raw.request("server/discover", { _meta: meta });
    expect(error).toMatchObject({
      code: -32_022,
      data: { supported: expect.arrayContaining(["2026-07-28"]) },
    });
    // A probe decides nothing: the agent may still shake hands.
    expect(await initializeRawClient(raw)).toMatchObject({ protocolVersion: "2025-11-25" });
    raw.closeStdin();
    await raw.exited;
  });
});

describe("while a call runs", () => {
  test("progress comes", async () => {
    const steps: number[] = [];
    const args = { steps: 3, interval_ms: 20 };
    await client.callTool(
      { name: "fix__progress", arguments: args },
      { onprogress: ({ progress }) => steps.push(progress) },
    );
    expect(steps).toEqual([1, 2, 3]);
  });

  test("it can be taken back, which the server hears", async () => {
    const abort = new AbortController();
    const call = client.callTool({ name: "fix__sleep", arguments: { ms: 60_000 } }, { signal: abort.signal });
    call.catch(() => undefined);
    // Requests go to a server in order, so by this answer it has the one before.
    await client.callTool({ name: "fix__echo", arguments: { text: "in between" } });
    abort.abort("enough");
    await expect(call).rejects.toThrow("enough");
    const { structuredContent } = await client.callTool({ name: "fix__cancelled" });
    expect((structuredContent as { cancelled: unknown[] }).cancelled).toHaveLength(1);
  });
});

test("changed lists come to who listens, only those that were asked for, and no longer than asked for", async () => {
  const changed = (what: string): Promise<unknown> =>
    client.callTool({ name: "fix__notify-list-changed", arguments: { what } });
  const subscription = await client.listen({ toolsListChanged: true, resourcesListChanged: true });
  expect(subscription.honoredFilter).toEqual({ toolsListChanged: true, resourcesListChanged: true });
  const from = agent.notifications.length;
  const methods = (): string[] => agent.notifications.slice(from).map(({ method }) => method);
  for (const what of ["prompts", "tools", "resources"]) await changed(what);
  await waitUntil(() => methods().includes("notifications/resources/list_changed"), {
    withinMs: 3_000,
    what: () => `The last change (there are: ${methods().join(", ")})`,
  });
  expect(methods()).toEqual(["notifications/tools/list_changed", "notifications/resources/list_changed"]);

  await subscription.close();
  expect(await subscription.closed).toBe("local");
  const afterwards = agent.notifications.length;
  await changed("tools");
  await client.discover();
  expect(agent.notifications.slice(afterwards)).toEqual([]);
});

test("a server behind hears who the agent is", async () => {
  const { content } = await client.callTool({ name: "facts__client" });
  const [block] = content;
  expect(JSON.parse(block?.type === "text" ? block.text : "")).toMatchObject({
    clientInfo: { name: "test-client", version: "2.0.0" },
  });
});

test("the gateway sends nothing that the client cannot place", () => {
  expect(agent.complaints).toEqual([]);
});

import { initializeRawClient, processesWithMarker, spawnRawClient, waitUntilGone } from "@fairlead/testkit";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { expect, test } from "vitest";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { clientFactsServer } from "../servers/support/local-fixtures.js";
import { fixtureServer } from "../servers/support/raw-gateway.js";
import { connectV1, type V1End } from "../servers/support/v1-ways.js";

// That every feature works through this client is the business of the suites in ../servers.

async function connectTo(home: TestHome, options?: Parameters<typeof connectV1>[1]): Promise<V1End> {
  const [command, ...args] = home.command("serve");
  return connectV1({ command, args, env: { ...home.env }, cwd: home.folder.path }, options);
}

test("the gateway introduces itself and announces all that a server behind it may have", async () => {
  await using home = await createTestHome({ servers: { fix: fixtureServer() } });
  const { client, close } = await connectTo(home);
  expect(client.getServerVersion()).toMatchObject({
    name: "fairlead",
    title: "Fairlead",
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
  expect(client.getServerCapabilities()).toEqual({
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    logging: {},
    completions: {},
    experimental: { "fairlead/control": {} },
  });
  await client.ping();
  await close();
});

test("a server hears who the agent is and what it can do, and nothing more", async () => {
  await using home = await createTestHome({ servers: { facts: clientFactsServer() } });
  const capabilities = {
    elicitation: { form: {} },
    roots: { listChanged: true },
    experimental: { "x/y": { a: 1 } },
  };
  const { client, close } = await connectTo(home, { capabilities });
  const { content } = (await client.callTool({ name: "facts__client" })) as CallToolResult;
  const [block] = content;
  expect(JSON.parse(block?.type === "text" ? block.text : "")).toEqual({
    clientInfo: { name: "test-client", version: "1.0.0" },
    capabilities,
  });
  await close();
});

test("close() is enough: the gateway goes by itself before the SDK would send a signal", async () => {
  await using home = await createTestHome({ servers: { fix: fixtureServer() } });
  const { client, close } = await connectTo(home);
  await client.listTools();
  // The gateway, its executor and the server: who is counted here is missed below if it stays.
  expect(processesWithMarker(home.marker).length).toBeGreaterThanOrEqual(3);
  const startedAtMs = performance.now();
  await close();
  expect(performance.now() - startedAtMs).toBeLessThan(1_900);
  await waitUntilGone(home.marker, { withinMs: 3_000 });
});

test.each(["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])(
  "an agent that speaks %s is answered in it",
  async (protocolVersion) => {
    await using home = await createTestHome({ servers: { fix: fixtureServer() } });
    await using client = await spawnRawClient(home.command("serve"), { env: home.env });
    expect((await initializeRawClient(client, { protocolVersion }))["protocolVersion"]).toBe(protocolVersion);
    const { result } = await client.request("tools/call", { name: "fix__echo", arguments: { text: "hi" } });
    expect(result).toMatchObject({ content: [{ text: "hi" }] });
    client.closeStdin();
    expect((await client.exited).code).toBe(0);
  },
);

test.each(["2026-07-28", "1999-01-01", ""])(
  "an agent that initializes with %j is offered the last revision with a handshake",
  async (protocolVersion) => {
    await using home = await createTestHome();
    await using client = await spawnRawClient(home.command("serve"), { env: home.env });
    expect((await initializeRawClient(client, { protocolVersion }))["protocolVersion"]).toBe("2025-11-25");
    client.closeStdin();
    await client.exited;
  },
);

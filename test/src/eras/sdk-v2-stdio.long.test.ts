import { waitUntil } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { openV2Server } from "./support/open-v2-server.js";

const accepted = { action: "accept", content: { name: "Ada" } };
const modernOnly = { args: ["--modern-only"] };

describe("a stdio server of SDK v2", () => {
  test.each([
    ["that speaks both eras", {}],
    ["that speaks the modern era only", modernOnly],
  ])("%s is found to be modern, and nothing else is asked of it", async (_, options) => {
    await using server = await openV2Server(options);
    expect([server.connection.era, server.eras]).toEqual(["modern", ["modern"]]);
    expect(server.connection.initializeResult.value).toMatchObject({
      protocolVersion: "2026-07-28",
      serverInfo: { name: "sdk-v2", version: "9.9" },
      instructions: "Ask nicely.",
      capabilities: { tools: { listChanged: true } },
    });
    expect(await server.tool("hello")).toBe("hello");
    expect(server.warnings).toEqual([]);
  });

  test("takes the handshake where legacy is wished or remembered", async () => {
    for (const options of [{ protocol: "legacy" }, { rememberedEra: "legacy" }] as const) {
      await using server = await openV2Server(options);
      expect([server.connection.era, server.eras]).toEqual(["legacy", []]);
      expect(server.connection.initializeResult.protocolVersion).toBe("2025-11-25");
      expect(await server.tool("hello")).toBe("hello");
    }
  });

  test("that refuses the handshake which is remembered is found to be modern on the same process", async () => {
    await using server = await openV2Server({ ...modernOnly, rememberedEra: "legacy" });
    expect([server.connection.era, server.eras]).toEqual(["modern", ["modern"]]);
    expect(await server.tool("hello")).toBe("hello");
  });

  test("lists tools, prompts and resources, and reads them", async () => {
    await using server = await openV2Server(modernOnly);
    const { tools } = await server.ask("tools/list");
    expect((tools as { name: string }[]).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["hello", "ask", "hang"]),
    );
    expect(await server.ask("prompts/get", { name: "greet" })).toMatchObject({
      messages: [{ role: "user" }],
    });
    expect(await server.ask("resources/list")).toMatchObject({ resources: [{ uri: "test://thing" }] });
    expect(await server.ask("resources/read", { uri: "test://thing" })).toMatchObject({
      contents: [{ text: "a thing" }],
    });
    expect(await server.ask("resources/read", { uri: "test://none" })).toMatchObject({
      error: { code: -32602 },
    });
    expect(await server.ask("ping")).toEqual({});
  });

  test("sees who asks, and trace context untouched", async () => {
    await using server = await openV2Server(modernOnly);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const meta = JSON.parse(await server.tool("meta", { _meta: { traceparent } })) as Record<string, unknown>;
    expect(meta).toMatchObject({ traceparent });
  });

  test("asks in the middle of a call, and gets answers and state back", async () => {
    await using server = await openV2Server({
      ...modernOnly,
      handlers: {
        onRequest: () => Promise.resolve({ kind: "result", result: Buffer.from(JSON.stringify(accepted)) }),
      },
    });
    expect(JSON.parse(await server.tool("ask"))).toEqual([{ name: accepted }, 'state "é"']);
  });

  test("reports progress under the caller's token, all of it before the answer", async () => {
    await using server = await openV2Server(modernOnly);
    const seen: unknown[] = [];
    const params = Buffer.from('{"name":"progress","_meta":{"progressToken":"mine"}}');
    await server.connection.request({
      method: "tools/call",
      params,
      onProgress: (raw) => seen.push(JSON.parse(raw.toString())),
    });
    expect(seen).toEqual([1, 2, 3].map((progress) => ({ progressToken: "mine", progress, total: 3 })));
  });

  test("logs from the level on that was set, and nothing before", async () => {
    await using server = await openV2Server(modernOnly);
    await server.tool("log");
    expect(server.notifications).toEqual([]);
    expect(await server.ask("logging/setLevel", { level: "error" })).toEqual({});
    await server.tool("log");
    expect(server.notifications).toEqual([
      {
        method: "notifications/message",
        params: expect.objectContaining({ level: "error", data: "trouble" }),
      },
    ]);
  });

  test("tells changes of lists, and of resources that were subscribed to", async () => {
    await using server = await openV2Server(modernOnly);
    const told = () => server.notifications.map(({ method }) => method);
    await server.ask("tools/list");
    await server.tool("touch");
    await waitUntil(() => told().includes("notifications/tools/list_changed"), {
      withinMs: 10_000,
      what: "the server",
    });
    expect(told()).not.toContain("notifications/resources/updated");
    expect(await server.ask("resources/subscribe", { uri: "test://thing" })).toEqual({});
    await server.tool("touch");
    await waitUntil(() => told().includes("notifications/resources/updated"), {
      withinMs: 10_000,
      what: "the server",
    });
    expect(
      server.notifications.find(({ method }) => method === "notifications/resources/updated")?.params,
    ).toEqual({
      uri: "test://thing",
    });
    const { tools } = await server.ask("tools/list");
    expect(
      (tools as { name: string }[]).filter(({ name }) => name.startsWith("more-")).length,
    ).toBeGreaterThan(0);
    expect(server.warnings).toEqual([]);
  });

  test("is told when a call is given up", async () => {
    await using server = await openV2Server(modernOnly);
    const abort = new AbortController();
    const call = server.connection.request({
      method: "tools/call",
      params: Buffer.from('{"name":"hang"}'),
      signal: abort.signal,
    });
    expect(await server.tool("hello")).toBe("hello");
    abort.abort("enough");
    await expect(call).rejects.toMatchObject({ code: "canceled" });
    await waitUntil(() => server.stderr.includes("hang was taken back"), {
      withinMs: 10_000,
      what: "the server",
    });
  });
});

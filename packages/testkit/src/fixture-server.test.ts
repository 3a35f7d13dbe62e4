import { inflateSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { initializeRawClient } from "./client/initialize-raw-client.js";
import { type RawClient, type RawClientOptions, spawnRawClient } from "./client/raw-client.js";
import { fixtureServerPath } from "./fixture-server.js";

/** Starts the server for one test and does the handshake. */
async function startServer(
  flags: readonly string[] = [],
  options: RawClientOptions = {},
): Promise<RawClient> {
  const client = await spawnRawClient([process.execPath, fixtureServerPath, ...flags], options);
  onTestFinished(() => client[Symbol.asyncDispose]());
  await initializeRawClient(client, { capabilities: { elicitation: {} } });
  return client;
}

interface ToolResult {
  readonly content: readonly Readonly<Record<"type" | "text" | "data", string>>[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

async function callTool(client: RawClient, name: string, args: object = {}): Promise<ToolResult> {
  const { result, error } = await client.request<ToolResult>("tools/call", { name, arguments: args });
  if (result === undefined) throw new Error(`tool ${name} answered ${JSON.stringify(error)}`);
  return result;
}

const textOf = (result: ToolResult): string | undefined => result.content[0]?.text;

describe("tools", () => {
  test("answer about the process they run in", async () => {
    const client = await startServer([], { env: { COLOUR: "red" }, cwd: "/" });
    expect(textOf(await callTool(client, "echo", { text: "grüße" }))).toBe("grüße");
    expect(textOf(await callTool(client, "pid"))).toBe(String(client.pid));
    expect(textOf(await callTool(client, "cwd"))).toBe("/");
    const unset = { structuredContent: { value: null } };
    expect(textOf(await callTool(client, "env", { name: "COLOUR" }))).toBe("red");
    expect(await callTool(client, "env", { name: "SHAPE" })).toMatchObject(unset);
    expect(textOf(await callTool(client, "big", { bytes: 3_000_000 }))).toHaveLength(3_000_000);
    await callTool(client, "stderr", { text: "to the other side" });
    await expect.poll(() => client.stderr()).toContain("to the other side\n");
    expect(client.junk).toEqual([]);
  });

  test("fail in both ways", async () => {
    const client = await startServer();
    expect(await callTool(client, "iserror")).toMatchObject({ isError: true });
    const args = { code: -32042, message: "as told", data: { deep: [1, null] } };
    const { error } = await client.request("tools/call", { name: "fail", arguments: args });
    expect(error).toEqual(args);
    expect((await client.request("tools/call", { name: "nobody" })).error?.code).toBe(-32602);
    expect((await client.request("no/such/method")).error?.code).toBe(-32601);
    await client.sendRaw("{broken\n");
    await expect(client.nextMessage(({ id }) => id === null)).resolves.toMatchObject({
      error: { code: -32700 },
    });
  });

  test("a cancelled sleep never answers and is remembered", async () => {
    const client = await startServer();
    await client.send({
      jsonrpc: "2.0",
      id: "nap",
      method: "tools/call",
      params: { name: "sleep", arguments: { ms: 50 } },
    });
    await client.notify("notifications/cancelled", { requestId: "nap", reason: "enough" });
    expect(textOf(await callTool(client, "sleep", { ms: 100 }))).toBe("slept 100 ms");
    expect(await callTool(client, "cancelled")).toMatchObject({
      structuredContent: { cancelled: [{ requestId: "nap", reason: "enough" }] },
    });
    expect(client.messages.filter(({ id }) => id === "nap")).toEqual([]);
  });

  test("progress comes with the given token, before the result", async () => {
    const client = await startServer();
    const params = { name: "progress", arguments: { steps: 3 }, _meta: { progressToken: "t-1" } };
    await client.request("tools/call", params);
    const seen = client.messages
      .slice(1)
      .map(({ method, params: told }) => (method === undefined ? "result" : told));
    expect(seen).toMatchObject([
      { progressToken: "t-1", progress: 1, total: 3 },
      { progressToken: "t-1", progress: 2 },
      { progressToken: "t-1", progress: 3 },
      "result",
    ]);
  });

  test("meta gives the request back byte for byte and answers with fields nobody knows", async () => {
    const client = await startServer();
    const line =
      '{"jsonrpc":"2.0","id":77,"x":1.0,"method":"tools/call","params":{"name":"meta","_meta":{"a/b":2},"odd":12345678901234567890}}';
    await client.sendRaw(`${line}\n`);
    const { result } = await client.waitForId<ToolResult>(77);
    expect(result && textOf(result)).toBe(line);
    expect(result?.structuredContent).toMatchObject({ params: { _meta: { "a/b": 2 } } });
    expect(String(client.lines.at(-1))).toContain('"big":12345678901234567890,"float":1.0');
  });

  test("ask sends the client's answer on", async () => {
    const client = await startServer();
    const asking = callTool(client, "ask");
    const question = await client.nextMessage(({ method }) => method === "elicitation/create");
    expect(question.params).toHaveProperty("requestedSchema");
    const answer = { action: "accept", content: { name: "Ada" } };
    await client.send({ jsonrpc: "2.0", id: question.id, result: answer });
    expect(await asking).toMatchObject({ structuredContent: { answer: { result: answer } } });
  });

  test.each(["tools", "resources", "prompts"])("notify-list-changed tells about %s", async (what) => {
    const client = await startServer();
    await callTool(client, "notify-list-changed", { what });
    const told = client.nextMessage(({ method }) => method === `notifications/${what}/list_changed`);
    await expect(told).resolves.toHaveProperty("method");
  });

  test("pictures are decodable exactly where the scenario says so", async () => {
    const client = await startServer();
    const shapeOf = async (scenario: string): Promise<string> => {
      const { content } = await callTool(client, "image_scenario", { scenario });
      return content.map(({ type, data }) => (type === "image" ? pictureKind(data) : type)).join(" ");
    };
    expect({
      image_only: await shapeOf("image_only"),
      text_then_image: await shapeOf("text_then_image"),
      image_then_text: await shapeOf("image_then_text"),
      text_only: await shapeOf("text_only"),
      multiple_valid_images: await shapeOf("multiple_valid_images"),
      invalid_base64_then_image: await shapeOf("invalid_base64_then_image"),
      invalid_image_bytes_then_image: await shapeOf("invalid_image_bytes_then_image"),
    }).toEqual({
      image_only: "red",
      text_then_image: "text red",
      image_then_text: "red text",
      text_only: "text",
      multiple_valid_images: "red blue",
      invalid_base64_then_image: "no-base64 red",
      invalid_image_bytes_then_image: "no-picture red",
    });
  });
});

describe("the rest of the protocol", () => {
  test("lists come in as many pages as asked, without loss", async () => {
    const client = await startServer(["--pages", "4"]);
    const names: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const { result } = await client.request<{ tools: { name: string }[]; nextCursor?: string }>(
        "tools/list",
        cursor === undefined ? {} : { cursor },
      );
      names.push(...(result?.tools ?? []).map(({ name }) => name));
      cursor = result?.nextCursor;
      pages += 1;
    } while (cursor !== undefined);
    expect(pages).toBe(4);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["echo", "image_scenario", "spawn-child"]));
    expect((await client.request("tools/list", { cursor: "page-4" })).error?.code).toBe(-32602);
  });

  test("resources, prompts, completion and logging", async () => {
    const client = await startServer(["--name", "one"]);
    const ask = async (method: string, params: object = {}): Promise<unknown> => {
      const { result, error } = await client.request(method, params);
      return result ?? error;
    };
    expect(client.messages[0]?.result).toMatchObject({ serverInfo: { name: "one" } });
    expect(await ask("resources/list")).toMatchObject({ resources: [{ uri: "fixture://text" }, {}] });
    expect(await ask("resources/templates/list")).toHaveProperty("resourceTemplates");
    expect(await ask("resources/read", { uri: "fixture://item/7" })).toMatchObject({
      contents: [{ text: "item 7" }],
    });
    expect(await ask("resources/read", { uri: "fixture://no" })).toMatchObject({ code: -32002 });
    const uri = "fixture://text";
    expect(textOf(await callTool(client, "touch", { uri }))).toBe("nobody subscribed");
    await ask("resources/subscribe", { uri });
    expect(textOf(await callTool(client, "touch", { uri }))).toBe("notified");
    await client.nextMessage(({ method }) => method === "notifications/resources/updated");
    expect(await ask("prompts/list")).toMatchObject({ prompts: [{ name: "greeting" }] });
    expect(await ask("prompts/get", { name: "greeting", arguments: { name: "Ada" } })).toMatchObject({
      messages: [{ content: { text: "hello Ada" } }],
    });
    const argument = { name: "greeting", value: "h" };
    expect(await ask("completion/complete", { ref: {}, argument })).toMatchObject({
      completion: { values: ["hello", "hi", "hola"] },
    });
    await ask("logging/setLevel", { level: "error" });
    expect(textOf(await callTool(client, "log", { level: "info", text: "x" }))).toBe("held back");
    expect(textOf(await callTool(client, "log", { level: "alert", text: "x" }))).toBe("sent");
  });
});

/** What a picture's data really is. */
function pictureKind(data: string): string {
  const bytes = Buffer.from(data, "base64");
  if (bytes.toString("base64") !== data) return "no-base64";
  if (bytes.toString("latin1", 1, 4) !== "PNG") return "no-picture";
  const start = bytes.indexOf("IDAT");
  const pixels = inflateSync(bytes.subarray(start + 4, start + 4 + bytes.readUInt32BE(start - 4)));
  return pixels.equals(Buffer.from([0, 255, 0, 0])) ? "red" : "blue";
}

import { expect, onTestFinished, test } from "vitest";
import { createHandMadeServer, type HandMadeOptions, type HandMadeServer } from "../http/hand-made-server.js";
import { type HttpFront, startHttpFront } from "../http/http-front.js";
import { initializeRawClient } from "./initialize-raw-client.js";
import { createRawHttpClient, type RawHttpClient, type RawHttpOptions } from "./raw-http-client.js";

interface Opened {
  readonly server: HandMadeServer;
  readonly front: HttpFront;
  readonly client: RawHttpClient;
}

async function open(made: HandMadeOptions, options: Partial<RawHttpOptions> = {}): Promise<Opened> {
  const server = createHandMadeServer(made);
  const front = await startHttpFront({ behind: server.handle });
  const client = createRawHttpClient({ url: front.url(), ...options });
  onTestFinished(async () => {
    await client[Symbol.asyncDispose]();
    await front[Symbol.asyncDispose]();
  });
  return { server, front, client };
}

test.each(["json", "sse"] as const)(
  "shakes hands, keeps the session and the very text of %s answers",
  async (respondAs) => {
    const { server, front, client } = await open({ respondAs }, { token: "secret" });
    await initializeRawClient(client);
    server.on("odd", () => '{"n":1.0,"big":12345678901234567890}');
    const answer = await client.request("odd", {}, { id: "seven" });
    expect(client.textOf(answer)).toBe(
      '{"jsonrpc":"2.0","id":"seven","result":{"n":1.0,"big":12345678901234567890}}',
    );
    expect(front.requests.at(-1)?.headers).toMatchObject({
      authorization: "Bearer secret",
      "mcp-session-id": client.sessionId,
      "mcp-protocol-version": "2025-11-25",
    });
    expect((await client.endSession()).status).toBe(200);
    await expect(client.request("ping")).rejects.toMatchObject({ details: { httpStatus: 404 } });
  },
);

test("a stream can be watched event by event, cut, and opened again where it was", async () => {
  const { server, client } = await open({});
  await initializeRawClient(client);
  const [session] = server.sessions.values();
  const first = await client.openStream();
  session?.push({ jsonrpc: "2.0", method: "one" });
  await client.nextMessage(({ method }) => method === "one");
  first.cut();
  expect(await first.ended).toBe("cut");
  session?.push({ jsonrpc: "2.0", method: "two" });
  const second = await client.openStream(first.events.at(-1)?.id);
  await client.nextMessage(({ method }) => method === "two");
  expect(second.events.map(({ id }) => id)).toEqual(["e-2"]);
});

test("messages of the era without a handshake carry their envelope and its headers", async () => {
  const { front, client } = await open(
    { era: "modern" },
    { modern: { capabilities: { roots: {} }, meta: { a: 1 } } },
  );
  await client.request("tools/call", { name: "echo", _meta: { progressToken: 7 } });
  const [request] = front.requests;
  expect(request?.headers).toMatchObject({ "mcp-method": "tools/call", "mcp-name": "echo" });
  expect(request?.rpc?.params).toMatchObject({
    _meta: { progressToken: 7, a: 1, "io.modelcontextprotocol/clientCapabilities": { roots: {} } },
  });
});

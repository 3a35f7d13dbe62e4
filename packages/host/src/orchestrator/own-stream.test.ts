import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createDeferred } from "@fairlead/core";
import { expect, test } from "vitest";
import { createMemoryServers } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene } from "../test-support/pool-scene.js";

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly asks?: boolean };
  readonly result?: unknown;
  readonly error?: { readonly data?: unknown };
}

/** A legacy server over HTTP. A call that `asks` is asked back on its own stream, and its result is what was answered. */
async function startServer() {
  const arrived = createDeferred<void>();
  let asking: { readonly id: unknown; readonly stream: ServerResponse } | undefined;
  const event = (message: object): string => `data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`;
  const take = ({ id, method, params, result, error }: Message, response: ServerResponse): void => {
    if (method === "initialize") {
      const serverInfo = { name: "h", version: "1" };
      const greeting = { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo };
      const headers = { "content-type": "application/json", "mcp-session-id": "s" };
      response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: "2.0", id, result: greeting }));
    } else if (method === "tools/call") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (params?.asks !== true) return arrived.resolve();
      asking = { id, stream: response };
      response.write(event({ id: "q", method: "elicitation/create", params: {} }));
    } else {
      response.writeHead(202).end();
      if (id === "q") asking?.stream.end(event({ id: asking.id, result: { got: result ?? error?.data } }));
    }
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    for await (const piece of request) body += String(piece);
    if (request.method === "POST") take(JSON.parse(body) as Message, response);
    else response.writeHead(405).end();
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    /** Settles when a call came that asks nothing. */
    arrived: arrived.promise,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("a question on the stream of a call is its maker's, whatever calls others of the same copy gave up", async () => {
  await using server = await startServer();
  await using scene = createPoolScene();
  const definition = createMemoryServers().define({
    share: "all",
    instanceKey: "k",
    prepare: async () => ({ kind: "http", endpoint: { url: server.url, fetch } }),
  });
  const [one, two] = [createAgent("one"), createAgent("two")];
  const [first, second] = [scene.pool.attach(definition, one), scene.pool.attach(definition, two)];
  const abort = new AbortController();
  const givenUp = ask(first, "tools/call", {}, { signal: abort.signal });
  await server.arrived;
  abort.abort();
  await expect(givenUp).rejects.toMatchObject({ code: "canceled" });
  const answered = { got: { answeredBy: "two" } };
  expect(await ask(second, "tools/call", { asks: true })).toEqual(answered);
  // Nor does it matter that the other one has left amid its call.
  await first.release();
  expect(await ask(second, "tools/call", { asks: true })).toEqual(answered);
  expect([one.asked.length, two.asked.length]).toEqual([0, 2]);
});

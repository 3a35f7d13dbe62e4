import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type McpConnection, openHttpConnection } from "@fairlead/mcp";
import { expect, test } from "vitest";
import { SandboxState, sandboxStateCapability, sandboxStateMethod } from "./sandbox-state.js";

interface Scene extends AsyncDisposable {
  /** Its tools are called under the state "strict". */
  readonly guarded: McpConnection;
  /** What came since the handshake, `session method`. */
  readonly seen: string[];
  /** Whether the server goes by what it is told. */
  isWilling: boolean;
  /** The server forgets its session. */
  forget(): void;
}

/** Opens a connection to an HTTP server that wants to know the sandbox state. */
async function setScene(): Promise<Scene> {
  let sessions = 0;
  let isForgotten = false;
  const seen: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const { id, method = "" } = body === "" ? {} : JSON.parse(body);
    const session = request.headers["mcp-session-id"];
    const reply = (status: number, members?: object): void => {
      const rpc = members === undefined ? "" : JSON.stringify({ jsonrpc: "2.0", id, ...members });
      response.writeHead(status, { "content-type": "application/json", "mcp-session-id": `s${sessions}` });
      response.end(rpc);
    };
    if (request.method !== "POST") return reply(405);
    if (method === "initialize") {
      sessions += 1;
      isForgotten = false;
      const experimental = { [sandboxStateCapability]: {} };
      const serverInfo = { name: "far", version: "1" };
      const capabilities = { tools: {}, experimental };
      return reply(200, { result: { protocolVersion: "2025-11-25", capabilities, serverInfo } });
    }
    if (id === undefined) return reply(202);
    if (isForgotten || session !== `s${sessions}`) return reply(404);
    seen.push(`${session} ${method}`);
    const isRefused = method === sandboxStateMethod && !scene.isWilling;
    reply(200, isRefused ? { error: { code: -32_603, message: "No such policy" } } : { result: {} });
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const connection = await openHttpConnection({
    name: "far",
    clientInfo: { name: "test", version: "1" },
    capabilities: {},
    endpoint: { url, fetch },
  });
  const scene: Scene = {
    guarded: new SandboxState(Buffer.from('"strict"')).guard(connection, "far"),
    seen,
    isWilling: true,
    forget: () => {
      isForgotten = true;
    },
    [Symbol.asyncDispose]: async () => {
      await connection.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return scene;
}

test("a server that forgot its session goes by the state again before the call is sent once more", async () => {
  await using scene = await setScene();
  const { guarded, seen } = scene;
  await guarded.request({ method: "tools/call" });
  scene.forget();
  expect((await guarded.request({ method: "tools/call" })).kind).toBe("result");
  const both = (session: string) => [`${session} ${sandboxStateMethod}`, `${session} tools/call`];
  expect(seen).toEqual([...both("s1"), ...both("s2")]);
});

test("a server whose new session does not go by the state is not called", async () => {
  await using scene = await setScene();
  const { guarded, seen } = scene;
  await guarded.request({ method: "tools/call" });
  scene.forget();
  scene.isWilling = false;
  await expect(guarded.request({ method: "tools/call" })).rejects.toMatchObject({
    code: "forbidden",
    message: expect.stringContaining("No such policy"),
  });
  expect(seen.slice(2)).toEqual([`s2 ${sandboxStateMethod}`]);
});

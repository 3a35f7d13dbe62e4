import { createDeferred } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import type { ClosedInfo } from "../connection/types.js";
import { failureOf, isMethod, openScripted, textOf } from "../test-support/open-scripted.js";
import {
  type EventWriter,
  type HttpExchange,
  scriptedInitializeResult,
  startScriptedHttp,
} from "../test-support/scripted-http.js";

/** A server that knows only HTTP+SSE. */
async function startSse(
  options: { endpoint?: string; refusal?: number; onCall?: (exchange: HttpExchange) => boolean } = {},
) {
  const { endpoint = "/messages?session=1", refusal = 405, onCall } = options;
  let stream: EventWriter | undefined;
  const server = await startScriptedHttp((exchange) => {
    const { method, path, rpc } = exchange;
    if (method === "GET") {
      stream = exchange.events();
      return stream.raw(`event: endpoint\ndata: ${endpoint}\n\n`);
    }
    if (!path.startsWith("/messages")) return exchange.status(refusal, "Cannot POST");
    if (onCall?.(exchange) === true) return;
    exchange.status(202, "Accepted");
    if (rpc.id === undefined || rpc.method === undefined) return;
    const result = rpc.method === "initialize" ? scriptedInitializeResult : '{ "n":1.0}';
    stream?.send(`{"jsonrpc":"2.0","id":${String(rpc.id)},"result":${result}}`, "event: message\n");
  });
  return Object.assign(server, { stream: () => stream });
}

describe("a server of the first revision", () => {
  it.each([400, 404, 405])(
    "that refuses the handshake with %i is spoken to over HTTP+SSE",
    async (refusal) => {
      await using server = await startSse({ refusal });
      const connection = await openScripted(server, { requestHeaders: { "x-key": "k" } });
      expect(textOf(await connection.request({ method: "tools/list" }))).toBe('{ "n":1.0}');
      expect(await connection.close()).toEqual({ ended: [], forced: [], survived: [], blindSpots: [] });
      expect(server.received.map(({ method, path, rpc }) => [method, path, rpc.method])).toEqual([
        ["POST", "/mcp", "initialize"],
        ["GET", "/mcp", undefined],
        ["POST", "/messages?session=1", "initialize"],
        ["POST", "/messages?session=1", "notifications/initialized"],
        ["POST", "/messages?session=1", "tools/list"],
      ]);
      expect(server.received.every(({ headers }) => headers["x-key"] === "k")).toBe(true);
    },
  );

  it("asks us on its stream and gets our answer by POST", async () => {
    await using server = await startSse();
    await using _connection = await openScripted(server, {
      handlers: { onRequest: () => Promise.resolve({ kind: "result", result: Buffer.from("[]") }) },
    });
    server.stream()?.send('{"id":"q","method":"roots/list"}');
    expect((await server.next(({ rpc }) => rpc.id === "q")).rpc.result).toEqual([]);
  });

  it("whose stream ends is lost, with the calls in flight", async () => {
    await using server = await startSse({
      onCall: ({ rpc, status }) => {
        if (rpc.method === "tools/call") status(202);
        return rpc.method === "tools/call";
      },
    });
    const lost = createDeferred<ClosedInfo>();
    const connection = await openScripted(server, { handlers: { onClosed: (info) => lost.resolve(info) } });
    const call = failureOf(connection.request({ method: "tools/call" }));
    await server.next(isMethod("tools/call"));
    server.stream()?.end();
    expect(await call).toMatchObject({ code: "unavailable", reason: "connection_reset" });
    expect(await lost.promise).toMatchObject({ cause: "lost", error: { reason: "connection_reset" } });
    expect((await failureOf(connection.request({ method: "ping" }))).code).toBe("unavailable");
  });

  it("is told which calls the end of the connection takes back", async () => {
    await using server = await startSse({
      onCall: ({ rpc, status }) => {
        if (rpc.method === "tools/call") status(202);
        return rpc.method === "tools/call";
      },
    });
    const connection = await openScripted(server);
    const call = failureOf(connection.request({ method: "tools/call" }));
    const { rpc } = await server.next(isMethod("tools/call"));
    await connection.close();
    expect(await call).toMatchObject({ code: "canceled", effect: "unknown" });
    const cancels = server.received.filter(isMethod("notifications/cancelled"));
    expect(cancels.map(({ rpc: { params } }) => params?.["requestId"])).toEqual([rpc.id]);
  });

  it("that does not take a message fails its call", async () => {
    await using server = await startSse({
      onCall: ({ rpc, status }) => {
        if (rpc.method === "tools/call") status(500, "no");
        return rpc.method === "tools/call";
      },
    });
    await using connection = await openScripted(server);
    const error = await failureOf(connection.request({ method: "tools/call" }));
    expect(error).toMatchObject({ reason: "http_status", details: { status: 500 } });
    expect(textOf(await connection.request({ method: "ping" }))).toBe('{ "n":1.0}');
  });

  it("is not sent anything at another origin", async () => {
    await using other = await startScriptedHttp((exchange) => exchange.status(202));
    await using server = await startSse({ endpoint: other.url });
    const error = await failureOf(openScripted(server));
    expect(error).toMatchObject({
      code: "protocol",
      reason: "response_invalid",
      details: { failure: "protocol_error" },
    });
    expect(error.message).toContain("another origin");
    expect(other.received).toEqual([]);
  });

  it.each([200, 60_000])("that names no address is told by its refusal, within %i ms", async (limitMs) => {
    const closed = createDeferred<void>();
    await using server = await startScriptedHttp((exchange) => {
      if (exchange.method === "POST") return exchange.status(404);
      exchange.events();
      void exchange.closed.then(() => closed.resolve());
    });
    const error = await failureOf(openScripted(server, { startupTimeoutMs: limitMs }));
    expect(error).toMatchObject({ reason: "http_status", details: { status: 404, failure: "http_status" } });
    await closed.promise;
  });
});

it("a server that knows neither is told by what it said to the handshake", async () => {
  await using server = await startScriptedHttp((exchange) => exchange.status(404, "nothing here"));
  const error = await failureOf(openScripted(server));
  expect(error).toMatchObject({ reason: "http_status", details: { status: 404, failure: "http_status" } });
  expect(error.message).toContain("nothing here");
  expect(server.received.map(({ method }) => method)).toEqual(["POST", "GET"]);
});

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type ErrorReason, FairleadError, type Fetch } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import type { ClosedInfo } from "../connection/types.js";
import { failureOf, isMethod, openScripted, textOf } from "../test-support/open-scripted.js";
import {
  type HttpExchange,
  legacyScript,
  plainFetch,
  scriptedInitializeResult,
  startScriptedHttp,
} from "../test-support/scripted-http.js";

describe("a Streamable HTTP connection", () => {
  it("shakes hands, keeps the session and ends it", async () => {
    await using server = await startScriptedHttp(legacyScript({ sessionId: () => "session-1" }));
    const closed: ClosedInfo[] = [];
    const handlers = { onClosed: (info: ClosedInfo) => void closed.push(info) };
    const connection = await openScripted(server, { handlers });
    expect(connection.initializeResult.raw.toString()).toBe(scriptedInitializeResult);
    await connection.request({ method: "tools/list" });
    expect(connection.stderrTail()).toBe("");
    expect(await connection.close()).toEqual({ ended: [], forced: [], survived: [], blindSpots: [] });
    await connection.close();
    expect(closed).toMatchObject([{ cause: "closed", exit: undefined, stderrTail: "" }]);
    const seen = server.received.map(({ method, rpc, headers }) => [
      method,
      rpc.method,
      headers["mcp-session-id"],
      headers["mcp-protocol-version"],
    ]);
    expect(seen).toEqual([
      ["POST", "initialize", undefined, undefined],
      ["POST", "notifications/initialized", "session-1", "2025-11-25"],
      ["GET", undefined, "session-1", "2025-11-25"],
      ["POST", "tools/list", "session-1", "2025-11-25"],
      ["DELETE", undefined, "session-1", "2025-11-25"],
    ]);
    const [post, , get] = server.received;
    expect(post?.rpc.params).toEqual({
      protocolVersion: "2025-11-25",
      capabilities: { roots: {} },
      clientInfo: { name: "test", version: "1" },
    });
    expect(post?.headers).toMatchObject({
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
    });
    expect(get?.headers.accept).toBe("text/event-stream");
  });

  it("keeps the bytes of params, results and errors, in JSON and in events", async () => {
    const result = '{ "n":1.0, "big":12345678901234567890,"s":"\\u0061" ,"dup":1,"dup":2}';
    const answers = (exchange: HttpExchange): boolean => {
      if (exchange.rpc.method !== "tools/call") return false;
      const member = exchange.body.includes("fails") ? "error" : "result";
      const body = `{"${member}":${result},"id":${String(exchange.rpc.id)},"more":1}`;
      if (exchange.body.includes('"json')) {
        exchange.json(body);
      } else {
        const events = exchange.events();
        events.send(body);
        events.end();
      }
      return true;
    };
    await using server = await startScriptedHttp(legacyScript({ onMessage: answers }));
    await using connection = await openScripted(server);
    for (const way of ["json", "events", "json fails", "events fails"]) {
      const params = Buffer.from(`{"name":"${way}","x":1.50,"y":"\\u0062"}`);
      const answer = await connection.request({ method: "tools/call", params });
      expect(textOf(answer)).toBe(result);
      expect(answer.kind).toBe(way.includes("fails") ? "error" : "result");
      expect(server.received.at(-1)?.body).toContain(`"params":${params.toString()}}`);
    }
  });

  it("waits with its first call until the standing stream is there", async () => {
    const script = legacyScript({ onGet: (exchange) => void exchange.events() });
    await using server = await startScriptedHttp(script);
    await using connection = await openScripted(server);
    await connection.request({ method: "tools/call" });
    expect(server.received.map(({ method, rpc }) => rpc.method ?? method)).toEqual([
      "initialize",
      "notifications/initialized",
      "GET",
      "tools/call",
    ]);
  });

  it("takes notifications that are answered 200 or 204", async () => {
    const warnings: string[] = [];
    await using server = await startScriptedHttp(
      legacyScript({
        onMessage: ({ rpc, status, json }) => {
          if (rpc.id !== undefined) return false;
          if (rpc.method === "notifications/initialized") json("{}");
          else status(204);
          return true;
        },
      }),
    );
    await using connection = await openScripted(server, {
      handlers: { onWarning: (w) => void warnings.push(w) },
    });
    connection.notify("notifications/roots/list_changed");
    await server.next(isMethod("notifications/roots/list_changed"));
    await connection.request({ method: "ping" });
    expect(warnings).toEqual([]);
  });

  it("refuses calls once it is closed, and cancels those in flight", async () => {
    await using server = await startScriptedHttp(
      legacyScript({ onMessage: ({ rpc }) => rpc.method === "tools/call", sessionId: () => "s" }),
    );
    const connection = await openScripted(server);
    const call = failureOf(connection.request({ method: "tools/call" }));
    await server.next(isMethod("tools/call"));
    await connection.close();
    expect(await call).toMatchObject({ code: "canceled", effect: "unknown" });
    expect(await failureOf(connection.request({ method: "ping" }))).toMatchObject({
      code: "canceled",
      effect: "none",
    });
    connection.notify("x");
    expect(server.received.at(-1)?.method).toBe("DELETE");
  });

  it("does not wait longer than two seconds for the end of the session", async () => {
    await using server = await startScriptedHttp((exchange) => {
      if (exchange.method !== "DELETE") legacyScript({ sessionId: () => "s" })(exchange);
    });
    const connection = await openScripted(server);
    const startedAtMs = performance.now();
    await connection.close();
    expect(performance.now() - startedAtMs).toBeLessThan(4_000);
    expect(server.count(({ method }) => method === "DELETE")).toBe(1);
  });
});

describe.concurrent("the handshake", () => {
  it("is begun anew after a status that passes, without anything of the failed one", async () => {
    let attempts = 0;
    await using server = await startScriptedHttp(
      legacyScript({
        sessionId: () => `good-${attempts}`,
        onInitialize: (exchange) => {
          attempts += 1;
          if (attempts > 2) return false;
          if (attempts === 1) exchange.status(503, "busy", { "mcp-session-id": "bad-1" });
          else exchange.events({ "mcp-session-id": "bad-2" }).end();
          return true;
        },
      }),
    );
    await using connection = await openScripted(server);
    await connection.request({ method: "ping" });
    const [first, second, third, initialized] = server.received;
    expect([first, second, third].map((request) => request?.rpc.method)).toEqual(
      Array.from({ length: 3 }, () => "initialize"),
    );
    expect(server.received.slice(0, 3).some(({ headers }) => "mcp-session-id" in headers)).toBe(false);
    expect(initialized?.headers["mcp-session-id"]).toBe("good-3");
    expect(new Set(server.received.slice(0, 3).map(({ rpc }) => rpc.id)).size).toBe(3);
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(245);
    expect((third?.atMs ?? 0) - (second?.atMs ?? 0)).toBeGreaterThanOrEqual(995);
  });

  it("is begun anew where no status came at all", async () => {
    let attempts = 0;
    await using server = await startScriptedHttp(
      legacyScript({
        onInitialize: (exchange) => {
          attempts += 1;
          if (attempts === 1) exchange.destroy();
          return attempts === 1;
        },
      }),
    );
    await using connection = await openScripted(server);
    await connection.request({ method: "ping" });
    expect(server.count(isMethod("initialize"))).toBe(2);
  });

  it("waits as long as the server wants", async () => {
    let attempts = 0;
    await using server = await startScriptedHttp(
      legacyScript({
        onInitialize: (exchange) => {
          attempts += 1;
          if (attempts === 1) exchange.status(429, "", { "retry-after": "1" });
          return attempts === 1;
        },
      }),
    );
    await using _connection = await openScripted(server);
    const [first, second] = server.received;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it("does not wait where the server wants more time than there is", async () => {
    await using server = await startScriptedHttp((exchange) =>
      exchange.status(503, "down for the night", { "retry-after": "36000" }),
    );
    const error = await failureOf(openScripted(server, { startupTimeoutMs: 5_000 }));
    expect(error).toMatchObject({
      code: "unavailable",
      reason: "http_status",
      details: { failure: "http_status", status: 503, retryAfterMs: 36_000_000 },
    });
    expect(error.message).toContain("down for the night");
    expect(server.received).toHaveLength(1);
  });

  it.each([400, 401, 403, 410, 501])("is not begun anew after %i", async (status) => {
    await using server = await startScriptedHttp((exchange) => exchange.status(status, "no"));
    const error = await failureOf(openScripted(server));
    expect(error).toMatchObject({ reason: "http_status", details: { status, server: "far" } });
    expect(server.count(isMethod("initialize"))).toBe(1);
  });

  it("is over after three attempts", async () => {
    await using server = await startScriptedHttp((exchange) => exchange.status(500, "broken"));
    const error = await failureOf(openScripted(server));
    expect(error).toMatchObject({ reason: "http_status", details: { failure: "http_status", status: 500 } });
    expect(server.received).toHaveLength(3);
  });

  it("sends 'initialized' again, too", async () => {
    let sent = 0;
    await using server = await startScriptedHttp(
      legacyScript({
        onMessage: ({ rpc, status }) => {
          if (rpc.method !== "notifications/initialized") return false;
          sent += 1;
          status(sent === 1 ? 502 : 202);
          return true;
        },
      }),
    );
    await using _connection = await openScripted(server);
    expect(sent).toBe(2);
    expect(server.count(isMethod("initialize"))).toBe(1);
  });
});

describe.concurrent("a start that fails tells why:", () => {
  it("no time", async () => {
    await using server = await startScriptedHttp(() => {});
    const error = await failureOf(openScripted(server, { startupTimeoutMs: 100 }));
    expect(error).toMatchObject({ code: "unavailable", details: { failure: "handshake_timeout" } });
    expect(error.message).toContain("check whether its url is that of an MCP endpoint");
    expect(server.count(isMethod("notifications/cancelled"))).toBe(0);
  });

  it("its caller gave up", async () => {
    await using server = await startScriptedHttp(() => {});
    const controller = new AbortController();
    const start = failureOf(openScripted(server, { signal: controller.signal }));
    await server.next(isMethod("initialize"));
    controller.abort();
    expect(await start).toMatchObject({ code: "canceled" });
  });

  it("a login is missing", async () => {
    await using server = await startScriptedHttp((exchange) =>
      exchange.status(401, '{"error":"invalid_token"}'),
    );
    const error = await failureOf(openScripted(server));
    expect(error).toMatchObject({
      code: "unauthenticated",
      details: { failure: "login_required", status: 401 },
    });
    expect(error.message).toContain("bearer_token_env_var");
  });

  it("the credentials are wrong", async () => {
    await using server = await startScriptedHttp((exchange) => exchange.status(401));
    const headers = () => ({ values: { Authorization: "Bearer secret" } });
    const error = await failureOf(openScripted({ endpoint: { ...server.endpoint, headers } }));
    expect(error).toMatchObject({
      code: "unauthenticated",
      details: { failure: "http_status", status: 401 },
    });
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  it.each<[string, string, string]>([
    ["HTML", "text/html", "<p>Welcome</p>"],
    ["no JSON", "application/json", "{"],
    ["no message", "application/json", "{}"],
    ["an answer to something else", "application/json", '{"jsonrpc":"2.0","id":99,"result":{}}'],
  ])("the answer is %s", async (_what, type, body) => {
    await using server = await startScriptedHttp((exchange) =>
      exchange.status(200, body, { "content-type": type }),
    );
    const error = await failureOf(openScripted(server, { startupTimeoutMs: 3_000 }));
    expect(error).toMatchObject({ code: "protocol", details: { failure: "protocol_error" } });
    expect(["response_invalid", "frame_invalid"]).toContain(error.reason);
    expect(server.received).toHaveLength(1);
  });

  it("the server speaks no revision that we know", async () => {
    const initializeResult = '{"protocolVersion":"1999-01-01","capabilities":{}}';
    await using server = await startScriptedHttp(legacyScript({ initializeResult }));
    const error = await failureOf(openScripted(server));
    expect(error).toMatchObject({ reason: "handshake_failed", details: { failure: "protocol_error" } });
  });

  it("the server refuses in JSON-RPC, also under a status that says no", async () => {
    await using server = await startScriptedHttp((exchange) =>
      exchange.status(
        400,
        `{"jsonrpc":"2.0","id":${String(exchange.rpc.id)},"error":{"code":-32602,"message":"who?"}}`,
        {
          "content-type": "application/json",
        },
      ),
    );
    const error = await failureOf(openScripted(server));
    expect(error).toMatchObject({ reason: "handshake_failed", details: { failure: "protocol_error" } });
    expect(error.message).toContain("who?");
    expect(server.received).toHaveLength(1);
  });

  it("the session has a name that no header carries", async () => {
    await using server = await startScriptedHttp(legacyScript({ sessionId: () => "a b" }));
    const error = await failureOf(openScripted(server));
    expect(error).toMatchObject({ reason: "response_invalid", details: { failure: "protocol_error" } });
  });

  it("nobody listens", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const endpoint = { url: `http://127.0.0.1:${port}/mcp`, fetch: plainFetch };
    const error = await failureOf(openScripted({ endpoint }));
    expect(error).toMatchObject({ code: "unavailable", details: { failure: "unreachable" } });
  });

  it.each<[ErrorReason, string]>([
    ["dns_failed", "unreachable"],
    ["connect_failed", "unreachable"],
    ["tls_failed", "unreachable"],
    ["proxy_failed", "unreachable"],
    ["connection_reset", "unreachable"],
    ["policy_denied", "policy_denied"],
    ["session_lost", "executor_unavailable"],
    ["executor_unreachable", "executor_unavailable"],
    ["url_invalid", "config_invalid"],
    ["argument_invalid", "config_invalid"],
    ["response_invalid", "protocol_error"],
    ["redirect_failed", "protocol_error"],
    ["limit_reached", "executor_unavailable"],
  ])("the port says %s", async (reason, failure) => {
    const thrown = new FairleadError("unavailable", "It did not work", { reason, effect: "none" });
    const failing: Fetch = () => Promise.reject(thrown);
    const endpoint = { url: "http://far.test/mcp", fetch: failing };
    const error = await failureOf(openScripted({ endpoint }, { startupTimeoutMs: 3_000 }));
    expect(error).toMatchObject({ reason, effect: "none", details: { failure, server: "far" } });
    expect(error.message).toBe("Server 'far': It did not work");
  });

  it("a required credential is missing", async () => {
    const headers = () => {
      throw new FairleadError("usage", "TOKEN is not set", { reason: "config_invalid" });
    };
    const endpoint = { url: "http://far.test/mcp", fetch: plainFetch, headers };
    const error = await failureOf(openScripted({ endpoint }));
    expect(error).toMatchObject({ code: "usage", details: { failure: "config_invalid" } });
  });
});

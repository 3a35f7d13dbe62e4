import { createDeferred } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import type { McpCall } from "../connection/types.js";
import { startForgetful } from "../test-support/forgetful-http.js";
import { failureOf, isMethod, openScripted, textOf } from "../test-support/open-scripted.js";
import type { HttpExchange, ScriptedHttp } from "../test-support/scripted-http.js";

const method = "x/state";

/** The call by which a server is told what it must know in every session. */
function stateCall(name: string): McpCall {
  return { method, params: Buffer.from(`{"name":"${name}"}`), timeoutMs: 5_000, isSessionState: true };
}

/** What came in a session, without the notification that opens it and the standing stream. */
function callsIn(server: ScriptedHttp, session: string): unknown[] {
  return server.received
    .filter(({ headers, rpc }) => headers["mcp-session-id"] === session && rpc.id !== undefined)
    .map(({ rpc }) => [rpc.method, rpc.params?.["name"]]);
}

describe.concurrent("what a server must know in every session", () => {
  it("is told to the session that replaces another before anything else, as it was agreed to last", async () => {
    await using server = await startForgetful();
    await using connection = await openScripted(server);
    await connection.request({ method: "logging/setLevel", params: Buffer.from('{"level":"debug"}') });
    await connection.request(stateCall("first"));
    await connection.request(stateCall("second"));
    server.forget();
    expect(textOf(await connection.request({ method: "tools/call" }))).toBe("{}");
    expect(callsIn(server, "s2")).toEqual([
      [method, "second"],
      ["logging/setLevel", undefined],
      ["tools/call", undefined],
    ]);
  });

  it("keeps a session that refuses it from being used, until one agrees", async () => {
    let isWilling = true;
    const refuse = (exchange: HttpExchange): boolean => {
      if (isWilling || exchange.rpc.method !== method) return false;
      const error = '{"code":-32603,"message":"No such policy"}';
      exchange.json(`{"jsonrpc":"2.0","id":${String(exchange.rpc.id)},"error":${error}}`);
      return true;
    };
    await using server = await startForgetful({ onMessage: refuse });
    await using connection = await openScripted(server);
    await connection.request(stateCall("first"));
    server.forget();
    isWilling = false;
    const error = await failureOf(connection.request({ method: "tools/call" }));
    expect(error).toMatchObject({ code: "forbidden", reason: "http_session_expired", effect: "none" });
    expect(error.message).toContain("refused x/state in its new session: No such policy");
    expect(callsIn(server, "s2")).toEqual([[method, "first"]]);
    const deleted = await server.next((request) => request.method === "DELETE");
    expect(deleted.headers["mcp-session-id"]).toBe("s2");
    isWilling = true;
    expect(textOf(await connection.request({ method: "tools/call" }))).toBe("{}");
    expect(callsIn(server, "s3")).toEqual([
      [method, "first"],
      ["tools/call", undefined],
    ]);
  });

  it("keeps a session that gives no answer to it from being used", async () => {
    let isSilent = false;
    await using server = await startForgetful({
      onMessage: ({ rpc, destroy }) => {
        if (isSilent && rpc.method === method) destroy();
        return isSilent && rpc.method === method;
      },
    });
    await using connection = await openScripted(server);
    await connection.request(stateCall("first"));
    server.forget();
    isSilent = true;
    const error = await failureOf(connection.request({ method: "tools/call" }));
    expect(error).toMatchObject({ code: "unavailable", reason: "http_session_expired", effect: "none" });
    expect(callsIn(server, "s2")).toEqual([[method, "first"]]);
  });

  it("is told again where the agreement came in a session that was replaced meanwhile", async () => {
    const asked = createDeferred<HttpExchange>();
    await using server = await startForgetful({
      onMessage: (exchange) => {
        if (exchange.rpc.method !== method || exchange.headers["mcp-session-id"] !== "s1") return false;
        asked.resolve(exchange);
        return true;
      },
    });
    await using connection = await openScripted(server);
    const telling = connection.request(stateCall("first"));
    const exchange = await asked.promise;
    server.forget();
    await connection.request({ method: "ping" });
    exchange.result("{}");
    await telling;
    expect(callsIn(server, "s2")).toEqual([
      ["ping", undefined],
      [method, "first"],
    ]);
    expect(server.count(isMethod("initialize"))).toBe(2);
  });
});

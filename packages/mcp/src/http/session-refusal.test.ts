import { describe, expect, it } from "vitest";
import { startForgetful } from "../test-support/forgetful-http.js";
import { failureOf, isMethod, openScripted, textOf } from "../test-support/open-scripted.js";
import type { EventWriter, HttpRequest } from "../test-support/scripted-http.js";

function sessionsOf(requests: readonly HttpRequest[], method: string): unknown[] {
  return requests.filter(isMethod(method)).map(({ headers }) => headers["mcp-session-id"]);
}

describe.concurrent("a session that the server has forgotten", () => {
  it.each([
    ["No valid session ID provided", "null"],
    ["No valid session ID provided", "its own"],
    ["Mcp-Session-Id header is required", "null"],
    ["Session not found", "null"],
    ["Server not initialized", "null"],
    ["Invalid session ID", "no JSON"],
    ["No valid session ID provided", "no JSON"],
  ])("is replaced if the server says '%s' with 400 (id: %s)", async (words, id) => {
    const standing: EventWriter[] = [];
    await using server = await startForgetful({
      onGet: ({ events }) => void standing.push(events()),
      onUnknown: ({ method, rpc, status }) => {
        if (method === "GET") return status(400, "Invalid or missing session ID");
        if (id === "no JSON") return status(400, `Bad Request: ${words}`);
        const error = { code: -32000, message: `Bad Request: ${words}` };
        const body = JSON.stringify({ jsonrpc: "2.0", error, id: id === "null" ? null : rpc.id });
        status(400, body, { "content-type": "application/json" });
      },
    });
    await using connection = await openScripted(server);
    server.forget();
    expect(textOf(await connection.request({ method: "tools/call" }))).toBe("{}");
    expect(sessionsOf(server.received, "tools/call")).toEqual(["s1", "s2"]);
    server.forget();
    connection.notify("notifications/roots/list_changed");
    await server.next(isMethod("notifications/roots/list_changed"), 1);
    expect(sessionsOf(server.received, "notifications/roots/list_changed")).toEqual(["s2", "s3"]);
    await server.next(({ method, headers }) => method === "GET" && headers["mcp-session-id"] === "s3");
    server.forget();
    standing.at(-1)?.raw("retry: 100\n\n");
    standing.at(-1)?.end();
    await server.next(({ method, headers }) => method === "GET" && headers["mcp-session-id"] === "s4");
  });

  it.each([
    "Bad Request",
    "Unsupported protocol version",
    "Only 2 left in stock",
    "Invalid params: session_id is required",
    "Missing required argument: sessionId",
    "The browser session is not running",
    "User session has expired, log in again",
    "No such file: sessions.db",
    "Last-Event-ID names no event of this session",
    "",
  ])("is not what a 400 with '%s' speaks of: nothing is sent again", async (words) => {
    await using server = await startForgetful({ onUnknown: ({ status }) => status(400, words) });
    await using connection = await openScripted(server);
    server.forget();
    const error = await failureOf(connection.request({ method: "tools/call" }));
    expect(error).toMatchObject({ reason: "http_status", details: { status: 400 } });
    expect(server.count(isMethod("tools/call"))).toBe(1);
    expect(server.count(isMethod("initialize"))).toBe(1);
  });

  it("is not what a method speaks of that refuses its params: its answer comes as it is", async () => {
    const error = { code: -32602, message: "Invalid session ID: no such browser" };
    await using server = await startForgetful({
      onUnknown: ({ rpc, status }) => {
        const body = JSON.stringify({ jsonrpc: "2.0", error, id: rpc.id });
        status(400, body, { "content-type": "application/json" });
      },
    });
    await using connection = await openScripted(server);
    server.forget();
    const answer = await connection.request({ method: "tools/call" });
    expect(answer.kind === "error" && JSON.parse(answer.error.toString())).toEqual(error);
    expect(server.count(isMethod("tools/call"))).toBe(1);
  });

  it("is replaced once only: what is refused in the new one, too, is told in the server's words", async () => {
    await using server = await startForgetful({
      onMessage: ({ rpc, status }) => {
        if (rpc.method !== "tools/call") return false;
        status(400, "Invalid session ID: no such browser");
        return true;
      },
    });
    await using connection = await openScripted(server);
    const error = await failureOf(connection.request({ method: "tools/call" }));
    expect(error).toMatchObject({
      reason: "http_status",
      message: expect.stringContaining("no such browser"),
    });
    expect(sessionsOf(server.received, "tools/call")).toEqual(["s1", "s2"]);
  });
});

import type { FetchInit } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import { failureOf, isMethod, openScripted } from "../test-support/open-scripted.js";
import { legacyScript, plainFetch, startScriptedHttp } from "../test-support/scripted-http.js";

describe("the headers of a request", () => {
  it("are asked for each time, and a call's own win over all but the frame", async () => {
    await using server = await startScriptedHttp(legacyScript({ sessionId: () => "s" }));
    let nth = 0;
    const headers = () => {
      nth += 1;
      return {
        values: { "X-Count": String(nth), "X-Both": "configured", Accept: "text/html", "User-Agent": "mine" },
      };
    };
    const endpoint = { ...server.endpoint, headers };
    const connection = await openScripted(
      { endpoint },
      { requestHeaders: { "x-both": "request", "x-req": "1" } },
    );
    await connection.request({
      method: "x",
      headers: {
        "X-BOTH": "call",
        "Mcp-Session-Id": "other",
        "content-type": "text/plain",
        "mcp-param-a": "1",
      },
    });
    await connection.close();
    expect(server.received.map((request) => request.headers["x-count"])).toEqual(["1", "2", "3", "4", "5"]);
    expect(server.received.map((request) => request.headers["x-both"])).toEqual([
      "request",
      "request",
      "request",
      "call",
      "request",
    ]);
    const call = await server.next(isMethod("x"));
    expect(call.headers).toMatchObject({
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-session-id": "s",
      "mcp-param-a": "1",
      "x-req": "1",
      "user-agent": "mine",
    });
  });

  it("name us where the configuration does not", async () => {
    await using server = await startScriptedHttp(legacyScript());
    await using _connection = await openScripted(server);
    expect(server.received[0]?.headers["user-agent"]).toBe("fairlead");
  });

  it("are left to the machine where the request leaves, with the proxy", async () => {
    await using server = await startScriptedHttp(legacyScript());
    const seen: (FetchInit | undefined)[] = [];
    const fromEnv = [
      { header: "Authorization", name: "TOKEN", prefix: "Bearer " },
      { header: "X-Mine", name: "MINE" },
    ];
    const endpoint = {
      url: server.url,
      proxy: "none" as const,
      headers: () => ({ values: { authorization: "static" }, fromEnv }),
      fetch: (url: string | URL, init?: FetchInit) => {
        seen.push(init);
        return plainFetch(url, init);
      },
    };
    await using connection = await openScripted({ endpoint });
    await connection.request({ method: "x", headers: { "x-mine": "of the call" } });
    expect(seen[0]?.policy).toEqual({ proxy: "none", headersFromEnv: fromEnv });
    // What a call says itself is not overwritten there.
    expect(seen.at(-1)?.policy?.headersFromEnv).toEqual(fromEnv.slice(0, 1));
  });

  it("that HTTP cannot carry fail the start without being shown", async () => {
    await using server = await startScriptedHttp(legacyScript());
    const endpoint = { ...server.endpoint, headers: () => ({ values: { "X-Key": "se\ncret" } }) };
    const error = await failureOf(openScripted({ endpoint }));
    expect(error).toMatchObject({
      code: "usage",
      reason: "argument_invalid",
      details: { failure: "config_invalid" },
    });
    expect(JSON.stringify(error)).toContain("X-Key");
    expect(JSON.stringify(error)).not.toContain("cret");
    expect(server.received).toEqual([]);
  });
});

describe("a redirect", () => {
  it.each([307, 308])("of %i within the origin is followed with everything", async (status) => {
    const script = legacyScript({ sessionId: () => "s" });
    await using server = await startScriptedHttp((exchange) => {
      if (exchange.path === "/mcp") exchange.status(status, "", { location: "/mcp/" });
      else script(exchange);
    });
    const endpoint = { ...server.endpoint, headers: () => ({ values: { "x-key": "k" } }) };
    const connection = await openScripted({ endpoint });
    await connection.request({ method: "x" });
    await connection.close();
    const arrived = server.received.filter(({ path }) => path === "/mcp/");
    expect(arrived.map(({ method, rpc }) => rpc.method ?? method)).toEqual([
      "initialize",
      "notifications/initialized",
      "GET",
      "x",
      "DELETE",
    ]);
    expect(arrived.every(({ headers }) => headers["x-key"] === "k")).toBe(true);
    expect(arrived.at(-1)?.headers["mcp-session-id"]).toBe("s");
  });

  it.each([302, 307])(
    "of %i to another origin is not followed: its headers are for one origin only",
    async (status) => {
      await using other = await startScriptedHttp(legacyScript());
      await using server = await startScriptedHttp((exchange) =>
        exchange.status(status, "", { location: other.url }),
      );
      const error = await failureOf(openScripted(server));
      expect(error).toMatchObject({
        code: "protocol",
        reason: "redirect_failed",
        effect: "none",
        details: { failure: "protocol_error" },
      });
      expect(error.message).toContain(new URL(other.url).origin);
      expect(other.received).toEqual([]);
    },
  );

  it.each([301, 302, 303])("of %i would turn a message into a question, and is told", async (status) => {
    await using server = await startScriptedHttp((exchange) =>
      exchange.status(status, "", { location: "/mcp/" }),
    );
    const error = await failureOf(openScripted(server));
    expect(error.reason).toBe("redirect_failed");
    expect(error.message).toContain("/mcp/");
    expect(server.received).toHaveLength(1);
  });

  it("in a circle ends", async () => {
    await using server = await startScriptedHttp((exchange) =>
      exchange.status(307, "", { location: "/mcp" }),
    );
    expect((await failureOf(openScripted(server))).reason).toBe("redirect_failed");
    expect(server.received).toHaveLength(6);
  });
});

it("an address that is none is told as a mistake of the configuration", async () => {
  const error = await failureOf(openScripted({ endpoint: { url: "far.test/mcp", fetch: plainFetch } }));
  expect(error).toMatchObject({
    code: "usage",
    reason: "url_invalid",
    details: { failure: "config_invalid" },
  });
});

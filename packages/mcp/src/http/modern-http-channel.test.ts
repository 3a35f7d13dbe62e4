import { createDeferred } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import type { RelatedCall } from "../connection/types.js";
import { failureOf, isMethod, textOf } from "../test-support/open-scripted.js";
import { type EventWriter, type HttpExchange, startScriptedHttp } from "../test-support/scripted-http.js";
import { type ModernHttpOptions, openModernHttpChannel } from "./modern-http-channel.js";

async function start(answer: (exchange: HttpExchange) => void, extra: Partial<ModernHttpOptions> = {}) {
  const server = await startScriptedHttp(answer);
  const channel = openModernHttpChannel({ endpoint: server.endpoint, name: "far", ...extra });
  return {
    server,
    channel,
    [Symbol.asyncDispose]: async () => {
      await channel.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe("a channel of the modern era", () => {
  it("sends one POST for each request, with its headers, and nothing else", async () => {
    await using pair = await start(({ result }) => result("{}", { "mcp-session-id": "never" }));
    const { server, channel } = pair;
    const calls: [string, string | undefined][] = [
      ["server/discover", undefined],
      ["tools/call", '{"name":"add","arguments":{}}'],
      ["prompts/get", '{"name":"\\u00fcber"}'],
      ["resources/read", '{"uri":"file:///a%20b"}'],
      ["tools/call", '{"name":" x"}'],
    ];
    for (const [method, params] of calls) {
      await channel.request({
        method,
        params: params === undefined ? undefined : Buffer.from(params),
        headers: { "Mcp-Param-A": "42" },
      });
    }
    await channel.close();
    expect(server.received.map(({ headers }) => [headers["mcp-method"], headers["mcp-name"]])).toEqual([
      ["server/discover", undefined],
      ["tools/call", "add"],
      ["prompts/get", `=?base64?${Buffer.from("über").toString("base64")}?=`],
      ["resources/read", "file:///a%20b"],
      ["tools/call", "=?base64?IHg=?="],
    ]);
    for (const { method, headers } of server.received) {
      expect(method).toBe("POST");
      expect(headers).toMatchObject({ "mcp-protocol-version": "2026-07-28", "mcp-param-a": "42" });
      expect(headers).not.toHaveProperty("mcp-session-id");
    }
  });

  it.each([400, 404])("gives an error under %i as the answer, with or without an id", async (status) => {
    const error = '{"code":-32022,"message":"which?","data":{"supported":["2026-07-28"],"n":1.0}}';
    let nth = 0;
    await using pair = await start(({ rpc, status: refuse }) => {
      nth += 1;
      const id = ["", `"id":${String(rpc.id)},`, '"id":null,'][nth % 3] ?? "";
      refuse(status, `{${id}"jsonrpc":"2.0","error":${error}}`, { "content-type": "application/json" });
    });
    for (let times = 0; times < 3; times += 1) {
      const answer = await pair.channel.request({ method: "server/discover" });
      expect([answer.kind, textOf(answer)]).toEqual(["error", error]);
    }
    expect(pair.server.received).toHaveLength(3);
  });

  it.each([401, 403, 429, 500, 503])("takes no error under %i for the answer", async (status) => {
    let nth = 0;
    await using pair = await start(({ rpc, status: refuse }) => {
      nth += 1;
      const id = nth === 1 ? "null" : String(rpc.id);
      refuse(status, `{"jsonrpc":"2.0","id":${id},"error":{"code":-32603,"message":"no"}}`, {
        "content-type": "application/json",
      });
    });
    for (let times = 1; times <= 2; times += 1) {
      const error = await failureOf(pair.channel.request({ method: "tools/call" }));
      expect(error).toMatchObject({ reason: "http_status", details: { status } });
    }
    expect(pair.server.received).toHaveLength(2);
  });

  it("tells other statuses by number", async () => {
    await using pair = await start((exchange) => exchange.status(400, "Bad Request"));
    const error = await failureOf(pair.channel.request({ method: "server/discover" }));
    expect(error).toMatchObject({ reason: "http_status", details: { status: 400, server: "far" } });
    expect(pair.server.received).toHaveLength(1);
  });

  it("asks again where the question is not answered", async () => {
    let nth = 0;
    await using pair = await start(({ status, destroy, result }) => {
      nth += 1;
      if (nth === 1) status(503);
      else if (nth === 2) destroy();
      else result("{}");
    });
    await pair.channel.request({ method: "server/discover" });
    expect(pair.server.received).toHaveLength(3);
  });

  it("relates what comes on a stream to its call, for as long as it is open", async () => {
    const stream = createDeferred<EventWriter>();
    const closed = createDeferred<void>();
    const heard: (RelatedCall | undefined)[] = [];
    const two = createDeferred<void>();
    await using pair = await start(
      (exchange) => {
        if (exchange.rpc.method !== "subscriptions/listen") return exchange.result("{}");
        stream.resolve(exchange.events());
        void exchange.closed.then(() => closed.resolve());
      },
      {
        handlers: {
          onNotification: (_message, related) => {
            heard.push(related);
            if (heard.length === 2) two.resolve();
          },
        },
      },
    );
    const controller = new AbortController();
    const call = { method: "subscriptions/listen", signal: controller.signal };
    const listening = failureOf(pair.channel.request(call));
    (await stream.promise).send('{"method":"notifications/subscriptions/acknowledged"}');
    await pair.channel.request({ method: "ping" });
    (await stream.promise).send('{"method":"notifications/tools/list_changed"}');
    await two.promise;
    expect(heard.map((related) => related?.call)).toEqual([call, call]);
    controller.abort();
    expect((await listening).code).toBe("canceled");
    await closed.promise;
    expect(pair.server.count(isMethod("notifications/cancelled"))).toBe(0);
  });

  it("settles a call whose stream ended without an answer, even if its events had ids", async () => {
    await using pair = await start(({ events }) => {
      const stream = events();
      stream.raw("id: 1\nretry: 1\ndata: \n\n");
      stream.end();
    });
    const error = await failureOf(pair.channel.request({ method: "tools/call" }));
    expect(error).toMatchObject({ code: "unavailable", reason: "connection_reset", effect: "unknown" });
    expect(pair.server.received).toHaveLength(1);
  });

  it("drops requests of the server, which this era does not have", async () => {
    const warnings: string[] = [];
    await using pair = await start(
      ({ rpc, events }) => {
        const stream = events();
        stream.send('{"id":1,"method":"roots/list"}');
        stream.send(`{"id":${String(rpc.id)},"result":1}`);
        stream.end();
      },
      { handlers: { onWarning: (text) => void warnings.push(text) } },
    );
    await pair.channel.request({ method: "x" });
    expect(warnings).toEqual([expect.stringContaining("roots/list")]);
    expect(pair.server.received).toHaveLength(1);
  });

  it("posts notifications", async () => {
    await using pair = await start((exchange) => exchange.status(202));
    pair.channel.notify("notifications/x", Buffer.from('{"a":1}'));
    const { headers, rpc } = await pair.server.next(isMethod("notifications/x"));
    expect(rpc).toEqual({ jsonrpc: "2.0", method: "notifications/x", params: { a: 1 } });
    expect(headers["mcp-method"]).toBe("notifications/x");
  });

  it("cancels what is in flight when it is closed", async () => {
    const closed = createDeferred<void>();
    await using pair = await start((exchange) => void exchange.closed.then(() => closed.resolve()));
    const call = failureOf(pair.channel.request({ method: "tools/call" }));
    await pair.server.next(isMethod("tools/call"));
    await pair.channel.close();
    expect((await call).code).toBe("canceled");
    await closed.promise;
  });
});

import { createDeferred, FairleadError } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import { startForgetful } from "../test-support/forgetful-http.js";
import { failureOf, isMethod, openScripted, textOf } from "../test-support/open-scripted.js";
import {
  type EventWriter,
  type HttpExchange,
  type HttpRequest,
  legacyScript,
  scriptedInitializeResult,
  startScriptedHttp,
} from "../test-support/scripted-http.js";

function sessionsOf(requests: readonly HttpRequest[], method: string): unknown[] {
  return requests.filter(isMethod(method)).map(({ headers }) => headers["mcp-session-id"]);
}

describe.concurrent("a session that the server has forgotten", () => {
  it("is replaced once for all calls that notice, and each is sent once more", async () => {
    await using server = await startForgetful();
    await using connection = await openScripted(server);
    server.forget();
    const methods = ["tools/call", "tools/call", "tools/list", "resources/read", "x"];
    const answers = await Promise.all(methods.map((method) => connection.request({ method })));
    expect(answers.map(textOf)).toEqual(methods.map(() => "{}"));
    expect(server.count(isMethod("initialize"))).toBe(2);
    expect(
      server.received.filter(isMethod("initialize")).map(({ headers }) => headers["mcp-session-id"]),
    ).toEqual([undefined, undefined]);
    expect(sessionsOf(server.received, "tools/call")).toEqual(expect.arrayContaining(["s1", "s2"]));
    const ids = server.received.filter(({ rpc }) => rpc.id !== undefined).map(({ rpc }) => rpc.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("is given up for a call that the next session does not know either", async () => {
    await using server = await startForgetful({
      onMessage: (exchange) => {
        if (exchange.rpc.method === "x") exchange.status(404);
        return exchange.rpc.method === "x";
      },
    });
    await using connection = await openScripted(server);
    const error = await failureOf(connection.request({ method: "x" }));
    expect(error).toMatchObject({ code: "unavailable", reason: "http_session_expired", effect: "none" });
    expect(server.count(isMethod("x"))).toBe(2);
    expect(server.count(isMethod("initialize"))).toBe(2);
  });

  it("leaves its calls with the reason why there is no other, and the next call tries again", async () => {
    let isDown = false;
    await using server = await startForgetful({
      onInitialize: (exchange) => {
        if (isDown) exchange.status(401);
        return isDown;
      },
    });
    await using connection = await openScripted(server);
    server.forget();
    isDown = true;
    const error = await failureOf(connection.request({ method: "tools/call" }));
    expect(error).toMatchObject({
      code: "unauthenticated",
      reason: "http_session_expired",
      effect: "none",
      details: { status: 401, failure: "login_required" },
    });
    isDown = false;
    expect(textOf(await connection.request({ method: "tools/call" }))).toBe("{}");
  });

  it("is told again what the old one was told, before any call", async () => {
    await using server = await startForgetful();
    await using connection = await openScripted(server);
    const tell = (method: string, params: string) =>
      connection.request({ method, params: Buffer.from(params) });
    await tell("logging/setLevel", '{"level":"error"}');
    await tell("logging/setLevel", '{"level":"debug" }');
    await tell("resources/subscribe", '{"uri":"a:1"}');
    await tell("resources/subscribe", '{"uri":"a:2"}');
    await tell("resources/subscribe", '{"uri":"a:1"}');
    await tell("resources/unsubscribe", '{"uri":"a:2"}');
    server.forget();
    await connection.request({ method: "tools/call" });
    const again = server.received.filter(({ headers }) => headers["mcp-session-id"] === "s2");
    expect(again.map(({ rpc, method }) => [rpc.method ?? method, rpc.params])).toEqual([
      ["notifications/initialized", undefined],
      ["logging/setLevel", { level: "debug" }],
      ["resources/subscribe", { uri: "a:1" }],
      ["GET", undefined],
      ["tools/call", undefined],
    ]);
  });

  it("is replaced, too, if a notification or the standing stream finds out", async () => {
    const standing: EventWriter[] = [];
    await using server = await startForgetful({ onGet: ({ events }) => void standing.push(events()) });
    await using connection = await openScripted(server);
    server.forget();
    connection.notify("notifications/roots/list_changed");
    await server.next(isMethod("notifications/roots/list_changed"), 1);
    expect(sessionsOf(server.received, "notifications/roots/list_changed")).toEqual(["s1", "s2"]);
    await server.next(({ method, headers }) => method === "GET" && headers["mcp-session-id"] === "s2");
    server.forget();
    standing.at(-1)?.raw("retry: 100\n\n");
    standing.at(-1)?.end();
    await server.next(({ method, headers }) => method === "GET" && headers["mcp-session-id"] === "s3");
    expect(server.count(isMethod("initialize"))).toBe(3);
  });

  it("is not waited for by a call that is given up, nor by the end of the connection", async () => {
    let isHanging = false;
    await using server = await startForgetful({ onInitialize: () => isHanging });
    const connection = await openScripted(server);
    server.forget();
    isHanging = true;
    const controller = new AbortController();
    const givenUp = failureOf(connection.request({ method: "x", signal: controller.signal }));
    const waiting = failureOf(connection.request({ method: "y" }));
    const late = server
      .next(isMethod("initialize"), 1)
      .then(() => failureOf(connection.request({ method: "z", timeoutMs: 50 })));
    expect((await late).code).toBe("deadline_exceeded");
    controller.abort();
    expect((await givenUp).code).toBe("canceled");
    await connection.close();
    expect((await waiting).code).toBe("canceled");
  });

  it("keeps the progress of a call that is sent once more", async () => {
    await using server = await startForgetful({
      onMessage: (exchange) => {
        if (exchange.rpc.method !== "tools/call") return false;
        const meta = exchange.rpc.params?.["_meta"] as { progressToken: number };
        const stream = exchange.events();
        stream.send(
          `{"method":"notifications/progress","params":{"progressToken":${meta.progressToken},"progress":1}}`,
        );
        stream.send(`{"id":${String(exchange.rpc.id)},"result":1}`);
        stream.end();
        return true;
      },
    });
    await using connection = await openScripted(server);
    server.forget();
    const seen: string[] = [];
    await connection.request({
      method: "tools/call",
      params: Buffer.from('{"_meta":{"progressToken":"mine"}}'),
      onProgress: (params) => void seen.push(params.toString()),
    });
    expect(seen).toEqual(['{"progressToken":"mine","progress":1}']);
  });

  it("makes whoever remembers lists ask again", async () => {
    const initializeResult = scriptedInitializeResult.replace('"logging"', '"prompts"');
    await using server = await startForgetful({ initializeResult });
    const heard: string[] = [];
    await using connection = await openScripted(server, {
      handlers: { onNotification: ({ method }) => void heard.push(method) },
    });
    server.forget();
    await connection.request({ method: "ping" });
    expect(heard).toEqual(["notifications/tools/list_changed", "notifications/prompts/list_changed"]);
  });

  it("is replaced in the end although the first try failed, so that the standing stream comes back", async () => {
    const standing: EventWriter[] = [];
    let isDown = false;
    await using server = await startForgetful({
      onGet: ({ events }) => void standing.push(events()),
      onInitialize: (exchange) => {
        if (isDown) exchange.status(401);
        const wasDown = isDown;
        isDown = false;
        return wasDown;
      },
    });
    await using _connection = await openScripted(server);
    server.forget();
    isDown = true;
    standing[0]?.raw("retry: 100\n\n");
    standing[0]?.end();
    await server.next(({ method, headers }) => method === "GET" && headers["mcp-session-id"] === "s2");
    expect(server.count(isMethod("initialize"))).toBe(3);
  });

  it("is replaced by one whose requests are answered while it is brought to its state", async () => {
    let finish: (() => void) | undefined;
    let subscriptions = 0;
    await using server = await startForgetful({
      onMessage: (exchange) => {
        if (exchange.rpc.id === "mine") finish?.();
        if (exchange.rpc.method !== "resources/subscribe") return false;
        subscriptions += 1;
        if (subscriptions === 1) return false;
        const stream = exchange.events();
        stream.send('{"jsonrpc":"2.0","id":"mine","method":"ping"}');
        finish = () => {
          stream.send(`{"jsonrpc":"2.0","id":${String(exchange.rpc.id)},"result":{}}`);
          stream.end();
        };
        return true;
      },
    });
    const warnings: string[] = [];
    await using connection = await openScripted(server, {
      startupTimeoutMs: 5_000,
      handlers: { onWarning: (text) => void warnings.push(text) },
    });
    await connection.request({ method: "resources/subscribe", params: Buffer.from('{"uri":"a:1"}') });
    server.forget();
    expect(textOf(await connection.request({ method: "tools/call" }))).toBe("{}");
    expect(server.received.find(({ rpc }) => rpc.id === "mine")?.headers["mcp-session-id"]).toBe("s2");
    expect(warnings).toEqual([expect.stringContaining("is replaced")]);
  });

  it("takes its own open requests with it", async () => {
    const standing = createDeferred<EventWriter>();
    const aborted = createDeferred<void>();
    const asked = createDeferred<void>();
    await using server = await startForgetful({ onGet: ({ events }) => standing.resolve(events()) });
    await using connection = await openScripted(server, {
      handlers: {
        onRequest: async (_request, { signal }) => {
          asked.resolve();
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          aborted.resolve();
          return { kind: "result", result: Buffer.from("1") };
        },
      },
    });
    (await standing.promise).send('{"id":1,"method":"roots/list"}');
    await asked.promise;
    server.forget();
    await connection.request({ method: "ping" });
    await aborted.promise;
    expect(server.count(({ rpc }) => rpc.result !== undefined)).toBe(0);
  });
});

describe.concurrent("the standing stream", () => {
  const isGet = ({ method }: HttpRequest): boolean => method === "GET";

  it("brings what belongs to no call, requests included", async () => {
    const standing = createDeferred<EventWriter>();
    await using server = await startScriptedHttp(
      legacyScript({ onGet: ({ events }) => standing.resolve(events()) }),
    );
    const heard = createDeferred<string>();
    await using _connection = await openScripted(server, {
      handlers: {
        onNotification: ({ method }) => heard.resolve(method),
        onRequest: () => Promise.resolve({ kind: "result", result: Buffer.from('{"roots":[]}') }),
      },
    });
    const stream = await standing.promise;
    stream.send('{"method":"notifications/tools/list_changed"}');
    expect(await heard.promise).toBe("notifications/tools/list_changed");
    stream.send('{"id":"r1","method":"roots/list"}');
    stream.send('{"id":2.0,"method":"ping"}');
    expect((await server.next(({ rpc }) => rpc.id === "r1")).rpc.result).toEqual({ roots: [] });
    expect((await server.next(({ rpc }) => rpc.id === 2 && rpc.method === undefined)).body).toContain(
      '"id":2.0',
    );
  });

  it("comes back where it was, for ever", async () => {
    let nth = 0;
    const onGet = (exchange: HttpExchange): void => {
      nth += 1;
      const stream = exchange.events();
      stream.raw(`retry: 100\nid: e${nth}\ndata: \n\n`);
      if (nth % 2 === 0) exchange.destroy();
      else stream.end();
    };
    await using server = await startScriptedHttp(legacyScript({ onGet }));
    await using _connection = await openScripted(server);
    await server.next(isGet, 7);
    const ids = server.received.filter(isGet).map(({ headers }) => headers["last-event-id"]);
    expect(ids[0]).toBeUndefined();
    expect(ids.slice(1, 8).every((id) => typeof id === "string" && id.startsWith("e"))).toBe(true);
    expect(server.count(isMethod("initialize"))).toBe(1);
  });

  it("comes back after a trouble that passes, with back-off", async () => {
    let nth = 0;
    const onGet = (exchange: HttpExchange): void => {
      nth += 1;
      if (nth === 1) exchange.destroy();
      else exchange.events();
    };
    await using server = await startScriptedHttp(legacyScript({ onGet }));
    await using _connection = await openScripted(server);
    const [first, second] = [await server.next(isGet), await server.next(isGet, 1)];
    expect(second.atMs - first.atMs).toBeGreaterThanOrEqual(790);
  });

  it("comes back although its headers could not be had once", async () => {
    let isBroken = false;
    await using server = await startScriptedHttp(
      legacyScript({
        onGet: ({ events }) => {
          isBroken = true;
          const stream = events();
          stream.raw("retry: 100\ndata: \n\n");
          stream.end();
        },
      }),
    );
    const headers = () => {
      if (!isBroken) return { values: {} };
      isBroken = false;
      throw new FairleadError("usage", "The helper failed", { reason: "config_invalid" });
    };
    await using _connection = await openScripted({ endpoint: { ...server.endpoint, headers } });
    await server.next(isGet, 1);
    expect(server.count(isMethod("initialize"))).toBe(1);
  });

  it("comes back without its place once the server refuses that", async () => {
    let nth = 0;
    const onGet = ({ status, events, headers }: HttpExchange): void => {
      nth += 1;
      if (headers["last-event-id"] !== undefined) return status(400, "unknown event id");
      const stream = events();
      if (nth > 1) return;
      stream.raw("retry: 100\nid: e1\ndata: \n\n");
      stream.end();
    };
    await using server = await startScriptedHttp(legacyScript({ onGet }));
    await using _connection = await openScripted(server);
    await server.next(isGet, 2);
    const places = server.received.filter(isGet).map(({ headers }) => headers["last-event-id"]);
    expect(places).toEqual([undefined, "e1", undefined]);
  });

  it.each([400, 404, 405, 501])("is not there if the server answers %i", async (status) => {
    const warnings: string[] = [];
    await using server = await startScriptedHttp(
      legacyScript({ onGet: (exchange) => exchange.status(status), sessionId: () => "s" }),
    );
    await using connection = await openScripted(server, {
      handlers: { onWarning: (w) => void warnings.push(w) },
    });
    await connection.request({ method: "ping" });
    expect(server.count(isGet)).toBe(1);
    expect(server.count(isMethod("initialize"))).toBe(1);
    expect(warnings).toEqual([]);
  });

  it("ends with its connection", async () => {
    const closed = createDeferred<void>();
    await using server = await startScriptedHttp(
      legacyScript({
        onGet: (exchange) => {
          exchange.events();
          void exchange.closed.then(() => closed.resolve());
        },
      }),
    );
    const connection = await openScripted(server);
    await connection.close();
    await expect(closed.promise).resolves.toBeUndefined();
  });
});

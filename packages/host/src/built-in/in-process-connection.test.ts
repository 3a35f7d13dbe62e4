import { createDeferred, FairleadError } from "@fairlead/core";
import { type CallAnswer, listAll, type ScannedNotification } from "@fairlead/mcp";
import { expect, test } from "vitest";
import type { BuiltInCallContext, BuiltInMethod, BuiltInServer } from "./built-in-server.js";
import { createInProcessConnection } from "./in-process-connection.js";

interface Made extends BuiltInServer {
  closedCount: number;
  notify(method: string, params?: object): void;
}

function makeServer(methods: Readonly<Record<string, BuiltInMethod>>): Made {
  const server: Made = {
    name: "demo",
    title: "Demo",
    version: "1.0.0",
    capabilities: { tools: {} },
    closedCount: 0,
    notify: () => {},
    open(peer) {
      server.notify = (method, params) => peer.notify(method, params);
      return {
        methods,
        close: async () => {
          server.closedCount += 1;
        },
      };
    },
  };
  return server;
}

const textOf = (answer: CallAnswer): string =>
  `${answer.kind} ${(answer.kind === "result" ? answer.result : answer.error).toString()}`;
const params = (value: object): Buffer => Buffer.from(JSON.stringify(value));

/** A method that waits until its call is given up. */
function holdMethod(): {
  method: BuiltInMethod;
  started: Promise<BuiltInCallContext>;
  ended: Promise<unknown>;
} {
  const started = createDeferred<BuiltInCallContext>();
  const ended = createDeferred<unknown>();
  const method: BuiltInMethod = (_params, context) => {
    started.resolve(context);
    return new Promise((_resolve, reject) => {
      context.signal.addEventListener("abort", () => {
        ended.resolve(context.signal.reason);
        reject(context.signal.reason);
      });
    });
  };
  return { method, started: started.promise, ended: ended.promise };
}

test("answers like a server: results, refusals, errors, and what it is", async () => {
  await using connection = createInProcessConnection(
    makeServer({
      "tools/list": async () => ({ tools: [{ name: "a" }] }),
      echo: async (given) => ({ given }),
      fail: () => Promise.reject(new FairleadError("not_found", "No such thing", { details: { name: "x" } })),
      throw: () => {
        throw new TypeError("sync");
      },
    }),
  );
  expect(connection.initializeResult.value).toMatchObject({
    capabilities: { tools: {} },
    serverInfo: { name: "demo", title: "Demo", version: "1.0.0" },
  });
  expect((await listAll(connection, "tools/list")).items.map(({ name }) => name)).toEqual(["a"]);
  expect(textOf(await connection.request({ method: "echo", params: params({ a: 1 }) }))).toBe(
    'result {"given":{"a":1}}',
  );
  expect(textOf(await connection.request({ method: "echo" }))).toBe('result {"given":{}}');
  expect(textOf(await connection.request({ method: "ping" }))).toBe("result {}");
  expect(textOf(await connection.request({ method: "toString" }))).toBe(
    'error {"code":-32601,"message":"Method not found: toString"}',
  );
  expect(textOf(await connection.request({ method: "fail" }))).toContain('"message":"No such thing"');
  expect(textOf(await connection.request({ method: "throw" }))).toContain("-32603");
});

test("progress carries the caller's own token, and none comes after the answer", async () => {
  const told: string[] = [];
  let late: BuiltInCallContext | undefined;
  await using connection = createInProcessConnection(
    makeServer({
      work: async (_params, context) => {
        late = context;
        context.progress(1, { total: 2, message: "half" });
        return {};
      },
    }),
  );
  const onProgress = (raw: Buffer): void => void told.push(raw.toString());
  await connection.request({ method: "work", params: params({ _meta: { progressToken: "t" } }), onProgress });
  late?.progress(2);
  await connection.request({ method: "work", onProgress });
  expect(told).toEqual(['{"progressToken":"t","progress":1,"total":2,"message":"half"}']);
});

test("an abort ends the call at once, and the work is told", async () => {
  const hold = holdMethod();
  await using connection = createInProcessConnection(makeServer({ hold: hold.method }));
  const abort = new AbortController();
  const call = connection.request({ method: "hold", signal: abort.signal });
  await hold.started;
  abort.abort("enough");
  await expect(call).rejects.toMatchObject({ code: "canceled" });
  expect(await hold.ended).toMatchObject({ code: "canceled" });
  await expect(connection.request({ method: "hold", signal: abort.signal })).rejects.toMatchObject({
    code: "canceled",
  });
});

test("a time limit ends the call, and the work is told", async () => {
  const hold = holdMethod();
  await using connection = createInProcessConnection(makeServer({ hold: hold.method }));
  await expect(connection.request({ method: "hold", timeoutMs: 20 })).rejects.toMatchObject({
    code: "deadline_exceeded",
  });
  expect(await hold.ended).toMatchObject({ code: "deadline_exceeded" });
});

test("a close ends what is under way, is told once, and nothing is said or taken after it", async () => {
  const hold = holdMethod();
  const server = makeServer({ hold: hold.method });
  const closed: string[] = [];
  const said: string[] = [];
  const connection = createInProcessConnection(server, {
    onClosed: ({ cause }) => closed.push(cause),
    onNotification: (message: ScannedNotification) => said.push(message.line.toString().trim()),
  });
  server.notify("notifications/tools/list_changed");
  server.notify("notifications/resources/updated", { uri: "a:b" });
  const call = connection.request({ method: "hold" }).catch((error: unknown) => error);
  await hold.started;
  expect(await connection.close()).toEqual(await connection.close());
  expect(await call).toMatchObject({ reason: "transport_closed" });
  await hold.ended;
  server.notify("notifications/tools/list_changed");
  await expect(connection.request({ method: "ping" })).rejects.toMatchObject({
    code: "unavailable",
    effect: "none",
  });
  expect(closed).toEqual(["closed"]);
  expect(server.closedCount).toBe(1);
  expect(said).toEqual([
    '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}',
    '{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a:b"}}',
  ]);
});

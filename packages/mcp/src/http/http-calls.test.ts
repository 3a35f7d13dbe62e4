import { createDeferred } from "@fairlead/core";
import { describe, expect, it, vi } from "vitest";
import type { RelatedCall } from "../connection/types.js";
import { failureOf, isMethod, openScripted, textOf } from "../test-support/open-scripted.js";
import {
  type HttpExchange,
  type HttpRequest,
  legacyScript,
  startScriptedHttp,
} from "../test-support/scripted-http.js";

/** A server that answers `tools/call` as the test says, and all else as usual. */
function onCall(answer: (exchange: HttpExchange, nth: number) => boolean | void, method = "tools/call") {
  let nth = 0;
  return startScriptedHttp(
    legacyScript({
      sessionId: () => "s",
      onMessage: (exchange) => {
        if (exchange.rpc.method !== method) return false;
        nth += 1;
        return answer(exchange, nth) !== false;
      },
    }),
  );
}

/** Time stands still until the test moves it on. */
function standingClock(): Disposable {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  return { [Symbol.dispose]: () => void vi.useRealTimers() };
}

const isGet = ({ method }: HttpRequest): boolean => method === "GET";
const isResume = ({ headers }: HttpRequest): boolean => headers["last-event-id"] !== undefined;

function message(rpc: HttpRequest["rpc"], result: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(rpc.id)},"result":${result}}`;
}

describe.concurrent("a call", () => {
  it("gets everything on its stream before its answer, related to it exactly", async () => {
    await using server = await onCall(({ rpc, events }) => {
      const token = (rpc.params?.["_meta"] as { progressToken?: number })?.progressToken;
      const stream = events();
      stream.raw(": hello\n\n");
      stream.send(`{"method":"notifications/progress","params":{"progressToken":${token},"progress":1.0}}`);
      stream.send('{"method":"notifications/message","params":{"data":1}}');
      stream.send(message(rpc, '"done"'));
      stream.end();
    });
    const seen: unknown[] = [];
    const related: (RelatedCall | undefined)[] = [];
    await using connection = await openScripted(server, {
      handlers: {
        onNotification: ({ method }, call) => {
          seen.push(method);
          related.push(call);
        },
      },
    });
    const call = {
      method: "tools/call",
      params: Buffer.from('{"_meta":{"progressToken":"mine"}}'),
      onProgress: (params: Buffer) => void seen.push(params.toString()),
    };
    // A second one in flight: only the stream tells whose message it is.
    const other = connection.request({ ...call, onProgress: () => {} });
    const answer = await connection.request(call);
    await other;
    expect(textOf(answer)).toBe('"done"');
    expect(seen).toContain('{"progressToken":"mine","progress":1.0}');
    expect(related.some((found) => found?.call === call)).toBe(true);
    expect(related.every((found) => found !== undefined)).toBe(true);
  });

  it("takes its answer from whatever stream it comes on", async () => {
    const standing = createDeferred<ReturnType<HttpExchange["events"]>>();
    await using server = await startScriptedHttp(
      legacyScript({
        onGet: ({ events }) => standing.resolve(events()),
        onMessage: ({ rpc, events }) => {
          if (rpc.method !== "tools/call") return false;
          events();
          void standing.promise.then((stream) => stream.send(message(rpc, '"there"')));
          return true;
        },
      }),
    );
    await using connection = await openScripted(server);
    expect(textOf(await connection.request({ method: "tools/call" }))).toBe('"there"');
  });

  it("is settled when its stream ends or breaks off without an answer", async () => {
    await using server = await onCall(({ events, destroy }, nth) => {
      const stream = events();
      stream.send('{"method":"x"}');
      if (nth === 1) stream.end();
      else setTimeout(destroy, 20);
    });
    await using connection = await openScripted(server);
    for (const how of ["ended", "broke off"]) {
      const error = await failureOf(connection.request({ method: "tools/call" }));
      expect(error).toMatchObject({ code: "unavailable", reason: "connection_reset", effect: "unknown" });
      expect(error.message).toContain(how);
    }
    expect(server.count(isMethod("tools/call"))).toBe(2);
    expect(server.count(isGet)).toBe(1);
  });

  it("is fetched on from its last event after the pause that the server wants", async () => {
    let endedAtMs = 0;
    const script = legacyScript({
      sessionId: () => "s",
      onMessage: (exchange) => {
        if (exchange.rpc.method !== "tools/call") return false;
        const stream = exchange.events();
        stream.raw("id: é-1\nretry: 300\ndata: \n\n");
        endedAtMs = performance.now();
        stream.end();
        return true;
      },
      onGet: (exchange) => {
        if (!isResume(exchange)) return exchange.status(405);
        const stream = exchange.events();
        // Polled once more, before there is an answer.
        if (server.count(isResume) === 1) stream.raw("id: 2\nretry: 100\ndata:\n\n");
        else stream.send('{"jsonrpc":"2.0","id":2,"result":"at last"}');
        if (server.count(isResume) === 1) stream.end();
      },
    });
    await using server = await startScriptedHttp(script);
    await using connection = await openScripted(server);
    expect(textOf(await connection.request({ method: "tools/call" }))).toBe('"at last"');
    const resumes = server.received.filter(isResume);
    const ids = resumes.map(({ headers }) =>
      Buffer.from(String(headers["last-event-id"]), "latin1").toString(),
    );
    expect(ids).toEqual(["é-1", "2"]);
    expect((resumes[0]?.atMs ?? 0) - endedAtMs).toBeGreaterThanOrEqual(290);
    expect(resumes[0]?.headers["mcp-session-id"]).toBe("s");
  });

  it("is settled when it cannot be fetched on", async () => {
    await using server = await onCall(({ events }) => {
      const stream = events();
      stream.raw("id: 1\nretry: 100\ndata: \n\n");
      stream.end();
    });
    await using connection = await openScripted(server);
    const error = await failureOf(connection.request({ method: "tools/call" }));
    expect(error).toMatchObject({ code: "unavailable", reason: "connection_reset", effect: "unknown" });
    expect(server.count(isResume)).toBe(1);
  });

  it("gets the answers of a batch", async () => {
    await using server = await onCall(({ rpc, json }) =>
      json(`[{"method":"notifications/message"}, ${message(rpc, "7")}]`),
    );
    await using connection = await openScripted(server);
    expect(textOf(await connection.request({ method: "tools/call" }))).toBe("7");
  });

  it("above the limit fails alone, whichever way it comes", async () => {
    const long = `"${"x".repeat(5_000)}"`;
    await using server = await onCall(({ rpc, json, events, response }, nth) => {
      if (nth === 1) {
        json(message(rpc, long));
      } else if (nth === 2) {
        response.writeHead(200, { "content-type": "application/json" });
        response.write("[");
        // Without a length, and without an end.
        response.write(message(rpc, long));
      } else {
        const stream = events();
        stream.send(message(rpc, long));
        stream.send('{"method":"x"}');
      }
    });
    await using connection = await openScripted(server, { maxMessageBytes: 4_096 });
    for (let nth = 1; nth <= 3; nth += 1) {
      const error = await failureOf(connection.request({ method: "tools/call", isRepeatable: true }));
      expect(error).toMatchObject({ code: "resource_exhausted", reason: "message_too_large" });
    }
    expect(textOf(await connection.request({ method: "ping" }))).toBe("{}");
    expect(server.count(isMethod("tools/call"))).toBe(3);
  });

  it("takes an answer under a status that says no, if it is one", async () => {
    const error = '{"code":-32601,"message":"no such thing","data":1.0}';
    await using server = await onCall(({ rpc, status }, nth) => {
      const id = nth === 1 ? String(rpc.id) : "null";
      status(nth === 1 ? 404 : 400, `{"error":${error},"id":${id},"jsonrpc":"2.0"}`, {
        "content-type": "application/json",
      });
    });
    await using connection = await openScripted(server);
    const answer = await connection.request({ method: "tools/call" });
    expect([answer.kind, textOf(answer)]).toEqual(["error", error]);
    // Without our id it may be about anything, a session for example.
    const failure = await failureOf(connection.request({ method: "tools/call" }));
    expect(failure).toMatchObject({
      code: "protocol",
      reason: "http_status",
      effect: "none",
      details: { status: 400 },
    });
    expect(failure.message).toContain("no such thing");
    expect(server.count(isMethod("initialize"))).toBe(1);
  });

  it("does not wait for the end of an error that has none, nor shows more of it than a line", async () => {
    await using server = await onCall(({ response }) => {
      response.writeHead(500, { "content-type": "text/plain" });
      response.write(`first\u001b[31m\nsecond ${"z".repeat(20_000)}`);
    });
    await using connection = await openScripted(server);
    const startedAtMs = performance.now();
    const { message: text } = await failureOf(connection.request({ method: "tools/call" }));
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
    expect(text).toMatch(/HTTP 500: first \[31m second zzz/);
    expect(text.length).toBeLessThan(500);
  });

  it("that was accepted without an answer fails at once", async () => {
    await using server = await onCall(({ status }) => status(202));
    await using connection = await openScripted(server);
    const error = await failureOf(connection.request({ method: "tools/call" }));
    expect(error).toMatchObject({ code: "protocol", reason: "response_invalid" });
  });

  it.each(["abort", "time"])("that is given up by %s tells the server and closes its stream", async (how) => {
    const closed = createDeferred<void>();
    await using server = await onCall((exchange) => {
      exchange.events();
      void exchange.closed.then(() => closed.resolve());
    });
    await using connection = await openScripted(server);
    const controller = new AbortController();
    const limits = how === "abort" ? { signal: controller.signal } : { timeoutMs: 100 };
    const call = failureOf(connection.request({ method: "tools/call", ...limits }));
    const { rpc } = await server.next(isMethod("tools/call"));
    controller.abort("enough");
    expect((await call).code).toBe(how === "abort" ? "canceled" : "deadline_exceeded");
    await closed.promise;
    const cancelled = await server.next(isMethod("notifications/cancelled"));
    expect(cancelled.rpc.params).toEqual({
      requestId: rpc.id,
      reason: how === "abort" ? "enough" : "Timed out",
    });
  });

  it.each(["before", "by"])("that is given up %s the end of its connection is taken back", async (when) => {
    await using server = await onCall((exchange) => void exchange.events());
    const connection = await openScripted(server);
    const controller = new AbortController();
    const call = failureOf(connection.request({ method: "tools/call", signal: controller.signal }));
    const { rpc } = await server.next(isMethod("tools/call"));
    if (when === "before") controller.abort("enough");
    await connection.close();
    expect((await call).code).toBe("canceled");
    const cancels = server.received.filter(isMethod("notifications/cancelled"));
    expect(cancels.map(({ rpc: { params } }) => params?.["requestId"])).toEqual([rpc.id]);
    expect(server.received.at(-1)?.method).toBe("DELETE");
  });

  it("whose stream goes on after its answer is cut off a second later", async () => {
    const closed = createDeferred<void>();
    await using server = await onCall((exchange) => {
      exchange.events().send(message(exchange.rpc, "1"));
      void exchange.closed.then(() => closed.resolve());
    });
    await using connection = await openScripted(server);
    expect(textOf(await connection.request({ method: "tools/call" }))).toBe("1");
    await closed.promise;
  });
});

describe("a reader who is slow", () => {
  it("holds the server back until he lets go", async () => {
    const total = 24 * 1024 * 1024;
    let taken = 0;
    let lines = 0;
    await using server = await onCall(({ rpc, events, response }) => {
      const stream = events();
      const line = `data: {"method":"x","params":"${"y".repeat(64 * 1024)}"}\n\n`;
      const push = (): void => {
        while (taken < total) {
          taken += line.length;
          lines += 1;
          if (!response.write(line)) return void response.once("drain", push);
        }
        stream.send(message(rpc, '"all"'));
        stream.end();
      };
      push();
    });
    let seen = 0;
    await using connection = await openScripted(server, {
      handlers: {
        onNotification: () => {
          seen += 1;
        },
      },
    });
    const release = connection.holdOutput();
    const answer = connection.request({ method: "tools/call" });
    await server.next(isMethod("tools/call"));
    let before = -1;
    // What the kernel and the fetch take in advance is little; then nothing moves.
    while (before !== taken) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(seen).toBeLessThanOrEqual(1);
    expect(taken).toBeLessThan(total / 2);
    release();
    expect(textOf(await answer)).toBe('"all"');
    expect(seen).toBe(lines);
  });
});

// By itself: the clock is everybody's.
it("a call is asked back on its own stream, and its clock stands meanwhile", async () => {
  const stream = createDeferred<ReturnType<HttpExchange["events"]>>();
  await using server = await onCall(({ events }) => {
    const writer = events();
    stream.resolve(writer);
    writer.send('{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{}}');
  });
  const related: (RelatedCall | undefined)[] = [];
  await using connection = await openScripted(server, {
    handlers: {
      onRequest: async (_request, { relatedCall }) => {
        related.push(relatedCall);
        await vi.advanceTimersByTimeAsync(1_700);
        return { kind: "result", result: Buffer.from('{"action":"accept"}') };
      },
    },
  });
  using _clock = standingClock();
  const call = { method: "tools/call", timeoutMs: 1_500 };
  const answer = connection.request(call);
  const posted = await server.next(({ rpc }) => rpc.id === "q");
  expect(posted.rpc.result).toEqual({ action: "accept" });
  expect(posted.headers["mcp-session-id"]).toBe("s");
  const { rpc } = await server.next(isMethod("tools/call"));
  (await stream.promise).send(message(rpc, "1"));
  expect(textOf(await answer)).toBe("1");
  expect(related.map((found) => [found?.call, found?.isCertain])).toEqual([[call, true]]);
});

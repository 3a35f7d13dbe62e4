import { getEventListeners } from "node:events";
import { createDeferred, FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { createHttpClient, type HttpClient } from "./http-client.js";
import { expectFailure } from "./test-support/expect-failure.js";
import { type LocalServer, startHttpServer, startRawServer } from "./test-support/local-server.js";

const client = () => createHttpClient({ environment: {} });
async function expectCanceled(failing: Promise<unknown>, message: string): Promise<void> {
  const error = await expectFailure(failing, { code: "canceled" });
  expect(error.message).toBe(message);
}

/** A server that sends a head and one chunk, and then nothing. */
const startQuiet = () =>
  startHttpServer((_request, response) => {
    response.write("first");
  });

/** A server that takes requests and never answers. */
async function startSilent() {
  const asked = createDeferred<void>();
  const server = await startHttpServer(() => asked.resolve());
  return { server, asked: asked.promise, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Each prepares one exchange, and gives what ends it. */
const waysToStop: readonly (readonly [
  what: string,
  start: () => Promise<LocalServer>,
  stop: (http: HttpClient, server: LocalServer) => Promise<() => unknown>,
])[] = [
  [
    "cancelling a body",
    startQuiet,
    async (http, server) => {
      const reader = (await http.fetch(server.url)).body?.getReader();
      await reader?.read();
      return () => reader?.cancel();
    },
  ],
  [
    "cancelling a body that is being read",
    startQuiet,
    async (http, server) => {
      const reader = (await http.fetch(server.url)).body?.getReader();
      await reader?.read();
      const next = reader?.read();
      return async () => {
        await reader?.cancel();
        expect(await next).toMatchObject({ done: true });
      };
    },
  ],
  [
    "cancelling a body that nobody reads, while its socket is held back",
    () => startHttpServer((_request, response) => void response.end(Buffer.alloc(8 * 1024 * 1024))),
    async (http, server) => {
      const response = await http.fetch(server.url);
      return () => response.body?.cancel();
    },
  ],
  [
    "aborting while the body is read",
    startQuiet,
    async (http, server) => {
      const abort = new AbortController();
      const response = await http.fetch(server.url, { signal: abort.signal });
      const reading = expectCanceled(response.text(), `GET ${server.url}/ was cancelled`);
      return async () => {
        abort.abort();
        await reading;
      };
    },
  ],
];

test.each(waysToStop)("%s closes the socket at once", async (_what, start, stop) => {
  await using server = await start();
  await using http = client();
  const times: number[] = [];
  // A machine that is busy elsewhere delays one or two; a delay of ours would be in every one.
  for (let round = 0; round < 5; round += 1) {
    const act = await stop(http, server);
    const from = performance.now();
    await act();
    await server.allClosed();
    times.push(performance.now() - from);
  }
  expect(Math.min(...times)).toBeLessThan(100);
});

test("aborting before the answer fails the request with the signal's reason and closes the socket", async () => {
  await using silent = await startSilent();
  await using http = client();
  const abort = new AbortController();
  const reason = new FairleadError("canceled", "The user changed his mind");
  const failing = http.fetch(silent.server.url, { signal: abort.signal }).catch((error: unknown) => error);
  await silent.asked;
  abort.abort(reason);
  await silent.server.allClosed();
  expect(await failing).toBe(reason);
});

test("a reason that claims no effect is not believed once the request was sent", async () => {
  await using silent = await startSilent();
  await using http = client();
  const abort = new AbortController();
  const init = { method: "POST", body: "x", signal: abort.signal };
  const failing = expectFailure(http.fetch(silent.server.url, init), {
    code: "usage",
    reason: "argument_invalid",
    effect: "unknown",
  });
  await silent.asked;
  abort.abort(new FairleadError("usage", "It was not meant", { reason: "argument_invalid", effect: "none" }));
  await failing;
});

test("a signal that was aborted before fails the request before anything is sent", async () => {
  await using server = await startQuiet();
  await using http = client();
  await expectFailure(http.fetch(server.url, { signal: AbortSignal.abort() }), { code: "canceled" });
  expect(server.connections()).toBe(0);
});

test("aborting while TLS is being negotiated closes the socket", async () => {
  const connected = createDeferred<void>();
  await using server = await startRawServer((socket) => {
    socket.once("data", () => connected.resolve());
  });
  await using http = client();
  const abort = new AbortController();
  const url = server.url.replace("http:", "https:");
  const asking = expectCanceled(http.fetch(url, { signal: abort.signal }), `GET ${url}/ was cancelled`);
  await connected.promise;
  abort.abort();
  await Promise.all([asking, server.allClosed()]);
});

test("aborting an upload stops its source, and the server never takes it for a whole one", async () => {
  let whole = false;
  const began = createDeferred<void>();
  await using server = await startHttpServer((request) => {
    request.once("data", () => began.resolve());
    request.on("end", () => {
      whole = true;
    });
    request.on("error", () => {});
  });
  await using http = client();
  const stopped = createDeferred<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from("half")),
    cancel: () => stopped.resolve(),
  });
  const abort = new AbortController();
  const init = { method: "POST", body, duplex: "half", signal: abort.signal } as const;
  const asking = expectCanceled(http.fetch(server.url, init), `POST ${server.url}/ was cancelled`);
  await began.promise;
  abort.abort();
  await Promise.all([asking, server.allClosed()]);
  await stopped.promise;
  expect(whole).toBe(false);
});

test("an answer that comes before the upload has ended stops the source", async () => {
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(413).end("too much");
  });
  await using http = client();
  const stopped = createDeferred<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from("begin")),
    cancel: () => stopped.resolve(),
  });
  const response = await http.fetch(server.url, { method: "POST", body, duplex: "half" });
  expect([response.status, await response.text()]).toEqual([413, "too much"]);
  await stopped.promise;
});

test("the deadline ends a request without an answer", async () => {
  await using silent = await startSilent();
  await using http = client();
  const failing = http.fetch(silent.server.url, { policy: { deadlineMs: 40 } });
  await expectFailure(failing, {
    code: "deadline_exceeded",
    effect: "unknown",
    details: { limit: "deadlineMs", limitMs: 40 },
  });
  await silent.server.allClosed();
});

test("the deadline ends an endless answer that is never quiet", async () => {
  await using server = await startHttpServer((_request, response) => {
    const timer = setInterval(() => response.write("."), 5);
    response.on("close", () => clearInterval(timer));
  });
  await using http = client();
  const policy = { deadlineMs: 120, idleTimeoutMs: 10_000 };
  const failing = http.fetch(server.url, { policy }).then((response) => response.text());
  await expectFailure(failing, { code: "deadline_exceeded", details: { limit: "deadlineMs" } });
  await server.allClosed();
});

test("the idle time ends a request whose answer does not begin, and one that goes quiet", async () => {
  await using silent = await startSilent();
  await using quiet = await startQuiet();
  await using http = client();
  const policy = { idleTimeoutMs: 60 };
  const details = { limit: "idleTimeoutMs", limitMs: 60 };
  await expectFailure(http.fetch(silent.server.url, { policy }), { code: "deadline_exceeded", details });
  const reading = http.fetch(quiet.url, { policy }).then((response) => response.text());
  await expectFailure(reading, { code: "deadline_exceeded", details });
  await Promise.all([silent.server.allClosed(), quiet.allClosed()]);
});

test("the idle time begins anew with every chunk", async () => {
  await using server = await startHttpServer((_request, response) => {
    let left = 8;
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) response.write(".");
      else response.end();
    }, 50);
    response.on("close", () => clearInterval(timer));
  });
  await using http = client();
  const response = await http.fetch(server.url, { policy: { idleTimeoutMs: 300 } });
  expect(await response.text()).toBe(".......");
});

test("the idle time stands still while the reader is slow", async () => {
  const bytes = 8 * 1024 * 1024;
  await using server = await startHttpServer((_request, response) => {
    response.end(Buffer.alloc(bytes));
  });
  await using http = client();
  const response = await http.fetch(server.url, { policy: { idleTimeoutMs: 400 } });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect((await response.arrayBuffer()).byteLength).toBe(bytes);
});

test("what arrived while this process was busy counts as in time", async () => {
  await using server = await startHttpServer((_request, response) => {
    response.write("first");
    setTimeout(() => response.end(" second"), 50);
  });
  await using http = client();
  const response = await http.fetch(server.url, { policy: { idleTimeoutMs: 200 } });
  const until = performance.now() + 500;
  while (performance.now() < until);
  expect(await response.text()).toBe("first second");
});

test("closing the client breaks off everything, and nothing can be asked any more", async () => {
  await using silent = await startSilent();
  await using quiet = await startQuiet();
  await using kept = await startHttpServer((_request, response) => response.end("x"));
  const http = client();
  const closed = "The HTTP client was closed";
  const asking = expectCanceled(http.fetch(silent.server.url), closed);
  const reading = expectCanceled((await http.fetch(quiet.url)).text(), closed);
  await (await http.fetch(kept.url)).text();
  await silent.asked;
  expect(kept.sockets.size).toBe(1);
  await http.close();
  await Promise.all([asking, reading]);
  await Promise.all([silent.server.allClosed(), quiet.allClosed(), kept.allClosed()]);
  await expectFailure(http.fetch(kept.url), { code: "canceled" });
  await http.close();
});

test("nothing is left behind: neither socket, timer nor listener", async () => {
  await using server = await startHttpServer((request, response) => {
    if (request.url === "/quiet") response.write("x");
    else response.end("x");
  });
  const count = (wanted: string): number =>
    process.getActiveResourcesInfo().filter((name) => name === wanted).length;
  const before = { timers: count("Timeout"), sockets: count("TCPSocketWrap") };
  const http = client();
  const abort = new AbortController();
  const policy = { deadlineMs: 60_000, idleTimeoutMs: 60_000 };
  for (let round = 0; round < 5; round += 1) {
    await (await http.fetch(server.url, { signal: abort.signal, policy })).text();
    await (await http.fetch(`${server.url}/quiet`, { signal: abort.signal, policy })).body?.cancel();
  }
  await http.close();
  await server.allClosed();
  await new Promise((resolve) => setImmediate(resolve));
  expect(count("Timeout")).toBeLessThanOrEqual(before.timers);
  expect(count("TCPSocketWrap")).toBeLessThanOrEqual(before.sockets);
  expect(getEventListeners(abort.signal, "abort")).toEqual([]);
});

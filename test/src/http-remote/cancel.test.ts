import type { IncomingMessage, ServerResponse } from "node:http";
import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { failureOf } from "../failures/support/far-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import {
  expectWorking,
  type FarHttp,
  startFarHttp,
  startWebServer,
  type WebServer,
} from "./support/far-http.js";

const freedWithinMs = 100;
const roundTrips = 10;

let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};

describe.each(["unix", "tcp"] as const)("over %s", (transport) => {
  const stack = createDisposeStack();
  let far: FarHttp;
  let web: WebServer;
  let idle: WebServer;
  /** Settles with the moment at which the server saw its socket closed. */
  let freed: Deferred<number>;
  let arrived: Deferred<void>;
  beforeAll(async () => {
    far = stack.use(await startFarHttp({ transport }));
    idle = stack.use(await startWebServer((_, response) => response.end()));
    web = stack.use(
      await startWebServer((request, response) => {
        const mine = freed;
        request.socket.once("close", () => mine.resolve(performance.now()));
        answer(request, response);
        arrived.resolve();
      }),
    );
  });
  /** A busy machine needs longer for everything: as much as its requests take now is added. */
  let limitMs = freedWithinMs;
  beforeEach(async () => {
    arrived = createDeferred();
    freed = createDeferred();
    let slowestMs = 0;
    for (let count = 0; count < roundTrips; count += 1) {
      const startedAtMs = performance.now();
      await (await far.fetch(idle.url)).text();
      slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
    }
    limitMs = freedWithinMs + 3 * slowestMs;
    answer = () => {};
    freed = createDeferred();
    arrived = createDeferred();
  });
  // The stream is over, and nothing else has noticed.
  afterEach(() => expectWorking(far.session));
  afterAll(() => stack[Symbol.asyncDispose]());

  const flood = (_: IncomingMessage, response: ServerResponse): void => {
    const pump = (): void => {
      while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return;
    };
    response.on("drain", pump);
    pump();
  };

  test("aborting before the head arrives closes the socket at once", async () => {
    const stop = new AbortController();
    const failed = failureOf(far.fetch(web.url, { signal: stop.signal }));
    await arrived.promise;
    const abortedAtMs = performance.now();
    stop.abort();
    expect(await failed).toMatchObject({ code: "canceled" });
    expect(performance.now() - abortedAtMs).toBeLessThan(limitMs);
    expect((await freed.promise) - abortedAtMs).toBeLessThan(limitMs);
  });

  test.each([
    ["is being read", 20_000_000],
    ["nobody reads", 0],
  ])("aborting while an endless body %s closes the socket at once", async (_, readBytes) => {
    answer = flood;
    const stop = new AbortController();
    const response = await far.fetch(web.url, { signal: stop.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (let bytes = 0; bytes < readBytes; ) bytes += (await reader.read()).value?.length ?? 0;
    const abortedAtMs = performance.now();
    stop.abort();
    expect(await failureOf(reader.read())).toMatchObject({ code: "canceled" });
    expect((await freed.promise) - abortedAtMs).toBeLessThan(limitMs);
  });

  test("cancelling a body closes the socket at once", async () => {
    answer = flood;
    const { body } = await far.fetch(web.url);
    const cancelledAtMs = performance.now();
    await body?.cancel();
    expect((await freed.promise) - cancelledAtMs).toBeLessThan(limitMs);
  });

  test("aborting while a request body is under way closes the socket and tells its source", async () => {
    answer = (request) => request.resume();
    const stop = new AbortController();
    const cancelled = createDeferred<void>();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => cancelled.resolve(),
    });
    const failed = failureOf(
      far.fetch(web.url, { method: "POST", body, duplex: "half", signal: stop.signal }),
    );
    await arrived.promise;
    const abortedAtMs = performance.now();
    stop.abort();
    expect(await failed).toMatchObject({ code: "canceled" });
    await cancelled.promise;
    expect((await freed.promise) - abortedAtMs).toBeLessThan(limitMs);
  });

  const full = new FairleadError("resource_exhausted", "no more", {
    reason: "limit_reached",
    effect: "none",
  });
  const sent = { code: "resource_exhausted", reason: "limit_reached", effect: "unknown", cause: full };

  test("a reason that says `none` says so of nothing that was sent", async () => {
    const stop = new AbortController();
    const failed = failureOf(far.fetch(web.url, { method: "POST", signal: stop.signal }));
    await arrived.promise;
    stop.abort(full);
    expect(await failed).toMatchObject(sent);
    expect(await failureOf(far.fetch(web.url, { signal: stop.signal }))).toBe(full);
  });

  test("a request body whose source fails says nothing of what was sent before", async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        controller.enqueue(Buffer.from("first"));
        await arrived.promise;
        controller.error(full);
      },
    });
    expect(await failureOf(far.fetch(web.url, { method: "POST", body, duplex: "half" }))).toMatchObject(sent);
  });

  test("a signal that was aborted before sends nothing", async () => {
    const own = new Error("mine");
    const failure = await failureOf(far.fetch(web.url, { signal: AbortSignal.abort(own) }));
    expect(failure).toMatchObject({ code: "canceled", cause: own });
    expect(arrived).toEqual(expect.anything());
  });

  test("closing the session ends what is under way, as lost, and closes the socket at once", async () => {
    answer = (_, response) => response.write("first");
    const session = await far.open();
    const response = await session.fetch(web.url);
    const waiting = failureOf(session.fetch(web.url));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const closedAtMs = performance.now();
    const closing = session.close();
    expect(await failureOf(reader.read())).toMatchObject({ code: "unavailable", reason: "session_lost" });
    expect((await freed.promise) - closedAtMs).toBeLessThan(limitMs);
    await closing;
    expect(await waiting.catch((error: unknown) => error)).toBeDefined();
    expect(await failureOf(session.fetch(web.url))).toMatchObject({ reason: "session_lost", effect: "none" });
  });

  test("300 requests that are given up one after the other leave the connection alone", async () => {
    answer = (_, response) => response.write("first");
    for (let lot = 0; lot < 10; lot += 1) {
      await Promise.all(
        Array.from({ length: 30 }, async () => {
          const { body } = await far.fetch(web.url);
          await body?.cancel();
        }),
      );
    }
    // One is kept for the next request.
    await expect.poll(() => web.socketCount()).toBeLessThanOrEqual(1);
  });
});

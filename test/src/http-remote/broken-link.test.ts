import type { IncomingMessage, ServerResponse } from "node:http";
import { createDeferred, type Deferred } from "@fairlead/core";
import type { SessionState } from "@fairlead/link";
import { waitUntil } from "@fairlead/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { failureOf } from "../failures/support/far-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import {
  expectWorking,
  type FarHttp,
  startFarHttp,
  startWebServer,
  type WebServer,
} from "./support/far-http.js";

const atOnceMs = 500;
const limits = { heartbeatMs: 200, heartbeatsMissed: 3 };
const cutOff = { code: "unavailable", reason: "executor_unreachable", effect: "unknown" };

const stack = createDisposeStack();
const states: SessionState["state"][] = [];
let far: FarHttp;
let web: WebServer;
let freed: Deferred<void>;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeAll(async () => {
  const onState = ({ state }: SessionState): void => void states.push(state);
  far = stack.use(await startFarHttp({ transport: "tcp", limits, session: { onState } }));
  web = stack.use(
    await startWebServer((request, response) => {
      request.socket.once("close", () => freed.resolve());
      answer(request, response);
    }),
  );
});
beforeEach(() => {
  freed = createDeferred();
  answer = (_, response) => void response.write("first");
  states.length = 0;
});
afterEach(async () => {
  await waitUntil(() => far.session.state.state === "connected", {
    withinMs: 5_000,
    what: "A new connection",
  });
  await expectWorking(far.session);
});
afterAll(() => stack[Symbol.asyncDispose]());

async function startReading(): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const { body } = await far.fetch(web.url);
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  return reader;
}

test("a link that breaks within a body fails it at once, and closes the socket", async () => {
  const reader = await startReading();
  const cutAtMs = performance.now();
  far.proxy.cut();
  expect(await failureOf(reader.read())).toMatchObject(cutOff);
  expect(performance.now() - cutAtMs).toBeLessThan(atOnceMs);
  await freed.promise;
});

test("a link that breaks before the head fails the request at once", async () => {
  const arrived = createDeferred<void>();
  answer = () => arrived.resolve();
  const failed = failureOf(far.fetch(web.url));
  await arrived.promise;
  far.proxy.cut();
  expect(await failed).toMatchObject(cutOff);
  await freed.promise;
});

test("a bulk connection that breaks alone costs its requests and not the session", async () => {
  const reader = await startReading();
  const bulk = far.proxy.connections.filter(({ isOpen }) => isOpen).at(-1);
  expect(far.proxy.counters().openConnections).toBe(2);
  bulk?.cut();
  expect(await failureOf(reader.read())).toMatchObject(cutOff);
  // Goes on over the other one, also with more than that lets through at once.
  answer = (_, response) => response.end(Buffer.alloc(1_000_000, "x"));
  expect((await (await far.fetch(web.url)).arrayBuffer()).byteLength).toBe(1_000_000);
  const body = Buffer.alloc(700_000, "y");
  answer = (request, response) => void request.pipe(response);
  const echoed = await far.fetch(web.url, { method: "POST", body });
  expect(Buffer.from(await echoed.arrayBuffer()).equals(body)).toBe(true);
  expect(far.proxy.counters().openConnections).toBe(1);
  expect(states).toEqual([]);
});

test("a deadline covers the wait for a connection, and then nothing was sent", async () => {
  let isAsked = false;
  answer = (_, response) => {
    isAsked = true;
    response.end();
  };
  const session = await far.open();
  far.proxy.admit("hold");
  const failure = await failureOf(session.fetch(web.url, { policy: { deadlineMs: 100 } }));
  far.proxy.admit("carry");
  await session.close();
  expect(failure).toMatchObject({ code: "deadline_exceeded", effect: "none" });
  expect(isAsked).toBe(false);
});

test("a line that falls silent fails what is under way when the lease has run out", async () => {
  const reader = await startReading();
  far.proxy.pause();
  expect(await failureOf(reader.read())).toMatchObject(cutOff);
  far.proxy.resume();
  far.proxy.cut();
});

test("while the session recovers a request waits, or fails at once where it was told to", async () => {
  const impatient = await far.open({ whileRecovering: "fail" });
  far.proxy.admit("hold");
  far.proxy.cut();
  await expect.poll(() => far.session.state.state).toBe("recovering");
  await expect.poll(() => impatient.state.state).toBe("recovering");
  expect(await failureOf(impatient.fetch(web.url))).toMatchObject({ ...cutOff, effect: "none" });
  answer = (_, response) => response.end("waited");
  const waiting = far.fetch(web.url);
  const late = failureOf(far.fetch(web.url, { policy: { deadlineMs: 1 } }));
  const stop = new AbortController();
  const given = failureOf(far.fetch(web.url, { signal: stop.signal }));
  stop.abort();
  expect(await given).toMatchObject({ code: "canceled" });
  expect(await late).toMatchObject({
    code: "deadline_exceeded",
    effect: "none",
    details: { limit: "deadlineMs" },
  });
  far.proxy.admit("carry");
  expect(await (await waiting).text()).toBe("waited");
  await impatient.close();
});

test("a lost session fails every request with session_lost", async () => {
  const short = await far.open({ detachTtlMs: 1_000 });
  answer = (_, response) => void response.write("first");
  const { body } = await short.fetch(web.url);
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  far.proxy.admit("refuse");
  far.proxy.cut();
  expect(await failureOf(reader.read())).toMatchObject(cutOff);
  await expect.poll(() => short.state.state).toBe("recovering");
  const waiting = failureOf(short.fetch(web.url));
  await short.lost;
  expect(await waiting).toMatchObject({ reason: "session_lost" });
  expect(await failureOf(short.fetch(web.url))).toMatchObject({ reason: "session_lost" });
  far.proxy.admit("carry");
});

import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutorLimits, Fetch } from "@fairlead/core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { failureOf } from "../failures/support/far-executor.js";
import { openRaw, requestRaw } from "../failures/support/raw-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import {
  expectWorking,
  type FarHttp,
  startFarHttp,
  startWebServer,
  type WebServer,
} from "./support/far-http.js";

const limits: Partial<ExecutorLimits> = { httpRequestsPerSession: 3, httpRequestBodyBytes: 300_000 };
const refused = { code: "resource_exhausted", reason: "limit_reached" };

const stack = createDisposeStack();
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
let far: FarHttp;
let web: WebServer;
beforeAll(async () => {
  far = stack.use(await startFarHttp({ limits }));
  web = stack.use(await startWebServer((request, response) => answer(request, response)));
});
afterEach(async () => {
  await Promise.all([1, 2, 3].map(() => expectWorking(far.session)));
});
afterAll(() => stack[Symbol.asyncDispose]());

test("a session makes as many requests at once as its limit says, and another when one has ended", async () => {
  answer = (_, response) => void response.write("first");
  const responses = [await far.fetch(web.url), await far.fetch(web.url), await far.fetch(web.url)];
  expect(await failureOf(far.fetch(web.url))).toMatchObject({
    ...refused,
    effect: "none",
    details: { limit: "3" },
  });
  // Another session has its own.
  await using other = await far.open();
  await (await other.fetch(web.url)).body?.cancel();

  await responses.pop()?.body?.cancel();
  responses.push(await far.fetch(web.url));
  expect(await failureOf(far.fetch(web.url))).toMatchObject(refused);
  for (const { body } of responses) await body?.cancel();
});

test("one that has ended counts no more, however often", async () => {
  answer = (_, response) => response.end(Buffer.alloc(70_000));
  for (let lot = 0; lot < 50; lot += 1) {
    const bodies = await Promise.all([1, 2, 3].map(async () => (await far.fetch(web.url)).arrayBuffer()));
    expect(bodies.map(({ byteLength }) => byteLength)).toEqual([70_000, 70_000, 70_000]);
  }
});

test("a stream that is sent twice at once is refused the second time, and costs no request", async () => {
  answer = (request, response) => void request.pipe(response);
  for (let count = 0; count < 4; count += 1) {
    const body = new Blob(["once"]).stream() as ReadableStream<Uint8Array>;
    const send = (): ReturnType<Fetch> => far.fetch(web.url, { method: "POST", body, duplex: "half" });
    const [first, second] = [send(), failureOf(send())];
    expect(await second).toMatchObject({ code: "usage", reason: "argument_invalid", effect: "none" });
    expect(await (await first).text()).toBe("once");
  }
});

test.each<[name: string, body: (bytes: Buffer) => unknown, effect: string]>([
  ["of known length", (bytes) => bytes, "none"],
  ["of unknown length", (bytes) => new Blob([bytes]).stream(), "unknown"],
])("a body %s may be as long as the limit, and no longer", async (_, body, effect) => {
  let received = 0;
  answer = (request, response) => {
    received = 0;
    request.on("data", (chunk: Buffer) => (received += chunk.length));
    request.on("end", () => response.end()).on("error", () => {});
  };
  const send = async (size: number): ReturnType<Fetch> =>
    far.fetch(web.url, { method: "POST", body: body(Buffer.alloc(size)) as Buffer, duplex: "half" });
  expect((await send(300_000)).status).toBe(200);
  expect(received).toBe(300_000);
  expect(await failureOf(send(300_001))).toMatchObject({ ...refused, effect });
});

test("a client that says a length beyond the limit is refused before anything is sent", async () => {
  let isCalled = false;
  answer = () => {
    isCalled = true;
  };
  const session = await openRaw(far.raw);
  const stream = requestRaw(far.raw, session.ref);
  stream.send({ head: { method: "POST", url: web.url, hasBody: true, bodyBytes: 300_001 } });
  expect(await stream.ended).toMatchObject({ ...refused, effect: "none" });
  expect(isCalled).toBe(false);
});

test("headers may be as many and as large as a server could ever take, and no more", async () => {
  answer = (_, response) => response.end();
  const many = (count: number): [string, string][] =>
    Array.from({ length: count }, (_, at) => [`x-${at}`, "1"]);
  // The server itself takes 16 KiB and 2,000 headers.
  expect((await far.fetch(web.url, { headers: many(500) })).status).toBe(200);
  expect(await failureOf(far.fetch(web.url, { headers: many(513) }))).toMatchObject({
    ...refused,
    effect: "none",
    details: { limit: 512 },
  });
  const large = { "x-large": "x".repeat(256 * 1024) };
  expect(await failureOf(far.fetch(web.url, { headers: large }))).toMatchObject({
    ...refused,
    effect: "none",
  });
  const session = await openRaw(far.raw);
  const stream = requestRaw(far.raw, session.ref);
  stream.send({ head: { method: "GET", url: `${web.url}/${"x".repeat(300_000)}` } });
  expect(await stream.ended).toMatchObject({ ...refused, effect: "none" });
});

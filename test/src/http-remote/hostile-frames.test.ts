import type { IncomingMessage, ServerResponse } from "node:http";
import type { FairleadError } from "@fairlead/core";
import { createDeferred } from "@fairlead/core";
import { createTestRandom } from "@fairlead/testkit";
import { fromServiceError, type HttpRequestFrame } from "@fairlead/wire";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { expectSilent } from "../failures/support/executor-daemon.js";
import {
  createRawExecutor,
  openRaw,
  type RawExecutor,
  type RawSession,
  requestRaw,
  unary,
} from "../failures/support/raw-executor.js";
import { createScene } from "../failures/support/scene.js";
import { type Bystander, startBystander } from "../faults/support/bystander.js";
import { startTestExecutor, type TestExecutor } from "../faults/support/test-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startWebServer, type WebServer } from "./support/far-http.js";

const invalid = { code: "protocol", reason: "frame_invalid" };
const mebibyte = 1024 * 1024;

const stack = createDisposeStack();
let executor: TestExecutor;
let bystander: Bystander;
let web: WebServer;
let raw: RawExecutor;
let session: RawSession;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeAll(async () => {
  const scene = stack.use(await createScene());
  executor = stack.use(await startTestExecutor(scene, { limits: { httpRequestsPerSession: 100 } }));
  bystander = stack.use(await startBystander(executor));
  web = stack.use(await startWebServer((request, response) => answer(request, response)));
});
beforeEach(async () => {
  answer = (request, response) => void request.pipe(response);
  raw = createRawExecutor(executor.address, executor.token);
  session = await openRaw(raw, { wishedDetachTtlMs: 60_000 });
});
afterEach(async () => {
  await bystander.echo();
  await expectAnswered();
  const close = { opId: "end", stopTimes: { stdinGraceMs: 0, termGraceMs: 0 } };
  await unary((done) => raw.session.closeSession(close, raw.metadata(session.ref), done));
  raw[Symbol.dispose]();
  expectSilent(executor);
});
afterAll(async () => {
  await bystander.finish();
  await stack[Symbol.asyncDispose]();
});

/** Checks that the session makes requests as before. */
async function expectAnswered(): Promise<void> {
  answer = (_, response) => response.end("fine");
  const stream = requestRaw(raw, session.ref);
  stream.send({ head: head() });
  await expect.poll(() => stream.messages.some(({ end }) => end)).toBe(true);
  stream.halfClose();
  expect(await stream.ended).toBeUndefined();
}

type RequestHead = NonNullable<HttpRequestFrame["head"]>;

const head = (more: RequestHead = {}): RequestHead => ({
  method: "GET",
  url: web.url,
  responseWindowBytes: mebibyte,
  ...more,
});
const posted = (more: RequestHead = {}): HttpRequestFrame => ({
  head: head({ method: "POST", hasBody: true, ...more }),
});
const some = Buffer.from("some");

describe("a request", () => {
  test.each<[name: string, frames: () => readonly HttpRequestFrame[], expected: object]>([
    ["whose body comes before its head", () => [{ body: some }], invalid],
    ["that begins with credit", () => [{ consumed: 1 }], invalid],
    ["that begins with its cancelling", () => [{ cancel: true }], invalid],
    ["that begins with nothing at all", () => [{}], invalid],
    ["with two heads", () => [posted(), posted()], invalid],
    ["without a body that has one", () => [{ head: head() }, { body: some }], invalid],
    ["without a body that ends one", () => [{ head: head(), bodyEnd: true }], invalid],
    [
      "whose body goes on after its end",
      () => [posted(), { body: some, bodyEnd: true }, { body: some }],
      invalid,
    ],
    ["whose body ends twice", () => [posted(), { bodyEnd: true }, { bodyEnd: true }], invalid],
    ["whose body is longer than told", () => [posted({ bodyBytes: 3 }), { body: some }], invalid],
    [
      "whose body is shorter than told",
      () => [posted({ bodyBytes: 5 }), { body: some, bodyEnd: true }],
      invalid,
    ],
    ["with a frame above 1 MiB", () => [posted(), { body: Buffer.alloc(mebibyte + 1) }], invalid],
    ["with credit for what was never sent", () => [posted(), { consumed: 1 }], invalid],
    [
      "with credit for everything there could be",
      () => [posted(), { consumed: Number.MAX_SAFE_INTEGER }],
      invalid,
    ],
    ["of an unknown redirect mode", () => [{ head: head({ redirect: 7 as 0 }) }], invalid],
    ["of an unknown proxy mode", () => [{ head: head({ proxy: 9 as 0 }) }], invalid],
    ["with an empty head", () => [{ head: {} }], { code: "usage" }],
    ["with a method that is none", () => [{ head: head({ method: "G E T" }) }], { code: "usage" }],
    ["with a URL that is none", () => [{ head: head({ url: "\u0000" }) }], { reason: "url_invalid" }],
    [
      "with a header that is none",
      () => [{ head: head({ headers: [{ name: "a b", value: "c\r\nd: e" }] }) }],
      { code: "usage", reason: "argument_invalid" },
    ],
  ])("%s ends with a typed error", async (_, frames, expected) => {
    const stream = requestRaw(raw, session.ref);
    for (const frame of frames()) stream.send(frame);
    expect(await stream.ended).toMatchObject(expected);
  });

  test("with more body than the window, to a server that reads nothing, is refused", async () => {
    answer = (request) => void request.pause();
    const stream = requestRaw(raw, session.ref);
    stream.send(posted());
    for (let sent = 0; sent < 64; sent += 1) stream.send({ body: Buffer.alloc(mebibyte / 4) });
    expect(await stream.ended).toMatchObject({ code: "resource_exhausted", reason: "limit_reached" });
  });

  test("of an unknown session, of none and of a former epoch is refused", async () => {
    const { sessionId } = session.ref;
    expect(await requestRaw(raw, { sessionId: "s_never", epoch: 1 }).ended).toMatchObject({
      reason: "session_unknown",
    });
    expect(await requestRaw(raw, undefined).ended).toMatchObject({
      code: "usage",
      reason: "argument_invalid",
    });
    expect(await requestRaw(raw, { sessionId, epoch: 0 }).ended).toMatchObject({
      reason: "session_displaced",
    });
  });

  test("whose session is taken over ends, and closes its socket", async () => {
    const [begun, freed] = [createDeferred<void>(), createDeferred<void>()];
    answer = (request) => {
      request.socket.once("close", () => freed.resolve());
      begun.resolve();
    };
    const stream = requestRaw(raw, session.ref);
    stream.send({ head: head() });
    await begun.promise;
    const { sessionId } = session.ref;
    const { epoch } = await openRaw(raw, {
      resume: { sessionId, secret: session.secret },
      resumeAttempt: 1,
      resumeClient: "other",
    }).then(({ ref }) => ref);
    session = { ...session, ref: { sessionId, epoch } };
    expect(await stream.ended).toMatchObject({ reason: "session_displaced" });
    await freed.promise;
  });

  test.each(["cancel", "half-close", "reset"])(
    "that its client gives up by %s closes its socket",
    async (how) => {
      const [begun, freed] = [createDeferred<void>(), createDeferred<void>()];
      answer = (request, response) => {
        request.socket.once("close", () => freed.resolve());
        response.write("first");
        begun.resolve();
      };
      const stream = requestRaw(raw, session.ref);
      stream.send({ head: head() });
      await begun.promise;
      if (how === "cancel") stream.send({ cancel: true });
      else if (how === "half-close") stream.halfClose();
      else stream.cancel();
      await freed.promise;
      expect((await stream.ended)?.code).toBe(how === "reset" ? "unavailable" : undefined);
    },
  );

  test("that was answered whole is ended for a client that forgets to", async () => {
    answer = (_, response) => response.end("whole");
    const stream = requestRaw(raw, session.ref);
    stream.send({ head: head() });
    expect(await stream.ended).toBeUndefined();
    expect(stream.messages.at(-1)).toMatchObject({ end: true });
  });

  test("that says again what it said before is no worse for it", async () => {
    answer = (_, response) => response.write("0123456789");
    const stream = requestRaw(raw, session.ref);
    stream.send({ head: head() });
    await expect.poll(() => stream.messages.some(({ body }) => body !== undefined)).toBe(true);
    for (const consumed of [5, 5, 3, 0, 10, 1]) stream.send({ consumed });
    stream.send({ cancel: true });
    expect(await stream.ended).toBeUndefined();
  });
});

describe("a flood", () => {
  test("of bodies, a byte a frame, arrives whole", async () => {
    const count = 10_000;
    const stream = requestRaw(raw, session.ref);
    stream.send(posted());
    for (let at = 0; at < count; at += 1) stream.send({ body: Buffer.from("x"), bodyEnd: at === count - 1 });
    await bystander.echo();
    await expect.poll(() => stream.messages.some(({ end }) => end), { timeout: 20_000 }).toBe(true);
    const bytes = stream.messages.reduce((sum, { body }) => sum + (body?.length ?? 0), 0);
    expect(bytes).toBe(count);
    stream.halfClose();
  });

  test("of frames that say nothing stops nobody", async () => {
    const stream = requestRaw(raw, session.ref);
    stream.send(posted());
    for (let count = 0; count < 10_000; count += 1) stream.send({ body: Buffer.alloc(0), consumed: 0 });
    await bystander.echo();
    stream.send({ body: some, bodyEnd: true });
    await expect.poll(() => stream.messages.some(({ end }) => end), { timeout: 20_000 }).toBe(true);
    stream.halfClose();
  });

  test("of streams without a head stops nobody", async () => {
    const streams = Array.from({ length: 500 }, () => requestRaw(raw, session.ref));
    await bystander.echo();
    for (const stream of streams) stream.halfClose();
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(streams.map(() => undefined));
  });

  test("of noise does no harm", async () => {
    const random = createTestRandom("requests of noise");
    const same = (bytes: Buffer): Buffer => bytes;
    const ends: Promise<FairleadError | undefined>[] = [];
    for (let count = 0; count < 1_000; count += 1) {
      const call = raw.http.makeBidiStreamRequest<Buffer, Buffer>(
        "/fairlead.executor.v1.HttpService/Request",
        same,
        same,
        raw.metadata(session.ref),
      );
      ends.push(
        new Promise((resolve) => {
          call.on("error", (error: unknown) => resolve(fromServiceError(error, "The executor")));
          call.on("end", () => resolve(undefined)).resume();
        }),
      );
      const noise = random.bytes(random.integer(0, 60));
      const field = random.integer(1, 6) * 8 + 2;
      call.write(random.chance(0.5) ? noise : Buffer.concat([Buffer.from([field, noise.length]), noise]));
      call.end();
      if (count % 50 === 49) await bystander.echo();
    }
    expect(await Promise.all(ends)).toHaveLength(1_000);
  });
});

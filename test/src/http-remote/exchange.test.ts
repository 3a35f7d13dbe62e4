import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { createDeferred } from "@fairlead/core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { failureOf } from "../failures/support/far-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type FarHttp, startFarHttp, startWebServer, type WebServer } from "./support/far-http.js";

const mebibyte = 1024 * 1024;

/** What a server answers; the tests exchange it. */
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Tells what arrived. */
function mirror(request: IncomingMessage, response: ServerResponse): void {
  void bodyOf(request).then((body) => {
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, headers, body: body.toString() }));
  });
}

describe.each(["unix", "tcp"] as const)("over %s", (transport) => {
  const stack = createDisposeStack();
  let far: FarHttp;
  let web: WebServer;
  beforeAll(async () => {
    far = stack.use(await startFarHttp({ transport }));
    web = stack.use(await startWebServer((request, response) => answer(request, response)));
  });
  afterEach(() => {
    answer = () => {};
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test("a request and its response arrive whole", async () => {
    answer = mirror;
    const response = await far.fetch(new URL(`${web.url}/a?b=c`), {
      method: "POST",
      headers: { "X-One": "1", "x-latin": "grün" },
      body: "hello",
    });
    expect(response).toMatchObject({ status: 200, ok: true, url: `${web.url}/a?b=c`, redirected: false });
    expect(await response.json()).toMatchObject({
      method: "POST",
      url: "/a?b=c",
      body: "hello",
      headers: { "x-one": "1", "content-type": "text/plain;charset=UTF-8", "content-length": "5" },
    });
  });

  test.each<[name: string, body: () => unknown, expected: string, type: string | undefined]>([
    ["bytes", () => Buffer.from("bytes"), "bytes", undefined],
    ["an array buffer", () => new Uint8Array([65, 66]).buffer, "AB", undefined],
    ["part of a view", () => new Uint8Array([64, 65, 66, 67]).subarray(1, 3), "AB", undefined],
    [
      "a form",
      () => new URLSearchParams({ a: "b c" }),
      "a=b+c",
      "application/x-www-form-urlencoded;charset=UTF-8",
    ],
    ["a blob", () => new Blob(["blob"], { type: "text/x-blob" }), "blob", "text/x-blob"],
    ["a stream", () => new Blob(["stream"]).stream(), "stream", undefined],
    ["an empty text", () => "", "", "text/plain;charset=UTF-8"],
    [
      "an iterable",
      () =>
        (async function* () {
          yield Buffer.from("iter");
          yield Buffer.from("able");
        })(),
      "iterable",
      undefined,
    ],
  ])("a body may be %s", async (_, body, expected, type) => {
    answer = mirror;
    const response = await far.fetch(web.url, {
      method: "POST",
      body: body() as string,
      duplex: "half",
    });
    const told = (await response.json()) as { body: string; headers: Record<string, string> };
    expect(told.body).toBe(expected);
    expect(told.headers["content-type"]).toBe(type);
  });

  test("repeated headers of the answer stay apart where they must", async () => {
    answer = (_, response) => {
      response.setHeader("set-cookie", ["a=1; Path=/", "b=2"]).setHeader("x-many", ["1", "2"]);
      response.writeHead(201, "So Be It").end();
    };
    const response = await far.fetch(web.url);
    expect(response).toMatchObject({ status: 201, statusText: "So Be It" });
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
    expect(response.headers.get("x-many")).toBe("1, 2");
    expect(await response.text()).toBe("");
  });

  test.each([
    ["GET", 204],
    ["GET", 304],
    ["POST", 205],
    ["HEAD", 200],
  ])("an answer to %s with status %s has no body", async (method, status) => {
    answer = (_, response) => response.writeHead(status).end();
    const response = await far.fetch(web.url, { method });
    expect(response).toMatchObject({ status, body: null });
    expect(await response.text()).toBe("");
  });

  test("an error status is an answer like any other", async () => {
    answer = (_, response) => response.writeHead(503, { "retry-after": "7" }).end("busy");
    const response = await far.fetch(web.url);
    expect(response.ok).toBe(false);
    expect(response.headers.get("retry-after")).toBe("7");
    expect(await response.text()).toBe("busy");
  });

  test("a packed body comes unpacked", async () => {
    answer = (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("unpacked"));
    expect(await (await far.fetch(web.url)).text()).toBe("unpacked");
  });

  test("redirects are followed, given or refused, as the request says", async () => {
    answer = (request, response) => {
      if (request.url === "/from") response.writeHead(307, { location: "/to" }).end();
      else mirror(request, response);
    };
    const post = { method: "POST", body: "again" };
    const followed = await far.fetch(`${web.url}/from`, post);
    expect(followed).toMatchObject({ redirected: true, url: `${web.url}/to` });
    // A body of known length is sent again.
    expect(await followed.json()).toMatchObject({ url: "/to", method: "POST", body: "again" });
    const given = await far.fetch(`${web.url}/from`, { ...post, redirect: "manual" });
    expect(given.status).toBe(307);
    expect(given.headers.get("location")).toBe("/to");
    expect(await failureOf(far.fetch(`${web.url}/from`, { ...post, redirect: "error" }))).toMatchObject({
      reason: "redirect_failed",
    });
  });

  test("both bodies flow at the same time, in order", async () => {
    answer = (request, response) => void request.pipe(response);
    const texts = ["one", "two", "three"];
    let next: (text: string) => void = () => {};
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        next = (text) => controller.enqueue(Buffer.from(text));
      },
    });
    const pending = far.fetch(web.url, { method: "POST", body, duplex: "half" });
    next("zero");
    const response = await pending;
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const read = async (): Promise<string> => Buffer.from((await reader.read()).value ?? []).toString();
    expect(await read()).toBe("zero");
    for (const text of texts) {
      next(text);
      expect(await read()).toBe(text);
    }
    await reader.cancel();
  });

  test("a part of a body is there before the next one is written", async () => {
    let more: () => void = () => {};
    answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
      more = () => response.end("data: 2\n\n");
    };
    const response = await far.fetch(web.url);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("data: 1\n\n");
    more();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("data: 2\n\n");
    expect((await reader.read()).done).toBe(true);
  });

  test.each([
    ["that says its length", true],
    ["that does not", false],
  ])("a large body %s arrives whole and byte for byte", async (_, isKnown) => {
    const bytes = Buffer.alloc(9 * mebibyte + 17);
    for (let at = 0; at < bytes.length; at += 4_096) bytes.writeUInt32LE(at, at);
    const lengths: (string | undefined)[] = [];
    answer = (request, response) => {
      lengths.push(request.headers["content-length"]);
      void bodyOf(request).then((body) => response.end(body));
    };
    const body = isKnown ? bytes : new Blob([bytes]).stream();
    const response = await far.fetch(web.url, { method: "PUT", body, duplex: "half" });
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    expect(lengths).toEqual([isKnown ? String(bytes.length) : undefined]);
  });

  test("a body is read from its source as fast as the server takes it", async () => {
    let request: IncomingMessage | undefined;
    answer = (given, response) => {
      request = given;
      given.pause();
      given.on("end", () => response.end("done"));
    };
    const totalBytes = 64 * mebibyte;
    let pulledBytes = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (pulledBytes === totalBytes) return controller.close();
          pulledBytes += mebibyte;
          controller.enqueue(new Uint8Array(mebibyte));
        },
      },
      { highWaterMark: 0 },
    );
    const pending = far.fetch(web.url, { method: "POST", body, duplex: "half" });
    await expect.poll(() => request !== undefined).toBe(true);
    let seenBytes = -1;
    await expect
      .poll(
        () => {
          const isStill = seenBytes === pulledBytes;
          seenBytes = pulledBytes;
          return isStill;
        },
        { interval: 300, timeout: 10_000 },
      )
      .toBe(true);
    // The windows of link and executor, and what both systems keep for a loopback socket.
    expect(pulledBytes).toBeLessThan(32 * mebibyte);
    request?.resume();
    expect(await (await pending).text()).toBe("done");
    expect(pulledBytes).toBe(totalBytes);
  });

  test("an answer that comes before its request was read ends the request", async () => {
    answer = (_, response) => response.writeHead(413).end("too much");
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(mebibyte)),
      cancel: () => {
        isCancelled = true;
      },
    });
    const response = await far.fetch(web.url, { method: "POST", body, duplex: "half" });
    expect(response.status).toBe(413);
    expect(await response.text()).toBe("too much");
    await expect.poll(() => isCancelled).toBe(true);
  });

  test("a source that fails ends the request and is told", async () => {
    const seen = createDeferred<IncomingMessage>();
    answer = (request) => seen.resolve(request.on("error", () => {}).resume());
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from("x")),
      pull: async () => {
        await seen.promise;
        throw new Error("no more of it");
      },
    });
    const failure = await failureOf(far.fetch(web.url, { method: "POST", body, duplex: "half" }));
    expect(failure).toMatchObject({ code: "usage", reason: "argument_invalid" });
    expect(failure.message).toContain("no more of it");
    await expect.poll(async () => (await seen.promise).destroyed).toBe(true);
  });

  test("what is no request is refused before it is sent", async () => {
    const invalid = { code: "usage", reason: "argument_invalid", effect: "none" };
    expect(await failureOf(far.fetch(web.url, { body: "x" }))).toMatchObject(invalid);
    const failure = await failureOf(far.fetch(web.url, { headers: { "x-a": "sec\nret" } }));
    expect(failure).toMatchObject(invalid);
    expect(failure.message).toContain("x-a");
    expect(failure.message).not.toContain("sec");
  });
});

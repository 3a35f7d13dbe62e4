import { gzipSync } from "node:zlib";
import type { FetchInit } from "@fairlead/core";
import { type FrontHandler, type HttpFront, startHttpFront } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Place, places } from "./support/places.js";
import { failureOf } from "./support/reach.js";

// What the Fetch port promises, without MCP: both implementations must be told apart by nothing but the place.
const handlers: Record<string, FrontHandler> = {
  "/echo": ({ method, body, rawHeaders }, response) => {
    response.writeHead(200, ["X-Two", "a", "X-Two", "b", "Set-Cookie", "c=1", "Set-Cookie", "d=2"]);
    response.end(JSON.stringify({ method, body: body.toString("base64"), rawHeaders }));
  },
  "/empty": (_, response) => void response.writeHead(204).end(),
  "/teapot": (_, response) => void response.writeHead(418, "Short And Stout").end("no"),
  "/gzip": (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("plain"));
  },
  "/hop": (_, response) => void response.writeHead(302, { location: "/echo" }).end(),
  "/circle": (_, response) => void response.writeHead(307, { location: "/circle" }).end(),
  "/silent": () => undefined,
  "/quiet": (_, response) => void response.writeHead(200).write("begun"),
  "/endless": (_, response) => {
    response.writeHead(200);
    const more = (): void => {
      if (!response.destroyed) response.write(Buffer.alloc(65_536), () => setImmediate(more));
    };
    more();
  },
  "/cut": (_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("begun", () => response.destroy());
  },
  "/garbage": (_, { socket }) => void socket?.end("not http\r\n\r\n"),
};

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  let front: HttpFront;
  let other: HttpFront;
  beforeAll(async () => {
    place = await openPlace();
    const behind: FrontHandler = (request, response) => handlers[request.path]?.(request, response);
    front = await startHttpFront({ behind });
    other = await startHttpFront({ behind });
  });
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
    await front?.[Symbol.asyncDispose]();
    await other?.[Symbol.asyncDispose]();
  });
  const get = (path: string, init?: FetchInit): Promise<Response> => place.fetch(front.url(path), init);

  test("bytes, headers and status pass both ways", async () => {
    const body = Buffer.from([0, 255, 13, 10, 128]);
    const headers = { "content-type": "application/octet-stream", "X-Mine": "1" };
    const response = await get("/echo", { method: "PUT", body, headers });
    expect([response.status, response.ok, response.url]).toEqual([200, true, front.url("/echo")]);
    expect(response.headers.get("x-two")).toBe("a, b");
    expect(response.headers.getSetCookie()).toEqual(["c=1", "d=2"]);
    const echoed = (await response.json()) as { method: string; body: string; rawHeaders: string[] };
    expect(echoed).toMatchObject({ method: "PUT", body: body.toString("base64") });
    expect(echoed.rawHeaders.map((text) => text.toLowerCase())).toContain("x-mine");
    const teapot = await get("/teapot");
    expect([teapot.status, teapot.statusText, teapot.ok]).toEqual([418, "Short And Stout", false]);
    const empty = await get("/empty");
    expect([empty.status, empty.body]).toEqual([204, null]);
    expect(await (await get("/gzip")).text()).toBe("plain");
  });

  test("a body is sent as it is made", async () => {
    const chunks = ["one ", "two ", "three"];
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(Buffer.from(chunk));
      },
    });
    const init = { method: "POST", body, duplex: "half" } as FetchInit;
    const echoed = (await (await get("/echo", init)).json()) as { body: string };
    expect(Buffer.from(echoed.body, "base64").toString()).toBe("one two three");
  });

  test("redirects are followed, stopped at, or refused, as asked", async () => {
    const followed = await get("/hop");
    expect([followed.status, followed.redirected, followed.url]).toEqual([200, true, front.url("/echo")]);
    const manual = await get("/hop", { redirect: "manual" });
    expect([manual.status, manual.headers.get("location")]).toEqual([302, "/echo"]);
    expect(await failureOf(get("/hop", { redirect: "error" }))).toMatchObject({ reason: "redirect_failed" });
    expect(await failureOf(get("/circle"))).toMatchObject({ code: "protocol", reason: "redirect_failed" });
  });

  test.each([301, 302, 303, 307, 308])("a %s to another origin drops credentials", async (status) => {
    front.intercept({
      when: ({ path }) => path === "/away",
      times: 1,
      answer: (_request, response) => {
        response.writeHead(status, { location: other.url("/echo") }).end();
      },
    });
    const headers = { authorization: "Bearer SENTINEL", cookie: "SENTINEL=1", accept: "x/y" };
    await get("/away", { headers });
    const arrived = await other.nextRequest(({ path }) => path === "/echo");
    expect(JSON.stringify(arrived.rawHeaders)).not.toContain("SENTINEL");
    expect(arrived.headers.accept).toBe("x/y");
  });

  test.each([
    "http://169.254.169.254/latest/meta-data",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://metadata.google.internal/",
    "http://0xa9fea9fe/",
  ])("a redirect to %s is refused", async (location) => {
    front.intercept({
      when: ({ path }) => path === "/away",
      times: 1,
      answer: (_request, response) => void response.writeHead(302, { location }).end(),
    });
    const failure = await failureOf(get("/away"));
    expect(failure).toMatchObject({ code: "forbidden", reason: "policy_denied", effect: "unknown" });
    expect(await failureOf(place.fetch(location))).toMatchObject({ code: "forbidden", effect: "none" });
  });

  test("limits of time end a request before and in its body", async () => {
    const whole = await failureOf(get("/silent", { policy: { deadlineMs: 200 } }));
    expect(whole).toMatchObject({ code: "deadline_exceeded", details: { limit: "deadlineMs" } });
    const idle = await failureOf(get("/silent", { policy: { idleTimeoutMs: 200 } }));
    expect(idle).toMatchObject({ code: "deadline_exceeded", details: { limit: "idleTimeoutMs" } });
    const quiet = await get("/quiet", { policy: { idleTimeoutMs: 300 } });
    expect(await failureOf(quiet.text())).toMatchObject({ code: "deadline_exceeded" });
    const endless = await get("/endless", { policy: { deadlineMs: 500 } });
    expect(await failureOf(drain(endless))).toMatchObject({ code: "deadline_exceeded" });
  });

  test("a limit of size ends a body", async () => {
    const failure = await failureOf(
      get("/endless", { policy: { maxResponseBytes: 1 << 20 } }).then((response) => drain(response)),
    );
    expect(failure).toMatchObject({ code: "resource_exhausted", reason: "response_too_large" });
  });

  test("an answer that breaks off, or is none, is told as that", async () => {
    const cut = await failureOf(get("/cut").then((response) => response.text()));
    expect(cut).toMatchObject({ code: "unavailable", reason: "connection_reset", effect: "unknown" });
    const garbage = await failureOf(get("/garbage"));
    expect(garbage).toMatchObject({ code: "protocol", reason: "response_invalid" });
  });

  describe.each(["/silent", "/quiet", "/endless"])("%s", (path) => {
    test("frees its socket within 100 ms of the abort", async () => {
      const controller = new AbortController();
      const response = get(path, { signal: controller.signal });
      const body = response.then((answer) => drain(answer));
      const failure = failureOf(body);
      const request = await front.nextRequest((arrived) => arrived.path === path);
      if (path !== "/silent") await response;
      const abortedAtMs = performance.now();
      controller.abort();
      expect(await request.ended).toBe("aborted");
      expect(performance.now() - abortedAtMs).toBeLessThan(100);
      expect(await failure).toMatchObject({ code: "canceled" });
    });
  });

  test("cancelling the body frees the socket", async () => {
    const response = await get("/endless");
    const request = await front.nextRequest(({ path }) => path === "/endless");
    const canceledAtMs = performance.now();
    await response.body?.cancel();
    expect(await request.ended).toBe("aborted");
    expect(performance.now() - canceledAtMs).toBeLessThan(100);
  });

  test("a hundred requests at once each get their own answer", async () => {
    const texts = Array.from({ length: 100 }, (_unused, index) => `text ${index}`);
    const answers = await Promise.all(
      texts.map(
        async (body) => (await (await get("/echo", { method: "POST", body })).json()) as { body: string },
      ),
    );
    expect(answers.map(({ body }) => Buffer.from(body, "base64").toString())).toEqual(texts);
  });
});

async function drain(response: Response): Promise<number> {
  let bytes = 0;
  for await (const chunk of response.body ?? []) bytes += (chunk as Uint8Array).byteLength;
  return bytes;
}

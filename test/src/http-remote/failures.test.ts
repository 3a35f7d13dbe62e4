import { createServer, type Server, type Socket } from "node:net";
import type { FairleadError, FetchInit } from "@fairlead/core";
import { createHttpClient } from "@fairlead/machine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf } from "../failures/support/far-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type FarHttp, startFarHttp, startWebServer, type WebServer } from "./support/far-http.js";

const stack = createDisposeStack();
const client = stack.use(createHttpClient());
let far: FarHttp;
let web: WebServer;
let bytes: { readonly url: string };
/** What the server of bytes says to whoever connects. */
let say: (socket: Socket) => void = () => {};
beforeAll(async () => {
  far = stack.use(await startFarHttp());
  web = stack.use(
    await startWebServer((request, response) => {
      if (request.url === "/loop") response.writeHead(302, { location: "/loop" }).end();
      else if (request.url === "/away")
        response.writeHead(302, { location: "http://169.254.169.254/" }).end();
      else if (request.url === "/large") response.end(Buffer.alloc(100_000));
      else if (request.url === "/stalls") response.write("a little");
    }),
  );
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => say(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  bytes = { url: `http://127.0.0.1:${address.port}` };
  stack.use({ [Symbol.asyncDispose]: async () => void server.close() });
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Fetches and reads all of it. */
async function take(fetch: FarHttp["fetch"], url: string, init: FetchInit): Promise<FairleadError> {
  return failureOf(fetch(url, init).then((response) => response.arrayBuffer()));
}

function facts({ code, reason, effect, details }: FairleadError): object {
  // Over the wire every detail is a text.
  const texts = Object.entries(details).map(([name, value]) => [name, String(value)]);
  return { code, reason, effect, details: Object.fromEntries(texts) };
}

test.each<[name: string, expected: object, url: () => string, init?: FetchInit]>([
  ["a URL that is none", { reason: "url_invalid", effect: "none" }, () => "nowhere"],
  ["another scheme", { reason: "url_invalid", effect: "none" }, () => "ftp://127.0.0.1/"],
  ["a name that does not exist", { reason: "dns_failed" }, () => "http://nothing.invalid/"],
  [
    "a port that nobody listens on",
    { reason: "connect_failed", effect: "none" },
    () => "http://127.0.0.1:1/",
  ],
  ["TLS where there is none", { reason: "tls_failed" }, () => web.url.replace("http:", "https:")],
  [
    "an address that is refused",
    { code: "forbidden", reason: "policy_denied" },
    () => "http://169.254.169.254/",
  ],
  ["a redirect to one", { code: "forbidden", reason: "policy_denied" }, () => `${web.url}/away`],
  ["redirects in a circle", { reason: "redirect_failed" }, () => `${web.url}/loop`],
  [
    "too large an answer",
    { reason: "response_too_large" },
    () => `${web.url}/large`,
    { policy: { maxResponseBytes: 99_999 } },
  ],
  ["a deadline", { code: "deadline_exceeded" }, () => `${web.url}/never`, { policy: { deadlineMs: 100 } }],
  [
    "a deadline within the body",
    { code: "deadline_exceeded" },
    () => `${web.url}/stalls`,
    { policy: { deadlineMs: 200 } },
  ],
  [
    "a time without a byte",
    { code: "deadline_exceeded" },
    () => `${web.url}/stalls`,
    { policy: { idleTimeoutMs: 100 } },
  ],
  [
    "a variable that is not set",
    { code: "usage", reason: "argument_invalid", effect: "none" },
    () => web.url,
    { policy: { headersFromEnv: [{ header: "authorization", name: "FAIRLEAD_NOT_SET", required: true }] } },
  ],
])("%s is told as on this machine", async (_, expected, url, init = {}) => {
  const there = await take(far.fetch, url(), init);
  expect(there).toMatchObject(expected);
  expect(facts(there)).toEqual(facts(await take(client.fetch, url(), init)));
});

test.each<[name: string, reason: string, say: (socket: Socket) => void]>([
  ["breaks off before it answers", "connection_reset", (socket) => void socket.destroy()],
  ["is no HTTP", "response_invalid", (socket) => void socket.end("SSH-2.0-x\r\n\r\n")],
  [
    "breaks off within its answer",
    "connection_reset",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", () => socket.resetAndDestroy());
    },
  ],
  [
    "ends too early",
    "connection_reset",
    (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"),
  ],
])("a server that %s is told as on this machine", async (_, reason, how) => {
  say = how;
  const there = await take(far.fetch, bytes.url, { method: "POST", body: "x" });
  expect(there).toMatchObject({ reason });
  expect(facts(there)).toEqual(facts(await take(client.fetch, bytes.url, { method: "POST", body: "x" })));
});

test("what came before a server broke off is delivered", async () => {
  say = (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nevent one", () => socket.end());
  };
  const { body } = await far.fetch(bytes.url);
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("event one");
  expect(await failureOf(reader.read())).toMatchObject({ reason: "connection_reset" });
});

test("500 failures leave the connection alone", async () => {
  for (let lot = 0; lot < 25; lot += 1) {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        expect(await take(far.fetch, "http://127.0.0.1:1/", {})).toMatchObject({ reason: "connect_failed" });
      }),
    );
  }
  expect(far.session.state.state).toBe("connected");
});

import { isFairleadError } from "@fairlead/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHttpClient, type HttpClient } from "./http-client.js";
import { type ExpectedFailure, expectFailure } from "./test-support/expect-failure.js";
import { startFixedAnswer, startRawServer } from "./test-support/local-server.js";

let http: HttpClient;
beforeAll(() => {
  http = createHttpClient({ environment: {} });
});
afterAll(() => http.close());

const reset = { code: "unavailable", reason: "connection_reset", effect: "unknown" } as const;
const invalid = { code: "protocol", reason: "response_invalid", effect: "unknown" } as const;
const inHead: ExpectedFailure = { ...reset, details: { phase: "head" } };
const inBody: ExpectedFailure = { ...reset, details: { phase: "body" } };

/** Gets a URL and reads all of it. */
const read = async (url: string, policy = {}): Promise<string> => (await http.fetch(url, { policy })).text();

test.each<[what: string, answer: string, ending: "end" | "reset" | "keep", expected: ExpectedFailure]>([
  ["ends without an answer", "", "end", inHead],
  ["resets without an answer", "", "reset", inHead],
  ["ends in the middle of the head", "HTTP/1.1 200 OK\r\ncontent-le", "end", inHead],
  ["resets in the middle of the head", "HTTP/1.1 200 OK\r\ncontent-le", "reset", inHead],
  ["ends before the length it said", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "end", inBody],
  [
    "ends before the length it said, on a connection to be closed",
    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9\r\n\r\nhalf",
    "end",
    inBody,
  ],
  ["resets before the length it said", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "reset", inBody],
  ["ends within the chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf", "end", inBody],
  [
    "ends between the chunks",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "end",
    inBody,
  ],
  [
    "ends between the chunks, on a connection to be closed",
    "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "end",
    inBody,
  ],
  ["does not speak HTTP", "220 mail.example ESMTP\r\n", "keep", invalid],
  ["speaks TLS", "\x15\x03\x01\x00\x02\x02\x50", "keep", invalid],
  ["has a status that is no number", "HTTP/1.1 abc OK\r\n\r\n", "keep", invalid],
  ["has a status above 599", "HTTP/1.1 700 Odd\r\ncontent-length: 0\r\n\r\n", "keep", invalid],
  ["has a header without a colon", "HTTP/1.1 200 OK\r\nbroken header\r\n\r\n", "keep", invalid],
  ["has two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx", "keep", invalid],
  ["has a length that is no number", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nx", "keep", invalid],
  ["has a broken chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "keep", invalid],
  [
    "switches protocols unasked",
    "HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    "keep",
    invalid,
  ],
  ["has a head without end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}`, "keep", invalid],
])("a server that %s", async (_what, answer, ending, expected) => {
  await using server = await startFixedAnswer(answer, ending);
  const error = await expectFailure(read(server.url), expected);
  expect(error.message).toContain(`GET ${server.url}/`);
  expect(
    isFairleadError(error.cause) || error.cause instanceof Error || error.details["problem"],
  ).toBeTruthy();
  await server.allClosed();
});

test("a head that is too large is told apart from one that is not HTTP", async () => {
  await using large = await startFixedAnswer(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(70_000)}\r\n\r\n`, "keep");
  await expectFailure(read(large.url), { ...invalid, details: { problem: "head_too_large" } });
  await using fitting = await startFixedAnswer(
    `HTTP/1.1 200 OK\r\nx: ${"y".repeat(60_000)}\r\ncontent-length: 2\r\n\r\nok`,
    "keep",
  );
  expect(await read(fitting.url)).toBe("ok");
});

test("an answer without a length ends with its connection, and is whole", async () => {
  await using server = await startFixedAnswer("HTTP/1.1 200 OK\r\n\r\nall of it", "end");
  expect(await read(server.url)).toBe("all of it");
});

test.each(["HTTP/1.0", "HTTP/1.1"])(
  "an answer of %s without a length that is reset is not whole",
  async (version) => {
    await using server = await startFixedAnswer(`${version} 200 OK\r\n\r\nhalf`, "keep");
    const reader = (await http.fetch(server.url)).body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("half");
    for (const socket of server.sockets) socket.resetAndDestroy();
    await expectFailure(Promise.resolve(reader?.read()), inBody);
  },
);

test("interim answers are passed over", async () => {
  const answer = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
  await using server = await startFixedAnswer(answer, "keep");
  expect(await read(server.url)).toBe("ok");
});

test("a port where nothing listens refuses the connection", async () => {
  const server = await startRawServer(() => {});
  await server[Symbol.asyncDispose]();
  await expectFailure(read(server.url), {
    code: "unavailable",
    reason: "connect_failed",
    effect: "none",
    details: { systemCode: "ECONNREFUSED", target: `127.0.0.1:${server.port}` },
  });
});

test("a name that nobody knows is told as such", async () => {
  await using unknown = createHttpClient({
    environment: {},
    lookUp: () => Promise.reject(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" })),
  });
  const error = await expectFailure(unknown.fetch("http://nowhere.example/"), {
    code: "unavailable",
    reason: "dns_failed",
    effect: "none",
    details: { systemCode: "ENOTFOUND", host: "nowhere.example" },
  });
  expect(error.message).toContain("nowhere.example is not known");
});

test("a look-up without an answer ends with the time for connecting", async () => {
  await using stuck = createHttpClient({
    environment: {},
    lookUp: () => new Promise(() => {}),
    connectTimeoutMs: 30,
  });
  await expectFailure(stuck.fetch("http://nowhere.example/"), {
    code: "unavailable",
    reason: "connect_failed",
    effect: "none",
    details: { limit: "connectTimeoutMs" },
  });
});

test("of several addresses one that answers is enough", async () => {
  await using server = await startFixedAnswer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", "keep");
  await using twoFaced = createHttpClient({
    environment: {},
    lookUp: () => Promise.resolve(["127.0.0.2", "127.0.0.1"]),
  });
  expect(await (await twoFaced.fetch(`http://several.example:${server.port}/`)).text()).toBe("ok");
});

test("a body that says it is too large fails at once, its head is still told", async () => {
  await using server = await startFixedAnswer("HTTP/1.1 500 No\r\ncontent-length: 99\r\n\r\nx", "keep");
  const response = await http.fetch(server.url, { policy: { maxResponseBytes: 10 } });
  expect(response.status).toBe(500);
  const details = { limit: "maxResponseBytes", maxResponseBytes: 10 };
  await expectFailure(response.text(), { code: "resource_exhausted", reason: "response_too_large", details });
  await server.allClosed();
});

test("an endless body fails where it becomes too large, and its socket is closed", async () => {
  await using server = await startRawServer((socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(Buffer.alloc(16_384)));
    };
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.on("drain", more);
      more();
    });
  });
  const failing = read(server.url, { maxResponseBytes: 1_000_000 });
  await expectFailure(failing, { code: "resource_exhausted", reason: "response_too_large" });
  await server.allClosed();
});

test("a body of exactly the limit passes", async () => {
  await using server = await startFixedAnswer("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfour", "keep");
  expect(await read(server.url, { maxResponseBytes: 4 })).toBe("four");
});

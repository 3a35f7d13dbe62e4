import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createHttpClient } from "./http-client.js";
import { expectFailure } from "./test-support/expect-failure.js";
import { type LocalServer, startHttpServer } from "./test-support/local-server.js";

const client = () => createHttpClient({ environment: {} });
const text = "compressible ".repeat(10_000);

const startWith = (encoding: string, body: Buffer): Promise<LocalServer> =>
  startHttpServer((request, response) => {
    expect(request.headers["accept-encoding"]).toBeUndefined();
    response.writeHead(200, { "content-encoding": encoding, "content-length": body.byteLength });
    response.end(body);
  });

test.each([
  ["gzip", gzipSync(text)],
  ["X-GZip", gzipSync(text)],
  ["deflate", deflateSync(text)],
  ["deflate", deflateRawSync(text)],
  ["br", brotliCompressSync(text)],
  ["br, gzip", gzipSync(brotliCompressSync(text))],
  ["identity, gzip", gzipSync(text)],
])("a body in %s is decompressed, and its head says so no more", async (encoding, body) => {
  await using server = await startWith(encoding, body);
  await using http = client();
  const response = await http.fetch(server.url, { policy: { maxResponseBytes: text.length } });
  expect(await response.text()).toBe(text);
  expect(response.headers.has("content-encoding")).toBe(false);
  expect(response.headers.has("content-length")).toBe(false);
});

test("an empty body in gzip is an empty body", async () => {
  await using server = await startWith("gzip", Buffer.alloc(0));
  await using http = client();
  expect(await (await http.fetch(server.url)).text()).toBe("");
});

test("an encoding that nobody knows is the reader's business", async () => {
  await using server = await startWith("rot13", Buffer.from("grkg"));
  await using http = client();
  const response = await http.fetch(server.url);
  expect(response.headers.get("content-encoding")).toBe("rot13");
  expect(await response.text()).toBe("grkg");
});

test("what an event stream flushes arrives at once", async () => {
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    const gzip = createGzip();
    gzip.pipe(response);
    gzip.write("data: first\n\n");
    gzip.flush();
  });
  await using http = client();
  const reader = (await http.fetch(server.url)).body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("data: first\n\n");
  // While the next event is waited for.
  const next = reader?.read();
  await reader?.cancel();
  await server.allClosed();
  expect((await next)?.done).toBe(true);
});

test("a small body that becomes a huge one fails at the limit, and its socket is closed", async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    // The end never comes: the limit alone must end it.
    response.write(bomb);
  });
  await using http = client();
  const response = await http.fetch(server.url, { policy: { maxResponseBytes: 1_000_000 } });
  await expectFailure(response.text(), { code: "resource_exhausted", reason: "response_too_large" });
  await server.allClosed();
});

test.each([
  ["is something else", Buffer.from("this is no gzip")],
  ["is cut short", gzipSync(text).subarray(0, -20)],
])("a body that %s than it says is told as such", async (_what, body) => {
  await using server = await startWith("gzip", body);
  await using http = client();
  const failing = http.fetch(server.url).then((response) => response.text());
  const details = { problem: "encoding" };
  await expectFailure(failing, { code: "protocol", reason: "response_invalid", effect: "unknown", details });
});

test("a compressed body whose connection breaks fails as every body does", async () => {
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.write(gzipSync(text).subarray(0, 100), () => response.socket?.resetAndDestroy());
  });
  await using http = client();
  const failing = http.fetch(server.url).then((response) => response.text());
  await expectFailure(failing, { code: "unavailable", reason: "connection_reset" });
});

test("bytes behind the end of a compressed body do not keep its socket open", async () => {
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(200, { "content-encoding": "deflate" });
    // The end never comes, but what was compressed is complete.
    response.write(Buffer.concat([deflateSync(text), Buffer.from("trailing")]));
  });
  await using http = client();
  expect(await (await http.fetch(server.url)).text()).toBe(text);
  await server.allClosed();
});

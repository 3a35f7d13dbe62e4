import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { probeConnection } from "./probe-connection.js";

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(async () => {
  server.close();
  await once(server, "close");
});

test("an open way is told with the addresses of its name", async () => {
  expect(await probeConnection({ host: "127.0.0.1", port })).toEqual({ addresses: ["127.0.0.1"] });
});

test("the step that fails is told", async () => {
  const unknown = probeConnection({ host: "no-such-host.invalid", port });
  await expect(unknown).rejects.toMatchObject({ code: "unavailable", reason: "dns_failed" });
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const address = closed.address();
  const closedPort = typeof address === "object" && address !== null ? address.port : 0;
  closed.close();
  await once(closed, "close");
  const refused = probeConnection({ host: "127.0.0.1", port: closedPort });
  await expect(refused).rejects.toMatchObject({
    reason: "connect_failed",
    details: { systemCode: "ECONNREFUSED" },
  });
  const plain = probeConnection({ host: "127.0.0.1", port, tls: {} });
  await expect(plain).rejects.toMatchObject({ reason: "tls_failed" });
});

test("a way that is silent is given up", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  const silentPort = typeof address === "object" && address !== null ? address.port : 0;
  const waiting = probeConnection({ host: "127.0.0.1", port: silentPort, tls: {}, timeoutMs: 50 });
  await expect(waiting).rejects.toMatchObject({ reason: "tls_failed", details: { systemCode: "ETIMEDOUT" } });
  silent.close();
});

test.each([
  ["at the name", "localhost"],
  ["at the port", "127.0.0.1"],
])("who gives it up %s is not told that nothing answered", async (_, host) => {
  const giveUp = new AbortController();
  const waiting = probeConnection({ host, port, signal: giveUp.signal });
  giveUp.abort();
  await expect(waiting).rejects.toMatchObject({ code: "canceled" });
});

test("who gave it up before it began waits for nothing", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  const silentPort = typeof address === "object" && address !== null ? address.port : 0;
  const signal = AbortSignal.abort();
  const late = probeConnection({ host: "127.0.0.1", port: silentPort, tls: {}, signal });
  await expect(late).rejects.toMatchObject({ code: "canceled" });
  silent.close();
});

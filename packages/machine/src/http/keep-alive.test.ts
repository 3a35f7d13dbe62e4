import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { createHttpClient } from "./http-client.js";
import { expectFailure } from "./test-support/expect-failure.js";
import { type LocalServer, startHttpServer, startRawServer } from "./test-support/local-server.js";

const client = () => createHttpClient({ environment: {} });
const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** Answers the first request of a connection; the second of the same connection meets `then`. */
async function startForgetful(then: (socket: Socket) => void): Promise<LocalServer & { asked(): number }> {
  let asked = 0;
  let forgetful = true;
  const server = await startRawServer((socket) => {
    let first = true;
    socket.on("data", () => {
      asked += 1;
      if (first || !forgetful) {
        socket.write(ok);
      } else {
        forgetful = false;
        then(socket);
      }
      first = false;
    });
  });
  return { ...server, asked: () => asked };
}

test("one connection serves requests one after the other, several serve them at once", async () => {
  await using server = await startHttpServer((_request, response) => {
    setTimeout(() => response.end("ok"), 20);
  });
  await using http = client();
  const ask = async (): Promise<string> => (await http.fetch(server.url)).text();
  for (let round = 0; round < 3; round += 1) await ask();
  expect(server.connections()).toBe(1);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(["ok", "ok", "ok"]);
  expect(server.connections()).toBe(3);
  await Promise.all([ask(), ask(), ask()]);
  expect(server.connections()).toBe(3);
});

test("a connection that the server is about to close is not used again", async () => {
  await using server = await startHttpServer((_request, response) => {
    response.setHeader("connection", "close");
    response.end("ok");
  });
  await using http = client();
  for (let round = 0; round < 3; round += 1) expect(await (await http.fetch(server.url)).text()).toBe("ok");
  expect(server.connections()).toBe(3);
});

test.each(["GET", "POST"])("a connection that was closed while idle costs a %s nothing", async (method) => {
  await using server = await startHttpServer((_request, response) => response.end("ok"));
  await using http = client();
  const ask = async (): Promise<string> => (await http.fetch(server.url, { method })).text();
  for (let round = 0; round < 10; round += 1) {
    expect(await ask()).toBe("ok");
    for (const socket of server.sockets) socket.end();
    // A POST may meet the end on its way; only one that was there before can cost it nothing.
    if (method === "POST" || round % 2 === 0) await server.allClosed();
  }
});

test.each([
  ["ended", (socket: Socket) => socket.end()],
  ["reset", (socket: Socket) => socket.resetAndDestroy()],
] as const)("a kept connection that is %s instead of answered costs a GET nothing", async (_how, then) => {
  await using server = await startForgetful(then);
  await using http = client();
  const ask = async (init: RequestInit = {}): Promise<string> => (await http.fetch(server.url, init)).text();
  expect([await ask(), await ask()]).toEqual(["ok", "ok"]);
  expect(server.asked()).toBe(3);
});

test("a PUT is sent again with its body", async () => {
  await using server = await startForgetful((socket) => socket.resetAndDestroy());
  await using http = client();
  expect(await (await http.fetch(server.url)).text()).toBe("ok");
  expect(await (await http.fetch(server.url, { method: "PUT", body: "body" })).text()).toBe("ok");
  expect(server.asked()).toBe(3);
});

test("a POST is never sent again: the server may have read it", async () => {
  await using server = await startForgetful((socket) => socket.resetAndDestroy());
  await using http = client();
  expect(await (await http.fetch(server.url)).text()).toBe("ok");
  const failing = http.fetch(server.url, { method: "POST", body: "body" });
  await expectFailure(failing, { code: "unavailable", reason: "connection_reset", effect: "unknown" });
  expect(server.asked()).toBe(2);
});

test("a fresh connection that breaks is not tried again", async () => {
  await using server = await startRawServer((socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
  await using http = client();
  await expectFailure(http.fetch(server.url), { code: "unavailable", reason: "connection_reset" });
  expect(server.connections()).toBe(1);
});

test("bytes after an answer are never taken for the next one", async () => {
  await using server = await startRawServer((socket) => {
    socket.on("data", () => socket.write(`${ok}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`));
  });
  await using http = client();
  for (let round = 0; round < 3; round += 1) expect(await (await http.fetch(server.url)).text()).toBe("ok");
});

test("a request that may have been acted on is not claimed to be without effect when the second try finds nobody", async () => {
  await using server = await startForgetful((socket) => {
    server.stopListening();
    socket.resetAndDestroy();
  });
  await using http = client();
  expect(await (await http.fetch(server.url)).text()).toBe("ok");
  const failing = http.fetch(server.url, { method: "DELETE" });
  await expectFailure(failing, { code: "unavailable", reason: "connect_failed", effect: "unknown" });
  expect(server.asked()).toBe(2);
});

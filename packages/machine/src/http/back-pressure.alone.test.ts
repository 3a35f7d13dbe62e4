import type { Socket } from "node:net";
import { createDeferred } from "@fairlead/core";
import { expect, test } from "vitest";
import { createHttpClient } from "./http-client.js";
import { expectFailure } from "./test-support/expect-failure.js";
import { type LocalServer, startHttpServer, startRawServer } from "./test-support/local-server.js";

const mebibyte = 1024 * 1024;
const totalBytes = 64 * mebibyte;
const chunk = Buffer.alloc(64 * 1024, "x");

test("a body is sent no faster than it is read, and memory stays where it was", async () => {
  let sentBytes = 0;
  await using server = await startRawServer((socket) => {
    let leftBytes = 0;
    const more = (): void => {
      while (leftBytes > 0) {
        leftBytes -= chunk.byteLength;
        sentBytes += chunk.byteLength;
        if (!socket.write(chunk)) return;
      }
    };
    socket.on("drain", more);
    socket.on("data", (request: Buffer) => {
      leftBytes = Number(/^GET \/(\d+)/.exec(request.toString())?.[1]);
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${leftBytes}\r\n\r\n`);
      more();
    });
  });
  await using http = createHttpClient({ environment: {} });
  /** Reads slowly: between two reads everything happens that can. */
  const read = async (bytes: number): Promise<{ furthestAhead: number; most: number }> => {
    sentBytes = 0;
    let readBytes = 0;
    let furthestAhead = 0;
    let most = 0;
    const { body } = await http.fetch(`${server.url}/${bytes}`);
    for await (const part of body ?? []) {
      readBytes += part.byteLength;
      await new Promise((resolve) => setImmediate(resolve));
      furthestAhead = Math.max(furthestAhead, sentBytes - readBytes);
      most = Math.max(most, process.memoryUsage.rss());
    }
    expect(readBytes).toBe(bytes);
    return { furthestAhead, most };
  };
  // Small bodies bring the collector to its rhythm without ever needing much at once.
  let warm = 0;
  for (let round = 0; round < 24; round += 1) warm = Math.max(warm, (await read(4 * mebibyte)).most);
  const { furthestAhead, most } = await read(totalBytes);
  // The kernel's buffers of both ends hold a few MiB; ours hold 64 KiB.
  expect(furthestAhead).toBeLessThan(24 * mebibyte);
  expect(most - warm).toBeLessThan(32 * mebibyte);
});

test("a body that nobody reads stops the sender", async () => {
  let sentBytes = 0;
  const stalled = createDeferred<void>();
  await using server = await startRawServer((socket) => {
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = (): void => {
        clearTimeout(quiet);
        quiet = setTimeout(() => stalled.resolve(), 300);
        while (socket.write(chunk)) sentBytes += chunk.byteLength;
      };
      let quiet = setTimeout(() => stalled.resolve(), 300);
      socket.on("drain", more);
      socket.once("close", () => clearTimeout(quiet));
      more();
    });
  });
  await using http = createHttpClient({ environment: {} });
  const response = await http.fetch(server.url);
  await stalled.promise;
  expect(sentBytes).toBeLessThan(24 * mebibyte);
  await response.body?.cancel();
});

test("a source is read no faster than the server takes it", async () => {
  const go = createDeferred<void>();
  await using server = await startHttpServer((request, response) => {
    void go.promise.then(() => {
      request.resume();
      request.on("end", () => response.end());
    });
  });
  await using http = createHttpClient({ environment: {} });
  let taken = 0;
  const stalled = createDeferred<void>();
  let quiet = setTimeout(() => stalled.resolve(), 300);
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        clearTimeout(quiet);
        quiet = setTimeout(() => stalled.resolve(), 300);
        taken += chunk.byteLength;
        if (taken > totalBytes) controller.close();
        else controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
  const asking = http.fetch(server.url, { method: "POST", body, duplex: "half" });
  await stalled.promise;
  expect(taken).toBeLessThan(24 * mebibyte);
  go.resolve();
  expect((await asking).status).toBe(200);
  expect(taken).toBeGreaterThan(totalBytes);
  clearTimeout(quiet);
});

/** What has reached this machine is seen after a few turns; nothing tells a reader that does not read. */
async function afterTurns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What is held for a slow reader, to the byte, and more than that. */
const unread = [64 * 1024, 3 * 64 * 1024];
const answers: readonly (readonly [what: string, head: string, hasLength: boolean])[] = [
  ["without a length", "HTTP/1.1 200 OK\r\nconnection: close", false],
  ["with a length", "HTTP/1.1 200 OK\r\nconnection: close", true],
  ["with a length on a kept connection", "HTTP/1.1 200 OK", true],
  ["of HTTP/1.0", "HTTP/1.0 200 OK", false],
  ["with a length of HTTP/1.0", "HTTP/1.0 200 OK", true],
];

/** Answers with a head and that many bytes, and tells when the system has taken them. */
const startUnread = (head: string, bytes: number, then: (socket: Socket) => void): Promise<LocalServer> =>
  startRawServer((socket) => {
    socket.once("data", () => {
      socket.write(`${head}\r\n\r\n`);
      socket.write(Buffer.alloc(bytes, "x"), () => then(socket));
    });
  });

test.each(answers)(
  "a body %s that nobody reads yet is whole although the server has ended",
  async (...answer) => {
    const [, head, hasLength] = answer;
    for (const bytes of unread) {
      const ended = createDeferred<void>();
      const length = hasLength ? `\r\ncontent-length: ${bytes}` : "";
      await using server = await startUnread(head + length, bytes, (socket) => {
        socket.end(() => ended.resolve());
      });
      await using http = createHttpClient({ environment: {} });
      const response = await http.fetch(server.url);
      await ended.promise;
      await afterTurns();
      expect((await response.arrayBuffer()).byteLength).toBe(bytes);
    }
  },
);

test.each(answers)("a body %s that nobody reads yet fails when the server resets", async (...answer) => {
  const [, head, hasLength] = answer;
  const [bytes = 0] = unread;
  const written = createDeferred<Socket>();
  const length = hasLength ? `\r\ncontent-length: ${bytes + 1}` : "";
  await using server = await startUnread(head + length, bytes, (socket) => written.resolve(socket));
  await using http = createHttpClient({ environment: {} });
  const response = await http.fetch(server.url);
  const socket = await written.promise;
  await afterTurns();
  socket.resetAndDestroy();
  await server.allClosed();
  await afterTurns();
  await expectFailure(response.arrayBuffer(), { code: "unavailable", reason: "connection_reset" });
});

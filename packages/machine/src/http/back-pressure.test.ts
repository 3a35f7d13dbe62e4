import { createDeferred } from "@fairlead/core";
import { expect, test } from "vitest";
import { createHttpClient } from "./http-client.js";
import { startHttpServer, startRawServer } from "./test-support/local-server.js";

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

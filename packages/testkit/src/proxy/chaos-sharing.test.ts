import { once } from "node:events";
import { expect, test } from "vitest";
import { startChaosProxy } from "./chaos-proxy.js";
import { Line } from "./line.js";
import { echo, echoMs, open, serve } from "./test-support/endpoints.js";

/** 64 KiB, the least that may wait, take 262 ms. */
const bitsPerSecond = 2_000_000;

async function echoBesideUpload(order: "fair" | "fifo"): Promise<number> {
  await using target = await serve(echo);
  await using proxy = await startChaosProxy({ targetPort: target.port, bitsPerSecond, order });
  const [bulk, small] = [await open(proxy.port), await open(proxy.port)];
  await echoMs(small);
  bulk.pause();
  bulk.write(Buffer.alloc(1024 * 1024));
  // The queue is full once a part of it has come through.
  await expect.poll(() => proxy.counters().bytesToTarget, { timeout: 5_000 }).toBeGreaterThan(10_000);
  const tookMs = await echoMs(small);
  bulk.on("error", () => undefined).destroy();
  small.destroy();
  return tookMs;
}

test("a bulk transfer hardly delays another connection: they take turns", async () => {
  expect(await echoBesideUpload("fair")).toBeLessThan(120);
});

test("in one queue it delays it by all that waits before", async () => {
  expect(await echoBesideUpload("fifo")).toBeGreaterThan(150);
});

test("connections in turn get the same share, whatever the size of what they send", async () => {
  const received = [0, 0];
  const line = new Line<number>({ delayMs: 0, bitsPerSecond: 8_000_000 }, "fair");
  const shares = await new Promise<readonly number[]>((resolve) => {
    const sizes = [1_448, 100];
    const senders = sizes.map((size, index) =>
      line.join(() => {
        received[index] = (received[index] ?? 0) + size;
        if ((received[0] ?? 0) + (received[1] ?? 0) >= 100_000) resolve([...received]);
      }),
    );
    for (const [index, size] of sizes.entries()) {
      for (let sent = 0; sent < 100_000; sent += size) senders[index]?.push(sent, size);
    }
  });
  // The first one had the line for itself, and what it may use up of the idle time before, until the second came.
  expect(Math.abs((shares[0] ?? 0) - (shares[1] ?? 0))).toBeLessThan(10_000);
});

test("two transfers share the rate and fill it", async () => {
  const received: number[] = [];
  await using target = await serve((socket) => {
    const index = received.push(0) - 1;
    socket.on("data", (chunk: Buffer) => {
      received[index] = (received[index] ?? 0) + chunk.length;
    });
    socket.once("end", () => socket.end());
  });
  await using proxy = await startChaosProxy({ targetPort: target.port, bitsPerSecond: 50_000_000 });
  const sockets = [await open(proxy.port), await open(proxy.port)];
  const startedAtMs = performance.now();
  for (const socket of sockets) socket.resume().end(Buffer.alloc(1_500_000));
  await Promise.all(sockets.map((socket) => once(socket, "end")));
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const megabits = (3_000_000 * 8) / 1e6 / seconds;
  expect(received).toEqual([1_500_000, 1_500_000]);
  expect(megabits).toBeGreaterThan(37);
  expect(megabits).toBeLessThan(56);
});

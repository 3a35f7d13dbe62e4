import { once } from "node:events";
import { expect, test } from "vitest";
import { createTempFolder } from "../files/temp-folder.js";
import { leakGuard } from "../processes/leak-guard.js";
import { startChaosProxy } from "./chaos-proxy.js";
import { echo, echoMs, open, receive, serve } from "./test-support/endpoints.js";

test("an echo takes the round trip and little more", async () => {
  await using target = await serve(echo);
  await using proxy = await startChaosProxy({ targetPort: target.port, roundTripMs: 50 });
  const socket = await open(proxy.port);
  await echoMs(socket);
  const times = [await echoMs(socket), await echoMs(socket), await echoMs(socket)].toSorted((a, b) => a - b);
  expect(times[0]).toBeGreaterThanOrEqual(50);
  expect(times[1]).toBeLessThanOrEqual(65);
  socket.destroy();
});

test.each([
  ["to the target", true],
  ["from the target", false],
])("4 MiB %s at 100 Mbit/s take as long as they should, unchanged and in order", async (_, upload) => {
  const sent = Buffer.alloc(4 * 1024 * 1024);
  for (let index = 0; index < sent.length; index += 4) sent.writeUInt32LE(index, index);
  const received: Promise<Buffer>[] = [];
  await using target = await serve((socket) => {
    if (upload) {
      received.push(receive(socket));
      socket.once("end", () => socket.end());
    } else socket.resume().end(sent);
  });
  await using proxy = await startChaosProxy({
    targetPort: target.port,
    roundTripMs: 50,
    bitsPerSecond: 100_000_000,
  });
  const startedAtMs = performance.now();
  const socket = await open(proxy.port);
  if (upload) {
    socket.resume().end(sent);
    await once(socket, "end");
  } else {
    received.push(receive(socket));
  }
  const [bytes] = await Promise.all(received);
  const delayMs = upload ? 50 : 25;
  const seconds = (performance.now() - startedAtMs - delayMs) / 1_000;
  expect(bytes?.equals(sent)).toBe(true);
  const megabits = (sent.length * 8) / 1e6 / seconds;
  // A busy machine may leave gaps, but nothing may be faster than the line.
  expect(megabits).toBeGreaterThan(75);
  expect(megabits).toBeLessThan(110);
  socket.destroy();
});

test("a target that does not read stops the sender after a bounded number of bytes", async () => {
  await using target = await serve((socket) => socket.pause());
  await using proxy = await startChaosProxy({ targetPort: target.port, bitsPerSecond: 100_000_000 });
  const socket = await open(proxy.port);
  const mebibyte = Buffer.alloc(1024 * 1024);
  let taken = 0;
  const write = (): void => {
    if (taken < 64) socket.write(mebibyte, () => (taken += 1) && write());
  };
  write();
  await expect.poll(() => proxy.counters().bytesToTarget, { timeout: 5_000 }).toBeGreaterThan(1024 * 1024);
  let before = -1;
  await expect
    .poll(() => (before === taken ? "stopped" : (before = taken)), { interval: 300, timeout: 10_000 })
    .toBe("stopped");
  expect(taken).toBeLessThan(32);
  socket.destroy();
});

test("a pause is silence without a close, and everything arrives afterwards", async () => {
  await using target = await serve(echo);
  await using proxy = await startChaosProxy({ targetPort: target.port, roundTripMs: 10 });
  const socket = await open(proxy.port);
  await echoMs(socket);
  proxy.pause();
  const late = await open(proxy.port);
  let heard = 0;
  for (const each of [socket, late]) each.on("data", () => (heard += 1)).on("close", () => (heard += 100));
  socket.write("a");
  late.end("b");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(heard).toBe(0);
  expect(proxy.counters()).toMatchObject({ connections: 2, openConnections: 2, bytesToTarget: 4 });
  proxy.resume();
  await once(late, "close");
  await expect.poll(() => heard).toBe(102);
  socket.destroy();
});

test("a cut breaks both ends at once, and new connections work", async () => {
  const closed: Promise<unknown>[] = [];
  await using target = await serve((socket) => {
    closed.push(new Promise((resolve) => socket.once("close", resolve)));
    echo(socket);
  });
  await using proxy = await startChaosProxy({ targetPort: target.port });
  const socket = await open(proxy.port);
  await echoMs(socket);
  proxy.cut();
  await expect(once(socket, "data")).rejects.toMatchObject({ code: "ECONNRESET" });
  await closed[0];
  const second = await open(proxy.port);
  await echoMs(second);
  expect(proxy.counters()).toMatchObject({ connections: 2, openConnections: 1 });
  second.destroy();
});

test("an orderly end travels after the bytes, and the other half stays open", async () => {
  await using target = await serve((socket) => {
    void receive(socket).then((bytes) => socket.end(`got ${bytes.length}`));
  });
  await using proxy = await startChaosProxy({ targetPort: target.port, roundTripMs: 20 });
  const socket = await open(proxy.port);
  socket.end(Buffer.alloc(300_000));
  expect((await receive(socket)).toString()).toBe("got 300000");
});

test("reaches a unix socket, and closes the client when nobody is there", async () => {
  await using folder = await createTempFolder();
  const targetPath = folder.file("s");
  {
    await using target = await serve(echo, targetPath);
    expect(target.port).toBe(0);
    await using proxy = await startChaosProxy({ targetPath });
    const socket = await open(proxy.port);
    await echoMs(socket);
    socket.destroy();
  }
  await using proxy = await startChaosProxy({ targetPath });
  const socket = await open(proxy.port);
  await expect(once(socket.resume(), "close")).rejects.toMatchObject({ code: "ECONNRESET" });
  await expect.poll(() => proxy.counters().openConnections).toBe(0);
});

test("leaves no socket and no timer behind, whatever was under way", async () => {
  const guard = leakGuard();
  {
    await using target = await serve(echo);
    await using proxy = await startChaosProxy({
      targetPort: target.port,
      roundTripMs: 60_000,
      bitsPerSecond: 1_000,
    });
    const socket = await open(proxy.port);
    socket.on("error", () => undefined);
    socket.write(Buffer.alloc(200_000));
    await expect.poll(() => proxy.counters().openConnections).toBe(1);
  }
  await guard.expectNoLeaks();
});

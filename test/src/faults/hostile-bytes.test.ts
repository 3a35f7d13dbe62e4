import { readFileSync } from "node:fs";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { settlesWithinMs } from "@fairlead/core";
import { createTestRandom, openFileCount, waitUntil } from "@fairlead/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectSilent } from "../failures/support/executor-daemon.js";
import { createScene } from "../failures/support/scene.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type Bystander, startBystander } from "./support/bystander.js";
import { startTestExecutor, type TestExecutor } from "./support/test-executor.js";

const mebibyte = 1024 * 1024;

const stack = createDisposeStack();
let executor: TestExecutor;
let bystander: Bystander;
beforeAll(async () => {
  const scene = stack.use(await createScene());
  // A connection that is neither closed nor alive is gone after three of these.
  executor = stack.use(await startTestExecutor(scene, { limits: { heartbeatMs: 1_500 } }));
  bystander = stack.use(await startBystander(executor));
});
afterEach(async () => {
  await expectUndisturbed();
  expectSilent(executor);
});
afterAll(async () => {
  await bystander.finish();
  await stack[Symbol.asyncDispose]();
});

/** Somebody else's process on the executor answers. */
async function expectUndisturbed(): Promise<void> {
  await bystander.echo();
}

/** Bytes of memory that the executor has resident. */
function residentBytes(): number {
  const [, kibibytes] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${executor.pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}

function dial(): Socket {
  // What the executor does to the connection is its own business.
  return connect({ port: executor.port ?? 0, host: "127.0.0.1" }).on("error", () => undefined);
}

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

function frame(
  [type, flags, stream]: readonly [number, number, number],
  payload: Buffer,
  claimedBytes = payload.length,
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(claimedBytes, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

const settings = frame([4, 0, 0], Buffer.alloc(0));
const hello = Buffer.concat([preface, settings]);
/** A literal header without indexing, Huffman or mercy. */
const literal = (name: string, value: string): Buffer =>
  Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);

test.each<[name: string, bytes: Buffer]>([
  ["a request of HTTP/1.1", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
  ["a hello of TLS", Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...Buffer.alloc(500, 7)])],
  ["a line of text without end", Buffer.alloc(mebibyte, "a")],
  ["zeros", Buffer.alloc(100_000)],
  ["a frame larger than any", Buffer.concat([hello, frame([0, 0, 1], Buffer.alloc(70_000), 0xff_ffff)])],
  ["data of a stream that never began", Buffer.concat([hello, frame([0, 0, 7], Buffer.from("x"))])],
  ["settings for a stream", Buffer.concat([hello, frame([4, 0, 3], Buffer.alloc(6))])],
  ["a window of nothing", Buffer.concat([hello, frame([8, 0, 0], Buffer.alloc(4))])],
  [
    "a window beyond all",
    Buffer.concat([hello, ...Array(3).fill(frame([8, 0, 0], Buffer.from([0x7f, 255, 255, 255])))]),
  ],
  ["headers that cannot be decoded", Buffer.concat([hello, frame([1, 4, 1], Buffer.alloc(200, 0xff))])],
  [
    "headers that go on and on",
    Buffer.concat([
      hello,
      frame([1, 0, 1], literal("a", "b")),
      ...Array(5_000).fill(frame([9, 0, 1], literal("a", "b".repeat(120)))),
    ]),
  ],
  ["a stream with an even number", Buffer.concat([hello, frame([1, 5, 2], literal(":method", "POST"))])],
  ["a push", Buffer.concat([hello, frame([5, 4, 1], Buffer.alloc(8))])],
])("%s ends at most its own connection", async (_, bytes) => {
  const socket = dial();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.resume().write(bytes);
  await expectUndisturbed();
  // Some of it is no offence, only nonsense; whoever sends it then waits for an answer for ever.
  await settlesWithinMs(closed, 200);
  socket.destroy();
});

test("noise, on 200 connections, with and without the right beginning, frees everything that it took", async () => {
  const random = createTestRandom("connections of noise");
  const before = openFileCount(executor.pid);
  for (let lot = 0; lot < 10; lot += 1) {
    const sockets = Array.from({ length: 20 }, () => {
      const socket = dial().resume();
      if (random.chance(0.7)) socket.write(hello);
      for (let count = random.integer(1, 20); count > 0; count -= 1) {
        const payload = random.bytes(random.integer(0, 300));
        const made = frame([random.integer(0, 12), random.integer(0, 255), random.integer(0, 9)], payload);
        socket.write(random.chance(0.3) ? payload : made);
      }
      return socket;
    });
    await expectUndisturbed();
    for (const socket of sockets) {
      if (random.chance(0.5)) socket.resetAndDestroy();
      else socket.end();
    }
    await expectUndisturbed();
    for (const socket of sockets) socket.destroy();
  }
  await waitUntil(() => openFileCount(executor.pid) <= before, {
    withinMs: 20_000,
    what: () => `The end of all connections (${openFileCount(executor.pid)} files, ${before} before)`,
  });
});

test("300 connections that say nothing, or stop in their first word, hold nobody up", async () => {
  const sockets = Array.from({ length: 300 }, (_, index) => {
    const socket = dial();
    if (index % 2 === 0) socket.write(preface.subarray(0, index % preface.length));
    return socket;
  });
  for (let round = 0; round < 10; round += 1) await expectUndisturbed();
  for (const socket of sockets) socket.destroy();
});

interface RudeClient {
  readonly session: ClientHttp2Session;
  readonly over: Promise<unknown>;
}

function rudeClient(): RudeClient {
  const session = connectHttp2(`http://127.0.0.1:${executor.port}`).on("error", () => undefined);
  session.on("goaway", () => undefined);
  return { session, over: new Promise((resolve) => session.once("close", resolve)) };
}

function openStream({ session }: RudeClient, path: string, token = executor.token): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": `/fairlead.executor.v1.${path}`,
    "content-type": "application/grpc",
    te: "trailers",
    authorization: `Bearer ${token}`,
  });
  return stream.on("error", () => undefined).resume();
}

test("10,000 streams that never say anything are bounded, and go with their connection", async () => {
  const before = residentBytes();
  const client = rudeClient();
  for (let count = 0; count < 10_000; count += 1) {
    openStream(client, count % 2 === 0 ? "SessionService/OpenSession" : "ProcessService/Attach");
    if (count % 500 === 0) await expectUndisturbed();
  }
  expect(client.session.remoteSettings.maxConcurrentStreams).toBeLessThanOrEqual(2_048);
  await expectUndisturbed();
  expect(residentBytes() - before).toBeLessThan(64 * mebibyte);
  client.session.destroy();
  await client.over;
});

test("whoever opens more streams than it may is refused them", async () => {
  const before = residentBytes();
  const socket = dial();
  const answers: Buffer[] = [];
  socket.on("data", (bytes) => answers.push(bytes)).write(hello);
  const headers = Buffer.concat([
    literal(":method", "POST"),
    literal(":scheme", "http"),
    literal(":path", "/fairlead.executor.v1.SessionService/OpenSession"),
    literal("content-type", "application/grpc"),
    literal("te", "trailers"),
  ]);
  for (let count = 0; count < 10_000; count += 1) socket.write(frame([1, 4, 2 * count + 1], headers));
  // A reset with the reason REFUSED_STREAM, or the end of the connection.
  const refused = Buffer.from([0, 0, 4, 3, 0]);
  await waitUntil(
    () => socket.destroyed || socket.readableEnded || Buffer.concat(answers).includes(refused),
    {
      withinMs: 10_000,
      what: "A refusal",
    },
  );
  await expectUndisturbed();
  expect(residentBytes() - before).toBeLessThan(64 * mebibyte);
  socket.destroy();
});

test("streams that are opened and reset as quickly as they can be end their own connection alone", async () => {
  const client = rudeClient();
  let opened = 0;
  while (!client.session.destroyed && opened < 20_000) {
    for (let count = 0; count < 100 && !client.session.destroyed; count += 1) {
      openStream(client, "ProcessService/List").close(8);
      opened += 1;
    }
    await pause(1);
  }
  await expectUndisturbed();
  client.session.destroy();
  await client.over;
});

test.each<[name: string, flood: Buffer]>([
  ["settings", settings],
  ["pings", frame([6, 0, 0], Buffer.alloc(8))],
  ["priorities", frame([2, 0, 1], Buffer.from([0, 0, 0, 0, 9]))],
  ["empty frames of data", frame([0, 0, 1], Buffer.alloc(0))],
  ["resets of streams that never were", frame([3, 0, 1], Buffer.alloc(4))],
])("a flood of %s, whose answers nobody reads, does not fill the memory", async (_, one) => {
  const before = residentBytes();
  const socket = dial();
  socket.pause().write(hello);
  const lot = Buffer.concat(Array(2_000).fill(one));
  for (let count = 0; count < 100 && !socket.destroyed; count += 1) {
    if (!socket.write(lot))
      await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), pause(50)]);
  }
  await expectUndisturbed();
  expect(residentBytes() - before).toBeLessThan(64 * mebibyte);
  socket.destroy();
});

import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, createServer } from "node:http2";
import { expect, test } from "vitest";
import { waitUntil } from "../wait-until.js";
import { type ChaosProxy, type ChaosProxyOptions, startChaosProxy } from "./chaos-proxy.js";
import { open, receive, serve } from "./test-support/endpoints.js";
import { frame, preface } from "./test-support/frames.js";

interface Http2Line extends AsyncDisposable {
  readonly proxy: ChaosProxy;
  readonly session: ClientHttp2Session;
  readonly stream: ClientHttp2Stream;
}

/** A real HTTP/2 stream through a proxy whose server echoes. */
async function openStream(options: Omit<ChaosProxyOptions, "targetPort">): Promise<Http2Line> {
  const server = createServer();
  server.on("session", (session) => session.on("error", () => undefined));
  server.on("stream", (stream) => {
    stream.on("error", () => undefined).respond();
    stream.on("data", (chunk: Buffer) => stream.write(chunk));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const targetPort = typeof address === "object" && address !== null ? address.port : 0;
  const proxy = await startChaosProxy({ ...options, targetPort });
  const session = connect(`http://127.0.0.1:${proxy.port}`).on("error", () => undefined);
  const stream = session.request({ ":method": "POST" }).on("error", () => undefined);
  return {
    proxy,
    session,
    stream,
    [Symbol.asyncDispose]: async () => {
      session.destroy();
      await proxy[Symbol.asyncDispose]();
      server.close();
      await once(server, "close");
    },
  };
}

test("a cut tells the DATA under way in each direction, and the counters add it up", async () => {
  await using line = await openStream({ roundTripMs: 800 });
  const connection = await line.proxy.accepted(1);
  line.stream.resume().write(Buffer.alloc(10_000));
  await waitUntil(() => connection.look().fromTarget.heldDataBytes > 0, { withinMs: 5_000, what: "an echo" });
  line.stream.write(Buffer.alloc(10_000));
  const isFull = (): boolean => connection.look().toTarget.heldDataBytes === 10_000;
  await waitUntil(isFull, { withinMs: 5_000, what: "a second message under way" });
  const records = line.proxy.cut();
  expect(records).toHaveLength(1);
  for (const direction of ["toTarget", "fromTarget"] as const) {
    const { heldBytes, heldDataBytes } = records[0]?.[direction] ?? { heldBytes: 0, heldDataBytes: 0 };
    expect(heldDataBytes).toBeGreaterThan(0);
    expect(heldBytes).toBeGreaterThanOrEqual(heldDataBytes);
    expect(line.proxy.counters()[direction]).toMatchObject({ heldBytes, heldDataBytes, cutsHoldingData: 1 });
  }
  expect(line.proxy.cuts()).toEqual(records);
  expect(line.proxy.counters().cuts).toBe(1);
});

test("an idle line holds nothing, and no frame is cut", async () => {
  await using line = await openStream({});
  line.stream.write("ping");
  await once(line.stream, "data");
  // The echo overtakes nothing, but acknowledgements of settings may still follow it.
  await new Promise((resolve) => line.session.ping(resolve));
  expect(line.proxy.cut()).toMatchObject([
    { toTarget: { heldBytes: 0, insideFrame: false }, fromTarget: { heldBytes: 0, insideFrame: false } },
  ]);
  expect(line.proxy.counters()).toMatchObject({ cuts: 1, cutsInsideFrame: 0 });
});

test.each([
  ["toTarget", {}],
  ["fromTarget", {}],
  ["toTarget", { roundTripMs: 40, bitsPerSecond: 10_000_000 }],
  ["fromTarget", { roundTripMs: 40, bitsPerSecond: 10_000_000 }],
] as const)("cuts inside a DATA frame %s, on a line with %o", async (direction, shape) => {
  await using line = await openStream(shape);
  const cutting = line.proxy.cutInsideFrame(direction);
  line.stream.write(Buffer.alloc(10_000));
  const records = await cutting;
  expect(records).toHaveLength(1);
  expect(records[0]?.[direction]).toMatchObject({ insideFrame: true });
  expect(records[0]?.[direction].heldDataBytes).toBeGreaterThanOrEqual(5_000);
  expect(line.proxy.counters()).toMatchObject({ cutsInsideFrame: 1, [direction]: { cutsInsideFrame: 1 } });
  await new Promise((resolve) => line.session.once("close", resolve));
});

test("of several connections the first with DATA decides, and all are cut", async () => {
  await using line = await openStream({});
  const idle = await open(line.proxy.port);
  await line.proxy.accepted(2);
  const cutting = line.proxy.cutInsideFrame("toTarget");
  line.stream.write(Buffer.alloc(100));
  const records = await cutting;
  expect(records.map(({ connection, toTarget }) => [connection, toTarget.insideFrame])).toEqual([
    [1, true],
    [2, false],
  ]);
  idle.on("error", () => undefined).destroy();
});

test("the receiver gets exactly what was said to be delivered, the first half of the frame included", async () => {
  const received: Promise<Buffer>[] = [];
  await using target = await serve((socket) => {
    received.push(
      new Promise((resolve) => {
        const chunks: Buffer[] = [];
        socket.on("data", (chunk: Buffer) => chunks.push(chunk));
        // Node tells a reset that comes together with bytes as an end.
        for (const event of ["end", "close"]) socket.once(event, () => resolve(Buffer.concat(chunks)));
      }),
    );
  });
  await using proxy = await startChaosProxy({ targetPort: target.port });
  const socket = await open(proxy.port);
  const connection = await proxy.accepted(1);
  const cutting = connection.cutInsideFrame("toTarget");
  const bytes = Buffer.concat([
    preface,
    frame("ping", Buffer.alloc(8)),
    frame("data", Buffer.alloc(1_000, 7)),
  ]);
  socket.on("error", () => undefined).write(bytes);
  const [record] = await cutting;
  const expected = preface.length + 17 + 9 + 500;
  expect(record?.toTarget).toEqual({
    deliveredBytes: expected,
    heldBytes: 500,
    heldDataBytes: 500,
    insideFrame: true,
  });
  expect((await received[0])?.equals(bytes.subarray(0, expected))).toBe(true);
});

test("a trap that nothing springs any more is told", async () => {
  await using target = await serve((socket) => socket.resume());
  const proxy = await startChaosProxy({ targetPort: target.port });
  const socket = await open(proxy.port);
  const connection = await proxy.accepted(1);
  const end = receive(socket).catch((error: unknown) => error);
  const [ofOne, ofAll] = [connection.cutInsideFrame("toTarget"), proxy.cutInsideFrame("fromTarget")];
  // No HTTP/2: this looks like a DATA frame, but it is none.
  socket.end(frame("data", Buffer.alloc(100)));
  const refused = [ofOne, ofAll].map((cutting) =>
    expect(cutting).rejects.toMatchObject({ code: "canceled" }),
  );
  await expect.poll(() => proxy.counters().bytesToTarget).toBe(109);
  expect(connection.cut()).toMatchObject([{ toTarget: { heldDataBytes: 0, insideFrame: false } }]);
  await proxy[Symbol.asyncDispose]();
  await Promise.all(refused);
  expect(await end).toMatchObject({ code: "ECONNRESET" });
});

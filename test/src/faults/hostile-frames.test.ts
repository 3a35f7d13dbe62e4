import type { FairleadError } from "@fairlead/core";
import { createDeferred } from "@fairlead/core";
import { createTestRandom } from "@fairlead/testkit";
import { fromServiceError } from "@fairlead/wire";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { expectSilent } from "../failures/support/executor-daemon.js";
import {
  attachRaw,
  createRawExecutor,
  leaseRaw,
  openRaw,
  type RawExecutor,
  type RawSession,
  startRaw,
  unary,
} from "../failures/support/raw-executor.js";
import { createScene } from "../failures/support/scene.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type Bystander, startBystander } from "./support/bystander.js";
import { startTestExecutor, type TestExecutor } from "./support/test-executor.js";

const invalid = { code: "protocol", reason: "frame_invalid" };
const mostUint64 = 2n ** 64n - 1n;

const stack = createDisposeStack();
let executor: TestExecutor;
let bystander: Bystander;
let raw: RawExecutor;
let session: RawSession;
beforeAll(async () => {
  const scene = stack.use(await createScene());
  executor = stack.use(await startTestExecutor(scene, { limits: {} }));
  bystander = stack.use(await startBystander(executor));
});
beforeEach(async () => {
  raw = createRawExecutor(executor.address, executor.token);
  session = await openRaw(raw, { wishedDetachTtlMs: 60_000 });
});
afterEach(async () => {
  await bystander.echo();
  const close = { opId: "end", stopTimes: { stdinGraceMs: 0, termGraceMs: 0 } };
  await unary((done) => raw.session.closeSession(close, raw.metadata(session.ref), done));
  raw[Symbol.dispose]();
  expectSilent(executor);
});
afterAll(async () => {
  await bystander.finish();
  await stack[Symbol.asyncDispose]();
});

/** Protocol Buffers by hand, for what no library would send. */
const varint = (value: bigint): Buffer => {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
};
const tag = (field: number, wireType: number): Buffer => varint(BigInt(field * 8 + wireType));
const number = (field: number, value: bigint): Buffer => Buffer.concat([tag(field, 0), varint(value)]);
const nested = (field: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([tag(field, 2), varint(BigInt(content.length)), content]);
};
const text = (field: number, value: string): Buffer => nested(field, Buffer.from(value));
/** The fields of AttachRequest. */
const attachFrame = (processId: string, ...more: Buffer[]): Buffer => nested(1, text(1, processId), ...more);
const inputFrame = (...parts: Buffer[]): Buffer => nested(4, ...parts);

interface ByteStream {
  send(frame: Buffer): void;
  /** Everything that came, undecoded. */
  received(): Buffer;
  readonly ended: Promise<FairleadError | undefined>;
  cancel(): void;
}

/** A stream whose messages are whatever bytes the test says. */
function streamOf(method: "ProcessService/Attach" | "SessionService/Lease"): ByteStream {
  const same = (bytes: Buffer): Buffer => bytes;
  const call = raw.process.makeBidiStreamRequest<Buffer, Buffer>(
    `/fairlead.executor.v1.${method}`,
    same,
    same,
    raw.metadata(session.ref),
  );
  const over = createDeferred<FairleadError | undefined>();
  const received: Buffer[] = [];
  call.on("data", (bytes: Buffer) => received.push(bytes));
  call.on("error", (error: unknown) => over.resolve(fromServiceError(error, "The executor")));
  call.on("end", () => over.resolve(undefined));
  return {
    send: (frame) => void call.write(frame),
    received: () => Buffer.concat(received),
    ended: over.promise,
    cancel: () => call.cancel(),
  };
}

/** What a process read so far, told by a second look at it. */
async function contentOf(processId: string): Promise<string> {
  const reader = attachRaw(raw, session.ref);
  reader.send({ attach: { processId, generation: Number.MAX_SAFE_INTEGER } });
  await expect.poll(() => reader.messages.length).toBeGreaterThan(0);
  const { inputReceived = 0 } = reader.messages[0]?.attached ?? {};
  reader.send({ input: { offset: inputReceived, data: Buffer.from("."), end: true } });
  await expect.poll(() => textOf(reader)).toMatch(/\.$/);
  reader.cancel();
  return textOf(reader);
}

describe("a frame of a process", () => {
  test.each<[name: string, frame: Buffer]>([
    ["input at the largest offset there is", inputFrame(number(1, mostUint64), text(2, "x"))],
    ["input at an offset that looks negative", inputFrame(number(1, 2n ** 63n), text(2, "x"))],
    ["an acknowledgement of everything there could ever be", number(2, mostUint64)],
    ["an acknowledgement of that on stderr", number(3, mostUint64)],
    ["an attach in an attached stream", attachFrame("other")],
    ["an empty attach in an attached stream", nested(1)],
  ])("with %s ends its stream with a typed error and harms nothing", async (_, frame) => {
    const { processId } = await startRaw(raw, session, "exec cat");
    const stream = streamOf("ProcessService/Attach");
    stream.send(attachFrame(processId));
    stream.send(frame);
    expect(await stream.ended).toMatchObject(invalid);
    expect(await contentOf(processId)).toBe(".");
  });

  test.each<[name: string, attach: Buffer[], expected: object]>([
    ["an output offset beyond everything", [number(2, mostUint64)], invalid],
    ["a stderr offset that looks negative", [number(3, 2n ** 63n)], invalid],
  ])("that attaches with %s is refused", async (_, attach, expected) => {
    const { processId } = await startRaw(raw, session, "exec cat");
    const stream = streamOf("ProcessService/Attach");
    stream.send(attachFrame(processId, ...attach));
    expect(await stream.ended).toMatchObject(expected);
    expect(await contentOf(processId)).toBe(".");
  });

  test.each<[name: string, columns: bigint, rows: bigint]>([
    ["ordinary", 80n, 24n],
    ["no", 0n, 0n],
    ["the largest", 2n ** 32n - 1n, 2n ** 32n - 1n],
  ])("with %s size, for something that has none, costs it nothing", async (_, columns, rows) => {
    const { processId } = await startRaw(raw, session, "exec cat");
    const stream = streamOf("ProcessService/Attach");
    stream.send(attachFrame(processId));
    stream.send(nested(6, number(1, columns), number(2, rows)));
    stream.send(inputFrame(number(1, 0n), text(2, "after")));
    await expect.poll(() => stream.received().includes("after")).toBe(true);
    stream.cancel();
    expect(await contentOf(processId)).toBe("after.");
  });

  test("with fields and choices that nobody knows is read without them", async () => {
    const { processId } = await startRaw(raw, session, "exec cat");
    const stream = streamOf("ProcessService/Attach");
    const unknown = [
      number(99, mostUint64),
      text(1_000, "from the future"),
      Buffer.concat([tag(77, 1), Buffer.alloc(8)]),
      Buffer.concat([tag(78, 5), Buffer.alloc(4)]),
      number(0, 0n),
    ];
    stream.send(Buffer.concat([attachFrame(processId, ...unknown), ...unknown]));
    stream.send(Buffer.concat(unknown));
    stream.send(inputFrame(number(1, 0n), text(2, "known"), ...unknown));
    await expect.poll(() => stream.received().includes("known")).toBe(true);
    stream.cancel();
    expect(await contentOf(processId)).toBe("known.");
  });

  test.each<[name: string, frame: Buffer]>([
    ["that ends in its middle", Buffer.concat([tag(4, 2), varint(100n), Buffer.from("short")])],
    ["that ends within a number", Buffer.from([0x10, 0xff])],
    ["of a wire type that does not exist", Buffer.concat([tag(90, 7), Buffer.from("x")])],
    ["with a group that never ends", Buffer.concat([tag(50, 3), Buffer.from([0x08])])],
    ["with a length of four gigabytes", Buffer.concat([tag(99, 2), varint(0xffff_ffffn)])],
    ["with groups in groups in groups", Buffer.alloc(100_000, tag(50, 3))],
  ])("%s fails its stream alone", async (_, frame) => {
    const { processId } = await startRaw(raw, session, "exec cat");
    const stream = streamOf("ProcessService/Attach");
    stream.send(attachFrame(processId));
    stream.send(frame);
    expect(await stream.ended).toBeDefined();
    expect(await contentOf(processId)).toBe(".");
  });

  test("that is noise does no harm, 2,000 times", async () => {
    const random = createTestRandom("frames of noise");
    const { processId } = await startRaw(raw, session, "exec cat > /dev/null");
    for (let lot = 0; lot < 40; lot += 1) {
      const streams = Array.from({ length: 50 }, () => {
        const stream = streamOf(random.pick(["ProcessService/Attach", "SessionService/Lease"]));
        if (random.chance(0.7)) stream.send(attachFrame(processId));
        // What resembles a frame goes deeper than what is noise from the first byte on.
        const noise = random.bytes(random.integer(0, 60));
        stream.send(random.chance(0.5) ? noise : nested(random.integer(1, 8), noise));
        return stream;
      });
      await bystander.echo();
      const polite = streams.filter((_, index) => index % 10 === 0);
      for (const stream of polite) stream.cancel();
    }
    expect(await unary((done) => raw.machine.describe({}, raw.metadata(), done))).toMatchObject({
      sessions: 2,
    });
  });

  test("that says again what was said before is no news", async () => {
    const { processId } = await startRaw(raw, session, "printf 0123456789; exec cat");
    const stream = attachRaw(raw, session.ref);
    stream.send({ attach: { processId } });
    await expect.poll(() => stream.messages.some(({ stdout }) => stdout != null)).toBe(true);
    for (const stdoutConsumed of [5, 5, 3, 0, 5, 1, 7, 6]) stream.send({ stdoutConsumed });
    stream.send({ exitSeen: true });
    stream.send({ input: { offset: 0, data: Buffer.from("a") }, stdoutConsumed: 2 });
    await expect.poll(() => textOf(stream)).toBe("0123456789a");
    stream.cancel();
    const again = attachRaw(raw, session.ref);
    again.send({ attach: { processId, stdoutOffset: 7 } });
    again.send({ input: { offset: 1, data: Buffer.alloc(0), end: true } });
    await expect.poll(() => textOf(again)).toBe("789a");
    // The end that was "seen" before there was one is told all the same.
    await expect.poll(() => again.messages.some(({ closed }) => closed != null)).toBe(true);
  });
});

function textOf({ messages }: ReturnType<typeof attachRaw>): string {
  return messages.map(({ stdout }) => stdout?.data.toString() ?? "").join("");
}

describe("a flood", () => {
  test("of input, a byte a frame, arrives whole", async () => {
    const count = 10_000;
    const { processId } = await startRaw(raw, session, "exec wc -c");
    const stream = attachRaw(raw, session.ref);
    stream.send({ attach: { processId } });
    for (let offset = 0; offset < count; offset += 1) {
      stream.send({ input: { offset, data: Buffer.from("x"), end: offset === count - 1 } });
    }
    await bystander.echo();
    await expect.poll(() => textOf(stream), { timeout: 20_000 }).toBe(`${count}\n`);
  });

  test("of frames that say nothing does not stop anybody", async () => {
    const { processId } = await startRaw(raw, session, "exec cat");
    const stream = attachRaw(raw, session.ref);
    stream.send({ attach: { processId } });
    for (let count = 0; count < 10_000; count += 1) stream.send({ stdoutConsumed: 0, resize: null });
    await bystander.echo();
    stream.send({ input: { offset: 0, data: Buffer.from("through\n") } });
    await expect.poll(() => textOf(stream), { timeout: 20_000 }).toBe("through\n");
  });

  test("of heartbeats is answered, and does not stop anybody", async () => {
    const lease = leaseRaw(raw, session.ref);
    for (let heartbeat = 1; heartbeat <= 10_000; heartbeat += 1) lease.send({ heartbeat });
    await bystander.echo();
    await expect.poll(() => lease.messages.at(-1)?.heartbeat, { timeout: 20_000 }).toBe(10_000);
    lease.cancel();
  });
});

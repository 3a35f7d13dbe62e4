import type { AttachRequest, ListResponse } from "@fairlead/wire";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type ExecutorDaemon, expectSilent, startDaemon } from "./support/executor-daemon.js";
import {
  attachRaw,
  createRawExecutor,
  openRaw,
  type RawExecutor,
  type RawSession,
  startRaw,
  unary,
} from "./support/raw-executor.js";
import { createScene, type Scene } from "./support/scene.js";

const mebibyte = 1024 * 1024;

let scene: Scene;
let daemon: ExecutorDaemon;
let raw: RawExecutor;
let session: RawSession;
beforeAll(async () => {
  scene = await createScene();
  daemon = await startDaemon(scene);
  raw = createRawExecutor(daemon.address);
});
beforeEach(async () => {
  session = await openRaw(raw, { wishedDetachTtlMs: 60_000 });
});
afterEach(async () => {
  const close = { opId: "end", stopTimes: { stdinGraceMs: 0, termGraceMs: 500 } };
  await unary((done) => raw.session.closeSession(close, raw.metadata(session.ref), done));
  expectSilent(daemon);
});
afterAll(async () => {
  raw[Symbol.dispose]();
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

const input = (offset: number, text: string): AttachRequest => ({
  input: { offset, data: Buffer.from(text) },
});
const invalid = { code: "protocol", reason: "frame_invalid" };

test.each<[name: string, frames: readonly AttachRequest[], expected: object]>([
  ["a gap", [input(0, "ab"), input(5, "f")], invalid],
  ["input after its end", [{ input: { offset: 0, end: true } }, input(0, "late")], invalid],
  ["a second attach frame", [{ attach: { processId: "p" } }], invalid],
  ["a frame above 1 MiB", [{ input: { offset: 0, data: Buffer.alloc(mebibyte + 1) } }], invalid],
  ["an acknowledgement of output that never was", [{ stdoutConsumed: 1_000_000 }], invalid],
  [
    "an offset far outside",
    [{ input: { offset: Number.MAX_SAFE_INTEGER, data: Buffer.from("x") } }],
    invalid,
  ],
])("%s ends the stream with a typed error and leaves the process", async (_, frames, expected) => {
  const { processId, pid } = await startRaw(raw, session, "sleep 600");
  const stream = attachRaw(raw, session.ref);
  stream.send({ attach: { processId } });
  for (const frame of frames) stream.send(frame);
  expect(await stream.ended).toMatchObject(expected);
  const { processes } = await unary<ListResponse>((done) =>
    raw.process.list({}, raw.metadata(session.ref), done),
  );
  expect(processes).toEqual([expect.objectContaining({ pid })]);
  expect(processes?.[0]).not.toHaveProperty("exited.reason");
});

test("a message above the limit of the transport fails its stream only", async () => {
  const { processId } = await startRaw(raw, session, "cat > /dev/null");
  const stream = attachRaw(raw, session.ref);
  stream.send({ attach: { processId }, input: { offset: 0, data: Buffer.alloc(3 * mebibyte) } });
  expect(await stream.ended).toMatchObject({ code: "resource_exhausted" });
});

test("more input than the window, to a process that reads nothing, is refused", async () => {
  const { processId } = await startRaw(raw, session, "sleep 600");
  const stream = attachRaw(raw, session.ref);
  stream.send({ attach: { processId } });
  for (let offset = 0; offset < 5 * mebibyte; offset += mebibyte / 2) {
    stream.send({ input: { offset, data: Buffer.alloc(mebibyte / 2) } });
  }
  expect(await stream.ended).toMatchObject({ code: "resource_exhausted", reason: "limit_reached" });
});

test("bytes that came before are skipped, so a resent frame is written once", async () => {
  const { processId } = await startRaw(raw, session, "cat");
  const stream = attachRaw(raw, session.ref);
  stream.send({ attach: { processId } });
  for (const frame of [input(0, "abc"), input(0, "abcd"), input(2, "cdef"), input(6, "\n")])
    stream.send(frame);
  const text = (): string => stream.messages.map(({ stdout }) => stdout?.data.toString() ?? "").join("");
  await expect.poll(text).toBe("abcdef\n");
});

test("a stream that does not begin with an attach frame is refused", async () => {
  const stream = attachRaw(raw, session.ref);
  stream.send(input(0, "x"));
  expect(await stream.ended).toMatchObject(invalid);
});

test("a stream to a process that is not of this session is refused", async () => {
  const other = await openRaw(raw);
  const { processId } = await startRaw(raw, other, "read -r line");
  const stream = attachRaw(raw, session.ref);
  stream.send({ attach: { processId } });
  expect(await stream.ended).toMatchObject({ code: "not_found", reason: "process_unknown" });
});

test("a stream of an unknown session and one without a session are refused", async () => {
  expect(await attachRaw(raw, { sessionId: "s_never", epoch: 1 }).ended).toMatchObject({
    reason: "session_unknown",
  });
  expect(await attachRaw(raw, undefined).ended).toMatchObject({ code: "usage", reason: "argument_invalid" });
});

test("a newer reader displaces the older one and goes on where it says", async () => {
  const { processId } = await startRaw(
    raw,
    session,
    "printf 0123456789; read -r line; printf abc; read -r line",
  );
  const [first, second] = [attachRaw(raw, session.ref), attachRaw(raw, session.ref)];
  first.send({ attach: { processId } });
  await expect.poll(() => first.messages.some(({ stdout }) => stdout != null)).toBe(true);
  second.send({ attach: { processId, stdoutOffset: 4 } });
  expect(await first.ended).toMatchObject({ code: "unavailable", reason: "session_displaced" });
  second.send(input(0, "go\n"));
  const got = (): string => second.messages.map(({ stdout }) => stdout?.data.toString() ?? "").join("");
  await expect.poll(got).toBe("456789abc");
  expect(second.messages.find(({ stdout }) => stdout != null)?.stdout?.offset).toBe(4);
});

test.each([
  ["that was consumed already", 2],
  ["that does not exist yet", 4_096],
])("a reader that wants output %s is refused", async (_, wanted) => {
  const { processId } = await startRaw(raw, session, "printf 0123456789; read -r line");
  const first = attachRaw(raw, session.ref);
  first.send({ attach: { processId } });
  await expect.poll(() => first.messages.some(({ stdout }) => stdout != null)).toBe(true);
  first.send({ stdoutConsumed: 8 });
  first.send({ detach: true });
  expect(await first.ended).toBeUndefined();
  const second = attachRaw(raw, session.ref);
  second.send({ attach: { processId, stdoutOffset: wanted } });
  expect(await second.ended).toMatchObject(invalid);
});

test("a reader that leaves without a word does not end the process", async () => {
  const { processId, pid } = await startRaw(raw, session, 'read -r line; printf %s "$line"; read -r line');
  const first = attachRaw(raw, session.ref);
  first.send({ attach: { processId } });
  await expect.poll(() => first.messages.length).toBeGreaterThan(0);
  first.cancel();
  await first.ended;
  const second = attachRaw(raw, session.ref);
  second.send({ attach: { processId }, input: { offset: 0, data: Buffer.from("still here\n") } });
  const got = (): string => second.messages.map(({ stdout }) => stdout?.data.toString() ?? "").join("");
  await expect.poll(got).toBe("still here");
  expect(await unary((done) => raw.process.list({}, raw.metadata(session.ref), done))).toMatchObject({
    processes: [{ pid }],
  });
});

import { readdir, readFile, writeFile } from "node:fs/promises";
import { type FileStreamRequest, type FileStreamResponse__Output, fromServiceError } from "@fairlead/wire";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  fileStreamRaw,
  openRaw,
  type RawSession,
  type RawStream,
  unary,
} from "../failures/support/raw-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import {
  expectNothingLeft,
  expectWorking,
  type FarFiles,
  startFarFiles,
  unfinished,
} from "./support/far-files.js";

type Stream = RawStream<FileStreamRequest, FileStreamResponse__Output>;

const invalid = { code: "protocol", reason: "frame_invalid" };
const mebibyte = 1024 * 1024;
const large = 8 * mebibyte;

const stack = createDisposeStack();
let far: FarFiles;
let session: RawSession;
beforeAll(async () => {
  far = stack.use(await startFarFiles({ transport: "tcp", limits: { fileStreamsPerSession: 100 } }));
});
beforeEach(async () => {
  await writeFile(far.path("file"), "before");
  await writeFile(far.path("large"), Buffer.alloc(large));
  session = await openRaw(far.raw, { wishedDetachTtlMs: 60_000 });
});
afterEach(async () => {
  await expectWorking(far.session, far.uri("working"));
  const close = { opId: "end", stopTimes: { stdinGraceMs: 0, termGraceMs: 0 } };
  await unary((done) => far.raw.session.closeSession(close, far.raw.metadata(session.ref), done));
  await expectNothingLeft(far);
  await expectUntouched();
});
afterAll(() => stack[Symbol.asyncDispose]());

async function expectUntouched(): Promise<void> {
  expect(await readFile(far.path("file"), "utf8")).toBe("before");
}

const open = (...frames: readonly FileStreamRequest[]): Stream => {
  const stream = fileStreamRaw(far.raw, session.ref);
  for (const frame of frames) stream.send(frame);
  return stream;
};
const write = (): FileStreamRequest => ({ write: { uri: far.uri("file") } });
const ended = (): FileStreamRequest => ({ write: { uri: far.uri("other") }, bodyEnd: true });
const read = (windowBytes = mebibyte): FileStreamRequest => ({
  read: { uri: far.uri("large"), windowBytes },
});
const receivedBytes = ({ messages }: Stream): number =>
  messages.reduce((sum, { body }) => sum + (body?.length ?? 0), 0);

describe("a stream is refused that", () => {
  test.each<[name: string, frames: () => readonly FileStreamRequest[], expected: object]>([
    ["does not say what to do", () => [{}], invalid],
    ["begins with content", () => [{ body: Buffer.from("x") }], invalid],
    ["has two heads", () => [write(), write()], invalid],
    ["has two different heads, one after the other", () => [write(), read()], invalid],
    ["brings content where none is wanted", () => [read(), { body: Buffer.from("x") }], invalid],
    ["goes on after the end of the content", () => [ended(), { body: Buffer.from("x") }], invalid],
    ["has read more than was sent", () => [read(), { consumed: 2 * large }], invalid],
    [
      "has taken events that there were not",
      () => [{ watch: { uri: far.uri("") } }, { consumed: 1 }],
      invalid,
    ],
    ["sends a frame without measure", () => [write(), { body: Buffer.alloc(mebibyte + 1) }], invalid],
    ["names what is outside", () => [{ read: { uri: "file:///etc/passwd" } }], { code: "forbidden" }],
    ["names nothing", () => [{ read: { uri: "" } }], { code: "usage", reason: "path_invalid" }],
    [
      "searches for too much",
      () => [{ search: { uri: far.uri(""), query: "x".repeat(500) } }],
      { code: "usage" },
    ],
  ])("%s", async (_, frames, expected) => {
    expect(await open(...frames()).ended).toMatchObject(expected);
  });

  test("sends more than it may", async () => {
    const stream = open(write());
    for (let count = 0; count < 64; count += 1) stream.send({ body: Buffer.alloc(mebibyte) });
    expect(await stream.ended).toMatchObject({ code: "resource_exhausted", reason: "limit_reached" });
  });

  test("belongs to no session, or to another's", async () => {
    const without = fileStreamRaw(far.raw, undefined);
    without.send(read());
    expect(await without.ended).toMatchObject({ code: "usage" });
    const unknown = fileStreamRaw(far.raw, { sessionId: "s-none", epoch: 1 });
    unknown.send(read());
    expect(await unknown.ended).toMatchObject({ reason: "session_unknown" });
    const late = fileStreamRaw(far.raw, { ...session.ref, epoch: 7 });
    late.send(read());
    expect(await late.ended).toMatchObject({ reason: "session_displaced" });
  });
});

test("content without its end is never put in place, however the stream ends", async () => {
  const half = { body: Buffer.from("half") };
  const closed = open(write(), half);
  closed.halfClose();
  expect(await closed.ended).toBeUndefined();
  const cancelled = open(write(), half, { cancel: true });
  expect(await cancelled.ended).toBeUndefined();
  const reset = open(write(), half);
  await expect.poll(() => unfinished(far.root)).not.toEqual([]);
  reset.cancel();
  await reset.ended;
});

test("a read goes no further than was consumed, by a client that waits for ever", async () => {
  const stream = open(read(100_000));
  await expect.poll(() => receivedBytes(stream)).toBe(100_000);
  await unary((done) => far.raw.files.roots({}, far.raw.metadata(session.ref), done));
  expect(receivedBytes(stream)).toBe(100_000);
  stream.send({ consumed: 60_000 });
  await expect.poll(() => receivedBytes(stream)).toBe(160_000);
  stream.send({ consumed: 10 });
  stream.halfClose();
  expect(await stream.ended).toBeUndefined();
});

test("a client that says goodbye late is not waited for without end", async () => {
  const stream = open({ read: { uri: far.uri("file"), windowBytes: 100 } });
  await expect.poll(() => stream.messages.some(({ end }) => end)).toBe(true);
  expect(await stream.ended).toBeUndefined();
});

test("a repeated removal is not done twice, and its op id serves for nothing else", async () => {
  await writeFile(far.path("gone"), "");
  const remove = (request: object): Promise<unknown> =>
    unary((done) => far.raw.files.remove(request, far.raw.metadata(session.ref), done)).catch(
      (error: unknown) => {
        throw fromServiceError(error, "far");
      },
    );
  const request = { opId: "o1", uri: far.uri("gone") };
  await remove(request);
  await writeFile(far.path("gone"), "");
  await remove(request);
  expect(await readdir(far.root)).toContain("gone");
  await expect(remove({ ...request, uri: far.uri("file") })).rejects.toMatchObject({ reason: "id_reused" });
  await expect(remove({ uri: far.uri("file") })).rejects.toMatchObject({ reason: "argument_invalid" });
});

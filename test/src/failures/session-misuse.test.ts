import { randomBytes } from "node:crypto";
import { createCallMetadata, type SessionRef } from "@fairlead/wire";
import { status } from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type ExecutorDaemon, expectSilent, startDaemon } from "./support/executor-daemon.js";
import {
  createRawExecutor,
  detailOf,
  leaseRaw,
  openRaw,
  type RawExecutor,
  startRaw,
  unary,
} from "./support/raw-executor.js";
import { createScene, type Scene } from "./support/scene.js";

let scene: Scene;
let daemon: ExecutorDaemon;
let raw: RawExecutor;
beforeAll(async () => {
  scene = await createScene();
  daemon = await startDaemon(scene);
  raw = createRawExecutor(daemon.address);
});
afterAll(async () => {
  raw[Symbol.dispose]();
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});
afterEach(async () => {
  // Whatever was done to it, the daemon serves the next one and found no bug in itself.
  await unary((done) => raw.machine.describe({}, raw.metadata(), done));
  expectSilent(daemon);
});

function list(ref: SessionRef): Promise<unknown> {
  return unary((done) => raw.process.list({}, createCallMetadata(undefined, ref), done));
}

async function failureOf(
  promise: Promise<unknown>,
): Promise<{ status: unknown; detail: ReturnType<typeof detailOf> }> {
  const failure: unknown = await promise.then(
    () => Promise.reject(new Error("The call went through")),
    (error: unknown) => error,
  );
  return { status: (failure as { code: unknown }).code, detail: detailOf(failure) };
}

test.each([
  [2, 3],
  [0, 0],
  [7, 4],
])("a client that speaks versions %i to %i is told which ones are spoken here", async (min, max) => {
  const opened = openRaw(raw, { protocolVersionMin: min, protocolVersionMax: max });
  const { status: code, detail } = await failureOf(opened);
  expect(code).toBe(status.FAILED_PRECONDITION);
  expect(detail).toMatchObject({ code: "protocol", reason: "version_mismatch", effect: "none" });
  expect(detail.message).toMatch(/speaks contract versions 1 to 1.*Update the older side/);
});

test("a client of a wider range gets the version that both speak", async () => {
  const { opened } = await openRaw(raw, { protocolVersionMin: 1, protocolVersionMax: 9 });
  expect(opened.protocolVersion).toBe(1);
});

test("features that the executor lacks are not granted", async () => {
  const { opened } = await openRaw(raw, { features: ["teleport"] });
  expect(opened.features).toEqual([]);
});

test("a session that never was is unknown", async () => {
  const { status: code, detail } = await failureOf(list({ sessionId: "s_never", epoch: 1 }));
  expect(code).toBe(status.UNAVAILABLE);
  expect(detail).toMatchObject({ code: "unavailable", reason: "session_unknown", effect: "none" });
});

test.each(["", "x", "-1", "1e3", "99999999999999999999"])("the epoch %j is no epoch", async (epoch) => {
  const { ref } = await openRaw(raw);
  const metadata = raw.metadata(ref);
  metadata.set("fairlead-epoch", epoch);
  const { detail } = await failureOf(unary((done) => raw.process.list({}, metadata, done)));
  expect(detail).toMatchObject({ code: "usage", reason: "argument_invalid", effect: "none" });
});

test("a call that names no session is told what it lacks", async () => {
  const { detail } = await failureOf(unary((done) => raw.process.list({}, raw.metadata(), done)));
  expect(detail).toMatchObject({ code: "usage", reason: "argument_invalid" });
  expect(detail.message).toMatch("fairlead-session");
});

test("a newer opener takes the session over: older calls and the older lease are displaced", async () => {
  const first = await openRaw(raw);
  const lease = leaseRaw(raw, first.ref);
  lease.send({ heartbeat: 1 });
  await expect.poll(() => lease.messages.length).toBeGreaterThan(0);
  const { pid } = await startRaw(raw, first, "read -r line");

  const resume = { sessionId: first.ref.sessionId, secret: first.secret };
  const second = await openRaw(raw, { resume });
  expect(second.ref).toEqual({ sessionId: first.ref.sessionId, epoch: first.ref.epoch + 1 });
  expect(await lease.ended).toMatchObject({ code: "unavailable", reason: "session_displaced" });
  const { detail } = await failureOf(list(first.ref));
  expect(detail).toMatchObject({ code: "unavailable", reason: "session_displaced", effect: "none" });
  expect(await list(second.ref)).toMatchObject({ processes: [{ pid }] });
});

test("an epoch that is still to come is not accepted either", async () => {
  const { ref } = await openRaw(raw);
  const { detail } = await failureOf(list({ ...ref, epoch: ref.epoch + 1 }));
  expect(detail).toMatchObject({ reason: "session_displaced" });
});

test.each([
  ["a wrong secret", () => randomBytes(32)],
  ["a secret of a wrong length", () => Buffer.alloc(3)],
  ["no secret", () => Buffer.alloc(0)],
])("a session is not resumed with %s, and its holder notices nothing", async (_, secret) => {
  const { ref } = await openRaw(raw);
  const { detail } = await failureOf(
    openRaw(raw, { resume: { sessionId: ref.sessionId, secret: secret() } }),
  );
  expect(detail).toMatchObject({ code: "unavailable", reason: "session_unknown", effect: "none" });
  expect(await list(ref)).toMatchObject({ processes: [] });
});

test("a second lease of the same epoch displaces the first", async () => {
  const { ref } = await openRaw(raw);
  const [first, second] = [leaseRaw(raw, ref), leaseRaw(raw, ref)];
  first.send({ heartbeat: 1 });
  second.send({ heartbeat: 1 });
  expect(await first.ended).toMatchObject({ reason: "session_displaced" });
  expect(await list(ref)).toMatchObject({ processes: [] });
  second.halfClose();
  expect(await second.ended).toBeUndefined();
});

test("a lease answers each heartbeat with its number", async () => {
  const { ref } = await openRaw(raw);
  const lease = leaseRaw(raw, ref);
  for (const heartbeat of [1, 2, 3]) lease.send({ heartbeat });
  await expect.poll(() => lease.messages.map(({ heartbeat }) => heartbeat)).toEqual([1, 2, 3]);
  expect(lease.messages.every(({ draining }) => !draining)).toBe(true);
  lease.cancel();
});

test("a closed session is gone, and closing it again answers the same report", async () => {
  const session = await openRaw(raw);
  const { pid } = await startRaw(raw, session, "read -r line");
  const close = (opId: string): Promise<unknown> =>
    unary((done) => raw.session.closeSession({ opId }, raw.metadata(session.ref), done));
  expect(await close("o1")).toMatchObject({ report: { ended: [{ pid }], survived: [] } });
  expect(await close("o2")).toMatchObject({ report: { ended: [{ pid }], survived: [] } });
  const { detail } = await failureOf(list(session.ref));
  expect(detail).toMatchObject({ reason: "session_unknown" });
});

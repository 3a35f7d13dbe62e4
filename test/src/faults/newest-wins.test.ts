import type { SessionRef } from "@fairlead/wire";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { expectSilent } from "../failures/support/executor-daemon.js";
import {
  attachRaw,
  createRawExecutor,
  detailOf,
  leaseRaw,
  openRaw,
  type RawExecutor,
  type RawSession,
  startRaw,
  unary,
} from "../failures/support/raw-executor.js";
import { createScene } from "../failures/support/scene.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startTestExecutor, type TestExecutor } from "./support/test-executor.js";

const displaced = { code: "unavailable", reason: "session_displaced" };
const held = { wishedDetachTtlMs: 60_000 };

const stack = createDisposeStack();
let executor: TestExecutor;
/** Two clients, each with a connection of its own, of one principal. */
let first: RawExecutor;
let second: RawExecutor;
beforeAll(async () => {
  const scene = stack.use(await createScene());
  executor = stack.use(await startTestExecutor(scene, { limits: {} }));
});
beforeEach(() => {
  first = createRawExecutor(executor.address, executor.token);
  second = createRawExecutor(executor.address, executor.token);
});
afterEach(() => {
  first[Symbol.dispose]();
  second[Symbol.dispose]();
  expectSilent(executor);
});
afterAll(() => stack[Symbol.asyncDispose]());

function resume(raw: RawExecutor, session: RawSession, resumeAttempt: number): Promise<RawSession> {
  const { sessionId } = session.ref;
  return openRaw(raw, { ...held, resume: { sessionId, secret: session.secret }, resumeAttempt });
}

function list(raw: RawExecutor, ref: SessionRef): Promise<unknown> {
  return unary((done) => raw.process.list({}, raw.metadata(ref), done));
}

async function refusal(call: Promise<unknown>): Promise<ReturnType<typeof detailOf>> {
  return call.then(
    () => Promise.reject(new Error("The call went through")),
    (error: unknown) => detailOf(error),
  );
}

test("whoever comes with the token takes the session over, and the former one's lease, readers and calls are told", async () => {
  const session = await openRaw(first, held);
  const lease = leaseRaw(first, session.ref);
  lease.send({ heartbeat: 1 });
  const { processId, pid } = await startRaw(first, session, 'printf 0123; read -r line; printf %s "$line"');
  const reader = attachRaw(first, session.ref);
  reader.send({ attach: { processId, generation: 41 }, stdoutConsumed: 0 });
  await expect.poll(() => reader.messages.some(({ stdout }) => stdout != null)).toBe(true);

  const taken = await resume(second, session, 1);
  expect(taken.ref).toEqual({ sessionId: session.ref.sessionId, epoch: 2 });
  expect(await lease.ended).toMatchObject(displaced);
  expect(await reader.ended).toMatchObject(displaced);
  expect(await refusal(list(first, session.ref))).toMatchObject({ ...displaced, effect: "none" });
  expect(await refusal(startRaw(first, session, "true"))).toMatchObject(displaced);
  expect(await attachRaw(first, session.ref).ended).toMatchObject(displaced);
  expect(await leaseRaw(first, session.ref).ended).toMatchObject(displaced);

  // The new one counts its streams from the beginning, and reads what the former one had not acknowledged.
  const again = attachRaw(second, taken.ref);
  again.send({
    attach: { processId, generation: 1 },
    input: { offset: 0, data: Buffer.from("new\n"), end: true },
  });
  const text = (): string => again.messages.map(({ stdout }) => stdout?.data.toString() ?? "").join("");
  await expect.poll(text).toBe("0123new");
  expect(await list(second, taken.ref)).toMatchObject({ processes: [{ pid }] });
});

test("a try to resume that a later one overtook is refused, and changes nothing", async () => {
  const session = await openRaw(first, held);
  const taken = await resume(second, session, 7);
  const lease = leaseRaw(second, taken.ref);
  lease.send({ heartbeat: 1 });
  for (const late of [0, 1, 6]) expect(await refusal(resume(first, session, late))).toMatchObject(displaced);
  expect(await list(second, taken.ref)).toMatchObject({ processes: [] });
  lease.send({ heartbeat: 2 });
  await expect.poll(() => lease.messages.map(({ heartbeat }) => heartbeat)).toEqual([1, 2]);
  expect((await resume(first, session, 8)).ref.epoch).toBe(3);
  expect(await lease.ended).toMatchObject(displaced);
});

test("an attach that a later one overtook is refused, and does not disturb the later one", async () => {
  const session = await openRaw(first, held);
  const { processId } = await startRaw(first, session, "cat");
  const [late, current] = [attachRaw(first, session.ref), attachRaw(second, session.ref)];
  current.send({ attach: { processId, generation: 5 } });
  await expect.poll(() => current.messages.length).toBeGreaterThan(0);
  late.send({
    attach: { processId, generation: 4 },
    input: { offset: 0, data: Buffer.from("from the past\n") },
  });
  expect(await late.ended).toMatchObject(displaced);
  current.send({ input: { offset: 0, data: Buffer.from("now\n") } });
  const text = (): string => current.messages.map(({ stdout }) => stdout?.data.toString() ?? "").join("");
  await expect.poll(text).toBe("now\n");
});

test("frames that are still on their way over a stream that was displaced are not taken", async () => {
  const session = await openRaw(first, held);
  const { processId } = await startRaw(first, session, "cat");
  const [former, newer] = [attachRaw(first, session.ref), attachRaw(second, session.ref)];
  former.send({ attach: { processId, generation: 1 }, input: { offset: 0, data: Buffer.from("a") } });
  await expect.poll(() => former.messages.some(({ stdout }) => stdout != null)).toBe(true);
  newer.send({ attach: { processId, stdoutOffset: 1, generation: 2 } });
  await expect.poll(() => newer.messages[0]?.attached).toEqual({ inputTaken: 1, inputReceived: 1 });
  former.send({ input: { offset: 1, data: Buffer.from("b") }, stdoutConsumed: 1 });
  expect(await former.ended).toMatchObject(displaced);
  newer.send({ input: { offset: 1, data: Buffer.from("c\n"), end: true } });
  const text = (): string => newer.messages.map(({ stdout }) => stdout?.data.toString() ?? "").join("");
  await expect.poll(text).toBe("c\n");
});

import { setTimeout as pause } from "node:timers/promises";
import type { ExecutorSession } from "@fairlead/link";
import {
  createMarker,
  createTestRandom,
  processesWithMarker,
  waitUntil,
  waitUntilGone,
} from "@fairlead/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  attachRaw,
  createRawExecutor,
  leaseRaw,
  openRaw,
  startRaw,
} from "../failures/support/raw-executor.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { launchReader } from "../link/support/launch-reader.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { launchTallied, type Tallied } from "./support/tallied.js";
import { startTestExecutor, type TestExecutor } from "./support/test-executor.js";
import { connectThroughChaos, type ThroughChaos } from "./support/through-chaos.js";

const stack = createDisposeStack();
let scene: Scene;
let executor: TestExecutor;
beforeAll(async () => {
  scene = stack.use(await createScene());
  executor = stack.use(await startTestExecutor(scene, { limits: {} }));
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Keeps a process talking both ways while something else happens beside it. */
async function expectTalkUndisturbedBy(chaos: ThroughChaos, work: () => Promise<unknown>): Promise<void> {
  const random = createTestRandom("a talk beside cancelled calls");
  const echo = await launchTallied(chaos.session, "echo");
  let isOver = false;
  const talking = talk(echo, () => isOver);
  await work();
  isOver = true;
  expect(await talking).toBeGreaterThan(0);
  expect(await echo.finish()).toEqual({ reason: "exited", code: 0, signal: null });
  echo.check();
  await echo.process.stop();
  expect(chaos.session.state).toEqual({ state: "connected", epoch: 1 });
  // A launch that was cancelled may be on its way still, and is stopped when it has come.
  await expect.poll(() => chaos.session.listProcesses(), { timeout: 5_000 }).toEqual([]);
  expect(executor.stderr()).toBe("");

  async function talk(process: Tallied, isDone: () => boolean): Promise<number> {
    let count = 0;
    for (; !isDone(); count += 1) {
      await process.write(random.bytes(random.integer(1, 8_000)));
      await pause(1);
    }
    return count;
  }
}

/** Does something so often, so many at a time, and asks the executor something after each lot, so that it keeps up. */
async function repeat(
  session: ExecutorSession,
  [lots, lotSize]: readonly [number, number],
  work: () => Promise<void>,
): Promise<void> {
  for (let lot = 0; lot < lots; lot += 1) {
    await Promise.all(Array.from({ length: lotSize }, work));
    await session.describe();
  }
}

async function cancelLaunch(session: ExecutorSession, program: string, marker: string): Promise<void> {
  const abort = new AbortController();
  const spec = { program, args: ["600"], env: { set: { MARKER: marker } } };
  const launching = session.launcher.launch(spec, { onOutput: () => {}, signal: abort.signal });
  // Once it was sent: a call that is cancelled before is never made.
  setImmediate(() => abort.abort());
  await expect(launching).rejects.toMatchObject({ code: "canceled" });
}

test("4,200 cancelled launches that would have failed disturb nothing beside them", async () => {
  await using chaos = await connectThroughChaos(executor);
  const { session } = chaos;
  const marker = createMarker();
  await expectTalkUndisturbedBy(chaos, () =>
    repeat(session, [105, 40], () => cancelLaunch(session, "no-such-program", marker)),
  );
});

test("300 cancelled launches of programs leave no process", async () => {
  await using chaos = await connectThroughChaos(executor);
  const { session } = chaos;
  const marker = createMarker();
  let most = 0;
  await expectTalkUndisturbedBy(chaos, async () => {
    await repeat(session, [30, 10], async () => {
      await cancelLaunch(session, "sleep", marker);
      most = Math.max(most, (await session.listProcesses()).length);
    });
    await waitUntilGone(marker, { withinMs: 20_000 });
    await waitUntil(async () => (await session.listProcesses()).length === 1, {
      withinMs: 5_000,
      what: "the last stop",
    });
  });
  // Some of them did run.
  expect(most).toBeGreaterThan(1);
});

test("100 processes that are stopped at once leave nothing", async () => {
  await using chaos = await connectThroughChaos(executor);
  const { session } = chaos;
  const marker = createMarker();
  const stopAtOnce = (argv: readonly string[]) => async (): Promise<void> => {
    const { process } = await launchReader(session, argv, { env: { MARKER: marker } });
    const report = await process.stop({ stdinGraceMs: 0, termGraceMs: 500 });
    expect(report.survived).toEqual([]);
    expect(await process.closed).toMatchObject({ reason: expect.stringMatching(/^(stopped|exited)$/) });
  };
  await expectTalkUndisturbedBy(chaos, async () => {
    await repeat(session, [5, 10], stopAtOnce(["sleep", "600"]));
    await repeat(session, [5, 10], stopAtOnce(["true"]));
  });
  expect(processesWithMarker(marker)).toEqual([]);
});

// Each was reset 2 s later, and a thousand resets at once made Node end the connection.
test("1,500 calls that were given up while the executor was too busy to answer do not end the connection", async () => {
  await using chaos = await connectThroughChaos(executor);
  const { session } = chaos;
  const marker = createMarker();
  await expectTalkUndisturbedBy(chaos, async () => {
    executor.suspend();
    await Promise.all(Array.from({ length: 1_500 }, () => cancelLaunch(session, "no-such-program", marker)));
    await pause(3_000);
    executor.resume();
    await session.describe();
  });
});

test("400 streams and calls that are reset, 100 a second, disturb nothing beside them", async () => {
  await using chaos = await connectThroughChaos(executor);
  const raw = createRawExecutor(executor.address, executor.token);
  stack.use({ [Symbol.asyncDispose]: async () => raw[Symbol.dispose]() });
  const session = await openRaw(raw, { wishedDetachTtlMs: 60_000 });
  const { processId } = await startRaw(raw, session, "exec cat");
  await expectTalkUndisturbedBy(chaos, async () => {
    for (let number = 0; number < 100; number += 1) {
      const [attached, silent, lease] = [
        attachRaw(raw, session.ref),
        attachRaw(raw, session.ref),
        leaseRaw(raw, session.ref),
      ];
      attached.send({ attach: { processId }, input: { offset: 0, data: Buffer.from("x") } });
      lease.send({ heartbeat: 1 });
      const call = raw.process.list({}, raw.metadata(session.ref), () => {});
      await pause(number % 40);
      for (const each of [attached, silent, lease, call]) each.cancel();
      await Promise.all([attached.ended, silent.ended, lease.ended]);
      await pause(40 - (number % 40));
    }
    // The connection that was used so is still good.
    const reader = attachRaw(raw, session.ref);
    reader.send({ attach: { processId }, input: { offset: 0, data: Buffer.from("x\n") } });
    await expect.poll(() => reader.messages.length).toBeGreaterThan(0);
    reader.cancel();
  });
});

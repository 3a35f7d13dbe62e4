import { setTimeout as pause } from "node:timers/promises";
import type { LaunchedProcess, ProcessExit } from "@fairlead/core";
import {
  type ChaosProxy,
  createMarker,
  createTestRandom,
  processesWithMarker,
  waitUntil,
  waitUntilGone,
} from "@fairlead/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { launchReader, type Reader } from "../link/support/launch-reader.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { cutOnceHeld, isHeld } from "./support/cut-once-held.js";
import { startTestExecutor, type TestExecutor } from "./support/test-executor.js";
import { connectThroughChaos, type ThroughChaos } from "./support/through-chaos.js";

/** Long enough to tell a request on its way from its answer; short enough for many of them. */
const roundTripMs = 30;
const connectedAgainWithinMs = 5_000;

const stack = createDisposeStack();
let scene: Scene;
let executor: TestExecutor;
let chaos: ThroughChaos;
beforeAll(async () => {
  scene = stack.use(await createScene());
  // The default heartbeats: nothing but the call in question is on the line.
  executor = stack.use(await startTestExecutor(scene, { limits: {} }));
  chaos = stack.use(await connectThroughChaos(executor, { line: { roundTripMs } }));
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(() => quietLine());

/** What came before must not be what a cut finds. */
async function quietLine(): Promise<void> {
  await waitUntil(
    () =>
      chaos.session.state.state === "connected" &&
      !isHeld(chaos.proxy, "toTarget") &&
      !isHeld(chaos.proxy, "fromTarget"),
    { withinMs: connectedAgainWithinMs, what: "A quiet line" },
  );
}

/** Where on its way a call is when the line breaks. */
const positions: readonly [name: string, cut: (proxy: ChaosProxy) => Promise<unknown>][] = [
  ["before its request arrived", (proxy) => cutOnceHeld(proxy, "toTarget")],
  ["in the middle of its request", (proxy) => proxy.cutInsideFrame("toTarget")],
  ["before its answer arrived", (proxy) => cutOnceHeld(proxy, "fromTarget")],
  ["in the middle of its answer", (proxy) => proxy.cutInsideFrame("fromTarget")],
];

/** Does something, and breaks the line meanwhile. */
async function cutDuring<T>(
  cut: (proxy: ChaosProxy) => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const before = chaos.proxy.counters().cuts;
  const broken = cut(chaos.proxy);
  const result = await work();
  await broken;
  expect(chaos.proxy.counters().cuts).toBe(before + 1);
  return result;
}

async function launchMarked(
  argv: readonly string[] = ["sleep", "600"],
): Promise<{ readonly marker: string; readonly reader: Reader }> {
  const marker = createMarker();
  return { marker, reader: await launchReader(chaos.session, argv, { env: { MARKER: marker } }) };
}

describe.each(positions)("a call whose line breaks %s", (_, cut) => {
  test("is a start: one process runs", async () => {
    const { marker, reader } = await cutDuring(cut, () => launchMarked(["cat"]));
    expect(processesWithMarker(marker).map(({ pid }) => pid)).toEqual([reader.process.pid]);
    await reader.process.write(Buffer.from("once\n"));
    await reader.process.closeStdin();
    expect(await reader.process.closed).toEqual({ reason: "exited", code: 0, signal: null });
    expect(reader.text).toBe("once\n");
    await reader.process.stop();
  });

  test("is a stop: it tells what it ended, and the process its end, once", async () => {
    const { marker, reader } = await launchMarked();
    await quietLine();
    const ends: ProcessExit[] = [];
    void reader.process.exited.then((exit) => ends.push(exit));
    const report = await cutDuring(cut, () => reader.process.stop({ stdinGraceMs: 0 }));
    expect(report).toMatchObject({ ended: [{ pid: reader.process.pid }], forced: [], survived: [] });
    expect(processesWithMarker(marker)).toEqual([]);
    expect(await reader.process.closed).toEqual({ reason: "stopped", code: null, signal: "SIGTERM" });
    expect(ends).toHaveLength(1);
    expect(await reader.process.stop()).toBe(report);
  });

  test("is a signal: it arrives once", async () => {
    const script =
      "process.on('SIGUSR1', () => console.log('signalled')); console.log('ready'); process.stdin.resume();";
    const { reader } = await launchMarked([process.execPath, "-e", script]);
    await waitUntil(() => reader.text === "ready\n", { withinMs: 5_000, what: "the program" });
    await quietLine();
    await cutDuring(cut, () => reader.process.signal("SIGUSR1"));
    // The kernel has it; the program may take a moment, in which the end of stdin would end it first.
    await waitUntil(() => reader.text !== "ready\n", { withinMs: 5_000, what: "its word" });
    await reader.process.closeStdin();
    expect(await reader.process.closed).toMatchObject({ code: 0 });
    expect(reader.text).toBe("ready\nsignalled\n");
    await reader.process.stop();
  });

  test("is a list or a question: it is answered", async () => {
    const { reader } = await launchMarked();
    await quietLine();
    const listed = await cutDuring(cut, () => chaos.session.listProcesses({ withTrees: true }));
    expect(listed).toMatchObject([{ pid: reader.process.pid, tree: [{ name: "sleep" }] }]);
    await quietLine();
    expect(await cutDuring(cut, () => chaos.session.describe())).toMatchObject({ sessions: 1, processes: 1 });
    await reader.process.stop({ stdinGraceMs: 0 });
  });

  test("is the end of stdin: the process hears of it", async () => {
    const { reader } = await launchMarked(["cat"]);
    await reader.process.write(Buffer.from("last words"));
    await waitUntil(() => reader.receivedBytes === 10, { withinMs: 5_000, what: "the echo" });
    await quietLine();
    const closed = cutDuring(cut, async () => {
      await reader.process.closeStdin();
      return reader.process.closed;
    });
    expect(await closed).toEqual({ reason: "exited", code: 0, signal: null });
    expect(reader.text).toBe("last words");
    await reader.process.stop();
  });

  test("is a close: everything ends, with a report", async () => {
    const session = await chaos.connect();
    const marker = createMarker();
    const { process } = await launchReader(session, ["sleep", "600"], { env: { MARKER: marker } });
    await quietLine();
    const report = await cutDuring(cut, () => session.close({ stdinGraceMs: 0 }));
    expect(report).toMatchObject({ ended: [{ pid: process.pid }], forced: [], survived: [] });
    expect(processesWithMarker(marker)).toEqual([]);
    expect(session.state).toEqual({ state: "closed" });
  });
});

// A failure is told in a frame of another kind, so that nothing can be cut in the middle of its answer.
test.each(positions.slice(0, 3))("a start that fails tells why, where the line breaks %s", async (_, cut) => {
  const failing = (): Promise<unknown> =>
    launchReader(chaos.session, ["no-such-program-here"]).catch((error: unknown) => error);
  expect(await cutDuring(cut, failing)).toMatchObject({
    code: "not_found",
    reason: "program_not_found",
    effect: "none",
  });
});

test("nothing is left in a session once everything in it was stopped, wherever the line broke", async () => {
  const random = createTestRandom("stops at random moments");
  for (let round = 0; round < 8; round += 1) {
    const { reader } = await launchMarked(["sh", "-c", "echo out; echo err >&2"]);
    const ended = reader.process.closed;
    await pause(random.next() * 1.5 * roundTripMs);
    chaos.proxy.cut();
    expect(await ended).toEqual({ reason: "exited", code: 0, signal: null });
    expect([reader.text, reader.stderr]).toEqual(["out\n", "err\n"]);
    await pause(random.next() * 0.5 * roundTripMs);
    chaos.proxy.cut();
    expect(await reader.process.stop()).toMatchObject({ survived: [] });
  }
  expect(await chaos.session.listProcesses()).toEqual([]);
});

test("a start that the line breaks at any moment starts exactly one process", async () => {
  const random = createTestRandom("starts at random moments");
  const started: { readonly marker: string; readonly process: LaunchedProcess }[] = [];
  for (let round = 0; round < 15; round += 1) {
    const launching = launchMarked();
    await pause(random.next() * 2 * roundTripMs);
    chaos.proxy.cut();
    if (random.chance(0.3)) {
      await pause(random.next() * roundTripMs);
      chaos.proxy.cut();
    }
    const { marker, reader } = await launching;
    started.push({ marker, process: reader.process });
  }
  for (const { marker, process } of started) {
    expect(processesWithMarker(marker).map(({ pid }) => pid)).toEqual([process.pid]);
  }
  expect(await chaos.session.listProcesses()).toHaveLength(started.length);
  await Promise.all(started.map(({ process }) => process.stop({ stdinGraceMs: 0 })));
  for (const { marker } of started) await waitUntilGone(marker, { withinMs: 2_000 });
  expect(await chaos.session.listProcesses()).toEqual([]);
  expect(executor.stderr()).toBe("");
});

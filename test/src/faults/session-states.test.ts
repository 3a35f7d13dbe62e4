import { createDeferred, isFairleadError, type LaunchedProcess } from "@fairlead/core";
import type { ConnectOptions, ExecutorSession, SessionState } from "@fairlead/link";
import { createMarker, processesWithMarker, waitUntil, waitUntilGone } from "@fairlead/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { launchReader } from "../link/support/launch-reader.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { launchTallied } from "./support/tallied.js";
import { startTestExecutor, type TestExecutor } from "./support/test-executor.js";
import { connectThroughChaos, type ThroughChaos } from "./support/through-chaos.js";

const mebibyte = 1024 * 1024;
const lost = { code: "unavailable", reason: "session_lost" };

const stack = createDisposeStack();
let scene: Scene;
let executor: TestExecutor;
beforeAll(async () => {
  scene = stack.use(await createScene());
  executor = stack.use(await startTestExecutor(scene));
});
afterAll(() => stack[Symbol.asyncDispose]());

interface Watched extends ThroughChaos {
  /** Every state so far, in order, `connected` with its epoch. */
  readonly states: string[];
  /** Settles at the first such state from now on. */
  nextState(name: SessionState["state"]): Promise<void>;
}

async function connect(session: Partial<ConnectOptions> = {}): Promise<Watched> {
  const states: string[] = [];
  const waiting: { name: string; seen: () => void }[] = [];
  const onState = (state: SessionState): void => {
    states.push(state.state === "connected" ? `connected ${state.epoch}` : state.state);
    for (const { seen } of waiting.filter(({ name }) => name === state.state)) seen();
  };
  const chaos = await connectThroughChaos(executor, { session: { ...session, onState } });
  return {
    ...chaos,
    states,
    nextState: (name) => {
      const next = createDeferred<void>();
      waiting.push({ name, seen: () => next.resolve() });
      return next.promise;
    },
  };
}

function interrupt({ proxy }: ThroughChaos): void {
  proxy.admit("refuse");
  proxy.cut();
}

/** How often a promise settles, and how: a promise can do it only once, but a caller's callback may be reached by two. */
function settlements(promise: Promise<unknown>): unknown[] {
  const seen: unknown[] = [];
  promise.then(
    () => seen.push("taken"),
    (error: unknown) => seen.push(error),
  );
  return seen;
}

test("the states are told in order, each once", async () => {
  await using chaos = await connect();
  const { session, proxy, states } = chaos;
  expect(session.state).toEqual({ state: "connected", epoch: 1 });
  for (const epoch of [2, 3]) {
    const back = chaos.nextState("connected");
    proxy.cut();
    await back;
    expect(session.state).toEqual({ state: "connected", epoch });
  }
  const refused = chaos.nextState("recovering");
  interrupt(chaos);
  await refused;
  expect(session.state).toMatchObject({
    state: "recovering",
    error: { code: "unavailable", reason: "executor_unreachable" },
  });
  const back = chaos.nextState("connected");
  proxy.admit("carry");
  await back;
  await session.close();
  const around = ["recovering", "connected 2", "recovering", "connected 3", "recovering", "connected 4"];
  expect(states).toEqual(["connecting", "connected 1", ...around, "closed"]);
});

test("a listener that was taken away hears nothing more", async () => {
  await using chaos = await connect();
  const heard: string[] = [];
  const stop = chaos.session.onState(({ state }) => void heard.push(state));
  const back = chaos.nextState("connected");
  chaos.proxy.cut();
  await back;
  stop();
  await chaos.session.close();
  expect(heard).toEqual(["recovering", "connected"]);
});

test("calls wait for the recovery, and a caller who gives up waits no longer", async () => {
  await using chaos = await connect();
  const { session, proxy } = chaos;
  const child = await launchReader(session, ["cat"]);
  const broken = chaos.nextState("recovering");
  interrupt(chaos);
  await broken;
  const listed = session.listProcesses();
  const launched = launchReader(session, ["cat"]);
  const abort = new AbortController();
  const given = session.launcher.launch(
    { program: "cat", args: [] },
    { onOutput: () => {}, signal: abort.signal },
  );
  abort.abort();
  await expect(given).rejects.toMatchObject({ code: "canceled" });
  const written = child.process.write(Buffer.from("meanwhile\n"));
  proxy.admit("carry");
  await written;
  expect(await listed).toContainEqual(expect.objectContaining({ pid: child.process.pid }));
  await waitUntil(() => child.text === "meanwhile\n", { withinMs: 5_000, what: "the echo" });
  const second = await launched;
  expect((await session.listProcesses()).map(({ pid }) => pid)).toEqual([
    child.process.pid,
    second.process.pid,
  ]);
});

test("calls of whoever does not want to wait fail at once, while the streams of processes go on", async () => {
  await using chaos = await connect({ whileRecovering: "fail" });
  const { session, proxy } = chaos;
  const echo = await launchTallied(session, "echo");
  await echo.write(Buffer.alloc(1_000, 1));
  const broken = chaos.nextState("recovering");
  interrupt(chaos);
  await broken;
  const unreachable = { code: "unavailable", reason: "executor_unreachable", effect: "none" };
  const calls = [
    session.listProcesses(),
    session.describe(),
    launchReader(session, ["true"]),
    echo.process.signal("SIGTERM"),
    echo.process.readTree(),
  ];
  for (const call of calls) await expect(call).rejects.toMatchObject(unreachable);
  const written = echo.write(Buffer.alloc(mebibyte, 2));
  const back = chaos.nextState("connected");
  proxy.admit("carry");
  await back;
  await written;
  expect(await session.listProcesses()).toHaveLength(1);
  expect(await echo.finish()).toMatchObject({ code: 0 });
  echo.check();
});

test("after the TTL everything pending and everything later fails with the one typed error", async () => {
  await using chaos = await connect({ detachTtlMs: 1_000 });
  const { session, states } = chaos;
  const deaf = await launchReader(session, ["sleep", "600"]);
  const writes = Array.from({ length: 20 }, () => settlements(deaf.process.write(Buffer.alloc(mebibyte))));
  const ended = settlements(deaf.process.closed);
  const broken = chaos.nextState("recovering");
  interrupt(chaos);
  await broken;
  const pending = operations(session, deaf.process).map(settlements);
  const error = await session.lost;
  expect(error).toMatchObject(lost);
  await waitUntil(() => pending.every(({ length }) => length > 0), { withinMs: 1_000, what: "their ends" });
  for (const seen of pending) expect(seen).toEqual([expect.objectContaining(lost)]);
  for (const seen of writes) {
    expect(seen).toHaveLength(1);
    expect(seen[0] === "taken" || (isFairleadError(seen[0]) && seen[0].reason === "session_lost")).toBe(true);
  }
  expect(writes.at(-1)).toEqual([expect.objectContaining(lost)]);
  expect(ended).toEqual(["taken"]);
  expect(await deaf.process.closed).toEqual({ reason: "session_lost", code: null, signal: null });
  for (const late of operations(session, deaf.process)) await expect(late).rejects.toMatchObject(lost);
  expect(states).toEqual(["connecting", "connected 1", "recovering", "lost"]);
});

function operations(session: ExecutorSession, process: LaunchedProcess): Promise<unknown>[] {
  return [
    process.write(Buffer.from("x")),
    process.signal("SIGTERM"),
    process.readTree(),
    process.stop(),
    session.listProcesses(),
    session.describe(),
    launchReader(session, ["true"]),
  ];
}

test("every write is settled once and in order, however often the line breaks", async () => {
  await using chaos = await connect();
  const sink = await launchTallied(chaos.session, "sink");
  const order: number[] = [];
  const writes = Array.from({ length: 300 }, (_, index) =>
    sink.write(Buffer.alloc(30_000, index)).then(() => {
      order.push(index);
      if (index % 25 === 0) chaos.proxy.cut();
    }),
  );
  await Promise.all(writes);
  expect(order).toEqual(Array.from(writes, (_, index) => index));
  expect(await sink.finish()).toMatchObject({ code: 0 });
  sink.check();
});

test("a close while nothing can be reached settles everything, and the executor ends it all by itself", async () => {
  await using chaos = await connect({ detachTtlMs: 1_000 });
  const { session, states } = chaos;
  const marker = createMarker();
  const child = await launchReader(session, ["sleep", "600"], { env: { MARKER: marker } });
  expect(processesWithMarker(marker)).toHaveLength(1);
  const broken = chaos.nextState("recovering");
  interrupt(chaos);
  await broken;
  const pending = session.listProcesses();
  const closing = session.close();
  await expect(pending).rejects.toMatchObject(lost);
  await expect(closing).rejects.toMatchObject(lost);
  expect(await child.process.closed).toMatchObject({ reason: "session_lost" });
  expect(states.at(-1)).toBe("closed");
  expect(await Promise.race([session.lost, Promise.resolve("never")])).toBe("never");
  await waitUntilGone(marker, { withinMs: 8_000 });
});

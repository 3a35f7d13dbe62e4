import { setTimeout as pause } from "node:timers/promises";
import { type ChaosProxy, createTestRandom, type SeededRandom } from "@fairlead/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createScene } from "../failures/support/scene.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { launchTallied, type Tallied } from "./support/tallied.js";
import { startTestExecutor, type TestExecutor } from "./support/test-executor.js";
import { connectThroughChaos } from "./support/through-chaos.js";

const longDelayMs = 300;
/** A process that was quiet for a second goes back to the control connection. */
const calmMs = 1_050;
/** More than fits beside others on the control connection, so that it moves to the bulk one. */
const burstBytes = 300_000;
const processCount = 6;
const rounds = 3;

const stack = createDisposeStack();
let executor: TestExecutor;
beforeAll(async () => {
  const scene = stack.use(await createScene());
  executor = stack.use(await startTestExecutor(scene, { limits: {} }));
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Delays the connections of a session; the first one is for control, the second one for bulk. */
type Delays = (proxy: ChaosProxy, random: SeededRandom) => void;

function delay(proxy: ChaosProxy, [control, bulk]: readonly [number, number]): void {
  const [first, second] = proxy.connections;
  first?.delay(control);
  second?.delay(bulk);
}

test.concurrent.each<[which: string, delays: Delays]>([
  ["the bulk connection is late", (proxy) => delay(proxy, [0, longDelayMs])],
  ["the control connection is late", (proxy) => delay(proxy, [longDelayMs, 0])],
  [
    "now the one is late and now the other",
    (proxy, random) => {
      const [first, second] = [random.next() * longDelayMs, random.next() * longDelayMs];
      for (const connection of proxy.connections) {
        connection.delay(random.pick([0, first, second]), random.pick(["toTarget", "fromTarget"]));
      }
    },
  ],
])("processes that change their connection lose and repeat nothing where %s", async (which, delays) => {
  const random = createTestRandom(which);
  await using chaos = await connectThroughChaos(executor);
  const { proxy, session } = chaos;
  const echoes = await Promise.all(
    Array.from({ length: processCount }, () => launchTallied(session, "echo")),
  );
  const state = { isOver: false };
  const changing = (async () => {
    for (; !state.isOver; await pause(20)) delays(proxy, random);
  })();
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(echoes.map((echo) => burst(echo, random)));
    await pause(calmMs);
    // From the bulk connection back to the control one.
    await Promise.all(echoes.map((echo) => echo.write(random.bytes(random.integer(1, 100)))));
  }
  const before = proxy.connections.map(({ bytesToTarget }) => bytesToTarget);
  expect(before).toHaveLength(2);
  expect(before[1]).toBeGreaterThan(processCount * burstBytes);
  state.isOver = true;
  await changing;
  for (const echo of echoes) {
    expect(await echo.finish()).toMatchObject({ reason: "exited", code: 0 });
    echo.check();
  }
  expect(session.state).toEqual({ state: "connected", epoch: 1 });
  expect(executor.stderr()).toBe("");
});

async function burst(echo: Tallied, random: SeededRandom): Promise<void> {
  const writes: Promise<void>[] = [];
  for (let left = burstBytes; left > 0; ) {
    const size = Math.min(left, random.integer(1, 30_000));
    left -= size;
    writes.push(echo.write(random.bytes(size)));
    if (random.chance(0.3)) await pause(random.next() * 20);
  }
  await Promise.all(writes);
}

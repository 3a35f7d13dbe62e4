import { setTimeout as pause } from "node:timers/promises";
import { withinMs } from "@fairlead/core";
import type { ChaosProxy, SeededRandom } from "@fairlead/testkit";
import { createTestRandom, waitUntil } from "@fairlead/testkit";
import { expect } from "vitest";
import { createScene } from "../../failures/support/scene.js";
import { type LoadSums, startLoad } from "./load.js";
import { startTestExecutor } from "./test-executor.js";
import { connectThroughChaos } from "./through-chaos.js";

/** A slow machine may need so long for what takes an idle one some 50 ms. */
const recoversWithinMs = 10_000;
/** Every so many cuts fall inside a DATA frame for certain; many of the others do by chance. */
const shareInsideFrame = 0.2;
/** Every so many cuts are followed by another one before the session is back. */
const shareOfDoubleCuts = 0.15;
const secondCutWithinMs = 25;
/** Every so many cuts break one connection of the session and leave the other one. */
const shareOfLoneCuts = 0.15;

/** What a storm did. */
export interface StormReport {
  readonly sums: LoadSums;
  /** Epochs that the session went through. */
  readonly epochs: number;
  /** From each cut until every process had got on, in milliseconds, sorted. */
  readonly recoveriesMs: readonly number[];
}

/**
 * Cuts a loaded line again and again, each time as soon as every process got on and both directions hold bytes that
 * nobody has acknowledged, and checks that not a byte was lost, moved or seen twice.
 */
export async function rideOutCuts(cuts: number): Promise<StormReport> {
  const random = createTestRandom(`${cuts} cuts`);
  await using scene = await createScene();
  await using executor = await startTestExecutor(scene, { limits: {} });
  let epochs = 0;
  const ends: string[] = [];
  await using chaos = await connectThroughChaos(executor, {
    line: { roundTripMs: 4, bitsPerSecond: 100e6 },
    session: {
      onState: ({ state }) => {
        if (state === "connected") epochs += 1;
        if (state === "lost" || state === "closed") ends.push(state);
      },
    },
  });
  const { proxy, session } = chaos;
  const load = await startLoad(session, random);
  const recoveriesMs: number[] = [];
  const made: Record<CutKind, number> = { whole: 0, insideFrame: 0, lone: 0 };
  await load.progress();
  for (let number = 1; number <= cuts; number += 1) {
    const startedAtMs = performance.now();
    made[await cutUnderLoad(proxy, random)] += 1;
    const what = `The recovery after cut ${number} (seed ${random.seed})`;
    await withinMs(load.progress(), recoversWithinMs, what);
    recoveriesMs.push(performance.now() - startedAtMs);
  }
  const sums = await load.finish();
  const { toTarget, fromTarget, cutsInsideFrame } = proxy.counters();
  // The others held bytes more often than not, but in which direction is chance.
  expect(toTarget.cutsHoldingData).toBeGreaterThanOrEqual(made.whole);
  expect(fromTarget.cutsHoldingData).toBeGreaterThanOrEqual(made.whole);
  expect(cutsInsideFrame).toBeGreaterThanOrEqual(made.insideFrame);
  expect(made.whole).toBeGreaterThan(cuts / 3);
  expect(ends).toEqual([]);
  expect(executor.stderr()).toBe("");
  return { sums, epochs, recoveriesMs: recoveriesMs.toSorted((one, other) => one - other) };
}

/** Where the line breaks: everywhere at once, in the middle of a frame, or one connection of the session alone. */
type CutKind = "whole" | "insideFrame" | "lone";

async function cutUnderLoad(proxy: ChaosProxy, random: SeededRandom): Promise<CutKind> {
  const holdsData = (direction: "toTarget" | "fromTarget"): boolean =>
    proxy.connections.some((connection) => connection.look()[direction].heldDataBytes > 0);
  await waitUntil(() => holdsData("toTarget") && holdsData("fromTarget"), {
    withinMs: recoversWithinMs,
    what: () => `Bytes in both directions (${JSON.stringify(proxy.connections.map((each) => each.look()))})`,
  });
  const kind = random.chance(shareInsideFrame)
    ? "insideFrame"
    : random.chance(shareOfLoneCuts)
      ? "lone"
      : "whole";
  if (kind === "insideFrame") await proxy.cutInsideFrame(random.pick(["toTarget", "fromTarget"]));
  else if (kind === "lone") random.pick(proxy.connections).cut();
  else proxy.cut();
  if (random.chance(shareOfDoubleCuts)) {
    await pause(random.next() * secondCutWithinMs);
    proxy.cut();
  }
  return kind;
}

import { expect, test } from "vitest";
import { createRestartPolicy, defaultRestartTimes } from "./restart-policy.js";

test("a server that is never sound is given up after five failures within a minute", () => {
  const policy = createRestartPolicy(defaultRestartTimes);
  let nowMs = 0;
  const pauses: number[] = [];
  while (!policy.isOpen) {
    const pauseMs = policy.failed(nowMs);
    pauses.push(pauseMs);
    nowMs += pauseMs;
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 60_000]);
  expect([policy.openForMs(15_000), policy.openForMs(nowMs)]).toEqual([60_000, 0]);
});

test("failures that are far apart only lengthen the pause, up to half a minute", () => {
  const policy = createRestartPolicy(defaultRestartTimes);
  const pauses = Array.from({ length: 7 }, (_, at) => policy.failed(at * 20_000));
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test("a server that was up for a minute counts as sound", () => {
  const policy = createRestartPolicy(defaultRestartTimes);
  for (const nowMs of [0, 1_000, 2_000]) policy.failed(nowMs);
  policy.recovered(10_000);
  expect(policy.failed(70_000)).toBe(1_000);
  policy.recovered(71_000);
  expect(policy.failed(72_000)).toBe(2_000);
});

test("one probe decides: it closes, or opens for the whole time again", () => {
  const policy = createRestartPolicy({ ...defaultRestartTimes, maxFailures: 2 });
  policy.failed(0);
  policy.failed(1);
  expect(policy.failed(60_001)).toBe(60_000);
  expect(policy.openForMs(60_001)).toBe(60_000);
  expect(policy.recovered(120_001)).toBe(true);
  expect([policy.isOpen, policy.recovered(120_002)]).toEqual([false, false]);
  expect(policy.failed(120_003), "earlier failures are over").toBe(4 * 2_000);
  expect(policy.isOpen).toBe(false);
});

test("hindrances lengthen the pause and never open it", () => {
  const policy = createRestartPolicy(defaultRestartTimes);
  const pauses = Array.from({ length: 50 }, () => policy.hindered(0, "own-start"));
  expect([pauses[0], pauses[4], pauses[49], policy.isOpen]).toEqual([1_000, 16_000, 30_000, false]);
  policy.reset();
  expect(policy.hindered(0, "own-start")).toBe(1_000);
});

test("what calls ask for in vain does not lengthen the pause, and is worth no other try for a second", () => {
  const policy = createRestartPolicy(defaultRestartTimes);
  expect(policy.hindered(0, "run")).toBe(1_000);
  expect(policy.hinderedForMs(0), "nothing was tried yet").toBe(0);
  const pauses = [1, 2, 3].map((nowMs) => policy.hindered(nowMs, "asked-start"));
  expect([pauses, policy.failureCount]).toEqual([[1_000, 1_000, 1_000], 1]);
  expect([policy.hinderedForMs(3), policy.hinderedForMs(1_002), policy.hinderedForMs(1_003)]).toEqual([
    1_000, 1, 0,
  ]);
  policy.failed(4);
  expect(policy.hinderedForMs(4), "a failure of its own has its own rules").toBe(0);
});

test("however failures and starts come, it is open only after enough failures in the window, or a failed probe", () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  for (let round = 0; round < 300; round += 1) {
    const policy = createRestartPolicy(defaultRestartTimes);
    let nowMs = 0;
    let failures: number[] = [];
    let isOpen = false;
    for (let step = 0; step < 60; step += 1) {
      nowMs += random(25_000);
      const kind = random(8);
      let pauseMs = 1_000;
      if (kind < 2) {
        if (policy.recovered(nowMs)) failures = [];
        isOpen = false;
      } else if (kind === 2) {
        policy.reset();
        failures = [];
        isOpen = false;
      } else {
        pauseMs = policy.failed(nowMs);
        const since = nowMs - 60_000;
        failures = [...failures.filter((atMs) => atMs > since), nowMs];
        isOpen ||= failures.length >= 5;
      }
      const isSane = pauseMs >= 1_000 && pauseMs <= (isOpen ? 60_000 : 30_000);
      expect([policy.isOpen, isSane], `round ${round}, step ${step}`).toEqual([isOpen, true]);
    }
  }
});

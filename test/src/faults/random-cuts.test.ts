import { expect, test } from "vitest";
import { rideOutCuts } from "./support/cut-storm.js";

const cuts = 60;

test(`${cuts} random cuts under load in both directions lose and repeat nothing`, async () => {
  const { sums, epochs, recoveriesMs } = await rideOutCuts(cuts);
  expect(epochs).toBeGreaterThan(cuts / 2);
  expect(Math.min(sums.echoedBytes, sums.uploadedBytes, sums.downloadedBytes)).toBeGreaterThan(1024 * 1024);
  expect(sums.answers).toBeGreaterThanOrEqual(cuts);
  // An idle machine needs 50 ms: without the pause before a second try, which only a second cut brings about.
  expect(recoveriesMs[cuts / 2]).toBeLessThan(1_000);
});

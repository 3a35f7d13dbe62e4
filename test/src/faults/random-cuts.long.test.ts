import { expect, test } from "vitest";
import { rideOutCuts } from "./support/cut-storm.js";

const cuts = 1_000;

test(`${cuts} random cuts under load in both directions lose and repeat nothing`, async () => {
  const { sums, epochs, recoveriesMs } = await rideOutCuts(cuts);
  process.stdout.write(
    `${cuts} cuts, ${epochs} epochs, ${JSON.stringify(sums)}; recovery in ms: median ${at(0.5)}, p99 ${at(0.99)}, ` +
      `most ${at(1)}\n`,
  );
  expect(epochs).toBeGreaterThan(cuts / 2);
  expect(recoveriesMs[cuts / 2]).toBeLessThan(1_000);

  function at(share: number): number {
    return Math.round(recoveriesMs[Math.floor(share * (cuts - 1))] ?? Number.NaN);
  }
}, 600_000);

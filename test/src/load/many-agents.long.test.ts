import { canCountProcesses } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { expectOwnMessages } from "./support/check-load.js";
import { type LoadOptions, runLoad } from "./support/run-load.js";
import { growthPerMinute } from "./support/slope.js";

const fullMinutes = 10;
/** Of the whole load; FAIRLEAD_LOAD_MINUTES=10 is the full form. */
const minutes = Number(process.env["FAIRLEAD_LOAD_MINUTES"] ?? 3);
/** A short run has few readings, over which half a mebibyte is 2 %; what keeps a kilobyte of every call grows by 10 %. */
const mostGrowthPerMinute = minutes >= fullMinutes ? 0.01 : 0.05;
const totalMs = minutes * 60_000;
/** What is kept for readers who come back is full by then. */
const warmUpMs = Math.min(120_000, totalMs / 2);

const options: LoadOptions = {
  agents: 50,
  shared: 16,
  own: 4,
  warmUpMs,
  measuredMs: totalMs - warmUpMs,
  pauseMs: 400,
  leaveEveryMs: 5_000,
};

test.skipIf(!canCountProcesses())(
  `50 agents over 20 servers for ${minutes} minutes: what is theirs, nothing else, and a heap that does not grow`,
  async () => {
    const outcome = await runLoad(options);
    const growth = growthPerMinute(outcome.heap);
    const told = outcome.heap.map(({ value }) => (value / 2 ** 20).toFixed(1)).join(" ");
    process.stdout.write(
      `${JSON.stringify(outcome.ledger.counts)}, ${outcome.serverProcesses} servers, ` +
        `heap ${(growth * 100).toFixed(2)} % a minute, MiB: ${told}\n`,
    );
    expectOwnMessages(outcome, options);
    expect(growth).toBeLessThan(mostGrowthPerMinute);
  },
  totalMs + 180_000,
);

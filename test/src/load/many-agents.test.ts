import { canCountProcesses } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { expectOwnMessages } from "./support/check-load.js";
import { type LoadOptions, runLoad } from "./support/run-load.js";

const options: LoadOptions = {
  agents: 8,
  shared: 16,
  own: 4,
  warmUpMs: 2_000,
  measuredMs: 8_000,
  pauseMs: 100,
  leaveEveryMs: 1_500,
};

test.skipIf(!canCountProcesses())(
  "8 agents over 20 servers get what is theirs, and nothing else",
  async () => {
    const outcome = await runLoad(options);
    expectOwnMessages(outcome, options);
    expect(outcome.ledger.counts.arrival).toBeGreaterThan(options.agents);
  },
);

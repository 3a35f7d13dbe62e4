import { readFile, writeFile } from "node:fs/promises";
import {
  type CommandResult,
  createMarker,
  fixtureServerPath,
  processesWithMarker,
  waitUntil,
  waitUntilGone,
} from "@fairlead/testkit";
import { expect } from "vitest";
import { outputOf } from "../../../servers/support/output-of.js";
import { callText, goneWithinMs, withAgent } from "../agent-calls.js";
import { fixture, inFolder } from "../places.js";
import type { Scenario } from "./scenario.js";

/** What ends, and what does not. */
export const endingScenarios: readonly Scenario[] = [
  {
    does: "ends a grandchild that left its session, and ignores polite signals",
    run: async (column) => {
      const marker = createMarker();
      await column.configure({ parent: column.node(fixtureServerPath, "--marker", marker) });
      await withAgent(column, async (agent) => {
        // The answer comes once the grandchild is there.
        await callText(agent, "parent__spawn-child", { detached: true, stubborn: true });
        expect(processesWithMarker(marker).length).toBeGreaterThan(1);
      });
      await waitUntilGone(marker, { withinMs: goneWithinMs });
    },
  },
  {
    does: "goes on where it was after the line was cut",
    leftOut: { local: "N1", "local on Windows": "N1" },
    run: async (column) => {
      const place = await column.openFolder("ticks");
      const log = inFolder(column, place, `${createMarker()}.txt`);
      const gate = inFolder(column, place, `${createMarker()}.txt`);
      await column.configure({});
      const ticker = column.node(fixture("ticker.mjs"), "40", "50", log.spelled, gate.spelled);
      const { command, args = [] } = ticker;
      const cutsBefore = column.line?.counters().cuts ?? 0;
      const running = column.fairlead(["run", "--executor", column.executor, "--", command, ...args]);
      await ticked(log.seen, 5, running);
      column.line?.cut();
      // Half of them come behind the cut, however late that was.
      expect(await tickCount(log.seen)).toBeLessThan(40);
      await writeFile(gate.seen, "");
      const { stdout } = await running.then((result) => ({ stdout: outputOf(result) }));
      const ticks = Array.from({ length: 40 }, (_, index) => `tick ${index + 1}\n`);
      expect(stdout).toBe(ticks.join(""));
      expect(column.line?.counters().cuts).toBe(cutsBefore + 1);
    },
  },
];

/** Waits until a ticker has come so far, or has failed. */
async function ticked(file: string, count: number, running: Promise<CommandResult>): Promise<void> {
  let failed: string | undefined;
  void running.then(({ code, stderr }) => (failed = `ended with ${code} before: ${stderr}`));
  await waitUntil(
    async () => {
      if (failed !== undefined) throw new Error(`The ticker ${failed}`);
      return (await tickCount(file)) >= count;
    },
    { withinMs: 60_000, what: `The ticker's line ${count}` },
  );
}

/** How far a ticker has come. */
async function tickCount(file: string): Promise<number> {
  return (await readFile(file, "utf8").catch(() => "")).split("\n").length - 1;
}

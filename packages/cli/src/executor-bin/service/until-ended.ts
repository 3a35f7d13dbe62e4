import { setTimeout as pause } from "node:timers/promises";
import { FairleadError } from "@fairlead/core";
import { isProvenDead } from "../../control/control-paths.js";
import type { ExecutorNote } from "../executor-note.js";
import type { ServiceSystem } from "./service-system.js";

/** Longer than an executor takes to end every tree. */
const endPatienceMs = 25_000;

/** Windows tells the program of a task that its console closes, and allows it five seconds then. */
const consolePatienceMs = 6_000;
const lookEveryMs = 100;

/**
 * Waits until an executor that was told to end has ended. On Windows, where that need not reach it, it is then ended; its
 * trees end with it.
 * @throws FairleadError `unavailable` where it does not end
 */
export async function untilEnded(
  executor: ExecutorNote | undefined,
  { kind }: Pick<ServiceSystem, "kind">,
): Promise<void> {
  if (executor === undefined) return;
  const startedAtMs = performance.now();
  let wasKilled = false;
  while (!isProvenDead(executor.pid)) {
    const waitedMs = performance.now() - startedAtMs;
    if (waitedMs > endPatienceMs) {
      throw new FairleadError(
        "unavailable",
        `The executor (process ${executor.pid}) was told to end and still runs. End it, then try again`,
        { effect: "unknown", details: { pid: executor.pid } },
      );
    }
    if (kind === "task" && !wasKilled && waitedMs > consolePatienceMs) {
      wasKilled = true;
      process.kill(executor.pid);
    }
    await pause(lookEveryMs);
  }
}

import { setTimeout as pause } from "node:timers/promises";
import { FairleadError } from "@fairlead/core";
import { isProvenDead } from "../../control/control-paths.js";
import type { ExecutorNote } from "../executor-note.js";
import type { ServiceSystem } from "./service-system.js";

/** Longer than an executor takes to end every tree. */
const endPatienceMs = 25_000;

/** Windows tells the program of a task that its console closes, and allows it five seconds then. */
const windowsPatienceMs = 6_000;
const lookEveryMs = 100;

/** How far the system and an executor may differ about when it began. */
const sameStartMs = 2_000;

/** What a wait goes by. */
export interface EndOptions {
  /** When the process with a number began, in milliseconds since 1970. @default as the system says */
  readonly startOf?: ((pid: number) => Promise<number | undefined>) | undefined;
  /** How long the end of a console may take, in milliseconds. @default 6,000, one second more than Windows allows */
  readonly consolePatienceMs?: number | undefined;
}

/**
 * Waits until an executor that was told to end has ended. On Windows, where that need not reach it, it is then ended; its
 * trees end with it. Who has its number and began at another time is left alone.
 * @throws FairleadError `unavailable` where it does not end
 */
export async function untilEnded(
  executor: Pick<ExecutorNote, "pid" | "startedAtMs"> | undefined,
  { kind }: Pick<ServiceSystem, "kind">,
  { startOf = systemStartOf, consolePatienceMs = windowsPatienceMs }: EndOptions = {},
): Promise<void> {
  if (executor === undefined) return;
  const startedAtMs = performance.now();
  let wasJudged = false;
  while (!isProvenDead(executor.pid)) {
    const waitedMs = performance.now() - startedAtMs;
    if (waitedMs > endPatienceMs) {
      throw new FairleadError(
        "unavailable",
        `The executor (process ${executor.pid}) was told to end and still runs. End it, then try again`,
        { effect: "unknown", details: { pid: executor.pid } },
      );
    }
    if (kind === "task" && !wasJudged && waitedMs > consolePatienceMs) {
      wasJudged = true;
      const startMs = await startOf(executor.pid);
      // Windows gives the number of a process to the next one as soon as it has ended.
      if (startMs !== undefined && Math.abs(startMs - executor.startedAtMs) > sameStartMs) return;
      if (startMs !== undefined) end(executor.pid);
    }
    await pause(lookEveryMs);
  }
}

/** Whether that worked shows at the next look. */
function end(pid: number): void {
  try {
    process.kill(pid);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause;
  }
}

async function systemStartOf(pid: number): Promise<number | undefined> {
  const { processStartMs } = await import("@fairlead/machine");
  return processStartMs(pid);
}

import { type StopReport, settlesWithinMs } from "@fairlead/core";
import treeKill from "tree-kill";
import type { TreeRoot } from "./find-members.js";
import type { LadderSteps } from "./stop-ladder.js";

/** How long taskkill is waited for. */
const killPatienceMs = 5_000;

const blindSpots = [
  "Only the process itself and what taskkill finds below it were looked for: a process whose parent ended earlier may run on",
];

/**
 * Ends a tree on Windows: stdin is closed, then taskkill ends what is left. Windows has no SIGTERM, so the second pause
 * does not exist.
 */
export async function stopWindowsTree(
  root: TreeRoot,
  steps: Omit<LadderSteps, "tree" | "pollMs">,
): Promise<StopReport> {
  const self = [{ pid: root.pid, name: root.name }];
  const empty = { ended: [], forced: [], survived: [], blindSpots } as const;
  if (root.hasExited()) return empty;
  const sinceMs = steps.closeStdin();
  const graceMs = Math.max(0, sinceMs + steps.times().stdinGraceMs - performance.now());
  if (await settlesWithinMs(steps.exited, graceMs)) return { ...empty, ended: self };
  steps.destroyStdin();
  // Its own error says less than whether the process is there afterwards.
  await new Promise<void>((resolve) => {
    treeKill(root.pid, "SIGKILL", () => resolve());
  });
  const gone = await settlesWithinMs(steps.exited, killPatienceMs);
  return gone ? { ...empty, forced: self } : { ...empty, survived: self };
}

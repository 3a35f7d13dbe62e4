import { FairleadError } from "@fairlead/core";
import { waitUntil } from "../wait-until.js";
import { listProcesses } from "./marker.js";
import { canCountProcesses, type ProcessInfo, processesMatching } from "./process-table.js";

/** Knows what this process had open at one moment, and finds what has been added since. */
export interface LeakGuard {
  /**
   * Waits a moment for what is just being closed.
   * @throws FairleadError `internal`, listing child processes and kinds of handles (`Timeout`, `TCPSocketWrap` …) that
   * are still there
   */
  expectNoLeaks(options?: { readonly withinMs?: number | undefined }): Promise<void>;
}

/** Work that settles by itself within a tick or two. */
const ignoredKinds = new Set(["Immediate", "TickObject", "FSReqPromise", "FSReqCallback", "CloseReq"]);

const defaultWithinMs = 1_000;

/**
 * Notes which child processes and handles this process has now; call it before the first fixture is made.
 * Children are compared by pid and start time; handles by count per kind, as Node tells no more of them. Of timers that
 * keep a process alive none at all may be left: a test runner's own come and go, and one counted before would hide one
 * that leaked. Where processes cannot be counted only handles are compared.
 */
export function leakGuard(): LeakGuard {
  const childrenBefore = new Set(liveChildren().map(identity));
  const handlesBefore = countHandles();
  return {
    expectNoLeaks: async ({ withinMs = defaultWithinMs } = {}) => {
      let left = "";
      const isClean = (): boolean => {
        const children = liveChildren().filter((child) => !childrenBefore.has(identity(child)));
        const handles = addedHandles(handlesBefore);
        left = [
          ...(children.length > 0 ? [`processes: ${listProcesses(children)}`] : []),
          ...(handles.length > 0 ? [`handles: ${handles.join(", ")}`] : []),
        ].join("; ");
        return left === "";
      };
      try {
        await waitUntil(isClean, { withinMs, what: "the end of all that was opened" });
      } catch (cause) {
        throw new FairleadError("internal", `Left open: ${left}. Dispose it, or await its end.`, { cause });
      }
    },
  };
}

function liveChildren(): readonly ProcessInfo[] {
  return canCountProcesses() ? processesMatching(({ ppid }) => ppid === process.pid) : [];
}

function identity({ pid, startTime }: ProcessInfo): string {
  return `${pid}@${startTime}`;
}

function countHandles(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (!ignoredKinds.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function addedHandles(before: ReadonlyMap<string, number>): readonly string[] {
  const added: string[] = [];
  for (const [kind, count] of countHandles()) {
    const more = count - (kind === "Timeout" ? 0 : (before.get(kind) ?? 0));
    if (more > 0) added.push(`${more} × ${kind}`);
  }
  return added;
}

import { processesMatching, waitUntil } from "@fairlead/testkit";

/** Waits until a process is gone from the process table. */
export async function waitUntilEnded(pid: number, withinMs = 10_000): Promise<void> {
  await waitUntil(() => processesMatching((process) => process.pid === pid).length === 0, {
    withinMs,
    what: `The end of process ${pid}`,
  });
}

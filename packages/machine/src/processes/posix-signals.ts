import type { SignalSender } from "./process-system.js";

/** Signals as the kernel of every POSIX system sends them. */
export const posixSignals: SignalSender = {
  group: (groupId, name) => send(-groupId, name),
  one: ({ pid }, name) => send(pid, name),
};

/**
 * Tells whether the signal was sent. A target that is gone already is what the signal was for; one that refuses shows up
 * as survivor in the report.
 */
function send(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ESRCH" || code === "EPERM") return false;
    throw error;
  }
}

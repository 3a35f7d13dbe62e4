import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Socket } from "node:net";
import { createDeferred, FairleadError, settlesWithinMs, withinMs } from "@fairlead/core";
import { treeCookieName } from "../environment/environment-names.js";
import { withoutMasters } from "../pty/open-masters.js";
import { farewell, type WatchdogOrder } from "./run-watchdog.js";
import { watchdogProgram } from "./watchdog-program.js";

/** A cold start of Node on a busy machine takes a second or two; ten mean that something is wrong. */
const armingMs = 10_000;

/** How long it may take to leave. It holds nothing, so killing it harms nobody. */
const leavingMs = 1_000;

/** The helper process that ends an owner's trees if the owner cannot do it itself. */
export interface Watchdog {
  readonly pid: number;
  /** Settles when it ended, for whatever cause. */
  readonly exited: Promise<void>;
  /** Lets it go, because nothing is left to watch; settles when it ended. */
  dismiss(): Promise<void>;
}

/**
 * Starts a watchdog for this process and waits until it is armed. It leads a group of its own, carries no mark of our
 * trees but those around us, and holds neither our output nor our sockets. It does not keep this process alive.
 * @param outerCookie the mark of the trees around us
 * @throws FairleadError `internal` if its program is missing, `unavailable`/`spawn_failed` if it does not come up
 */
export async function startWatchdog(
  order: WatchdogOrder,
  outerCookie: string | undefined,
): Promise<Watchdog> {
  if (!existsSync(watchdogProgram)) {
    throw new FairleadError(
      "internal",
      `The watchdog program ${watchdogProgram} is missing, without which no process may be started. Build or reinstall Fairlead`,
      { effect: "none", details: { path: watchdogProgram } },
    );
  }
  const args = ["--max-old-space-size=64", watchdogProgram, order.owner.ownerId];
  const child = withoutMasters(["pipe", "pipe", "ignore"], (stdio) =>
    spawn(process.execPath, args, {
      cwd: "/",
      // Nothing of ours: an environment holds secrets, and whatever else marks processes.
      env: outerCookie === undefined ? {} : { [treeCookieName]: outerCookie },
      stdio,
      detached: true,
      windowsHide: true,
    }),
  );
  const exited = createDeferred<void>();
  child.once("exit", () => exited.resolve());
  // Its end is what we look at; a broken pipe says no more.
  child.stdin?.on("error", () => {});
  try {
    await withinMs(becomesArmed(child, order), armingMs, "Starting the watchdog");
  } catch (cause) {
    child.kill("SIGKILL");
    throw new FairleadError(
      "unavailable",
      "The watchdog, without which no process may be started, did not come up",
      {
        cause,
        reason: "spawn_failed",
        effect: "none",
      },
    );
  }
  child.stdout?.destroy();
  child.unref();
  // A stream by its type, but in truth a socket, which would keep us alive.
  if (child.stdin instanceof Socket) child.stdin.unref();
  return {
    pid: child.pid ?? 0,
    exited: exited.promise,
    dismiss: async () => {
      child.ref();
      child.stdin?.end(`${farewell}\n`);
      if (await settlesWithinMs(exited.promise, leavingMs)) return;
      child.kill("SIGKILL");
      await exited.promise;
    },
  };
}

function becomesArmed(child: ChildProcess, order: WatchdogOrder): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`It ended with ${signal ?? code} before it was armed`)),
    );
    child.stdout?.once("data", () => resolve());
    child.stdin?.write(`${JSON.stringify(order)}\n`);
  });
}

import { hastyStopTimes, withinMs } from "@fairlead/core";
import { startDaemon } from "@fairlead/machine";
import { openExecutorSession } from "../session/connect-executor.js";
import type { ConnectOptions, ExecutorSession } from "../session/executor-session.js";
import { makeLocalPlace } from "./local-place.js";

/** A cold start of Node on a busy machine takes a second or two; ten mean that something is wrong. */
const startTimeoutMs = 10_000;

/** How to start an executor as a child of this process. */
export interface LocalExecutorOptions extends Omit<ConnectOptions, "url" | "token" | "tls"> {
  /** Program and leading arguments that run `fairlead-executor`. */
  readonly command: readonly [string, ...string[]];
  /**
   * Where it notes which trees it started, so that a later executor can end them should everything here be killed at once.
   * @default a folder of its own, which nobody looks at afterwards
   */
  readonly stateDir?: string | undefined;
}

/**
 * Starts an executor of our own on this machine, behind a socket in a private folder, or on Windows a port and a token that
 * nobody else is told, and opens a session with it. The executor ends when the session is closed, and also when this process
 * dies: its stdin ends then.
 * @throws FairleadError `unavailable` if it does not come up
 */
export async function startLocalExecutor(options: LocalExecutorOptions): Promise<ExecutorSession> {
  const place = await makeLocalPlace();
  const [program, ...leading] = options.command;
  const stateDir = options.stateDir ?? place.folder;
  const args = [...leading, "serve", ...place.flags, "--state-dir", stateDir, "--exit-with-stdin"];
  const stopTimes = { stdinGraceMs: 5_000, termGraceMs: 5_000 };
  const daemon = await startDaemon({ program, args, env: place.env, stopTimes }).catch(
    async (error: unknown) => {
      await place.remove();
      throw error;
    },
  );
  const died = { yes: false };
  void daemon.exited.then(() => (died.yes = true));
  try {
    // It prints a line once it listens.
    const line = await withinMs(daemon.firstLine, startTimeoutMs, "Starting the local executor");
    const target = { ...options, name: options.name ?? "local", ...place.targetOf(line) };
    return await openExecutorSession(target, {
      exited: daemon.exited,
      end: async () => {
        // One that died has nothing left to do in peace; what it left behind is ours to end.
        await daemon.stop(died.yes ? hastyStopTimes : undefined);
        await place.remove();
      },
    });
  } catch (error) {
    await daemon.stop(hastyStopTimes);
    await place.remove();
    throw error;
  }
}

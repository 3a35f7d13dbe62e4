import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hastyStopTimes, type StopReport, type StopTimes, withinMs } from "@fairlead/core";
import { type DaemonProcess, startDaemon } from "@fairlead/machine";
import { type ConnectOptions, connectExecutor, type ExecutorSession } from "../session/executor-session.js";

/** A cold start of Node on a busy machine takes a second or two; ten mean that something is wrong. */
const startTimeoutMs = 10_000;

/** How to start an executor as a child of this process. */
export interface LocalExecutorOptions extends Omit<ConnectOptions, "url" | "token" | "tls"> {
  /** Program and leading arguments that run `fairlead-executor`. */
  readonly command: readonly [string, ...string[]];
}

/**
 * Starts an executor of our own on this machine, behind a socket in a private folder, and opens a session with it. The
 * executor ends when the session is closed, and also when this process dies: its stdin ends then.
 * @throws FairleadError `unavailable` if it does not come up
 */
export async function startLocalExecutor(options: LocalExecutorOptions): Promise<ExecutorSession> {
  const folder = await mkdtemp(join(tmpdir(), "fairlead-"));
  const [program, ...leading] = options.command;
  const listen = `unix://${join(folder, "x.sock")}`;
  const args = [...leading, "serve", "--listen", listen, "--state-dir", folder, "--exit-with-stdin"];
  const daemon = await startDaemon({ program, args, stopTimes: { stdinGraceMs: 5_000, termGraceMs: 5_000 } });
  try {
    // It prints a line once it listens, and where that is was our choice.
    await withinMs(daemon.firstLine, startTimeoutMs, "Starting the local executor");
    const session = await connectExecutor({ ...options, name: options.name ?? "local", url: listen });
    return new OwnedSession(session, daemon);
  } catch (error) {
    await daemon.stop(hastyStopTimes);
    await rmdir(folder).catch(() => {});
    throw error;
  }
}

/** A session whose executor ends with it. */
class OwnedSession implements ExecutorSession {
  readonly #session: ExecutorSession;
  readonly #daemon: DaemonProcess;
  #closing: Promise<StopReport> | undefined;

  constructor(session: ExecutorSession, daemon: DaemonProcess) {
    this.#session = session;
    this.#daemon = daemon;
  }

  get name(): ExecutorSession["name"] {
    return this.#session.name;
  }
  get machine(): ExecutorSession["machine"] {
    return this.#session.machine;
  }
  get limits(): ExecutorSession["limits"] {
    return this.#session.limits;
  }
  get grantedDetachTtlMs(): number {
    return this.#session.grantedDetachTtlMs;
  }
  get launcher(): ExecutorSession["launcher"] {
    return this.#session.launcher;
  }
  get state(): ExecutorSession["state"] {
    return this.#session.state;
  }
  get lost(): ExecutorSession["lost"] {
    return this.#session.lost;
  }

  describe(): ReturnType<ExecutorSession["describe"]> {
    return this.#session.describe();
  }

  close(times?: Partial<StopTimes>): Promise<StopReport> {
    this.#closing ??= this.#close(times);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(times: Partial<StopTimes> | undefined): Promise<StopReport> {
    try {
      return await this.#session.close(times);
    } finally {
      await this.#daemon.stop();
    }
  }
}

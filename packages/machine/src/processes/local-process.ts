import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { constants } from "node:os";
import { basename } from "node:path";
import {
  createDeferred,
  FairleadError,
  type LaunchedProcess,
  type OutputHandler,
  type OutputName,
  type ProcessExit,
  type StopReport,
  type StopTimes,
  type TreeProcess,
} from "@fairlead/core";
import { createOutputs, type Outputs } from "./outputs.js";
import { createProcessTree } from "./process-tree.js";
import { type SpawnRequest, spawnChild } from "./spawn-child.js";
import { createStdinWriter, type StdinWriter } from "./stdin-writer.js";
import { climbStopLadder, resolveStopTimes } from "./stop-ladder.js";
import { processSystem } from "./this-system.js";
import { stopWindowsTree } from "./windows-stop.js";

/** What to start and how it is read and ended. */
export interface StartRequest extends SpawnRequest {
  /** The id by which the environment marks the tree. */
  readonly treeId: string;
  readonly onOutput: OutputHandler;
  /** Unconsumed bytes per output at which reading stops; `Infinity`: never. */
  readonly windowBytes: number;
  /** How long the outputs are waited for after the exit. */
  readonly drainMs: number;
  readonly stopTimes: StopTimes;
}

/** Starts a process on this machine. @throws FairleadError as {@link spawnChild} does */
export async function startProcess(request: StartRequest): Promise<LaunchedProcess> {
  return new LocalProcess(await spawnChild(request), request);
}

class LocalProcess implements LaunchedProcess {
  readonly pid: number;
  readonly program: string;
  readonly startedAtMs = Date.now();
  readonly exited: Promise<ProcessExit>;
  readonly closed: Promise<ProcessExit>;
  readonly #treeId: string;
  readonly #startBound: number;
  readonly #stdin: StdinWriter;
  readonly #outputs: Outputs;
  #hasExited = false;
  #times: StopTimes;
  #stopping: Promise<StopReport> | undefined;
  #disposing: Promise<void> | undefined;

  constructor(child: ChildProcessWithoutNullStreams & { readonly pid: number }, request: StartRequest) {
    this.pid = child.pid;
    this.program = request.program;
    this.#treeId = request.treeId;
    this.#times = request.stopTimes;
    this.#startBound = processSystem?.startBound(child.pid) ?? 0;
    this.#stdin = createStdinWriter(child.stdin, request.program);
    this.#outputs = createOutputs(child, request);
    const exited = createDeferred<ProcessExit>();
    this.exited = exited.promise;
    this.closed = this.exited.then(async (exit) => {
      await this.#outputs.drain();
      return exit;
    });
    // `exit`, not `close`: a grandchild may hold the pipes for ever.
    child.once("exit", (code, signal) => {
      this.#hasExited = true;
      exited.resolve({ reason: this.#stopping === undefined ? "exited" : "stopped", code, signal });
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#stdin.write(bytes);
  }

  closeStdin(): Promise<void> {
    return this.#stdin.close();
  }

  consumed(name: OutputName, byteCount: number): void {
    this.#outputs.consumed(name, byteCount);
  }

  async signal(name: string): Promise<void> {
    if (!isSignal(name)) {
      throw new FairleadError("usage", `${JSON.stringify(name)} is no signal here. Use a name like SIGINT`, {
        reason: "argument_invalid",
        effect: "none",
      });
    }
    if (this.#hasExited || !sendToGroup(this.pid, name)) {
      throw new FairleadError(
        "not_found",
        `${this.program} (pid ${this.pid}) has ended; ${name} was not sent`,
        {
          reason: "process_exited",
          effect: "none",
          details: { pid: this.pid },
        },
      );
    }
  }

  async resize(): Promise<void> {
    throw new FairleadError("usage", `${this.program} has pipes and no terminal; start it with a pty`, {
      reason: "argument_invalid",
      effect: "none",
    });
  }

  async readTree(): Promise<readonly TreeProcess[]> {
    return [];
  }

  async stop(times?: Partial<StopTimes>): Promise<StopReport> {
    const wished = resolveStopTimes(this.#times, times);
    this.#times = this.#stopping === undefined ? wished : shorter(this.#times, wished);
    this.#stopping ??= this.#endTree();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  async #dispose(): Promise<void> {
    const { survived } = await this.stop();
    this.#outputs.abandon();
    if (!survived.some(({ pid }) => pid === this.pid)) await this.closed;
  }

  async #endTree(): Promise<StopReport> {
    const steps = {
      times: () => this.#times,
      closeStdin: () => {
        void this.#stdin.close();
        return this.#stdin.closedAt() ?? performance.now();
      },
      destroyStdin: () => this.#stdin.destroy(),
      exited: this.exited,
    };
    const root = {
      pid: this.pid,
      startedAt: this.#startBound,
      name: basename(this.program),
      hasExited: () => this.#hasExited,
    };
    const report =
      processSystem === undefined
        ? await stopWindowsTree(root, steps)
        : await climbStopLadder({
            ...steps,
            tree: createProcessTree(root, this.#treeId, processSystem),
            pollMs: processSystem.pollMs,
          });
    if (!report.survived.some(({ pid }) => pid === this.pid)) await this.exited;
    return report;
  }
}

function shorter(left: StopTimes, right: StopTimes): StopTimes {
  return {
    stdinGraceMs: Math.min(left.stdinGraceMs, right.stdinGraceMs),
    termGraceMs: Math.min(left.termGraceMs, right.termGraceMs),
  };
}

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name);
}

/** Windows has no groups; there the process alone is meant. @returns false if nobody is there any more */
function sendToGroup(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(process.platform === "win32" ? pid : -pid, name);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ESRCH") return false;
    throw new FairleadError("forbidden", `${name} could not be sent to pid ${pid}`, {
      cause,
      effect: "none",
      details: { pid },
    });
  }
}

import { constants } from "node:os";
import { basename } from "node:path";
import {
  createDeferred,
  type ExitReason,
  FairleadError,
  type LaunchedProcess,
  type OutputHandler,
  type OutputName,
  type ProcessExit,
  type StopReport,
  type StopTimes,
  type TreeProcess,
} from "@fairlead/core";
import { spawnInTerminal } from "../pty/spawn-in-terminal.js";
import { checkTerminalSize, type TerminalSize } from "../pty/terminal-size.js";
import type { LaunchedTree } from "../trees/launched-tree.js";
import type { PreparedTree } from "../trees/tree-keeper.js";
import type { Child } from "./child.js";
import { limitOutput } from "./output-limit.js";
import { createOutputs, type Outputs } from "./outputs.js";
import { type SpawnRequest, spawnChild } from "./spawn-child.js";
import { resolveStopTimes } from "./stop-ladder.js";

/** What to start and how it is read and ended. */
export interface StartRequest extends SpawnRequest {
  /** What is told as the program, where another one starts it. @default the program */
  readonly shownProgram?: string | undefined;
  /** What went otherwise than asked, in words. @default nothing */
  readonly warnings?: readonly string[] | undefined;
  /** The size of the pseudo terminal it gets. @default none: it gets pipes */
  readonly terminal?: TerminalSize | undefined;
  /** Made for this launch; the environment carries its mark. */
  readonly tree: PreparedTree;
  readonly onOutput: OutputHandler;
  /** Unconsumed bytes per output at which reading stops; `Infinity`: never. */
  readonly windowBytes: number;
  /** Bytes of all outputs together after which the tree is stopped. @default none */
  readonly outputLimitBytes?: number | undefined;
  /** How long the outputs are waited for after the exit. */
  readonly drainMs: number;
  readonly stopTimes: StopTimes;
}

/** The part of the pause after SIGTERM that a program in a terminal has before SIGHUP, too, comes. */
const hangUpAfter = 0.8;

/** Starts a process on this machine. @throws FairleadError as {@link spawnChild} and {@link spawnInTerminal} do */
export async function startProcess(request: StartRequest): Promise<LaunchedProcess> {
  const { terminal, tree, shownProgram = request.program } = request;
  let born: LaunchedTree | undefined;
  const enclosed: SpawnRequest = {
    ...request,
    enclose: tree.spawning,
    onSpawned: (root) => {
      born = tree.started({ ...root, name: basename(shownProgram) });
    },
  };
  try {
    const child = await (terminal === undefined ? spawnChild(enclosed) : spawnInTerminal(enclosed, terminal));
    if (born === undefined) throw new FairleadError("internal", `${request.program} was started by nobody`);
    return new LocalProcess(child, request, born);
  } catch (error) {
    // What this error hides is still in the journal.
    await (born === undefined ? tree.abandon() : endStillborn(born).catch(() => {}));
    throw error;
  }
}

/** Ends what is left of a start that failed after the fork. */
async function endStillborn(tree: LaunchedTree): Promise<void> {
  await tree.end({
    times: () => ({ stdinGraceMs: 0, termGraceMs: 0 }),
    closeStdin: () => performance.now(),
    destroyStdin: () => {},
    exited: new Promise(() => {}),
  });
}

class LocalProcess implements LaunchedProcess {
  readonly pid: number;
  readonly program: string;
  readonly warnings: readonly string[];
  readonly startedAtMs = Date.now();
  readonly exited: Promise<ProcessExit>;
  readonly closed: Promise<ProcessExit>;
  readonly #tree: LaunchedTree;
  readonly #child: Child;
  readonly #outputs: Outputs;
  #hasExited = false;
  #times: StopTimes;
  #stopReason: ExitReason | undefined;
  #stopping: Promise<StopReport> | undefined;
  #disposing: Promise<void> | undefined;

  constructor(child: Child, request: StartRequest, tree: LaunchedTree) {
    this.pid = child.pid;
    this.program = request.shownProgram ?? request.program;
    this.warnings = request.warnings ?? [];
    this.#tree = tree;
    this.#times = request.stopTimes;
    this.#child = child;
    const onOutput = limitOutput({
      limitBytes: request.outputLimitBytes,
      onOutput: request.onOutput,
      isOver: () => this.#hasExited,
      onExceeded: (name, droppedBytes) => {
        this.#outputs.consumed(name, droppedBytes);
        this.#exceedLimit();
      },
    });
    this.#outputs = createOutputs(child.outputs, { ...request, onOutput });
    const exited = createDeferred<ProcessExit>();
    this.exited = exited.promise;
    this.closed = this.exited.then(async (exit) => {
      await this.#outputs.drain();
      return exit;
    });
    child.onExit((code, signal) => {
      this.#hasExited = true;
      void this.#tree.rootEnded();
      exited.resolve({ reason: this.#stopReason ?? "exited", code, signal });
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#child.stdin.write(bytes);
  }

  closeStdin(): Promise<void> {
    return this.#child.stdin.close();
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
    if (this.#hasExited || !(await this.#tree.signal(name))) throw this.#endedError(`${name} was not sent`);
  }

  async resize(columns: number, rows: number): Promise<void> {
    const { resize } = this.#child;
    if (resize === undefined) {
      throw new FairleadError("usage", `${this.program} has pipes and no terminal; start it with a pty`, {
        reason: "argument_invalid",
        effect: "none",
      });
    }
    checkTerminalSize({ columns, rows });
    if (this.#hasExited) throw this.#endedError("its terminal has no size any more");
    resize(columns, rows);
  }

  readTree(): Promise<readonly TreeProcess[]> {
    return this.#tree.read();
  }

  async stop(times?: Partial<StopTimes>): Promise<StopReport> {
    const wished = resolveStopTimes(this.#times, times);
    this.#stopReason ??= "stopped";
    this.#times = this.#stopping === undefined ? wished : shorter(this.#times, wished);
    // What could not be done now, for want of files or memory, the next one may do.
    this.#stopping ??= this.#endTree().catch((error: unknown) => {
      this.#stopping = undefined;
      throw error;
    });
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose().catch((error: unknown) => {
      this.#disposing = undefined;
      throw error;
    });
    return this.#disposing;
  }

  #endedError(consequence: string): FairleadError {
    return new FairleadError("not_found", `${this.program} (pid ${this.pid}) has ended; ${consequence}`, {
      reason: "process_exited",
      effect: "none",
      details: { pid: this.pid },
    });
  }

  async #dispose(): Promise<void> {
    const { survived } = await this.stop();
    this.#outputs.abandon();
    if (!survived.some(({ pid }) => pid === this.pid)) await this.closed;
  }

  #exceedLimit(): void {
    this.#stopReason ??= "output_limit";
    // It is not going by itself: it writes. Whoever looks after it gets the same report from a stop of his own.
    this.stop({ stdinGraceMs: 0 }).catch(() => {});
  }

  /** Shells in a terminal ignore SIGTERM, but leave in good order when it is hung up. */
  #hangUpLate(): void {
    const timer = setTimeout(
      () => void this.signal("SIGHUP").catch(() => {}),
      this.#times.termGraceMs * hangUpAfter,
    );
    void this.exited.then(() => clearTimeout(timer));
  }

  async #endTree(): Promise<StopReport> {
    const report = await this.#tree.end({
      times: () => this.#times,
      closeStdin: () => {
        void this.#child.stdin.close();
        return this.#child.stdin.closedAt() ?? performance.now();
      },
      destroyStdin: () => {
        this.#child.stdin.destroy();
        if (this.#child.resize !== undefined) this.#hangUpLate();
      },
      exited: this.exited,
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

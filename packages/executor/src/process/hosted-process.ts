import {
  defaultStopTimes,
  type ExitReason,
  FairleadError,
  type LaunchedProcess,
  type Launcher,
  type LaunchSpec,
  type OutputName,
  type ProcessExit,
  type StopReport,
  type StopTimes,
  type TreeProcess,
  toFairleadError,
} from "@fairlead/core";
import type { GrantedWindows } from "../session/window-budget.js";
import { InputGate } from "./input-gate.js";
import { OutputBuffer } from "./output-buffer.js";

/** Whoever is told that a process has something new to say. */
export interface ProcessWatcher {
  /** Output or an end is there to be read. May be called often. */
  changed(): void;
  /** The kernel took input, or takes no more. */
  acknowledged(): void;
  /** Another reader took over. */
  displaced(): void;
}

/** What a hosted process is started with. */
export interface HostedProcessContext {
  readonly launcher: Launcher;
  readonly windows: GrantedWindows;
  readonly signal?: AbortSignal | undefined;
  /** Called once when it has ended. @default ignored */
  readonly onExited?: (() => void) | undefined;
  /** Told about failures that no answer tells. @default ignored */
  readonly onProblem?: ((error: FairleadError, where: string) => void) | undefined;
}

/** One process of a session, with everything that its reader has not consumed yet. */
export class HostedProcess {
  readonly id: string;
  readonly spec: LaunchSpec;
  readonly outputs: Readonly<Record<OutputName, OutputBuffer>> = {
    stdout: new OutputBuffer(),
    stderr: new OutputBuffer(),
  };
  readonly windows: GrantedWindows;
  readonly #launched: LaunchedProcess;
  readonly input: InputGate;
  #watcher: ProcessWatcher | undefined;
  #generation = 0;
  #exitSeen = false;
  #wasRead = false;
  #stopped = false;
  #exit: ProcessExit | undefined;
  #closed = false;
  #stopReason: ExitReason | undefined;
  #retired = false;
  #released = false;
  readonly #onProblem: HostedProcessContext["onProblem"];

  private constructor(
    id: string,
    spec: LaunchSpec,
    context: HostedProcessContext & { readonly launched: LaunchedProcess },
  ) {
    const { launched, windows } = context;
    this.id = id;
    this.spec = spec;
    this.windows = windows;
    this.#launched = launched;
    this.#onProblem = context.onProblem;
    this.input = new InputGate(launched, windows.inputBytes, () => this.#watcher?.acknowledged());
    void launched.exited.then((exit) => {
      // A reason of its own, a limit that it broke, came before ours.
      const isOurs = exit.reason === "exited" || exit.reason === "stopped";
      this.#exit = isOurs ? { ...exit, reason: this.#stopReason ?? exit.reason } : exit;
      context.onExited?.();
      this.#watcher?.changed();
    });
    void launched.closed.then(() => {
      this.#closed = true;
      this.#watcher?.changed();
    });
  }

  /** Starts the process; its output is kept from the first byte on, whether or not somebody reads it yet. */
  static async start(id: string, spec: LaunchSpec, context: HostedProcessContext): Promise<HostedProcess> {
    const early: [OutputName, Uint8Array][] = [];
    const reader: { hosted?: HostedProcess } = {};
    const launched = await context.launcher.launch(
      { ...spec, outputWindowBytes: context.windows.outputBytes },
      {
        signal: context.signal,
        onOutput: (name, chunk) => {
          if (reader.hosted === undefined) early.push([name, chunk]);
          else reader.hosted.#take(name, chunk);
        },
      },
    );
    const hosted = new HostedProcess(id, spec, { ...context, launched });
    reader.hosted = hosted;
    for (const [name, chunk] of early) hosted.#take(name, chunk);
    return hosted;
  }

  get pid(): number {
    return this.#launched.pid;
  }

  get program(): string {
    return this.#launched.program;
  }

  /** What went otherwise than asked, in words. */
  get warnings(): readonly string[] {
    return this.#launched.warnings ?? [];
  }

  get startedAtMs(): number {
    return this.#launched.startedAtMs;
  }

  /** How it ended; undefined while it runs. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Whether both outputs are complete. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether it was stopped and its client knows how it ended, or never looked: nobody will ask for it again. */
  get isSettled(): boolean {
    return this.#stopped && (this.#exitSeen || !this.#wasRead);
  }

  /** Whether its client has read everything and knows how it ended. */
  get isEndSeen(): boolean {
    return this.#exitSeen;
  }

  /** Notes that the client knows the end and has what was written: neither need be kept. */
  markExitSeen(): void {
    if (!this.#closed) return;
    this.#exitSeen = true;
    for (const name of ["stdout", "stderr"] as const) this.consumed(name, this.outputs[name].endOffset);
  }

  /**
   * Makes this the one reader; the former one is told that it was displaced.
   * @param generation which of the client's attachments this is; one that a later one overtook on the way is refused
   */
  watch(watcher: ProcessWatcher, generation: number): void {
    if (generation < this.#generation) throw displacedReader(this.id);
    this.#generation = generation;
    this.#wasRead = true;
    const former = this.#watcher;
    this.#watcher = watcher;
    former?.displaced();
  }

  /** Lets generations begin anew: the session has a new holder, and whoever held it can attach no more. */
  forgetGenerations(): void {
    this.#generation = 0;
  }

  /** Ends a reader's watch, unless another one took over. */
  unwatch(watcher: ProcessWatcher): void {
    if (this.#watcher === watcher) this.#watcher = undefined;
    this.#release();
  }

  /**
   * Lets go of the pipes of a process that was stopped and that nobody can attach to any more: at once, or when the
   * reader that it still has leaves. What is unread then is lost.
   */
  retire(): void {
    this.#retired = true;
    this.#release();
  }

  #release(): void {
    if (!this.#retired || this.#released || this.#watcher !== undefined) return;
    this.#released = true;
    // Nobody waits for it: the outputs of a grandchild that lives on close after the drain time.
    Promise.resolve(this.#launched[Symbol.asyncDispose]()).catch((cause: unknown) =>
      this.#onProblem?.(toFairleadError(cause), `letting go of pid ${this.pid}`),
    );
  }

  /** Forgets output that the reader consumed, which lets the process write on. */
  consumed(name: OutputName, offset: number): void {
    const freed = this.outputs[name].consumeTo(offset);
    if (freed > 0) this.#launched.consumed(name, freed);
  }

  async signal(name: string): Promise<void> {
    if (this.#exit !== undefined) {
      throw new FairleadError("not_found", `Process ${this.id} has ended already`, {
        reason: "process_exited",
        effect: "none",
      });
    }
    await this.#launched.signal(name);
  }

  resize(columns: number, rows: number): Promise<void> {
    return this.#launched.resize(columns, rows);
  }

  readTree(): Promise<readonly TreeProcess[]> {
    return this.#launched.readTree();
  }

  /** Whether its tree is certainly empty. Looks twice: what forks and ends during one look hides its child from it. */
  async hasLeftNothing(): Promise<boolean> {
    try {
      return (await this.readTree()).length === 0 && (await this.readTree()).length === 0;
    } catch {
      // The table could not be read: the next one who needs room looks again.
      return false;
    }
  }

  /**
   * Ends the tree. The first reason wins; a later stop may only hurry it. Where nobody is there to wait for it, the
   * pauses are the default ones at most, whatever its start asked for.
   */
  async stop(reason: ExitReason, times?: Partial<StopTimes>): Promise<StopReport> {
    if (this.#exit === undefined) this.#stopReason ??= reason;
    const report = await this.#launched.stop(reason === "stopped" ? times : this.#capped(times));
    this.#stopped = report.survived.length === 0;
    return report;
  }

  #capped(times: Partial<StopTimes> | undefined): StopTimes {
    const wished = { ...defaultStopTimes, ...definedOf(this.spec.stopTimes), ...definedOf(times) };
    return {
      stdinGraceMs: Math.min(wished.stdinGraceMs, defaultStopTimes.stdinGraceMs),
      termGraceMs: Math.min(wished.termGraceMs, defaultStopTimes.termGraceMs),
    };
  }

  #take(name: OutputName, chunk: Uint8Array): void {
    this.outputs[name].append(chunk);
    this.#watcher?.changed();
  }
}

function definedOf(times: Partial<StopTimes> | undefined): Partial<StopTimes> {
  const { stdinGraceMs, termGraceMs } = times ?? {};
  return {
    ...(stdinGraceMs === undefined ? {} : { stdinGraceMs }),
    ...(termGraceMs === undefined ? {} : { termGraceMs }),
  };
}

/** The error for a reader whose process another one took over. */
export function displacedReader(processId: string): FairleadError {
  return new FairleadError("unavailable", `Another reader took over process ${processId}`, {
    reason: "session_displaced",
  });
}

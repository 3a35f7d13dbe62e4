import {
  createDeferred,
  type ExitReason,
  FairleadError,
  type LaunchedProcess,
  type Launcher,
  type LaunchSpec,
  type OutputHandler,
  type ProcessExit,
  type StopReport,
  type StopTimes,
} from "@fairlead/core";

/** A process without a system behind it: a test says what it writes, takes and how it ends. */
export interface MemoryProcess extends LaunchedProcess {
  readonly spec: LaunchSpec;
  /** Everything that was written to it, taken or not. */
  readonly written: readonly Uint8Array[];
  readonly stdinClosed: boolean;
  /** Whether it was let go of, with whatever was unread. */
  readonly disposed: boolean;
  /** The times of every stop, in order. */
  readonly stops: readonly (Partial<StopTimes> | undefined)[];
  readonly consumedBytes: Readonly<Record<"stdout" | "stderr", number>>;
  /** Whether a child of it runs on when it has ended by itself. @default false */
  leavesChild: boolean;
  emit: OutputHandler;
  /** Settles the oldest write that waits, as the kernel does. */
  takeWrite(): void;
  /** Fails all writes that wait and those to come. */
  breakStdin(): void;
  /** @param reason @default exited */
  exit(code: number, reason?: ExitReason): void;
}

/** A launcher that keeps what it launched. */
export interface MemoryLauncher extends Launcher {
  readonly processes: readonly MemoryProcess[];
}

/**
 * Makes a launcher.
 * @param beforeLaunch awaited by every launch, so that a test can hold or fail it
 * @param beforeStop the same for every stop
 */
export function createMemoryLauncher(
  beforeLaunch: (spec: LaunchSpec) => Promise<void> = async () => {},
  beforeStop?: (spec: LaunchSpec) => Promise<void>,
): MemoryLauncher {
  const processes: MemoryProcess[] = [];
  return {
    processes,
    launch: async (spec, { onOutput }) => {
      await beforeLaunch(spec);
      const process = createMemoryProcess(spec, onOutput, {
        pid: 1_000 + processes.length,
        beforeStop: async () => beforeStop?.(spec),
      });
      processes.push(process);
      return process;
    },
  };
}

/** Makes a process. It ends when it is stopped, unless it has ended before. */
export function createMemoryProcess(
  spec: LaunchSpec = { program: "memory", args: [] },
  onOutput: OutputHandler = () => {},
  options: { readonly pid?: number; readonly beforeStop?: () => Promise<void> } = {},
): MemoryProcess {
  const { pid = 1_000, beforeStop } = options;
  const exited = createDeferred<ProcessExit>();
  const written: Uint8Array[] = [];
  const waiting: ReturnType<typeof createDeferred<void>>[] = [];
  const stops: (Partial<StopTimes> | undefined)[] = [];
  const consumedBytes = { stdout: 0, stderr: 0 };
  const state = { stdinClosed: false, broken: false, disposed: false, exited: false, leavesChild: false };
  const end = (reason: ExitReason, code: number | null): void => {
    state.exited = true;
    exited.resolve({ reason, code, signal: code === null ? "SIGTERM" : null });
  };
  const stop = async (times?: Partial<StopTimes>): Promise<StopReport> => {
    stops.push(times);
    await beforeStop?.();
    state.leavesChild = false;
    end("stopped", null);
    return { ended: [{ pid, name: "memory" }], forced: [], survived: [], blindSpots: [] };
  };
  return {
    pid,
    program: `/memory/${spec.program}`,
    startedAtMs: 1,
    spec,
    written,
    stops,
    consumedBytes,
    exited: exited.promise,
    closed: exited.promise,
    get stdinClosed() {
      return state.stdinClosed;
    },
    get disposed() {
      return state.disposed;
    },
    get leavesChild() {
      return state.leavesChild;
    },
    set leavesChild(leavesChild) {
      state.leavesChild = leavesChild;
    },
    emit: onOutput,
    write: (bytes) => {
      if (state.broken) return Promise.reject(stdinClosed());
      written.push(bytes);
      const taken = createDeferred<void>();
      waiting.push(taken);
      return taken.promise;
    },
    closeStdin: async () => {
      state.stdinClosed = true;
    },
    consumed: (name, byteCount) => {
      consumedBytes[name] += byteCount;
    },
    takeWrite: () => waiting.shift()?.resolve(),
    breakStdin: () => {
      state.broken = true;
      for (const taken of waiting.splice(0)) taken.reject(stdinClosed());
    },
    exit: (code, reason = "exited") => end(reason, code),
    signal: async () => {},
    resize: async () => {},
    readTree: async () => [
      ...(state.exited ? [] : [{ pid, parentPid: 1, name: "memory", memoryBytes: 1_024, ageMs: 1 }]),
      ...(state.leavesChild
        ? [{ pid: pid + 1, parentPid: pid, name: "child", memoryBytes: 1_024, ageMs: 1 }]
        : []),
    ],
    stop,
    [Symbol.asyncDispose]: async () => {
      state.disposed = true;
      if (stops.length === 0) await stop();
    },
  };
}

function stdinClosed(): FairleadError {
  return new FairleadError("unavailable", "stdin is closed", { reason: "stdin_closed" });
}

/** One process as the system's table shows it at one moment. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  /** Undefined where the system does not tell. */
  readonly sessionId: number | undefined;
  /** When it was started, in a unit of the system's own that only grows. With the pid it names one process for ever. */
  readonly startedAt: number;
  /** `dead` is a zombie: it runs no more and only waits to be reaped. */
  readonly state: "running" | "suspended" | "dead";
  /** The short name of its program. */
  readonly name: string;
  /** The ids of the trees that it was started in, read on first use; none where the system does not tell. */
  treeIds(): readonly string[];
  /** Processor time used until the table was read, in milliseconds; undefined where the system does not tell. */
  readonly cpuMs?: number | undefined;
  /** Resident memory as of now; 0 where the system does not tell. */
  memoryBytes(): number;
}

/** Processes by pid. */
export type ProcessTable = ReadonlyMap<number, ProcessEntry>;

/** How signals are sent. Neither throws for a target that is gone, or that refuses: both show in the report of a stop. */
export interface SignalSender {
  /** Sends to a whole group. @returns false where there is none, or nobody in it */
  group(groupId: number, name: NodeJS.Signals): boolean;
  /** @returns whether it was sent */
  one(entry: ProcessEntry, name: NodeJS.Signals): boolean;
}

/** How one operating system shows its processes. */
export interface ProcessSystem {
  /** Reads the whole table. What is returned was read after the call, never before. */
  readTable(): Promise<ProcessTable>;
  /** Reads single processes, much cheaper than the table. Those that are gone are missing in the answer. */
  lookUp(pids: readonly number[]): Promise<ProcessTable>;
  /** A start time that is not later than that of a process which was started just now. */
  startBound(pid: number): number;
  /** Whether a start time seen now is that of the process whose start was noted; some systems tell whole seconds only. */
  isSameStart(noted: number, seen: number): boolean;
  /** How long ago a start time was, in milliseconds. */
  ageMs(startedAt: number): number;
  /**
   * The time now in the unit of start times; only where a process keeps the number of a parent that ended, so that it can
   * be found by that.
   */
  readonly parentsKeptUntil?: (() => number) | undefined;
  /** How long after it was killed a process may still start others, in the unit of start times. @default 0 */
  readonly killLag?: number | undefined;
  /** How signals are sent. @default as POSIX does */
  readonly signals?: SignalSender | undefined;
  /** Asks processes to end in good order, where SIGTERM does not. @returns whether anybody could be asked */
  readonly askToEnd?: ((entries: readonly ProcessEntry[]) => Promise<boolean>) | undefined;
  /** How long to wait between looks, in milliseconds: first and at most. A look costs more on some systems. */
  readonly pollMs: { readonly first: number; readonly most: number };
  /** What this system does not let us look for, in words. */
  readonly blindSpots: readonly string[];
}

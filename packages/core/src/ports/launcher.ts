/** A place where processes can be started: this machine, or an executor. Neither side of this port knows the other. */
export interface Launcher {
  /**
   * Starts a process and attaches its reader.
   * @throws FairleadError with reason `program_not_found`, `program_not_executable`, `cwd_missing`, `spawn_failed`,
   * `policy_denied`, `limit_reached` or `session_lost`
   */
  launch(spec: LaunchSpec, options: LaunchOptions): Promise<LaunchedProcess>;
}

/** What to start, and how. */
export interface LaunchSpec {
  /** A name, looked up on PATH on the machine where it runs, or a path in that machine's convention. */
  readonly program: string;
  readonly args: readonly string[];
  /** A path URI (`file:`). Unset: the launching machine's default, which is the user's home on an executor. */
  readonly cwd?: string | undefined;
  readonly env?: EnvironmentSpec | undefined;
  /**
   * Whether it gets the environment that the user's programs have there after logging in, as the profile of the user's shell
   * makes it: beneath {@link env}, above the machine's base. A profile that fails or hangs is done without, with a warning.
   * @default false
   */
  readonly shellProfile?: boolean | undefined;
  /** @default pipes */
  readonly stdio?: StdioMode | undefined;
  readonly stopTimes?: Partial<StopTimes> | undefined;
  /** Output bytes, per stream, that may wait for {@link LaunchedProcess.consumed}. @default 4 MiB */
  readonly outputWindowBytes?: number | undefined;
  /**
   * Bytes of both outputs together after which the tree is stopped with the reason `output_limit`. What was written before
   * is delivered. @default none: a full window holds a process back without ending it
   */
  readonly outputLimitBytes?: number | undefined;
  /** Told in process lists and the audit log, for example `{ server: "files" }`. Never secrets. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Pipes for programs that speak a protocol, a pseudo terminal for those that want a person. */
export type StdioMode =
  | { readonly mode: "pipe" }
  | { readonly mode: "pty"; readonly columns: number; readonly rows: number };

/** What a process finds in its environment beside the allow-listed base of the machine that starts it. */
export interface EnvironmentSpec {
  /** Set as given; wins over everything. May hold secrets, so it is never logged. */
  readonly set?: Readonly<Record<string, string>> | undefined;
  /** Names taken, where they are set, from the environment of the machine that starts the process. */
  readonly inherit?: readonly string[] | undefined;
}

/** The pauses of the stop ladder, in milliseconds. */
export interface StopTimes {
  /** Between closing stdin and SIGTERM. */
  readonly stdinGraceMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly termGraceMs: number;
}

/** The ladder where nobody is in a hurry. */
export const defaultStopTimes: StopTimes = { stdinGraceMs: 2_000, termGraceMs: 2_000 };

/** The ladder where the host itself is being stopped: agents wait about two seconds before they kill. */
export const hastyStopTimes: StopTimes = { stdinGraceMs: 500, termGraceMs: 500 };

/** Which output a chunk belongs to. */
export type OutputName = "stdout" | "stderr";

/** Takes output the moment it arrives; must not throw. The chunk is the receiver's to keep. */
export type OutputHandler = (name: OutputName, chunk: Uint8Array) => void;

/** How a launch is read and cancelled. */
export interface LaunchOptions {
  /** Attached before the first byte can arrive; every byte is delivered once, in order per stream. */
  readonly onOutput: OutputHandler;
  /** Aborting before the process runs cancels the launch; afterwards it does nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** A running process. Whoever launched it owns it: {@link stop} or dispose it, which ends its whole tree. */
export interface LaunchedProcess extends AsyncDisposable {
  readonly pid: number;
  /** The program file that really runs, in the convention of its machine. */
  readonly program: string;
  readonly startedAtMs: number;
  /** What went otherwise than asked, in words; it was started all the same. @default nothing */
  readonly warnings?: readonly string[] | undefined;
  /**
   * Writes to stdin. Settles when the kernel has taken every byte, so a caller that never waits has no back-pressure.
   * @throws FairleadError `unavailable` with reason `stdin_closed` (details: `ackedBytes`, `writtenBytes`) or
   * `session_lost`
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes stdin after what was written before; calling it again does nothing. */
  closeStdin(): Promise<void>;
  /** Gives back credit for output that was read; without it output stops at the window. */
  consumed(name: OutputName, byteCount: number): void;
  /** Settles once the process itself has ended, also while a grandchild still holds its output. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Settles after {@link exited} once both outputs were delivered, or 2 s later if a grandchild holds them. Never rejects. */
  readonly closed: Promise<ProcessExit>;
  /** Sends a signal, for example `SIGINT`, to the process group. */
  signal(name: string): Promise<void>;
  /** Tells the pseudo terminal its new size. @throws FairleadError `usage` for a process with pipes */
  resize(columns: number, rows: number): Promise<void>;
  /** Reads the living processes of the tree from the system's table, the root first. Empty once all are gone. */
  readTree(): Promise<readonly TreeProcess[]>;
  /** Climbs the stop ladder over the whole tree. Calling it again gives the same report; shorter times hurry it. */
  stop(times?: Partial<StopTimes>): Promise<StopReport>;
}

/** Why a process is over. */
export type ExitReason =
  | "exited"
  | "stopped"
  | "session_lost"
  | "lease_expired"
  | "output_limit"
  | "executor_shutdown";

/** One living process of a tree. */
export interface TreeProcess {
  readonly pid: number;
  readonly parentPid: number;
  /** The program's short name as the system tells it. */
  readonly name: string;
  /** Resident memory; 0 where the system does not tell. */
  readonly memoryBytes: number;
  readonly ageMs: number;
  /** Processor time used so far, of all processors together; unset where the system does not tell. */
  readonly cpuMs?: number;
}

/** How a process ended. */
export interface ProcessExit {
  readonly reason: ExitReason;
  /** Its exit code; null if a signal ended it or nobody can know. */
  readonly code: number | null;
  /** The signal that ended it, for example `SIGKILL`; never on Windows, where whoever is killed has a code too. */
  readonly signal: string | null;
}

/** One process that a stop dealt with. */
export interface StoppedProcess {
  readonly pid: number;
  /** The program's short name as the system tells it. */
  readonly name: string;
}

/** What a stop did, read back from the system's process table, not from what was sent. */
export interface StopReport {
  /** Ended by themselves, or on SIGTERM or the Ctrl-C of Windows. */
  readonly ended: readonly StoppedProcess[];
  /** Ended by SIGKILL, or by the end of their job on Windows. */
  readonly forced: readonly StoppedProcess[];
  /** Still alive: must be empty, and is an error wherever it is not. */
  readonly survived: readonly StoppedProcess[];
  /** What could not be looked for on this platform, in words. */
  readonly blindSpots: readonly string[];
}

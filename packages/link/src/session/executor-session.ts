import type {
  ExecutorLimits,
  FairleadError,
  Fetch,
  Files,
  Launcher,
  LaunchFindings,
  LaunchQuestion,
  StopReport,
  StopTimes,
} from "@fairlead/core";
import type { ExecutorMachine, ListedProcess } from "@fairlead/wire";
import type { ExecutorTarget } from "../channel/target.js";
import type { ExecutorDescription } from "./describe-executor.js";
import type { ProcessQuery } from "./list-processes.js";

/** How to reach and hold an executor. */
export interface ConnectOptions extends ExecutorTarget {
  /** Its name in configuration, for messages. @default the URL */
  readonly name?: string | undefined;
  readonly clientName: string;
  readonly clientVersion: string;
  /** Put beside the labels of everything that is launched, for whoever lists it. A launch's own win. @default none */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** How long processes live on after this client is gone. @default the executor's choice for the transport */
  readonly detachTtlMs?: number | undefined;
  /** Of each try to connect. @default 3,000 */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * What calls do while the connection is being recovered: wait for it, or fail at once with `executor_unreachable`. The
   * streams of running processes go on either way. @default wait
   */
  readonly whileRecovering?: "wait" | "fail" | undefined;
  /** Told about every state of the session, the first one included. Must not throw. */
  readonly onState?: ((state: SessionState) => void) | undefined;
  /** Aborting gives up the opening of the session; afterwards it does nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** Where a session stands. `connected` and `recovering` may alternate; `lost` and `closed` are the end. */
export type SessionState =
  | { readonly state: "connecting" }
  | { readonly state: "connected"; readonly epoch: number }
  /** The connection broke for this reason; it is being made anew until the detach TTL has passed. */
  | { readonly state: "recovering"; readonly error: FairleadError }
  | { readonly state: "lost"; readonly error: FairleadError }
  | { readonly state: "closed" };

/** An open session with an executor. Closing it ends every process that it started. */
export interface ExecutorSession extends AsyncDisposable {
  readonly name: string;
  readonly machine: ExecutorMachine;
  readonly limits: ExecutorLimits;
  /** Optional parts of the contract that both sides have, for example `pty`. */
  readonly features: readonly string[];
  readonly grantedDetachTtlMs: number;
  readonly launcher: Launcher;
  /**
   * Makes HTTP requests from the executor's network. A request never outlives a broken connection: it fails with
   * `executor_unreachable` at once, and its caller decides. Fails with `feature_missing` where the executor is too old.
   */
  readonly fetch: Fetch;
  /**
   * The files of the executor's machine, as far as it gives access to them. What is under way does not outlive a broken
   * connection: it fails with `executor_unreachable` at once; stat, remove and mkdir wait for it and are repeated safely.
   * An aborted remove may go on. Fails with `feature_missing` where the executor is too old.
   */
  readonly files: Files;
  readonly state: SessionState;
  /** Calls back at every change of {@link state}. @returns stops it */
  onState(listener: (state: SessionState) => void): () => void;
  /** Settles once with the typed error when the session is lost; never after a close. */
  readonly lost: Promise<FairleadError>;
  describe(): Promise<ExecutorDescription>;
  /** The processes of this session, or of all sessions of the same principal. */
  listProcesses(options?: ProcessQuery): Promise<readonly ListedProcess[]>;
  /** What a launch would find there; nothing is started. Fails with `feature_missing` where the executor is too old. */
  probeLaunch(question: LaunchQuestion): Promise<LaunchFindings>;
  /** Stops every process, answers what that did, and disconnects. */
  close(times?: Partial<StopTimes>): Promise<StopReport>;
}

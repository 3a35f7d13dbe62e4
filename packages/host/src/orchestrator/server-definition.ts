import type { Launcher, LaunchSpec } from "@fairlead/core";

/** One configured server, resolved: everything that is needed to start it, and nothing of how it was written down. */
export interface ServerDefinition {
  /** Letters, digits, `_` and `-`; becomes the prefix of its tools. */
  readonly name: string;
  /** Names the machine it runs on, for messages and for the start-up limit per machine. */
  readonly executor: string;
  /** Whether an agent is refused while this server cannot be started. */
  readonly required: boolean;
  /** Milliseconds from the launch to the end of the handshake. */
  readonly startupTimeoutMs: number;
  /** Milliseconds for one call, not counting those in which the server waits for the agent. */
  readonly toolTimeoutMs: number;
  /** Longest message that is read from it, in bytes. */
  readonly maxMessageBytes: number;
  /** Globs over raw tool names; undefined allows all. */
  readonly enabledTools: readonly string[] | undefined;
  /** Globs over raw tool names, taken away from the enabled ones. */
  readonly disabledTools: readonly string[];
  /**
   * Reaches the machine and says what to launch there, in its path convention. Called at every start.
   * @throws FairleadError where the machine cannot be reached
   */
  prepare(signal: AbortSignal): Promise<PreparedLaunch>;
}

/** A launch that only waits to be done. */
export interface PreparedLaunch {
  readonly launcher: Launcher;
  readonly spec: LaunchSpec;
}

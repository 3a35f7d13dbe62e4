import type { Era, ServerTransport } from "@fairlead/mcp";

/** One configured server, resolved: everything that is needed to start it, and nothing of how it was written down. */
export interface ServerDefinition {
  /** Letters, digits, `_` and `-`; becomes the prefix of its tools. */
  readonly name: string;
  /** Names the machine it runs on or is reached from, for messages and for the start-up limit per machine. */
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
  /** Which era of MCP is spoken with it. @default "auto": modern where the server speaks it, else legacy */
  readonly protocol?: "auto" | Era | undefined;
  /** Saves asking for the era at every start. @default nothing is remembered */
  readonly eraMemory?: EraMemory | undefined;
  /**
   * Reaches the machine and says what to launch there, in its path convention, or where to connect to from there. Called
   * at every start.
   * @throws FairleadError where the machine cannot be reached, or the configuration cannot be used as it is
   */
  prepare(signal: AbortSignal): Promise<ServerTransport>;
}

/** What is remembered of one server's era between starts. Neither function may throw. */
export interface EraMemory {
  recall(): Era | undefined;
  note(era: Era): void;
}

import type { PathMap } from "@fairlead/core";
import type { Era, ServerTransport } from "@fairlead/mcp";

/** Who uses one running copy of a server together. */
export type SharePolicy =
  /** Everybody whose launch would be the same. */
  | "all"
  /** Each agent connection has its own; agents without a connection, by who they are. */
  | "client"
  /** Each MCP session has its own. */
  | "session";

/** Whether an agent's user is asked before a tool is called. */
export type ApprovalMode =
  /** As the tool's annotations say: destructive or unknown tools are asked about, reading ones are not. */
  | "auto"
  /** Every time. */
  | "prompt"
  /** Whenever the tool does not say that it only reads. */
  | "writes"
  /** Never. */
  | "approve";

/** What becomes of a server's elicitations. */
export type ElicitationPolicy =
  /** They go to the agent. */
  | "ask"
  /** They are declined, and the agent never sees them. */
  | "deny"
  /** Forms that ask for nothing but a yes are accepted; the others go to the agent. */
  | "accept-empty";

/** What configuration changes about one tool. */
export interface ToolSettings {
  /** @default that of the server */
  readonly approval?: ApprovalMode | undefined;
  /** Shown to agents instead of the raw name, under the same prefix. */
  readonly rename?: string | undefined;
  /** Shown to agents instead of the server's own. */
  readonly description?: string | undefined;
}

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
  /** By raw name. @default nothing is changed */
  readonly tools?: Readonly<Record<string, ToolSettings>> | undefined;
  /** Of tools that settle it not themselves. @default "approve": the agent asks its user itself */
  readonly defaultApproval?: ApprovalMode | undefined;
  /** What becomes of its questions to the agent's user. @default "ask" */
  readonly elicitations?: ElicitationPolicy | undefined;
  /**
   * Says what a call will do, for whoever is asked to approve it, in its own words instead of its arguments.
   * @returns undefined to show the arguments
   */
  readonly describeCall?: ((tool: string, args: unknown) => Promise<string | undefined>) | undefined;
  /** @default "client" */
  readonly share?: SharePolicy | undefined;
  /**
   * Hash of everything that a launch depends on (program, arguments, folder, environment, address, machine, principal).
   * Equal keys may share a copy, and a reload restarts only what has another one. @default as no other definition, and no list is kept of it on disk
   */
  readonly instanceKey?: string | undefined;
  /** Milliseconds without a call, or without an agent, after which a copy is stopped. @default 5 min where shared, else none */
  readonly idleTimeoutMs?: number | undefined;
  /** Milliseconds after which a copy takes no new calls and is replaced. @default none */
  readonly maxLifetimeMs?: number | undefined;
  /** False: one call at a time, in order. @default true: as many at once as agents make */
  readonly supportsParallelToolCalls?: boolean | undefined;
  /** Whether its answers come from outside of what Fairlead itself knows. @default "external" */
  readonly context?: "external" | "local" | undefined;
  /** Whether it was configured, or came with Fairlead. @default "configured" */
  readonly origin?: "configured" | "built-in" | "connector" | undefined;
  /** Names of the agent's HTTP headers that are passed on to it, lower-case. @default none */
  readonly forwardHeaders?: readonly string[] | undefined;
  /** Folders that its machine shares with the agent's: roots are told in its own spelling. @default roots stay as they are */
  readonly pathMap?: PathMap | undefined;
  /** Which era of MCP is spoken with it. @default "auto": modern where the server speaks it, else legacy */
  readonly protocol?: "auto" | Era | undefined;
  /** Saves asking for the era at every start. @default nothing is remembered */
  readonly eraMemory?: EraMemory | undefined;
  /**
   * Finds out whether a server that is up offers a login that nobody made. @default it does not
   * @returns what a person should be told, with the line to type; undefined: nothing. What it throws counts as nothing
   */
  readonly offeredLogin?: ((signal: AbortSignal) => Promise<string | undefined>) | undefined;
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

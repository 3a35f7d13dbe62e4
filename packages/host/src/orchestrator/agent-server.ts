import type { StopReport, StopTimes } from "@fairlead/core";
import type {
  CallAnswer,
  ListedItem,
  ListMethod,
  McpCall,
  McpConnection,
  RelatedCall,
  ScannedNotification,
  ScannedRequest,
} from "@fairlead/mcp";
import type { ClientProfile } from "./open-server.js";
import type { ServerDefinition } from "./server-definition.js";
import type { ListUse } from "./server-lists.js";

/** One agent's hold on one server. Behind it there may be a copy of its own, or one that others use too. */
export interface AgentServer {
  readonly name: string;
  /** As it is now: see {@link redefine}. */
  readonly definition: ServerDefinition;
  /**
   * Takes another definition, whose limits, filters, approvals and names count from the next call on, and whose longest
   * message from the next start on. Calls under way go on as they were made.
   * @returns false, and nothing is changed, where it would be launched or shared otherwise
   */
  redefine(definition: ServerDefinition): boolean;
  /** Whether other agents may use the same copy, now or later: `share = "all"` alone does not tell. */
  readonly isShared: boolean;
  /** Whether configuration lets agents see and call a tool. @param rawName as the server names it */
  allowsTool(rawName: string): boolean;
  /** The connection, if it is ready now. */
  readonly connection: McpConnection | undefined;
  /** Starts the server, waits for a start under way, or gives the running one. @throws FairleadError of the start */
  ready(): Promise<McpConnection>;
  /** As {@link ready}, but a start that failed before is tried again: what it failed of may be over. */
  readyAgain(): Promise<McpConnection>;
  /** Tells, after at most so long, whether the server is up. */
  isReadyWithin(limitMs: number): Promise<boolean>;
  /** Whether the server announced a capability; false while it is not ready. */
  announces(capability: string): boolean;
  /**
   * Calls the server, starting it if need be, within the configured time limit. Subscriptions and log levels of those who
   * share a copy are joined.
   */
  call(call: McpCall): Promise<CallAnswer>;
  /** Tells a server that is up; does nothing otherwise. */
  notify(method: string, params?: Uint8Array): void;
  /**
   * A whole list of the server to look something up in, as it was read last; the one remembered while it is not up, and then
   * its consumer is told if it turns out another; empty if it has no such list.
   * @throws FairleadError if nothing is remembered and the server cannot be started, or does not give the list
   */
  list(method: ListMethod): Promise<readonly ListedItem[]>;
  /**
   * A whole list as the server has it now, to be shown. One whose changes it does not tell is read anew each time; should a
   * reading take long, the last one is given, and the consumer told if it turns out another. While it is not up it is as with
   * {@link list}, but a server of which nothing is remembered is waited for at most so long, and so is its list: for two seconds
   * at least once it is up.
   * @param use "look-up": the last reading will do, and no other is waited for longer than two seconds. @default "show"
   * @returns undefined if that was in vain; the consumer of a list to be shown is told as soon as there is one
   * @throws FairleadError if the server is up and refuses the list
   */
  listNow(method: ListMethod, patienceMs: number, use?: ListUse): Promise<readonly ListedItem[] | undefined>;
  /** Stops taking more output from the server until the answer is called; does nothing where others use the same copy. */
  holdOutput(): () => void;
  /**
   * Keeps the server for a whole request, over everything that is done for it: counted like a call under way, so a release
   * with `whenIdle` waits for it, and meanwhile takes what is asked for. Any other release does not wait.
   * @returns ends it; calling it again does nothing
   * @throws FairleadError `canceled` if it was let go of already
   */
  hold(): () => void;
  /**
   * Lets go. A copy that nobody uses any more is stopped at once, or after its idle time where it may be shared. Calling it
   * again hurries a release that waits, and gives the same report.
   */
  release(options?: ReleaseOptions): Promise<StopReport | undefined>;
}

/** How a server is let go of. */
export interface ReleaseOptions {
  /** Of the stop ladder. @default those of the launch */
  readonly times?: Partial<StopTimes> | undefined;
  /** Whether calls and holds under way are finished first; no new ones are taken. @default false: they are cancelled */
  readonly whenIdle?: boolean | undefined;
  /** Whether configuration has it no more, so that a shared copy ends with its last agent. @default false: it is kept for the next */
  readonly isObsolete?: boolean | undefined;
}

/** What an orchestrator must know of whoever uses a server, and whom it tells. */
export interface ServerConsumer {
  readonly profile: ClientProfile;
  /** Told after every successful start, before the first call. */
  onReady(): void;
  /**
   * Told what the server says on its own. A server that others use too tells each of them what cannot be told to belong
   * to one; what belongs to a call is told to its maker only.
   */
  onNotification(message: ScannedNotification, related: RelatedCall | undefined): void;
  /** Answers a question of the server. @throws FairleadError where nobody can be asked */
  onRequest(
    message: ScannedRequest,
    context: { readonly signal: AbortSignal; readonly related: RelatedCall | undefined },
  ): Promise<CallAnswer>;
  /**
   * Told when a list is another than before and the server itself did not say so, which is passed as its notification: it
   * came up and differs from what was remembered, was replaced, or came or went with a reload.
   */
  onListChanged(method: ListMethod): void;
  /** Told before each call whose answer comes from outside of what Fairlead itself knows. @see isExternalCall */
  onExternalCall?(): void;
}

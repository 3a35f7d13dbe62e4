import type { CallAnswer, ScannedNotification, ScannedRequest } from "@fairlead/mcp";
import type { ClientProfile } from "../../orchestrator/open-server.js";
import type { ServerInstance } from "../../orchestrator/server-instance.js";
import type { AgentPeer } from "../agent-peer.js";
import type { RouteContext } from "../route.js";

/** How an agent of one era is spoken to. Routes know nothing of eras; a dialect translates on both sides of them. */
export interface AgentDialect {
  /** Answers a request. What it throws is told to the agent as an error. */
  answer(message: ScannedRequest, signal: AbortSignal): Promise<CallAnswer>;
  /** Takes a notification of the agent, cancellations aside. */
  note(message: ScannedNotification): void;
  /** Tells a server that has just started, or started again, what the agent wished before. */
  greet(instance: ServerInstance): void;
  /** Tells the agent what a server said on its own. */
  pass(message: ScannedNotification, instance: ServerInstance): void;
  /** Puts a server's question to the agent. */
  ask(message: ScannedRequest, instance: ServerInstance, signal: AbortSignal): Promise<CallAnswer>;
}

/** What a dialect works with. */
export interface DialectSurroundings {
  readonly peer: AgentPeer;
  readonly version: string;
  /** The agent's servers, made at the first call; later profiles change nothing. */
  open(profile: ClientProfile): RouteContext;
  /** The same, if they were made. */
  opened(): RouteContext | undefined;
  readonly warn: (server: string, text: string) => void;
}

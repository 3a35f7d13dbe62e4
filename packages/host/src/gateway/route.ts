import type { CallAnswer, ScannedRequest } from "@fairlead/mcp";
import type { ServerInstance } from "../orchestrator/server-instance.js";

/** One request of an agent on its way. */
export interface AgentRequest {
  readonly message: ScannedRequest;
  /** Its raw params as they are to be passed on. */
  readonly params: Buffer | undefined;
  /** Aborted when the agent takes the request back or leaves. */
  readonly signal: AbortSignal;
  /** Passes progress on; the params carry the agent's own token. */
  readonly onProgress: (paramsRaw: Buffer) => void;
}

/** What the routes of an agent share. */
export interface RouteContext {
  /** The agent's servers, in the order of configuration. */
  readonly instances: readonly ServerInstance[];
  readonly maxNameBytes: number;
  /** See `HostOptions.listPatienceMs`. */
  readonly listPatienceMs: number;
  readonly warn: (server: string, text: string) => void;
}

/** Serves one method. What it throws is told to the agent as an error. */
export type Route = (request: AgentRequest, context: RouteContext) => Promise<CallAnswer>;

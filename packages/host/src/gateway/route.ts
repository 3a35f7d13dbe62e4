import type { CallAnswer, Era, ScannedRequest } from "@fairlead/mcp";
import type { AgentServer } from "../orchestrator/agent-server.js";
import type { ApprovalGate } from "../policy/approval-gate.js";
import type { SandboxState } from "../policy/sandbox-state.js";
import type { MessageSink } from "./message-sink.js";
import type { ResourceRounds } from "./routes/resource-rounds.js";

/** One request of an agent on its way. */
export interface AgentRequest {
  readonly message: ScannedRequest;
  /** Its raw params, as the agent sent them. */
  readonly params: Buffer | undefined;
  readonly era: Era;
  /** Aborted when the agent takes the request back or leaves. */
  readonly signal: AbortSignal;
  /** Takes what belongs to this request. */
  readonly sink: MessageSink;
  /** Makes the request, or its share in it, at a server: progress, questions and eras are taken care of. */
  readonly call: (server: AgentServer, call: ForwardedCall) => Promise<CallAnswer>;
  /** Asks the agent something on our own behalf. @throws FairleadError `forbidden` `cannot_ask` where it cannot be asked */
  readonly ask: (method: string, paramsRaw: Buffer) => Promise<CallAnswer>;
}

/** What a server is asked, in the era of the agent. */
export interface ForwardedCall {
  readonly method: string;
  readonly params: Buffer | undefined;
  /** Whether doing it twice is known to be harmless. @default by the method */
  readonly isRepeatable?: boolean | undefined;
}

/** What the routes of an agent share. */
export interface RouteContext {
  /** The agent's servers, in the order of configuration. */
  readonly servers: readonly AgentServer[];
  /** Whether the agent speaks to one server only, which keeps its own names and identity. */
  readonly isSingle: boolean;
  readonly maxNameBytes: number;
  /** See `HostOptions.resourceTools`. */
  readonly hasResourceTools: boolean;
  /** Asks the agent's user where a tool call needs it. */
  readonly approvals: ApprovalGate;
  /** Who asked the agent something before it gives a resource. */
  readonly resourceRounds: ResourceRounds;
  /** What the agent's servers may do. */
  readonly sandbox: SandboxState;
  /** See `HostOptions.listPatienceMs`. */
  readonly listPatienceMs: number;
  readonly warn: (server: string, text: string) => void;
}

/** Serves one method. What it throws is told to the agent as an error. */
export type Route = (request: AgentRequest, context: RouteContext) => Promise<CallAnswer>;

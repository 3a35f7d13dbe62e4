import type {
  CallAnswer,
  ModernEnvelope,
  RelatedCall,
  ScannedNotification,
  ScannedRequest,
} from "@fairlead/mcp";
import type { AgentControl } from "../../control/agent-control.js";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import type { ClientProfile } from "../../orchestrator/open-server.js";
import type { AgentPeer } from "../agent-peer.js";
import type { EgressBudget } from "../egress-budget.js";
import type { ForwardedHeaders } from "../forwarded-headers.js";
import type { MessageSink } from "../message-sink.js";
import type { RouteContext } from "../route.js";

/** One request, as a dialect gets it. */
export interface DialectRequest {
  readonly message: ScannedRequest;
  /** Aborted when the agent takes the request back or leaves. */
  readonly signal: AbortSignal;
  readonly sink: MessageSink;
  /** Headers of the agent that are passed on, by lower-case name. */
  readonly headers: ForwardedHeaders | undefined;
  /** What a modern agent says about itself in it. */
  readonly envelope: ModernEnvelope | undefined;
}

/** What surrounds a question of a server. */
export interface QuestionContext {
  readonly signal: AbortSignal;
  /** The call that it belongs to, where that can be told. */
  readonly related: RelatedCall | undefined;
}

/** How an agent of one era is spoken to. Routes know nothing of eras; a dialect translates on both sides of them. */
export interface AgentDialect {
  /** Answers a request. What it throws is told to the agent as an error. */
  answer(request: DialectRequest): Promise<CallAnswer>;
  /** Told once the answer to a request is on its way to the agent. */
  answered(message: ScannedRequest, answer: CallAnswer): void;
  /** Takes a notification of the agent, cancellations aside. */
  note(message: ScannedNotification): void;
  /** Tells a server that has just started, or started again, what the agent wished before. */
  greet(server: AgentServer): void;
  /** Tells the agent what a server said on its own. */
  pass(message: ScannedNotification, server: AgentServer, related: RelatedCall | undefined): void;
  /** Puts a server's question to the agent. */
  ask(message: ScannedRequest, server: AgentServer, context: QuestionContext): Promise<CallAnswer>;
  /** Tells the agent of a change that no server announced. @param notification `notifications/tools/list_changed` and such */
  changed(notification: string): void;
  /** Ends what is open, telling the agent where the era knows a word for it. */
  close(): void;
}

/** What a dialect works with. */
export interface DialectSurroundings {
  readonly peer: AgentPeer;
  /** Counts what waits for the agent. */
  readonly egress: EgressBudget;
  /** The control methods; undefined where the agent is not offered them. */
  readonly control?: AgentControl | undefined;
  readonly version: string;
  /** Whether the agent speaks to one server only. */
  readonly isSingle: boolean;
  /** See `HostOptions.answerPatienceMs`. */
  readonly answerPatienceMs: number | undefined;
  /** The agent's servers, made at the first call; later profiles and headers change nothing. */
  open(profile: ClientProfile, headers?: ForwardedHeaders): RouteContext;
  /** The same, if they were made. */
  opened(): RouteContext | undefined;
  /** Starts servers that are not up, in the background; how each fares is told as events. */
  start(servers: readonly AgentServer[]): void;
  /** Notes a message for the agent that is no answer: many of them are a flood. */
  readonly noteMessage: (server: string, bytes: number) => void;
  readonly warn: (server: string, text: string) => void;
}

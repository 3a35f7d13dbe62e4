import type { FairleadError, StopReport, StopTimes } from "@fairlead/core";
import type {
  MessageId,
  ScannedErrorAnswer,
  ScannedNotification,
  ScannedRequest,
  ScannedResult,
} from "@fairlead/mcp";
import type { StartupSummary } from "../orchestrator/host-event.js";
import type { ServerDefinition } from "../orchestrator/server-definition.js";
import type { EgressBudget } from "./egress-budget.js";
import type { MessageSink } from "./message-sink.js";

/** What an attaching agent's process says about itself. */
export interface AgentHello {
  /** The folder the agent was started in, as its own machine spells it. */
  readonly cwd?: string | undefined;
}

/** Which servers an agent sees, and how. */
export interface AgentSessionOptions {
  readonly hello: AgentHello;
  /** The one server that the agent speaks to, with its own names and identity. @default all of them, merged */
  readonly server?: string | undefined;
  /**
   * Gives the definitions as they are for this agent, whose folder or variables may differ: the same number, names and
   * order. Applied at the start and at every reload; for what did not change it must give the same objects as before.
   * @default they are the same for everybody
   */
  readonly view?: ((servers: readonly ServerDefinition[]) => readonly ServerDefinition[]) | undefined;
  /** Told how the start of its servers went, at first and after each reload that brought some. @default nobody is told */
  readonly onStartup?: ((summary: StartupSummary) => void) | undefined;
  /** Names the session in logs. @default numbered by the host */
  readonly label?: string | undefined;
  /** Who the agent proved to be, for sharing and for status; never a secret. @default "local" */
  readonly principal?: string | undefined;
  /**
   * Whether the agent is offered the control methods, where the host and the endpoint have them.
   * @default only if it has no principal: such agents come by a line of their own, not by a network
   */
  readonly mayControl?: boolean | undefined;
  /** Where messages go that belong to no request of the agent. */
  readonly standing: MessageSink;
}

/** How a request came, and where everything that belongs to it goes. */
export interface RequestLine {
  /** Takes progress, log messages and questions that the request led to, and at last its answer. */
  readonly sink: MessageSink;
  /** Aborted when the agent lets go of the request by closing its stream. @default only by a cancellation */
  readonly signal?: AbortSignal | undefined;
  /** Headers of the agent's own HTTP request that `forward_headers` lets through, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * One agent, whatever it came by: messages in, messages out. A face (stdio, HTTP) owns it, feeds it, and closes it.
 * Everything that it is to say goes to the sink of the request that it belongs to, else to the standing one.
 */
export interface AgentSession extends AsyncDisposable {
  /** Serves a request. Settles once its answer is in the sink, or the agent has taken the request back; never rejects. */
  serve(message: ScannedRequest, line: RequestLine): Promise<void>;
  /** Takes a notification, cancellations among them. */
  note(message: ScannedNotification): void;
  /** Takes an answer to one of our questions. */
  settle(answer: ScannedResult | ScannedErrorAnswer): void;
  /**
   * Takes an answer that cannot be read: its question fails, for there will be no other answer.
   * @param why in words, as the end of a sentence
   * @returns false if no question of ours has this id
   */
  settleBroken(id: MessageId, why: string): boolean;
  /** What is queued towards the agent, in all of its sinks: whoever queues bytes counts them here. */
  readonly egress: EgressBudget;
  /**
   * Whether the agent has called a server whose answers come from outside of what Fairlead itself knows. It turns true with
   * the first such call that is sent, and stays so; lists and what was refused do not count.
   */
  readonly externalContextUsed: boolean;
  /** Whether calls wait for the agent to come back with answers, without a request of its own meanwhile (modern era). */
  readonly hasOpenQuestions: boolean;
  /** Settles when we let go of the agent on our own: it reads too slowly. */
  readonly evicted: Promise<FairleadError>;
  /** Settles once every request that came so far is answered. */
  answersDue(): Promise<void>;
  /** Takes back every request under way; nobody waits for the answers any more. */
  cancelAll(): void;
  /** Lets go of the agent's servers, and stops those that nobody else uses. */
  close(times?: Partial<StopTimes>): Promise<readonly StopReport[]>;
}

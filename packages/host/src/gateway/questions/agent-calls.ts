import { createId, FairleadError } from "@fairlead/core";
import { type CallAnswer, type InputAnswers, missingCapabilities, readInputAnswers } from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { AgentCall, type CallSubject } from "./agent-call.js";
import type { AgentRound } from "./agent-round.js";
import type { Question } from "./question.js";

/** How long and how many calls wait for an agent's answers. */
export interface AgentCallsOptions {
  /** Milliseconds that a call waits for the agent to come back. @default 600,000: a person may be away for a coffee */
  readonly parkedMs?: number | undefined;
  /** Calls that wait at once; one more ends the one that waits longest. @default 128 */
  readonly maxParked?: number | undefined;
}

/** One request as it opens a call, or goes on with one. */
export interface CallRequest extends AgentRound {
  readonly subject: CallSubject;
  readonly params: Buffer | undefined;
}

/** What runs for a call. */
export type CallWork = (call: AgentCall) => Promise<CallAnswer>;

const defaultParkedMs = 10 * 60_000;
const defaultMaxParked = 128;
/** More than the questions that any call is ever asked; to be unable weighs more than not to listen. */
const unheardRank = 1e6;
const unableRank = 1e9;

/** The requests that a server or we may answer with questions. */
const askingMethods: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);

/** Tells whether a request may be answered with questions to the agent. */
export function mayAsk(method: string): boolean {
  return askingMethods.has(method);
}

/** The calls of one agent that are not over, those among them that wait for the agent to come back included. */
export class AgentCalls {
  readonly #parkedMs: number;
  readonly #maxParked: number;
  /** Begins every state of ours, so that those of servers, and of other gateways behind us, are told apart. */
  readonly #prefix = `${createId("fairlead")}.`;
  readonly #live = new Map<string, AgentCall>();
  /** By their states, those that wait longest first. */
  readonly #parked = new Map<string, NodeJS.Timeout>();

  constructor({ parkedMs = defaultParkedMs, maxParked = defaultMaxParked }: AgentCallsOptions = {}) {
    this.#parkedMs = parkedMs;
    this.#maxParked = maxParked;
  }

  /** Calls that wait for the agent. */
  get parkedCount(): number {
    return this.#parked.size;
  }

  /** Calls that are not over. */
  get liveCount(): number {
    return this.#live.size;
  }

  /**
   * Begins a call, or goes on with the one that the request's state names.
   * @throws FairleadError `not_found` `state_unknown` where the state was ours and is no more
   */
  serve(request: CallRequest, work: CallWork): Promise<CallAnswer> {
    const answers = readAnswers(request);
    if (answers?.requestState?.startsWith(this.#prefix) === true) {
      return this.#resume(answers.requestState, request, answers);
    }
    const state = this.#prefix + createId("call");
    const call: AgentCall = new AgentCall(
      {
        subject: request.subject,
        state,
        onParked: () => this.#park(call),
        onOver: () => this.#forget(call),
      },
      request.envelope,
    );
    this.#live.set(state, call);
    return call.start(request, () => work(call));
  }

  /**
   * Finds the call that a question is for where nothing says so: one that waits for the server that asks, if possible one
   * whose agent can answer. Of several one whose agent listens now, for an agent may have left the others for good; of these
   * the oldest that was asked least. Whichever it is, the answer reaches the server.
   */
  findFor(server: AgentServer, { needed }: Pick<Question, "needed">): AgentCall | undefined {
    let found: AgentCall | undefined;
    let foundRank = Number.POSITIVE_INFINITY;
    for (const call of this.#live.values()) {
      if (!call.takesQuestions || !call.isAt(server) || !mayAsk(call.subject.method)) continue;
      const isUnable = missingCapabilities(needed, call.envelope.capabilities) !== undefined;
      const rank = call.questionCount + (call.hasOpenRequest ? 0 : unheardRank) + (isUnable ? unableRank : 0);
      if (rank >= foundRank) continue;
      found = call;
      foundRank = rank;
    }
    return found;
  }

  /** Ends every call. */
  close(): void {
    const error = new FairleadError("unavailable", "The gateway is closing", { reason: "transport_closed" });
    for (const call of this.#live.values()) call.end(error, "The gateway is closing");
  }

  #resume(requestState: string, request: CallRequest, answers: InputAnswers): Promise<CallAnswer> {
    const state = requestState.replace(/\.\d+$/, "");
    const call = this.#live.get(state);
    if (call === undefined) return Promise.reject(unknownStateError());
    const { method, target } = request.subject;
    if (method !== call.subject.method || target !== call.subject.target) {
      return Promise.reject(foreignStateError(request.subject, call.subject));
    }
    this.#unpark(state);
    return call.resume(request, answers.responses);
  }

  #park(call: AgentCall): void {
    const timer = setTimeout(() => this.#expire(call), this.#parkedMs);
    // Whoever waits for an agent that never comes back must not keep the process.
    timer.unref();
    this.#parked.set(call.state, timer);
    if (this.#parked.size <= this.#maxParked) return;
    const [longest] = this.#parked.keys();
    const first = longest === undefined ? undefined : this.#live.get(longest);
    if (first !== undefined) this.#expire(first);
  }

  #expire(call: AgentCall): void {
    call.end(unknownStateError(), "The agent did not come back with its answers");
  }

  #unpark(state: string): void {
    clearTimeout(this.#parked.get(state));
    this.#parked.delete(state);
  }

  #forget({ state }: AgentCall): void {
    this.#unpark(state);
    this.#live.delete(state);
  }
}

/** The state of a request that was not answered by us, or not lately. */
export function unknownStateError(): FairleadError {
  const text =
    "The requestState of this request is unknown or has expired: start over, without requestState and inputResponses";
  return new FairleadError("not_found", text, { reason: "state_unknown", effect: "unknown" });
}

function foreignStateError(asked: CallSubject, known: CallSubject): FairleadError {
  const text = `The requestState belongs to ${toText(known)}, not to ${toText(asked)}: repeat the request that was answered with it`;
  return new FairleadError("usage", text, { reason: "argument_invalid", effect: "none" });
}

function toText({ method, target = "" }: CallSubject): string {
  return `${method} ${target}`.trim();
}

function readAnswers({ subject, params }: CallRequest): InputAnswers | undefined {
  return params === undefined || !mayAsk(subject.method) ? undefined : readInputAnswers(params);
}

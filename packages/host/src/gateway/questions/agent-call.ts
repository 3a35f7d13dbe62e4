import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";
import { buildInputRequired, type CallAnswer, type ModernEnvelope } from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import type { MessageSink } from "../message-sink.js";
import type { AgentRound } from "./agent-round.js";
import { type Question, toInputRequests } from "./question.js";

/** What a call is about: its repeated requests must be about the same. */
export interface CallSubject {
  readonly method: string;
  /** The tool, prompt or resource, as the agent names it. */
  readonly target: string | undefined;
}

/** What a call is made of. */
export interface AgentCallOptions {
  readonly subject: CallSubject;
  /** Begins every `requestState` of the call; each round has one of its own, and any of them finds the call. */
  readonly state: string;
  /** The agent has been asked, and nobody knows when it comes back. */
  readonly onParked: () => void;
  /** The call has ended, one way or another. */
  readonly onOver: () => void;
}

interface OpenRound extends AgentRound {
  readonly answer: Deferred<CallAnswer>;
  readonly onGone: () => void;
}

type Outcome = { readonly answer: CallAnswer } | { readonly error: unknown };

/** Requests that one call may take: far more than a person would answer. */
const maxRounds = 256;

/**
 * One call of a modern agent, over as many requests as it takes. It runs on while nobody waits for it: what comes then is
 * kept for the agent's next request.
 */
export class AgentCall {
  readonly subject: CallSubject;
  readonly state: string;
  /** Takes what belongs to the call; between two requests it is lost. */
  readonly sink: MessageSink = { push: (message) => this.#round?.sink.push(message) };
  readonly #options: AgentCallOptions;
  readonly #abort = new AbortController();
  readonly #questions = new Map<string, Question>();
  /** Keys of those that the agent has been asked and that it will answer when it comes back. */
  #given: ReadonlySet<string> = new Set();
  readonly #servers = new Map<AgentServer, number>();
  #envelope: ModernEnvelope;
  #round: OpenRound | undefined;
  #outcome: Outcome | undefined;
  #gathering: NodeJS.Immediate | undefined;
  #lastKey = 0;
  #rounds = 0;
  #isOver = false;

  constructor(options: AgentCallOptions, envelope: ModernEnvelope) {
    this.#options = options;
    this.#envelope = envelope;
    this.subject = options.subject;
    this.state = options.state;
  }

  /** Aborted when the call is given up. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What the agent said about itself last. */
  get envelope(): ModernEnvelope {
    return this.#envelope;
  }

  /** Under which the agent wants to hear of progress now. */
  get tokenRaw(): Buffer | undefined {
    return this.#round?.tokenRaw;
  }

  /** Whether it may still be answered with questions; not once its result has come. */
  get takesQuestions(): boolean {
    return !this.#isOver && this.#outcome === undefined;
  }

  /** Whether the agent waits for an answer now, and has not left with questions to come back with theirs. */
  get hasOpenRequest(): boolean {
    return this.#round !== undefined;
  }

  /** Questions that it was given so far, answered or not. */
  get questionCount(): number {
    return this.#lastKey;
  }

  /** Notes that the call waits for a server until the answer is called. */
  enter(server: AgentServer): () => void {
    this.#servers.set(server, (this.#servers.get(server) ?? 0) + 1);
    return () => {
      const left = (this.#servers.get(server) ?? 1) - 1;
      if (left > 0) this.#servers.set(server, left);
      else this.#servers.delete(server);
    };
  }

  /** Whether the call waits for this server. */
  isAt(server: AgentServer): boolean {
    return this.#servers.has(server);
  }

  /** Begins. Settles with the answer to the first request: the result, or the first questions. */
  start(round: AgentRound, work: () => Promise<CallAnswer>): Promise<CallAnswer> {
    const answer = this.#open(round);
    if (this.#isOver) return answer;
    work().then(
      (result) => this.#settle({ answer: result }),
      (error: unknown) => this.#settle({ error }),
    );
    return answer;
  }

  /** Goes on with the agent's answers. What it left out is asked again. */
  resume(round: AgentRound, responses: ReadonlyMap<string, Buffer>): Promise<CallAnswer> {
    const answer = this.#open(round);
    for (const [key, result] of responses) {
      const question = this.#questions.get(key);
      this.#questions.delete(key);
      question?.settle({ kind: "result", result });
    }
    this.#flush();
    return answer;
  }

  /** Asks the agent. @returns takes the question back, unless it was answered already */
  put(question: Question): () => void {
    const key = `q${++this.#lastKey}`;
    if (!this.takesQuestions) {
      question.orphan("the call that it belongs to is over");
      return () => {};
    }
    this.#questions.set(key, question);
    // Questions that come together are asked together.
    this.#gathering ??= setImmediate(() => {
      this.#gathering = undefined;
      this.#flush();
    });
    return () => void this.#questions.delete(key);
  }

  /** Gives the call up. @param error what the agent is told, if it waits */
  end(error: unknown, reason: string): void {
    if (this.#isOver) return;
    this.#round?.answer.reject(error);
    this.#finish(`the call that it belongs to was given up: ${reason}`);
    this.#abort.abort(reason);
  }

  #open(round: AgentRound): Promise<CallAnswer> {
    this.#rounds += 1;
    this.#envelope = round.envelope;
    this.#round?.answer.reject(new FairleadError("canceled", "The same request was sent again"));
    this.#close();
    const reasonOf = (): string => {
      const given: unknown = round.signal.reason;
      return typeof given === "string" ? given : "Cancelled by the agent";
    };
    const onGone = (): void => this.end(round.signal.reason, reasonOf());
    const answer = createDeferred<CallAnswer>();
    this.#round = { ...round, answer, onGone };
    if (round.signal.aborted) onGone();
    else round.signal.addEventListener("abort", onGone, { once: true });
    return answer.promise;
  }

  #close(): OpenRound | undefined {
    const round = this.#round;
    this.#round = undefined;
    round?.signal.removeEventListener("abort", round.onGone);
    return round;
  }

  #settle(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#outcome = outcome;
    // What the agent has been asked already is not asked a second time by way of another call.
    const isAwaited = (key: string, { isMovable }: Question): boolean =>
      isMovable && this.#round === undefined && this.#given.has(key);
    this.#orphan("the call that it belongs to is over", isAwaited);
    this.#flush();
  }

  #flush(): void {
    if (this.#round === undefined || this.#isOver) return;
    if (this.#outcome !== undefined) return this.#deliver(this.#outcome);
    if (this.#questions.size === 0) return;
    if (this.#rounds >= maxRounds) return this.end(endlessError(), `it was answered ${maxRounds} times`);
    const requests = toInputRequests(this.#questions);
    this.#given = new Set(this.#questions.keys());
    const result = buildInputRequired({ requests, requestState: `${this.state}.${this.#rounds}` });
    this.#close()?.answer.resolve({ kind: "result", result });
    this.#options.onParked();
  }

  #deliver(outcome: Outcome): void {
    const round = this.#close();
    this.#finish("the call that it belongs to is over");
    if ("answer" in outcome) round?.answer.resolve(outcome.answer);
    else round?.answer.reject(outcome.error);
  }

  #finish(why: string): void {
    this.#isOver = true;
    this.#close();
    clearImmediate(this.#gathering);
    this.#options.onOver();
    this.#orphan(why, () => false);
  }

  #orphan(why: string, isKept: (key: string, question: Question) => boolean): void {
    const left = [...this.#questions].filter(([key, question]) => !isKept(key, question));
    for (const [key] of left) this.#questions.delete(key);
    for (const [, question] of left) question.orphan(why);
  }
}

function endlessError(): FairleadError {
  const text = `The request was repeated ${maxRounds} times without an end: answer its questions, or send it anew`;
  return new FairleadError("resource_exhausted", text, { reason: "limit_reached" });
}

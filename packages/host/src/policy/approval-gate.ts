import { isFairleadError, untilAborted } from "@fairlead/core";
import { type CallAnswer, type Era, findMember, parseRange } from "@fairlead/mcp";
import type { ApprovalMode, ServerDefinition } from "../orchestrator/server-definition.js";
import { type ApprovalNeed, approvalModeOf, approvalNeed } from "./approval-need.js";
import { type ApprovalAnswer, buildApprovalQuestion, readApprovalAnswer } from "./approval-question.js";
import type { ApprovalStore, RememberedTool } from "./approval-store.js";
import { approvalSubject } from "./approval-subject.js";
import { InputRounds } from "./input-rounds.js";
import { plainText } from "./plain-text.js";
import { refusalResult } from "./refusal-result.js";
import { showArguments } from "./show-arguments.js";
import { readToolHints } from "./tool-hints.js";

/** Puts a question to an agent. @throws FairleadError with reason `cannot_ask` where it cannot be asked */
export type AskAgent = (method: string, paramsRaw: Buffer) => Promise<CallAnswer>;

/** A tool call that may need approval. */
export interface GuardedCall {
  readonly definition: ServerDefinition;
  readonly rawName: string;
  /** The tool as its server lists it; undefined if it does not. */
  readonly tool: Buffer | undefined;
  readonly params: Buffer | undefined;
  readonly era: Era;
  readonly signal: AbortSignal;
  readonly ask: AskAgent;
}

/** What a gate needs from its host. */
export interface ApprovalGateOptions {
  readonly store: ApprovalStore;
  readonly warn: (server: string, text: string) => void;
}

/** Approves the tool calls of one agent session, and remembers what was allowed for as long as it lasts. */
export class ApprovalGate {
  readonly #options: ApprovalGateOptions;
  /** What was allowed for the session, by {@link approvalSubject}. */
  readonly #allowed = new Set<string>();
  /** The last question about each subject: the next one waits, for its answer may make it needless. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #rounds = new InputRounds();

  constructor(options: ApprovalGateOptions) {
    this.#options = options;
  }

  /**
   * Makes a call if it needs no approval, or gets it; answers it with a refusal otherwise.
   * @param send makes the call; it is never called without approval
   */
  async guard(call: GuardedCall, send: () => Promise<CallAnswer>): Promise<CallAnswer> {
    const { definition, rawName, params, signal } = call;
    const mode = approvalModeOf(definition, rawName);
    const need = mode === "approve" ? undefined : approvalNeed(mode, readToolHints(call.tool));
    if (need === undefined) return send();
    const approved = { subject: approvalSubject(definition, rawName), params };
    if (!this.#rounds.takeRepeat(approved)) {
      const asking = this.#inTurn(call, need, approved.subject);
      const answer = await untilAborted(asking, signal, `The question about ${rawName}`);
      if (!isYes(answer)) {
        const { name: server, origin } = definition;
        return refusalResult({ server, tool: rawName, origin }, answer);
      }
      signal.throwIfAborted();
    }
    const answer = await send();
    this.#rounds.note(approved, answer);
    return answer;
  }

  #inTurn(call: GuardedCall, need: ApprovalNeed, subject: string): Promise<ApprovalAnswer> {
    // An agent without a connection may take minutes to come back with an answer, or be two that look alike.
    const isInTurn = call.era === "legacy";
    const before = (isInTurn ? this.#turns.get(subject) : undefined) ?? Promise.resolve();
    const answer = before.then(() => this.#decide(call, need, subject));
    const done = answer.then(
      () => {},
      () => {},
    );
    this.#turns.set(subject, done);
    void done.then(() => {
      if (this.#turns.get(subject) === done) this.#turns.delete(subject);
    });
    return answer;
  }

  async #decide(call: GuardedCall, need: ApprovalNeed, subject: string): Promise<ApprovalAnswer> {
    const { definition, rawName, signal, ask } = call;
    signal.throwIfAborted();
    const mode = approvalModeOf(definition, rawName);
    const remembered = { server: definition.name, executor: definition.executor, tool: rawName };
    if (this.#allowed.has(subject)) return { kind: "session" };
    if (mode !== "prompt" && (await this.#isAlways(remembered))) return { kind: "always" };
    const question = buildApprovalQuestion({
      server: definition.name,
      tool: rawName,
      machine: definition.executor,
      mode,
      need,
      effect: await this.#effectOf(call),
    });
    const answer = await this.#ask(ask, question, mode);
    // What holds for good is looked up at each question: whoever takes it out of the store is asked again.
    const isKept = answer.kind === "always" && (await this.#setAlways(remembered));
    if (answer.kind === "session" || (answer.kind === "always" && !isKept)) this.#allowed.add(subject);
    return answer;
  }

  async #ask(ask: AskAgent, question: Buffer, mode: ApprovalMode): Promise<ApprovalAnswer> {
    try {
      return readApprovalAnswer(await ask("elicitation/create", question), mode);
    } catch (error) {
      if (isFairleadError(error) && error.reason === "cannot_ask") return { kind: "unaskable" };
      throw error;
    }
  }

  async #effectOf({ definition, rawName, params }: GuardedCall): Promise<string> {
    const range =
      params === undefined ? undefined : findMember(params, { start: 0, end: params.length }, "arguments");
    const value = params === undefined || range === undefined ? undefined : parseRange(params, range);
    const described = await definition.describeCall?.(rawName, value);
    return described === undefined ? `Arguments: ${showArguments(value)}` : plainText(described);
  }

  async #isAlways(tool: RememberedTool): Promise<boolean> {
    try {
      return await this.#options.store.isAlways(tool);
    } catch (error) {
      const text = `What was always allowed cannot be read, so it is asked again: ${String(error)}`;
      this.#options.warn(tool.server, text);
      return false;
    }
  }

  /** @returns whether it is kept */
  async #setAlways(tool: RememberedTool): Promise<boolean> {
    try {
      await this.#options.store.setAlways(tool);
      return true;
    } catch (error) {
      const text = `"Always allow" holds for this session only, it cannot be kept: ${String(error)}`;
      this.#options.warn(tool.server, text);
      return false;
    }
  }
}

function isYes({ kind }: ApprovalAnswer): boolean {
  return kind === "once" || kind === "session" || kind === "always";
}

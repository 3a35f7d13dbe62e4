import { isFairleadError, untilAborted } from "@fairlead/core";
import { type CallAnswer, type Era, findMember, parseRange } from "@fairlead/mcp";
import type { ApprovalMode, ServerDefinition } from "../orchestrator/server-definition.js";
import { type ApprovalNeed, approvalModeOf, approvalNeed } from "./approval-need.js";
import { type ApprovalAnswer, buildApprovalQuestion, readApprovalAnswer } from "./approval-question.js";
import type { ApprovalStore } from "./approval-store.js";
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
  readonly #allowed = new Set<string>();
  /** The last question about each tool: the next one waits, for its answer may make it needless. */
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
    const approved = { server: definition.name, tool: rawName, params };
    if (!this.#rounds.takeRepeat(approved)) {
      const answer = await untilAborted(this.#inTurn(call, need), signal, `The question about ${rawName}`);
      if (!isYes(answer)) return refusalResult(approved, answer);
      signal.throwIfAborted();
    }
    const answer = await send();
    this.#rounds.note(approved, answer);
    return answer;
  }

  #inTurn(call: GuardedCall, need: ApprovalNeed): Promise<ApprovalAnswer> {
    const key = JSON.stringify([call.definition.name, call.rawName]);
    // An agent without a connection may take minutes to come back with an answer, or be two that look alike.
    const isInTurn = call.era === "legacy";
    const before = (isInTurn ? this.#turns.get(key) : undefined) ?? Promise.resolve();
    const answer = before.then(() => this.#decide(call, need, key));
    const done = answer.then(
      () => {},
      () => {},
    );
    this.#turns.set(key, done);
    void done.then(() => {
      if (this.#turns.get(key) === done) this.#turns.delete(key);
    });
    return answer;
  }

  async #decide(call: GuardedCall, need: ApprovalNeed, key: string): Promise<ApprovalAnswer> {
    const { definition, rawName, signal, ask } = call;
    signal.throwIfAborted();
    const mode = approvalModeOf(definition, rawName);
    if (this.#allowed.has(key)) return { kind: "session" };
    if (mode !== "prompt" && (await this.#isAlways(definition.name, rawName))) return { kind: "always" };
    const question = buildApprovalQuestion({
      server: definition.name,
      tool: rawName,
      machine: definition.executor,
      mode,
      need,
      effect: await this.#effectOf(call),
    });
    const answer = await this.#ask(ask, question, mode);
    if (answer.kind === "session" || answer.kind === "always") this.#allowed.add(key);
    if (answer.kind === "always") await this.#setAlways(definition.name, rawName);
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

  async #isAlways(server: string, tool: string): Promise<boolean> {
    try {
      return await this.#options.store.isAlways(server, tool);
    } catch (error) {
      this.#options.warn(
        server,
        `What was always allowed cannot be read, so it is asked again: ${String(error)}`,
      );
      return false;
    }
  }

  async #setAlways(server: string, tool: string): Promise<void> {
    try {
      await this.#options.store.setAlways(server, tool);
    } catch (error) {
      this.#options.warn(
        server,
        `"Always allow" holds for this session only, it cannot be kept: ${String(error)}`,
      );
    }
  }
}

function isYes({ kind }: ApprovalAnswer): boolean {
  return kind === "once" || kind === "session" || kind === "always";
}

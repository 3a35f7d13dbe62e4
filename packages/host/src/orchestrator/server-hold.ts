import { isFairleadError, type StopReport, settlesWithinMs } from "@fairlead/core";
import {
  type CallAnswer,
  type ListedItem,
  type ListMethod,
  type McpCall,
  type McpConnection,
  textMember,
} from "@fairlead/mcp";
import type { AgentServer, ReleaseOptions, ServerConsumer } from "./agent-server.js";
import { isExternalCall } from "./external-call.js";
import type { CallFacts, CallOutcome, HostEventHandler } from "./host-event.js";
import type { Member } from "./member.js";
import { isSameLaunch } from "./same-launch.js";
import type { ServerDefinition } from "./server-definition.js";
import type { ListUse } from "./server-lists.js";
import type { SupervisedServer } from "./supervised-server.js";
import { stoppedError } from "./supervision-errors.js";
import { createToolFilter } from "./tool-filter.js";

/** What a hold is made of. */
export interface ServerHoldOptions {
  /** The agent's own: limits and filters may be others than those of whoever started the copy. */
  readonly definition: ServerDefinition;
  readonly consumer: ServerConsumer;
  readonly onEvent: HostEventHandler;
  /** Numbers the calls of a host. */
  readonly nextCallNumber: () => number;
}

/** One agent's hold on a server that may have other users too. */
export class ServerHold implements AgentServer {
  readonly #server: SupervisedServer;
  readonly #options: ServerHoldOptions;
  readonly #member: Member;
  #definition: ServerDefinition;
  #showsTool: (rawName: string) => boolean;
  #releasing: Promise<StopReport | undefined> | undefined;
  /** Those of whoever lets go last, who is in the greatest hurry. */
  #stopTimes: ReleaseOptions["times"];
  /** How often it is held for a whole request; a release that finishes those takes their calls still. */
  #holdCount = 0;
  #isCut = false;

  constructor(server: SupervisedServer, options: ServerHoldOptions) {
    this.#definition = options.definition;
    this.#showsTool = createToolFilter(options.definition);
    this.#server = server;
    this.#options = options;
    this.#member = server.join(options.consumer);
  }

  get name(): string {
    return this.#definition.name;
  }

  get definition(): ServerDefinition {
    return this.#definition;
  }

  redefine(definition: ServerDefinition): boolean {
    if (this.#releasing !== undefined || !isSameLaunch(this.#definition, definition)) return false;
    this.#definition = definition;
    this.#showsTool = createToolFilter(definition);
    this.#server.redefine(definition);
    return true;
  }

  get isShared(): boolean {
    return this.#server.isShared;
  }

  allowsTool(rawName: string): boolean {
    return this.#showsTool(rawName);
  }

  get connection(): McpConnection | undefined {
    return this.#server.connection;
  }

  ready(): Promise<McpConnection> {
    return this.#up(false);
  }

  readyAgain(): Promise<McpConnection> {
    return this.#up(true);
  }

  async isReadyWithin(limitMs: number): Promise<boolean> {
    return this.#isOver ? this.connection !== undefined : this.#isUpWithin(limitMs);
  }

  announces(capability: string): boolean {
    const announced = this.connection?.initializeResult.value["capabilities"];
    return typeof announced === "object" && announced !== null && capability in announced;
  }

  async call(call: McpCall): Promise<CallAnswer> {
    this.#refuseIfReleased();
    const { onEvent, nextCallNumber } = this.#options;
    const facts: CallFacts = {
      server: this.name,
      method: call.method,
      ...(call.method === "tools/call" ? { tool: toolOf(call) } : {}),
      context: this.definition.context ?? "external",
      callNumber: nextCallNumber(),
    };
    const startedAtMs = performance.now();
    const end = (outcome: CallOutcome, thrown?: unknown): void =>
      onEvent({
        type: "call-ended",
        ...facts,
        outcome,
        elapsedMs: performance.now() - startedAtMs,
        ...(isFairleadError(thrown) ? { error: thrown } : {}),
      });
    if (isExternalCall(this.definition, call.method)) this.#options.consumer.onExternalCall?.();
    onEvent({ type: "call-started", ...facts });
    try {
      const answer = await this.#member.track(call.signal, (signal) =>
        this.#server.call(this.#member, { timeoutMs: this.definition.toolTimeoutMs, ...call, signal }),
      );
      end(answer.kind);
      return answer;
    } catch (thrown) {
      end(isFairleadError(thrown) && thrown.code === "canceled" ? "canceled" : "failed", thrown);
      throw thrown;
    }
  }

  notify(method: string, params?: Uint8Array): void {
    if (!this.#isOver) this.#server.notify(method, params);
  }

  async list(method: ListMethod): Promise<readonly ListedItem[]> {
    this.#refuseIfReleased();
    const end = this.#member.occupy();
    try {
      const isReadyInTime = async (): Promise<boolean> => {
        await this.#server.ready(false);
        return true;
      };
      return (await this.#server.list(method, this.#member, { isReadyInTime, use: "look-up" })) ?? [];
    } finally {
      end();
    }
  }

  async listNow(
    method: ListMethod,
    patienceMs: number,
    use: ListUse = "show",
  ): Promise<readonly ListedItem[] | undefined> {
    if (this.#isOver) return undefined;
    const end = this.#member.occupy();
    try {
      const isReadyInTime = (): Promise<boolean> => this.#isUpWithin(patienceMs);
      return await this.#server.list(method, this.#member, { isReadyInTime, patienceMs, use });
    } finally {
      end();
    }
  }

  hold(): () => void {
    this.#refuseIfReleased();
    this.#holdCount += 1;
    const ends = [this.#member.occupy(), this.#server.occupy()];
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holdCount -= 1;
      for (const end of ends) end();
    };
  }

  holdOutput(): () => void {
    this.#server.holdOutput(this.#member, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#server.holdOutput(this.#member, -1);
      isHeld = false;
    };
  }

  release(options: ReleaseOptions = {}): Promise<StopReport | undefined> {
    const { whenIdle = false, isObsolete = false } = options;
    this.#stopTimes = options.times ?? this.#stopTimes;
    if (!whenIdle) {
      this.#isCut = true;
      // Whoever is in a hurry need not wait for calls that an earlier release let finish.
      if (this.#releasing !== undefined) this.#member.giveUp(stoppedError(this.name));
    }
    if (this.#releasing === undefined) {
      const times = (): ReleaseOptions["times"] => this.#stopTimes;
      this.#releasing = this.#server.leave(this.#member, { whenIdle, isObsolete, times });
      this.#releasing.catch(() => {
        // The pool tells it as an event, and whoever waits for the release sees it.
      });
    }
    return this.#releasing;
  }

  async #up(isNewTry: boolean): Promise<McpConnection> {
    this.#refuseIfReleased();
    const end = this.#member.occupy();
    try {
      return await this.#server.ready(isNewTry);
    } finally {
      end();
    }
  }

  async #isUpWithin(limitMs: number): Promise<boolean> {
    await settlesWithinMs(this.#server.ready(false), limitMs);
    return this.connection !== undefined;
  }

  /** Whether it takes nothing more. */
  get #isOver(): boolean {
    return this.#releasing !== undefined && (this.#isCut || this.#holdCount === 0);
  }

  #refuseIfReleased(): void {
    if (this.#isOver) throw stoppedError(this.name);
  }
}

/** Only for telling it, so what stands far behind in large arguments is not looked for. */
function toolOf({ params }: McpCall): string | undefined {
  return textMember(params?.subarray(0, 8_192), "name");
}

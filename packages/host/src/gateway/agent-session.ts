import { createDeferred, type StopReport, type StopTimes } from "@fairlead/core";
import {
  type AgentMessageClass,
  type CallAnswer,
  classifyAgentMessage,
  defaultMaxNameBytes,
  type Era,
  establishedEra,
  findMember,
  messageIdKey,
  parseRange,
  readMessageId,
  type ScannedNotification,
  type ScannedRequest,
  sliceRange,
} from "@fairlead/mcp";
import type { ClientProfile } from "../orchestrator/open-server.js";
import { ServerInstance } from "../orchestrator/server-instance.js";
import type { AgentChannelOptions } from "./agent-channel.js";
import { AgentPeer } from "./agent-peer.js";
import type { AgentDialect } from "./dialects/agent-dialect.js";
import { LegacyDialect } from "./dialects/legacy-dialect.js";
import { ModernDialect } from "./dialects/modern-dialect.js";
import { paramsOf } from "./raw-params.js";
import type { RouteContext } from "./route.js";
import { toRpcFailure } from "./rpc-failure.js";

const defaultListPatienceMs = 30_000;

interface InFlight {
  readonly abort: AbortController;
  readonly settled: Promise<void>;
}

/** One agent: its era, its requests under way, and its own copies of the servers. */
export class AgentSession {
  readonly peer: AgentPeer;
  readonly #options: AgentChannelOptions;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #broken = createDeferred<void>();
  readonly broken = this.#broken.promise;
  readonly #legacy: LegacyDialect;
  readonly #modern: ModernDialect;
  #era: Era | undefined;
  #context: RouteContext | undefined;
  #releaseOutput: (() => void)[] = [];

  constructor(options: AgentChannelOptions) {
    this.#options = options;
    this.peer = new AgentPeer({
      maxMessageBytes: options.maxMessageBytes,
      send: options.send,
      onRequest: (request) => this.#serve(request),
      onNotification: (notification) => this.#note(notification),
      onPressure: (isHigh) => this.#press(isHigh),
      onBroken: () => this.#broken.resolve(),
    });
    const surroundings = {
      peer: this.peer,
      version: options.version,
      open: (profile: ClientProfile) => (this.#context ??= this.#createContext(profile)),
      opened: () => this.#context,
      warn: (server: string, text: string) => options.onEvent?.({ type: "warning", server, text }),
    };
    this.#legacy = new LegacyDialect(surroundings);
    this.#modern = new ModernDialect(surroundings);
  }

  /** Settles once every request that came so far is answered. */
  async answersDue(): Promise<void> {
    await Promise.all([...this.#inFlight.values()].map(({ settled }) => settled));
  }

  /** Takes back every request under way; nobody waits for the answers any more. */
  cancelAll(): void {
    for (const { abort } of this.#inFlight.values()) abort.abort("The agent has disconnected");
  }

  async close(times?: Partial<StopTimes>): Promise<readonly StopReport[]> {
    this.cancelAll();
    this.peer.close();
    const reports = await Promise.all(
      (this.#context?.instances ?? []).map((instance) => instance.close(times)),
    );
    return reports.filter((report) => report !== undefined);
  }

  #serve(message: ScannedRequest): void {
    const key = messageIdKey(message.id);
    const abort = new AbortController();
    const answered = this.#answer(message, abort.signal).catch(toRpcFailure);
    const settled = answered.then((answer) => {
      if (this.#inFlight.get(key)?.abort === abort) this.#inFlight.delete(key);
      // Who took a request back expects no answer to it.
      if (!abort.signal.aborted) this.peer.respond(message.id, answer);
    });
    this.#inFlight.set(key, { abort, settled });
  }

  async #answer(message: ScannedRequest, signal: AbortSignal): Promise<CallAnswer> {
    const found = this.#classify(message, true);
    if (found.era === "unsupported") {
      return { kind: "error", error: Buffer.from(JSON.stringify(found.error)) };
    }
    if (found.era === "legacy") return this.#legacy.answer(message, signal);
    if (found.envelope !== undefined) this.#modern.introduce(found.envelope);
    return this.#modern.answer(message, signal);
  }

  #note(message: ScannedNotification): void {
    if (message.method === "notifications/cancelled") {
      const params = paramsOf(message);
      if (params !== undefined) this.#cancel(params);
      return;
    }
    const found = this.#classify(message, false);
    if (found.era === "legacy") this.#legacy.note(message);
    else if (found.era === "modern") this.#modern.note(message);
  }

  #classify(message: ScannedRequest | ScannedNotification, isRequest: boolean): AgentMessageClass {
    // The legacy era is settled for good by its first message, and nothing more is read for it.
    if (this.#era === "legacy") return { era: "legacy" };
    const agentMessage = { method: message.method, params: eraMarks(message), isRequest };
    const found = classifyAgentMessage(agentMessage, this.#era);
    this.#era = establishedEra(this.#era, agentMessage, found);
    return found;
  }

  #cancel(params: Buffer): void {
    const whole = { start: 0, end: params.length };
    const idRange = findMember(params, whole, "requestId");
    const id = idRange === undefined ? undefined : readMessageId(sliceRange(params, idRange));
    if (id === undefined) return;
    const reasonRange = findMember(params, whole, "reason");
    const reason = reasonRange === undefined ? undefined : parseRange(params, reasonRange);
    this.#inFlight.get(messageIdKey(id))?.abort.abort(typeof reason === "string" ? reason : undefined);
  }

  #createContext(profile: ClientProfile): RouteContext {
    const onEvent = this.#options.onEvent ?? (() => {});
    const dialect: AgentDialect = this.#era === "modern" ? this.#modern : this.#legacy;
    return {
      maxNameBytes: this.#options.maxNameBytes ?? defaultMaxNameBytes,
      listPatienceMs: this.#options.listPatienceMs ?? defaultListPatienceMs,
      warn: (server, text) => onEvent({ type: "warning", server, text }),
      instances: this.#options.servers.map((definition) => {
        const instance: ServerInstance = new ServerInstance(definition, {
          profile,
          gate: this.#options.gate,
          onEvent,
          onReady: () => dialect.greet(instance),
          handlers: {
            onNotification: (message) => dialect.pass(message, instance),
            onRequest: (message, { signal }) => dialect.ask(message, instance, signal),
          },
        });
        return instance;
      }),
    };
  }

  #press(isHigh: boolean): void {
    for (const release of this.#releaseOutput) release();
    this.#releaseOutput = isHigh
      ? (this.#context?.instances ?? []).flatMap(({ connection }) =>
          connection ? [connection.holdOutput()] : [],
        )
      : [];
  }
}

/** The two members of a message's params that tell its era; its arguments may be large and are left alone. */
function eraMarks(message: ScannedRequest | ScannedNotification): object {
  const marks: Record<string, unknown> = {};
  if (message.params === undefined) return marks;
  for (const key of ["_meta", "protocolVersion"]) {
    const range = findMember(message.line, message.params, key);
    if (range !== undefined) marks[key] = parseRange(message.line, range);
  }
  return marks;
}

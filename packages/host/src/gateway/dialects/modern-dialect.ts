import { createDeferred } from "@fairlead/core";
import {
  buildAcknowledgement,
  buildDiscoverResult,
  type CallAnswer,
  isListenedNotification,
  isRemovedRequest,
  type ListenFilter,
  listenerWants,
  type ModernEnvelope,
  noEquivalentError,
  parseRange,
  readListenFilter,
  removedMethodError,
  type ScannedNotification,
  type ScannedRequest,
  stampSubscription,
  toLegacyParams,
  toLegacyRequestParams,
  toModernResult,
} from "@fairlead/mcp";
import type { ServerInstance } from "../../orchestrator/server-instance.js";
import { anonymousProfile, mergedCapabilities, serverInfo } from "../handshake.js";
import { methodRoutes } from "../method-routes.js";
import { paramsOf } from "../raw-params.js";
import type { RouteContext } from "../route.js";
import { forgetChangedLists } from "../server-notifications.js";
import type { AgentDialect, DialectSurroundings } from "./agent-dialect.js";
import { requireServers } from "./legacy-dialect.js";

/** What modern agents are told of; log messages and resource subscriptions of legacy servers have no way to them yet. */
const modernCapabilities = {
  tools: mergedCapabilities.tools,
  prompts: mergedCapabilities.prompts,
  resources: { listChanged: true },
  completions: mergedCapabilities.completions,
} as const;

interface Listener {
  readonly idRaw: Buffer;
  readonly filter: ListenFilter;
}

/**
 * Agents without a handshake: every request says who asks, in `_meta`. The servers behind are legacy ones, so what only
 * the modern era knows is taken out on the way there and put in on the way back.
 */
export class ModernDialect implements AgentDialect {
  readonly #surroundings: DialectSurroundings;
  readonly #listeners = new Set<Listener>();
  #envelope: ModernEnvelope | undefined;

  constructor(surroundings: DialectSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Notes what the next request says about the agent. */
  introduce(envelope: ModernEnvelope): void {
    this.#envelope ??= envelope;
  }

  async answer(message: ScannedRequest, signal: AbortSignal): Promise<CallAnswer> {
    const { version } = this.#surroundings;
    const { method } = message;
    if (method === "server/discover") {
      const result = buildDiscoverResult({
        serverInfo: serverInfo(version),
        capabilities: modernCapabilities,
      });
      return { kind: "result", result: Buffer.from(JSON.stringify(result)) };
    }
    if (method === "subscriptions/listen") return this.#listen(message, signal);
    if (isRemovedRequest(method)) return errorAnswer(removedMethodError(method));
    const context = this.#open();
    await requireServers(context.instances.filter((instance) => instance.definition.required));
    const params = paramsOf(message);
    const onProgress = (progress: Buffer): void =>
      this.#surroundings.peer.notify("notifications/progress", progress);
    const legacyParams = params === undefined ? undefined : toLegacyRequestParams(params);
    const answer = await methodRoutes(method)({ message, params: legacyParams, signal, onProgress }, context);
    if (answer.kind === "error") return answer;
    return { kind: "result", result: toModernResult(method, answer.result, serverInfo(version)) };
  }

  note(message: ScannedNotification): void {
    const instances = this.#surroundings.opened()?.instances ?? [];
    const [only] = instances;
    if (only === undefined || instances.length > 1) return;
    const params = paramsOf(message);
    only.connection?.notify(message.method, params === undefined ? undefined : toLegacyParams(params));
  }

  greet(): void {
    // A modern agent says in every request what it wishes.
  }

  pass(message: ScannedNotification, instance: ServerInstance): void {
    forgetChangedLists(message.method, instance);
    if (!isListenedNotification(message.method)) return;
    for (const { idRaw, filter } of this.#listeners) {
      if (!listenerWants(filter, message.method)) continue;
      this.#surroundings.peer.notify(message.method, stampSubscription(paramsOf(message), idRaw));
    }
  }

  async ask(message: ScannedRequest): Promise<CallAnswer> {
    return errorAnswer(
      noEquivalentError(message.method, "and this gateway does not translate questions to it yet"),
    );
  }

  /** Stays open until the agent cancels it or leaves; neither is answered. */
  async #listen(message: ScannedRequest, signal: AbortSignal): Promise<CallAnswer> {
    const params = message.params === undefined ? undefined : parseRange(message.line, message.params);
    const read = readListenFilter(params, modernCapabilities);
    if ("error" in read) return errorAnswer(read.error);
    const listener: Listener = { idRaw: message.id.raw, filter: read.filter };
    // Only servers that run can say that something changed.
    for (const instance of this.#open().instances) instance.ready().catch(() => {});
    this.#listeners.add(listener);
    this.#surroundings.peer.notify(
      "notifications/subscriptions/acknowledged",
      buildAcknowledgement(read.filter, listener.idRaw),
    );
    const ended = createDeferred<CallAnswer>();
    signal.addEventListener("abort", () => ended.reject(signal.reason), { once: true });
    try {
      return await ended.promise;
    } finally {
      this.#listeners.delete(listener);
    }
  }

  #open(): RouteContext {
    const anonymous = anonymousProfile(this.#surroundings.version);
    // No capabilities: a legacy server would use them for questions, which cannot be translated yet.
    return this.#surroundings.open({
      ...anonymous,
      clientInfo: this.#envelope?.clientInfo ?? anonymous.clientInfo,
    });
  }
}

function errorAnswer(error: object): CallAnswer {
  return { kind: "error", error: Buffer.from(JSON.stringify(error)) };
}

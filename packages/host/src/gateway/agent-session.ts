import { createDeferred, FairleadError, type StopReport, type StopTimes } from "@fairlead/core";
import {
  type CallAnswer,
  defaultMaxNameBytes,
  findMember,
  messageIdKey,
  parseRange,
  readMessageId,
  type ScannedNotification,
  type ScannedRequest,
  sliceRange,
} from "@fairlead/mcp";
import { ServerInstance } from "../orchestrator/server-instance.js";
import type { AgentChannelOptions } from "./agent-channel.js";
import { AgentPeer } from "./agent-peer.js";
import { type AgentProfile, anonymousProfile, answerInitialize, readProfile } from "./handshake.js";
import { methodRoutes } from "./method-routes.js";
import { paramsOf } from "./raw-params.js";
import type { RouteContext } from "./route.js";
import { setLevelEverywhere } from "./routes/logging.js";
import { toRpcFailure } from "./rpc-failure.js";
import { ServerNotifications } from "./server-notifications.js";
import { ServerRequests } from "./server-requests.js";

const defaultListPatienceMs = 30_000;

interface InFlight {
  readonly abort: AbortController;
  readonly settled: Promise<void>;
}

/** One agent: its handshake, its requests under way, and its own copies of the servers. */
export class AgentSession {
  readonly peer: AgentPeer;
  readonly #options: AgentChannelOptions;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #broken = createDeferred<void>();
  readonly broken = this.#broken.promise;
  readonly #serverRequests: ServerRequests;
  readonly #notifications: ServerNotifications;
  #profile: AgentProfile | undefined;
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
    this.#serverRequests = new ServerRequests(this.peer);
    this.#notifications = new ServerNotifications(this.peer);
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
    switch (message.method) {
      case "initialize":
        return this.#initialize(message);
      case "ping":
        return emptyResult;
      case "logging/setLevel":
        return this.#setLevel(message);
      default: {
        const params = paramsOf(message);
        const onProgress = (progress: Buffer): void => this.peer.notify("notifications/progress", progress);
        const route = methodRoutes(message.method);
        return route({ message, params, signal, onProgress }, this.#open());
      }
    }
  }

  async #initialize(message: ScannedRequest): Promise<CallAnswer> {
    if (this.#profile !== undefined) {
      throw new FairleadError("usage", "This agent has initialized already", { reason: "argument_invalid" });
    }
    const params = message.params === undefined ? {} : parseRange(message.line, message.params);
    this.#profile = readProfile(params, this.#options.version);
    const { instances } = this.#open();
    for (const instance of instances) instance.ready().catch(() => {});
    await requireServers(instances.filter((instance) => instance.definition.required));
    return answerInitialize(params, this.#options.version);
  }

  async #setLevel(message: ScannedRequest): Promise<CallAnswer> {
    const params = paramsOf(message);
    this.#notifications.setLevel(params);
    await setLevelEverywhere(params, this.#open());
    return emptyResult;
  }

  #note(message: ScannedNotification): void {
    const params = paramsOf(message);
    switch (message.method) {
      case "notifications/cancelled":
        return params === undefined ? undefined : this.#cancel(params);
      case "notifications/progress":
        if (params !== undefined) this.#serverRequests.progress(params);
        return;
      case "notifications/initialized":
        return;
      default: {
        const { instances } = this.#open();
        // Roots concern every server; a notification of somebody's own can only be for the only one there is.
        if (message.method !== "notifications/roots/list_changed" && instances.length > 1) return;
        for (const instance of instances) instance.connection?.notify(message.method, params);
      }
    }
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

  /** The agent's servers, made at its first word. */
  #open(): RouteContext {
    this.#context ??= this.#createContext(this.#profile ?? anonymousProfile(this.#options.version));
    return this.#context;
  }

  #createContext(profile: AgentProfile): RouteContext {
    const onEvent = this.#options.onEvent ?? (() => {});
    return {
      maxNameBytes: this.#options.maxNameBytes ?? defaultMaxNameBytes,
      listPatienceMs: this.#options.listPatienceMs ?? defaultListPatienceMs,
      warn: (server, text) => onEvent({ type: "warning", server, text }),
      instances: this.#options.servers.map((definition) => {
        const instance: ServerInstance = new ServerInstance(definition, {
          profile,
          gate: this.#options.gate,
          onEvent,
          handlers: {
            onNotification: (message) => this.#notifications.pass(message, instance),
            onRequest: (message, { signal }) =>
              this.#serverRequests.ask(message, profile.capabilities, {
                signal,
                report: (progress) => instance.connection?.notify("notifications/progress", progress),
              }),
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

const emptyResult: CallAnswer = { kind: "result", result: Buffer.from("{}") };

async function requireServers(required: readonly ServerInstance[]): Promise<void> {
  const failures = (await Promise.allSettled(required.map((instance) => instance.ready()))).flatMap(
    (outcome) =>
      outcome.status === "rejected" ? [outcome.reason instanceof Error ? outcome.reason.message : ""] : [],
  );
  if (failures.length === 0) return;
  throw new FairleadError("unavailable", `Required servers cannot be started: ${failures.join("; ")}`, {
    reason: "handshake_failed",
    effect: "none",
  });
}

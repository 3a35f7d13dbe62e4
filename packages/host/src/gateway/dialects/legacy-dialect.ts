import { FairleadError } from "@fairlead/core";
import { type CallAnswer, parseRange, type ScannedNotification, type ScannedRequest } from "@fairlead/mcp";
import type { ClientProfile } from "../../orchestrator/open-server.js";
import type { ServerInstance } from "../../orchestrator/server-instance.js";
import { anonymousProfile, answerInitialize, readProfile } from "../handshake.js";
import { methodRoutes } from "../method-routes.js";
import { paramsOf } from "../raw-params.js";
import { passLogLevel } from "../routes/logging.js";
import { ServerNotifications } from "../server-notifications.js";
import { ServerRequests } from "../server-requests.js";
import type { AgentDialect, DialectSurroundings } from "./agent-dialect.js";

const emptyResult: CallAnswer = { kind: "result", result: Buffer.from("{}") };

/** Agents that shake hands: `initialize` first, then a session in which servers may ask back. */
export class LegacyDialect implements AgentDialect {
  readonly #surroundings: DialectSurroundings;
  readonly #serverRequests: ServerRequests;
  readonly #notifications: ServerNotifications;
  #profile: ClientProfile | undefined;
  #levelParams: { readonly params: Buffer | undefined } | undefined;

  constructor(surroundings: DialectSurroundings) {
    this.#surroundings = surroundings;
    this.#serverRequests = new ServerRequests(surroundings.peer);
    this.#notifications = new ServerNotifications(surroundings.peer);
  }

  async answer(message: ScannedRequest, signal: AbortSignal): Promise<CallAnswer> {
    switch (message.method) {
      case "initialize":
        return this.#initialize(message);
      case "ping":
        return emptyResult;
      case "logging/setLevel": {
        const params = paramsOf(message);
        this.#notifications.setLevel(params);
        this.#levelParams = { params };
        // Servers that are still starting are told when they are up.
        await Promise.all(this.#open().instances.map((instance) => this.#passLevel(instance)));
        return emptyResult;
      }
      default: {
        const { peer } = this.#surroundings;
        const onProgress = (progress: Buffer): void => peer.notify("notifications/progress", progress);
        const request = { message, params: paramsOf(message), signal, onProgress };
        return methodRoutes(message.method)(request, this.#open());
      }
    }
  }

  note(message: ScannedNotification): void {
    const params = paramsOf(message);
    if (message.method === "notifications/initialized") return;
    if (message.method === "notifications/progress") {
      if (params !== undefined) this.#serverRequests.progress(params);
      return;
    }
    const instances = this.#surroundings.opened()?.instances ?? [];
    // Roots concern every server; a notification of somebody's own can only be for the only one there is.
    if (message.method !== "notifications/roots/list_changed" && instances.length > 1) return;
    for (const instance of instances) instance.connection?.notify(message.method, params);
  }

  greet(instance: ServerInstance): void {
    void this.#passLevel(instance);
  }

  pass(message: ScannedNotification, instance: ServerInstance): void {
    this.#notifications.pass(message, instance);
  }

  ask(message: ScannedRequest, instance: ServerInstance, signal: AbortSignal): Promise<CallAnswer> {
    const { capabilities } = this.#profile ?? anonymousProfile(this.#surroundings.version);
    const report = (progress: Buffer): void =>
      instance.connection?.notify("notifications/progress", progress);
    return this.#serverRequests.ask(message, capabilities, { signal, report });
  }

  async #passLevel(instance: ServerInstance): Promise<void> {
    if (this.#levelParams === undefined) return;
    await passLogLevel(this.#levelParams.params, instance, this.#surroundings.warn);
  }

  async #initialize(message: ScannedRequest): Promise<CallAnswer> {
    if (this.#profile !== undefined) {
      throw new FairleadError("usage", "This agent has initialized already", { reason: "argument_invalid" });
    }
    const params = message.params === undefined ? undefined : parseRange(message.line, message.params);
    this.#profile = readProfile(params, this.#surroundings.version);
    const { instances } = this.#open();
    for (const instance of instances) instance.ready().catch(() => {});
    await requireServers(instances.filter((instance) => instance.definition.required));
    return answerInitialize(params, this.#surroundings.version);
  }

  #open(): ReturnType<DialectSurroundings["open"]> {
    return this.#surroundings.open(this.#profile ?? anonymousProfile(this.#surroundings.version));
  }
}

/** @throws FairleadError `unavailable`, with everything that failed */
export async function requireServers(required: readonly ServerInstance[]): Promise<void> {
  const outcomes = await Promise.allSettled(required.map((instance) => instance.ready()));
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === "rejected"
      ? [outcome.reason instanceof Error ? outcome.reason.message : "unknown"]
      : [],
  );
  if (failures.length === 0) return;
  throw new FairleadError("unavailable", `Required servers cannot be started: ${failures.join("; ")}`, {
    reason: "handshake_failed",
    effect: "none",
  });
}

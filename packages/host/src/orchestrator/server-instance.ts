import {
  FairleadError,
  type StopReport,
  type StopTimes,
  settlesWithinMs,
  toFairleadError,
  untilAborted,
} from "@fairlead/core";
import {
  type CallAnswer,
  type ConnectionHandlers,
  type ListedItem,
  type ListMethod,
  listAll,
  type McpCall,
  type McpConnection,
  toStartFailure,
} from "@fairlead/mcp";
import type { HostEventHandler } from "./host-event.js";
import { type ClientProfile, openServer } from "./open-server.js";
import type { ServerDefinition } from "./server-definition.js";
import type { StartGate } from "./start-gate.js";
import { createToolFilter } from "./tool-filter.js";

/** What an instance needs beside its definition. */
export interface InstanceOptions {
  readonly profile: ClientProfile;
  readonly gate: StartGate;
  readonly onEvent: HostEventHandler;
  /** Called after every successful start, before the first call. */
  readonly onReady: () => void;
  readonly handlers: Pick<ConnectionHandlers, "onNotification" | "onRequest">;
}

type InstanceState =
  | { readonly state: "idle" }
  | { readonly state: "starting"; readonly connection: Promise<McpConnection> }
  | { readonly state: "ready"; readonly connection: McpConnection }
  | { readonly state: "failed"; readonly error: FairleadError }
  | { readonly state: "closed" };

/** One running copy of a configured server. It starts when first needed, and again after it was lost. */
export class ServerInstance {
  readonly definition: ServerDefinition;
  readonly allowsTool: (rawName: string) => boolean;
  readonly #options: InstanceOptions;
  readonly #abort = new AbortController();
  readonly #lists = new Map<ListMethod, Promise<readonly ListedItem[]>>();
  #state: InstanceState = { state: "idle" };

  constructor(definition: ServerDefinition, options: InstanceOptions) {
    this.definition = definition;
    this.allowsTool = createToolFilter(definition);
    this.#options = options;
  }

  get name(): string {
    return this.definition.name;
  }

  /** The connection, if it is ready now. */
  get connection(): McpConnection | undefined {
    return this.#state.state === "ready" ? this.#state.connection : undefined;
  }

  /** Starts the server, waits for a start under way, or gives the running one. @throws FairleadError of the start */
  async ready(): Promise<McpConnection> {
    const current = this.#state;
    if (current.state === "failed") throw current.error;
    if (current.state === "closed") {
      throw new FairleadError("canceled", `Server ${this.name} was stopped`, { reason: "transport_closed" });
    }
    if (current.state !== "idle") return current.connection;
    const connection = this.#start();
    this.#state = { state: "starting", connection };
    return connection;
  }

  /** As {@link ready}, but a start that failed before is tried again: what it failed of may be over. */
  readyAgain(): Promise<McpConnection> {
    if (this.#state.state === "failed") this.#state = { state: "idle" };
    return this.ready();
  }

  /** Tells, after at most so long, whether the server is up. */
  async isReadyWithin(limitMs: number): Promise<boolean> {
    await settlesWithinMs(this.ready(), limitMs);
    return this.#state.state === "ready";
  }

  /** Whether the server announced a capability; false while it is not ready. */
  announces(capability: string): boolean {
    const announced = this.connection?.initializeResult.value["capabilities"];
    return typeof announced === "object" && announced !== null && capability in announced;
  }

  /** Calls the server, starting it if need be. The configured time limit holds. */
  async call(call: McpCall): Promise<CallAnswer> {
    const connection = await untilAborted(this.readyAgain(), call.signal, `The call to ${this.name}`);
    return connection.request({ timeoutMs: this.definition.toolTimeoutMs, ...call });
  }

  /** A list of the server, read once and again after {@link forgetList}; empty if it has no such list. */
  async list(method: ListMethod): Promise<readonly ListedItem[]> {
    const connection = await this.ready();
    if (!this.announces(capabilityOfList[method])) return [];
    const known = this.#lists.get(method);
    if (known !== undefined) return known;
    const listing = this.#readList(connection, method);
    this.#lists.set(method, listing);
    listing.catch(() => this.#lists.delete(method));
    return listing;
  }

  /** Reads the list anew the next time: the server said that it changed. */
  forgetList(method: ListMethod): void {
    this.#lists.delete(method);
  }

  /** Stops the server and its whole tree; a start under way is given up. */
  async close(times?: Partial<StopTimes>): Promise<StopReport | undefined> {
    const former = this.#state;
    this.#state = { state: "closed" };
    this.#abort.abort();
    if (former.state === "ready") return former.connection.close(times);
    if (former.state !== "starting") return undefined;
    const started = await former.connection.catch(() => undefined);
    return started?.close(times);
  }

  async #start(): Promise<McpConnection> {
    const startedAtMs = performance.now();
    const { definition } = this;
    const { gate, onEvent, profile } = this.#options;
    const { signal } = this.#abort;
    try {
      const connection = await gate.run(definition.executor, async () => {
        signal.throwIfAborted();
        onEvent({ type: "starting", server: this.name, executor: definition.executor });
        return openServer(definition, { ...profile, signal, handlers: this.#handlers() });
      });
      if (signal.aborted) return connection;
      this.#state = { state: "ready", connection };
      this.#options.onReady();
      onEvent({ type: "ready", server: this.name, elapsedMs: performance.now() - startedAtMs });
      return connection;
    } catch (thrown) {
      const error = toFairleadError(thrown);
      if (signal.aborted) onEvent({ type: "cancelled", server: this.name });
      else {
        this.#state = { state: "failed", error };
        onEvent({ type: "failed", server: this.name, reason: toStartFailure(error), error });
      }
      throw error;
    }
  }

  #handlers(): ConnectionHandlers {
    const { onEvent, handlers } = this.#options;
    return {
      ...handlers,
      onStderr: (line) => onEvent({ type: "stderr", server: this.name, line }),
      onWarning: (text) => onEvent({ type: "warning", server: this.name, text }),
      onClosed: (info) => {
        if (info.cause === "closed" || this.#state.state === "closed") return;
        // Whoever needs it next starts it again.
        this.#state = { state: "idle" };
        this.#lists.clear();
        onEvent({ type: "lost", server: this.name, error: info.error });
      },
    };
  }

  async #readList(connection: McpConnection, method: ListMethod): Promise<readonly ListedItem[]> {
    const { items, warnings } = await listAll(connection, method, {
      signal: this.#abort.signal,
      timeoutMs: this.definition.startupTimeoutMs,
    });
    for (const text of warnings) this.#options.onEvent({ type: "warning", server: this.name, text });
    return items;
  }
}

const capabilityOfList: Readonly<Record<ListMethod, string>> = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resources",
};

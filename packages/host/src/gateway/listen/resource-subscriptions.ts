import { FairleadError } from "@fairlead/core";
import { buildRequest, scanMessage } from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { routeOf } from "../method-routes.js";
import { paramsOf } from "../raw-params.js";
import type { AgentRequest, RouteContext } from "../route.js";

interface Subscription {
  listeners: number;
  /** The server that agreed; undefined where none did. */
  agreed: Promise<AgentServer | undefined>;
}

/** The resources that one modern agent's listeners want to be told of: each is subscribed to once, however many want it. */
export class ResourceSubscriptions {
  readonly #warn: RouteContext["warn"];
  readonly #open = new Map<string, Subscription>();
  readonly #abort = new AbortController();

  constructor(warn: RouteContext["warn"]) {
    this.#warn = warn;
  }

  /** One more listener wants a resource. @returns whether a server agreed to tell its changes */
  async add(uri: string, context: RouteContext): Promise<boolean> {
    const known = this.#open.get(uri);
    if (known !== undefined) known.listeners += 1;
    const subscription = known ?? { listeners: 1, agreed: this.#subscribe(uri, context) };
    this.#open.set(uri, subscription);
    const server = await subscription.agreed;
    // Another listener may have more luck later.
    if (server === undefined && this.#open.get(uri) === subscription) this.#open.delete(uri);
    return server !== undefined;
  }

  /** One listener less wants it. A resource that nobody agreed to tell of is none. */
  async remove(uri: string): Promise<void> {
    const subscription = this.#open.get(uri);
    if (subscription === undefined) return;
    subscription.listeners -= 1;
    if (subscription.listeners > 0) return;
    this.#open.delete(uri);
    const server = await subscription.agreed;
    if (server === undefined || this.#abort.signal.aborted || this.#open.has(uri)) return;
    await this.#send(server, "resources/unsubscribe", uri);
  }

  /** Subscribes anew to what a server had agreed to that the agent has no more. */
  renew(context: RouteContext): void {
    for (const [uri, subscription] of this.#open) {
      subscription.agreed = subscription.agreed.then((server) =>
        server === undefined || context.servers.includes(server) ? server : this.#subscribe(uri, context),
      );
    }
  }

  /** Nothing is asked of servers any more: they are let go of. */
  close(): void {
    this.#abort.abort("The gateway is closing");
    this.#open.clear();
  }

  async #subscribe(uri: string, context: RouteContext): Promise<AgentServer | undefined> {
    let agreed: AgentServer | undefined;
    const request = toAgentRequest(uri, {
      signal: this.#abort.signal,
      onAgreed: (server) => {
        agreed = server;
      },
    });
    try {
      const answer = await routeOf(request.message.method, context)(request, context);
      return answer.kind === "result" ? agreed : undefined;
    } catch (error) {
      this.#warnOf(agreed?.name ?? "", "resources/subscribe", error);
      return undefined;
    }
  }

  async #send(server: AgentServer, method: string, uri: string): Promise<void> {
    const params = Buffer.from(JSON.stringify({ uri }));
    try {
      await server.call({ method, params, signal: this.#abort.signal });
    } catch (error) {
      this.#warnOf(server.name, method, error);
    }
  }

  #warnOf(server: string, method: string, error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#warn(server, `${method} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A request of our own, as if an agent had made it: it is led to the owner of the resource in the same way. */
function toAgentRequest(
  uri: string,
  { signal, onAgreed }: { signal: AbortSignal; onAgreed: (server: AgentServer) => void },
): AgentRequest {
  const paramsRaw = Buffer.from(JSON.stringify({ uri }));
  const message = scanMessage(buildRequest({ idRaw: "0", method: "resources/subscribe", paramsRaw }));
  if (message.kind !== "request") throw new TypeError("A built request was not read as one");
  return {
    message,
    params: paramsOf(message),
    era: "legacy",
    signal,
    sink: { push: () => {} },
    call: async (server, call) => {
      const answer = await server.call({ ...call, signal });
      if (answer.kind === "result") onAgreed(server);
      return answer;
    },
    ask: () => {
      const text = "A subscription of Fairlead itself asks nobody";
      return Promise.reject(new FairleadError("forbidden", text, { reason: "cannot_ask" }));
    },
  };
}

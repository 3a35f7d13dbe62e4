import { createDeferred, settlesWithinMs } from "@fairlead/core";
import {
  buildAcknowledgement,
  buildListenEnd,
  type CallAnswer,
  type ListenFilter,
  listenerWants,
  parseRange,
  readListenFilter,
  rpcError,
  type ScannedRequest,
  stampSubscription,
} from "@fairlead/mcp";
import type { AgentPeer } from "../agent-peer.js";
import type { MessageSink } from "../message-sink.js";
import { readText } from "../raw-params.js";
import type { RouteContext } from "../route.js";
import { ResourceSubscriptions } from "./resource-subscriptions.js";

/** One `subscriptions/listen`, as it came. */
export interface ListenRequest {
  readonly message: ScannedRequest;
  /** Takes everything that the listener is told, for as long as it listens. */
  readonly sink: MessageSink;
  /** Aborted when the agent has heard enough. */
  readonly signal: AbortSignal;
}

/** What can be listened to. */
export interface ListenScope {
  readonly context: RouteContext;
  /** Those that the agent was told of. */
  readonly capabilities: Readonly<Record<string, unknown>>;
}

interface Listener extends ListenRequest {
  filter: ListenFilter;
}

/** A server that has not said by then whether it tells a resource's changes is taken at its announcement, in milliseconds. */
const agreementMs = 10_000;

/** What a modern agent listens to: its `subscriptions/listen` requests, none of which is answered while it lasts. */
export class ModernListeners {
  readonly #peer: AgentPeer;
  readonly #subscriptions: ResourceSubscriptions;
  readonly #listeners = new Set<Listener>();

  constructor({ peer, warn }: { readonly peer: AgentPeer; readonly warn: RouteContext["warn"] }) {
    this.#peer = peer;
    this.#subscriptions = new ResourceSubscriptions(warn);
  }

  /** Listens until the agent takes the request back. @returns only an answer that refuses it; else it rejects at its end */
  async listen(request: ListenRequest, { context, capabilities }: ListenScope): Promise<CallAnswer> {
    const { message, signal, sink } = request;
    const params = message.params === undefined ? undefined : parseRange(message.line, message.params);
    const read = readListenFilter(params, capabilities);
    if ("error" in read) return rpcError(read.error.code, read.error.message, read.error.data);
    const uris = [...new Set(read.filter.resourceSubscriptions)];
    const ended = createDeferred<CallAnswer>();
    const onEnd = (): void => ended.reject(signal.reason);
    if (signal.aborted) onEnd();
    signal.addEventListener("abort", onEnd, { once: true });
    const listener: Listener = { ...request, filter: read.filter };
    const refused = new Set<string>();
    const adding = uris.map(async (uri) => {
      if (!(await this.#subscriptions.add(uri, context))) refused.add(uri);
    });
    try {
      await settlesWithinMs(Promise.race([Promise.all(adding), ended.promise]), agreementMs);
      signal.throwIfAborted();
      listener.filter = honoured(
        read.filter,
        uris.filter((uri) => !refused.has(uri)),
      );
      const { raw } = message.id;
      this.#peer.notify(
        "notifications/subscriptions/acknowledged",
        buildAcknowledgement(listener.filter, raw),
        sink,
      );
      this.#listeners.add(listener);
      return await ended.promise;
    } finally {
      signal.removeEventListener("abort", onEnd);
      this.#listeners.delete(listener);
      for (const [index, uri] of uris.entries()) {
        void adding[index]?.then(() => (refused.has(uri) ? undefined : this.#subscriptions.remove(uri)));
      }
    }
  }

  /** Tells whoever wants it. @param method of a notification that only listeners get */
  pass(method: string, params: Buffer | undefined): void {
    const uri = method === "notifications/resources/updated" ? readText(params, ["uri"]) : undefined;
    for (const { message, sink, filter } of this.#listeners) {
      if (!listenerWants(filter, method, uri)) continue;
      this.#peer.notify(method, stampSubscription(params, message.id.raw), sink);
    }
  }

  /** Subscribes anew where a server that had agreed is none of the agent's any more. */
  renew(context: RouteContext): void {
    this.#subscriptions.renew(context);
  }

  /** Ends every listener in good order. */
  close(): void {
    this.#subscriptions.close();
    for (const { message, sink } of this.#listeners) {
      this.#peer.respond(message.id, { kind: "result", result: buildListenEnd(message.id.raw) }, sink);
    }
    this.#listeners.clear();
  }
}

function honoured(filter: ListenFilter, uris: readonly string[]): ListenFilter {
  const { resourceSubscriptions: _, ...lists } = filter;
  return uris.length === 0 ? lists : { ...lists, resourceSubscriptions: uris };
}

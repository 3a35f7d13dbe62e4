import { isFairleadError } from "@fairlead/core";
import { buildError, buildResult } from "../envelope/build-message.js";
import { findMember, parseRange, sliceRange } from "../envelope/members.js";
import { type MessageId, messageIdKey, readMessageId } from "../envelope/message-id.js";
import type { ScannedNotification, ScannedRequest } from "../envelope/scan-message.js";
import { methodNotFound, rpcError, rpcErrorCodes } from "./rpc-errors.js";
import type { CallAnswer, ConnectionHandlers, RelatedCall } from "./types.js";

/** What the table of the server's requests needs from its connection. */
export interface ServerRequestsOptions {
  readonly onRequest: ConnectionHandlers["onRequest"];
  send(line: Buffer): void;
  warn(text: string): void;
  /** The call that a request arriving now belongs to. */
  relatedCall(): RelatedCall | undefined;
  /** Stops every call's clock: for a request whose call cannot be told. */
  pauseClocks(): () => void;
}

/** The server's requests that we have not answered yet. */
export class ServerRequests {
  readonly #options: ServerRequestsOptions;
  readonly #open = new Map<string, AbortController>();

  constructor(options: ServerRequestsOptions) {
    this.#options = options;
  }

  /** Answers a request, now or later. @param related the call that it belongs to. @default what `relatedCall` tells */
  start(message: ScannedRequest, related?: RelatedCall): void {
    if (message.method === "ping") {
      this.#send(message.id, { kind: "result", result: Buffer.from("{}") });
    } else if (this.#open.has(messageIdKey(message.id))) {
      this.refuse(message.id, "the id is in use by a request that is not answered yet");
    } else {
      void this.#serve(message, related ?? this.#options.relatedCall());
    }
  }

  /** Answers something that cannot be taken for a proper request. */
  refuse(id: MessageId, text: string): void {
    this.#send(id, rpcError(rpcErrorCodes.invalidRequest, `Request refused: ${text}`));
  }

  /** Aborts the request that the server takes back. @returns false if it is none of the open ones */
  cancel(message: ScannedNotification): boolean {
    const { line, params } = message;
    const range = params === undefined ? undefined : findMember(line, params, "requestId");
    const id = range === undefined ? undefined : readMessageId(sliceRange(line, range));
    const controller = id === undefined ? undefined : this.#open.get(messageIdKey(id));
    if (id !== undefined) this.#open.delete(messageIdKey(id));
    controller?.abort(reasonOf(message) ?? "The server took its request back");
    return controller !== undefined;
  }

  /** Aborts all that is open; their answers will not be sent. */
  abortAll(reason: unknown): void {
    for (const controller of this.#open.values()) controller.abort(reason);
    this.#open.clear();
  }

  async #serve(message: ScannedRequest, relatedCall: RelatedCall | undefined): Promise<void> {
    const key = messageIdKey(message.id);
    const controller = new AbortController();
    this.#open.set(key, controller);
    const resume = relatedCall?.pauseClock() ?? this.#options.pauseClocks();
    // A handler may be slow to notice; the server waits no longer.
    controller.signal.addEventListener("abort", resume, { once: true });
    const answer = await this.#ask(message, { relatedCall, signal: controller.signal });
    resume();
    if (this.#open.get(key) === controller) this.#open.delete(key);
    if (!controller.signal.aborted) this.#send(message.id, answer);
  }

  async #ask(
    message: ScannedRequest,
    context: { readonly relatedCall: RelatedCall | undefined; readonly signal: AbortSignal },
  ): Promise<CallAnswer> {
    const { onRequest } = this.#options;
    if (onRequest === undefined) return methodNotFound(message.method);
    try {
      return await onRequest(message, context);
    } catch (thrown) {
      if (context.signal.aborted) return methodNotFound(message.method);
      this.#options.warn(`the handler of ${message.method} failed: ${String(thrown)}`);
      // Only our own messages are known to hold nothing that a server must not see.
      const text = isFairleadError(thrown) ? thrown.message : "Internal error";
      return rpcError(rpcErrorCodes.internal, text);
    }
  }

  #send(id: MessageId, answer: CallAnswer): void {
    const { raw: idRaw } = id;
    this.#options.send(
      answer.kind === "result"
        ? buildResult({ idRaw, resultRaw: answer.result })
        : buildError({ idRaw, errorRaw: answer.error }),
    );
  }
}

function reasonOf({ line, params }: ScannedNotification): string | undefined {
  const range = params === undefined ? undefined : findMember(line, params, "reason");
  const reason = range === undefined ? undefined : parseRange(line, range);
  return typeof reason === "string" ? reason : undefined;
}

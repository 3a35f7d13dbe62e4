import { type JsonObject, type StopReport, type StopTimes } from "@fairlead/core";
import { startCallClock } from "../connection/call-clock.js";
import { methodNotFound } from "../connection/rpc-errors.js";
import type {
  CallAnswer,
  ConnectionHandlers,
  InitializeResult,
  McpCall,
  McpChannel,
  McpConnection,
  RelatedCall,
} from "../connection/types.js";
import { buildNotification } from "../envelope/build-message.js";
import { findMember, parseRange, sliceRange, toBuffer } from "../envelope/members.js";
import { messageIdKey, readMessageId } from "../envelope/message-id.js";
import { type ScannedNotification, scanMessage } from "../envelope/scan-message.js";
import type { ServerFacts } from "../eras/discovered.js";
import { isListenedNotification, unstampSubscription } from "../eras/listen.js";
import { isRemovedNotification } from "../eras/methods.js";
import type { RequestEnvelope } from "../eras/request-envelope.js";
import { ChangeListener } from "./change-listener.js";
import { askInRounds } from "./input-rounds.js";
import { answerLegacyMethod } from "./legacy-methods.js";
import { callTimeoutError } from "./modern-errors.js";
import { ModernRequests } from "./modern-requests.js";

/** What a modern connection is made of. */
export interface ModernConnectionOptions {
  readonly channel: McpChannel;
  /** What `server/discover` told. */
  readonly facts: ServerFacts;
  /** The server's name in the configuration, for messages. */
  readonly name: string;
  readonly envelope: RequestEnvelope;
  readonly transport: "stdio" | "http";
  readonly handlers: ConnectionHandlers;
}

/** A server without a handshake, in the shape of one that had it: what only one era knows is translated on both sides. */
export class ModernConnection implements McpConnection {
  readonly era = "modern" as const;
  readonly initializeResult: InitializeResult;
  readonly #options: ModernConnectionOptions;
  readonly #requests: ModernRequests;
  readonly #listener: ChangeListener;
  readonly #calls = new Map<McpCall, RelatedCall>();

  constructor(options: ModernConnectionOptions) {
    const { facts } = options;
    this.#options = options;
    const value = parseRange(facts.initializeRaw) as JsonObject;
    this.initializeResult = {
      protocolVersion: facts.protocolVersion,
      value,
      raw: facts.initializeRaw,
      discoverRaw: facts.discoverRaw,
    };
    const warn = (text: string): void => this.#warn(text);
    const requests = new ModernRequests({ ...options, warn });
    this.#requests = requests;
    this.#listener = new ChangeListener({
      capabilities: facts.capabilities,
      request: (call) =>
        requests.send({
          owner: call,
          params: call.params === undefined ? undefined : toBuffer(call.params),
          signal: call.signal,
        }),
      onMissed: (method, params) => this.#tell(method, params),
      warn,
    });
  }

  /** Begins to listen for changes, in the background. */
  start(): void {
    this.#listener.start();
  }

  request(call: McpCall): Promise<CallAnswer> {
    // Listening is kept by this connection, whoever asks for it.
    if (call.isModern === true && call.method !== "subscriptions/listen") return this.#ask(call);
    const local = answerLegacyMethod(call, {
      capabilities: this.#options.facts.capabilities,
      listener: this.#listener,
      setLogLevel: (level) => this.#requests.setLogLevel(level),
      ask: (modern) => this.#ask(modern),
    });
    return local ?? this.#ask(call);
  }

  notify(method: string, params?: Uint8Array): void {
    // What clients with a handshake tell has no place here, and the channel itself takes requests back.
    if (isRemovedNotification(method) || method === "notifications/progress") return;
    this.#options.channel.notify(method, this.#requests.envelop(params));
  }

  holdOutput(): () => void {
    return this.#options.channel.holdOutput();
  }

  stderrTail(maxBytes?: number): string {
    return this.#options.channel.stderrTail(maxBytes);
  }

  close(times?: Partial<StopTimes>): Promise<StopReport> {
    this.#listener.close();
    return this.#options.channel.close(times);
  }

  [Symbol.asyncDispose] = async (): Promise<void> => {
    await this.close();
  };

  /** What the channel is to report to; every handler of the owner is among them. */
  channelHandlers(): ConnectionHandlers {
    const { handlers } = this.#options;
    return {
      ...handlers,
      onRequest: ({ method }) => Promise.resolve(methodNotFound(method)),
      onNotification: (message, related) => this.#notified(message, related?.call),
      onClosed: (info) => {
        this.#listener.close();
        handlers.onClosed?.(info);
      },
    };
  }

  async #ask(call: McpCall): Promise<CallAnswer> {
    const { name, envelope, handlers } = this.#options;
    const { signal, timeoutMs } = call;
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    // The limit is for all rounds together, so the channel is given none.
    const clock = startCallClock(timeoutMs, () => abort.abort(callTimeoutError(name, call)));
    const relatedCall: RelatedCall = { call, pauseClock: () => clock.pause() };
    this.#calls.set(call, relatedCall);
    try {
      const send = (params: Buffer | undefined): Promise<CallAnswer> =>
        this.#requests.send({ owner: call, params, signal: abort.signal });
      // Who speaks the era itself is asked by the server's own result.
      if (call.isModern === true)
        return await send(call.params === undefined ? undefined : toBuffer(call.params));
      return await askInRounds({
        name,
        capabilities: envelope.capabilities,
        onRequest: handlers.onRequest,
        // Its questions stand in its own answer.
        relatedCall: { ...relatedCall, isCertain: true },
        signal: abort.signal,
        warn: (text) => this.#warn(text),
        send,
      });
    } finally {
      clock.stop();
      signal?.removeEventListener("abort", onAbort);
      this.#calls.delete(call);
    }
  }

  #notified(message: ScannedNotification, sent: McpCall | undefined): void {
    const params = message.params === undefined ? undefined : sliceRange(message.line, message.params);
    const owner = sent === undefined ? undefined : this.#requests.ownerOf(sent);
    if (message.method === "notifications/subscriptions/acknowledged") {
      if (params !== undefined) this.#listener.acknowledged(params, owner);
    } else if (message.method === "notifications/cancelled") {
      this.#cancelled(params);
    } else if (isListenedNotification(message.method)) {
      if (!this.#listener.accepts(params)) return;
      this.#requests.forget(message.method);
      this.#options.handlers.onNotification?.(withoutStamp(message, params), undefined);
    } else {
      this.#options.handlers.onNotification?.(message, this.#relatedTo(owner));
    }
  }

  /** On stdio nothing tells which call a notification is about, unless there is only one. */
  #relatedTo(owner: McpCall | undefined): RelatedCall | undefined {
    if (owner !== undefined) return this.#calls.get(owner);
    const [only] = this.#calls.values();
    return this.#calls.size === 1 && this.#options.transport === "stdio" ? only : undefined;
  }

  /** A modern server asks nothing by itself, so all that it can take back is the stream of changes. */
  #cancelled(params: Buffer | undefined): void {
    const range =
      params === undefined ? undefined : findMember(params, { start: 0, end: params.length }, "requestId");
    if (params === undefined || range === undefined) return;
    const id = readMessageId(sliceRange(params, range));
    if (id !== undefined) this.#listener.endedByServer(messageIdKey(id));
  }

  #tell(method: string, params: JsonObject | undefined): void {
    this.#requests.forget(method);
    const paramsRaw = params === undefined ? undefined : Buffer.from(JSON.stringify(params));
    const message = scanMessage(buildNotification({ method, paramsRaw }));
    if (message.kind === "notification") this.#options.handlers.onNotification?.(message, undefined);
  }

  #warn(text: string): void {
    this.#options.handlers.onWarning?.(`Server '${this.#options.name}': ${text}`);
  }
}

function withoutStamp(message: ScannedNotification, params: Buffer | undefined): ScannedNotification {
  const bare = params === undefined ? undefined : unstampSubscription(params);
  if (bare === params) return message;
  const rebuilt = scanMessage(buildNotification({ method: message.method, paramsRaw: bare }));
  return rebuilt.kind === "notification" ? rebuilt : message;
}

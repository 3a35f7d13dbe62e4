import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";
import {
  buildError,
  buildNotification,
  buildRequest,
  buildResult,
  type CallAnswer,
  createLineSplitter,
  type MessageId,
  messageIdKey,
  rpcError,
  rpcErrorCodes,
  type ScannedErrorAnswer,
  type ScannedNotification,
  type ScannedRequest,
  type ScannedResult,
  scanMessage,
  sliceRange,
} from "@fairlead/mcp";
import { type AgentOutbox, createAgentOutbox } from "./agent-outbox.js";

/** What an agent's side of the line reports. */
export interface AgentPeerOptions {
  readonly maxMessageBytes: number | undefined;
  readonly send: (bytes: Uint8Array) => Promise<void>;
  readonly onRequest: (request: ScannedRequest) => void;
  readonly onNotification: (notification: ScannedNotification) => void;
  readonly onPressure: (isHigh: boolean) => void;
  readonly onBroken: (cause: unknown) => void;
}

/** JSON-RPC with one agent, raw: lines in, lines out, and the questions that servers ask it. */
export class AgentPeer {
  readonly #options: AgentPeerOptions;
  readonly #outbox: AgentOutbox;
  readonly #pending = new Map<string, Deferred<CallAnswer>>();
  readonly #splitter: ReturnType<typeof createLineSplitter>;
  #nextId = 1;

  constructor(options: AgentPeerOptions) {
    this.#options = options;
    this.#outbox = createAgentOutbox(options);
    this.#splitter = createLineSplitter({
      maxLineBytes: options.maxMessageBytes,
      onLine: (line) => this.#take(line),
      onOversize: ({ id, hasMethod, sizeBytes }) => {
        if (id === undefined || !hasMethod) return;
        const text = `This message has ${sizeBytes} bytes, which is more than max_message_bytes allows`;
        this.respond(id, rpcError(rpcErrorCodes.invalidRequest, text));
      },
    });
  }

  push(chunk: Uint8Array): void {
    this.#splitter.push(chunk);
  }

  /** The agent has said its last; a line without an end still counts. */
  end(): void {
    this.#splitter.end();
  }

  respond(id: MessageId, answer: CallAnswer): void {
    this.#outbox.push(
      answer.kind === "result"
        ? buildResult({ idRaw: id.raw, resultRaw: answer.result })
        : buildError({ idRaw: id.raw, errorRaw: answer.error }),
    );
  }

  notify(method: string, paramsRaw?: Uint8Array): void {
    this.#outbox.push(buildNotification({ method, paramsRaw }));
  }

  /** Asks the agent. An abort tells it so, and rejects with the signal's reason. */
  async request(method: string, paramsRaw: Uint8Array | undefined, signal: AbortSignal): Promise<CallAnswer> {
    signal.throwIfAborted();
    // A text of our own making: an answer meant for another connection can never fit.
    const id = `fairlead-${this.#nextId}`;
    this.#nextId += 1;
    const idRaw = JSON.stringify(id);
    const answer = createDeferred<CallAnswer>();
    const key = messageIdKey({ value: id, raw: Buffer.from(idRaw) });
    this.#pending.set(key, answer);
    const onAbort = (): void => {
      this.notify("notifications/cancelled", Buffer.from(JSON.stringify({ requestId: id })));
      answer.reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#outbox.push(buildRequest({ idRaw, method, paramsRaw }));
    try {
      return await answer.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#pending.delete(key);
    }
  }

  flushed(): Promise<void> {
    return this.#outbox.flushed();
  }

  /** Fails every open question, and sends nothing more. */
  close(): void {
    this.#outbox.close();
    for (const answer of this.#pending.values()) {
      answer.reject(
        new FairleadError("unavailable", "The agent has disconnected", { reason: "transport_closed" }),
      );
    }
    this.#pending.clear();
  }

  #take(line: Buffer): void {
    const message = scanMessage(line);
    switch (message.kind) {
      case "request":
        return this.#options.onRequest(message);
      case "notification":
        return this.#options.onNotification(message);
      case "result":
      case "error":
        return this.#settle(message);
      case "invalid": {
        const code = message.problem === "not_json" ? -32700 : rpcErrorCodes.invalidRequest;
        const id = message.id ?? { value: null, raw: Buffer.from("null") };
        return this.respond(id, rpcError(code, `This line is no JSON-RPC message: ${message.text}`));
      }
    }
  }

  #settle(message: ScannedResult | ScannedErrorAnswer): void {
    const waiting = message.id === undefined ? undefined : this.#pending.get(messageIdKey(message.id));
    if (message.kind === "result") {
      waiting?.resolve({ kind: "result", result: sliceRange(message.line, message.result) });
    } else waiting?.resolve({ kind: "error", error: sliceRange(message.line, message.error) });
  }
}
